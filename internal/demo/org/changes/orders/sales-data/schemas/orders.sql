-- Orders as the shop took them, one row for each.
CREATE TABLE sales.orders (
    order_id    BIGINT         NOT NULL PRIMARY KEY,
    cust_id     BIGINT         NOT NULL, -- @deprecated use=customer_id
    ordered_at  TIMESTAMP      NOT NULL,
    status      VARCHAR(16)    NOT NULL, -- open, invoiced, paid, cancelled
    channel     VARCHAR(16)    NOT NULL, -- web, phone, store
    currency    CHAR(3)        NOT NULL,
    amount      NUMERIC(12, 2) NOT NULL,
    customer_id BIGINT                   -- as in sales.customers
);
