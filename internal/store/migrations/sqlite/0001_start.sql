-- +goose Up
-- Times are milliseconds since 1970, documents are JSON, ids are text: the subset that SQLite and PostgreSQL share.
CREATE TABLE deliveries (
  id          TEXT PRIMARY KEY,
  event       TEXT NOT NULL,
  payload     BLOB NOT NULL,
  received_ms INTEGER NOT NULL,
  state       TEXT NOT NULL DEFAULT 'received', -- received, done, failed
  error       TEXT NOT NULL DEFAULT ''
);
CREATE INDEX deliveries_open ON deliveries (received_ms) WHERE state = 'received';

CREATE TABLE redeliveries (
  guid  TEXT PRIMARY KEY,
  count INTEGER NOT NULL
);

CREATE TABLE members (
  id           INTEGER PRIMARY KEY,
  owner        TEXT NOT NULL,
  name         TEXT NOT NULL,
  installation INTEGER NOT NULL,
  doc          TEXT NOT NULL
);
CREATE INDEX members_name ON members (owner COLLATE NOCASE, name COLLATE NOCASE);

CREATE TABLE declarations ( -- who says that it reads what; dataset is empty where a repository only ignores
  repo    INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  dataset TEXT NOT NULL,
  name    TEXT NOT NULL, -- of the repository, in lower case
  doc     TEXT NOT NULL,
  PRIMARY KEY (repo, seq)
);
CREATE INDEX declarations_dataset ON declarations (dataset);
CREATE INDEX declarations_name ON declarations (name);

CREATE TABLE datasets (
  name TEXT PRIMARY KEY,
  repo INTEGER NOT NULL,
  doc  TEXT NOT NULL
);
CREATE INDEX datasets_repo ON datasets (repo);

CREATE TABLE migrations (
  id      TEXT PRIMARY KEY,
  number  INTEGER NOT NULL UNIQUE,
  repo    INTEGER NOT NULL,
  active  INTEGER NOT NULL,
  version INTEGER NOT NULL,
  doc     TEXT NOT NULL
);
CREATE INDEX migrations_repo ON migrations (repo, active);

CREATE TABLE changesets (
  id        TEXT PRIMARY KEY,
  migration TEXT NOT NULL REFERENCES migrations (id),
  repo      INTEGER NOT NULL,
  active    INTEGER NOT NULL,
  version   INTEGER NOT NULL,
  doc       TEXT NOT NULL,
  results   TEXT NOT NULL -- what the rewriters found: large, and of no interest to the other changesets
);
CREATE INDEX changesets_migration ON changesets (migration);
CREATE INDEX changesets_repo ON changesets (repo, active);

CREATE TABLE timers ( -- hints that time alone will give
  kind  TEXT NOT NULL,
  key   TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, key)
);
CREATE INDEX timers_at ON timers (at_ms);

CREATE TABLE intents (
  key           TEXT PRIMARY KEY,
  seq           INTEGER NOT NULL,
  installation  INTEGER NOT NULL,
  changeset     TEXT NOT NULL,
  priority      INTEGER NOT NULL,
  state         TEXT NOT NULL,
  generation    INTEGER NOT NULL, -- how often a level intent was wanted
  attempts      INTEGER NOT NULL,
  not_before_ms INTEGER NOT NULL,
  error         TEXT NOT NULL DEFAULT '',
  doc           TEXT NOT NULL
);
CREATE INDEX intents_open ON intents (installation, state, priority, seq) WHERE state IN ('pending', 'doing');
CREATE INDEX intents_changeset ON intents (changeset);

CREATE TABLE journal (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms     INTEGER NOT NULL,
  migration TEXT NOT NULL,
  changeset TEXT NOT NULL,
  doc       TEXT NOT NULL
);
CREATE INDEX journal_migration ON journal (migration, seq);
CREATE INDEX journal_changeset ON journal (changeset, seq);

CREATE TABLE writes ( -- the ledger of content-creating requests, for the hourly budget
  installation INTEGER NOT NULL,
  at_ms        INTEGER NOT NULL
);
CREATE INDEX writes_at ON writes (installation, at_ms);

CREATE TABLE marks ( -- small facts that must survive a restart: what was posted where
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- +goose Down
DROP TABLE marks; DROP TABLE writes; DROP TABLE journal; DROP TABLE intents; DROP TABLE timers;
DROP TABLE changesets; DROP TABLE migrations; DROP TABLE datasets; DROP TABLE declarations; DROP TABLE members; DROP TABLE redeliveries; DROP TABLE deliveries;
