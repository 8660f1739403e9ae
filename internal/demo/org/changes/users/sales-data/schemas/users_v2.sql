-- People with an account in the shop. account_id is the customer_id of the customer they buy for.
CREATE TABLE sales.users_v2 (
    account_id    BIGINT       NOT NULL PRIMARY KEY,
    email         VARCHAR(254) NOT NULL,
    country_code  CHAR(2)      NOT NULL,
    registered_at TIMESTAMP    NOT NULL,
    is_active     INTEGER      NOT NULL,
    locale        VARCHAR(8)
);
