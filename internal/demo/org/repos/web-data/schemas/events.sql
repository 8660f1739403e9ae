-- What visitors did. cust_id is known once they have signed in.
CREATE TABLE web.events (
    event_id    BIGINT      NOT NULL PRIMARY KEY,
    session_id  BIGINT      NOT NULL,
    cust_id     BIGINT,
    order_id    BIGINT,
    name        VARCHAR(32) NOT NULL, -- view, search, add_to_cart, checkout
    page        VARCHAR(64) NOT NULL,
    occurred_at TIMESTAMP   NOT NULL
);
