-- People with an account in the shop. user_id is the customer_id of the customer they buy for.
CREATE TABLE sales.users_v1 (
    user_id      BIGINT       NOT NULL PRIMARY KEY,
    email        VARCHAR(254) NOT NULL,
    country      CHAR(2)      NOT NULL,
    signed_up_at TIMESTAMP    NOT NULL,
    is_active    INTEGER      NOT NULL
);
