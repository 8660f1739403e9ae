-- Visits to the shop. A visitor is a browser, not a person.
CREATE TABLE web.sessions (
    session_id BIGINT      NOT NULL PRIMARY KEY,
    visitor    VARCHAR(16),
    source     VARCHAR(16) NOT NULL, -- ads, search, mail, direct
    device     VARCHAR(16) NOT NULL,
    started_at TIMESTAMP   NOT NULL,
    pages      INTEGER     NOT NULL
);
