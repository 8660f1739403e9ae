-- Who buys.
CREATE TABLE sales.customers (
    customer_id BIGINT       NOT NULL PRIMARY KEY,
    name        VARCHAR(200) NOT NULL,
    country     CHAR(2)      NOT NULL,
    segment     VARCHAR(16)  NOT NULL  -- smb, enterprise
);
