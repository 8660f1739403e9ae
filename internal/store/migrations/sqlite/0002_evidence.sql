-- +goose Up
CREATE TABLE evidence ( -- what the code of a repository was seen to read, and at which commit
  repo INTEGER PRIMARY KEY,
  doc  TEXT NOT NULL
);

CREATE TABLE sights ( -- one field in one file
  repo     INTEGER NOT NULL,
  dataset  TEXT NOT NULL,
  field    TEXT NOT NULL, -- empty: the dataset by its name; *: whole rows
  file     TEXT NOT NULL,
  line     INTEGER NOT NULL,
  places   INTEGER NOT NULL,
  how      TEXT NOT NULL,
  declared INTEGER NOT NULL,
  PRIMARY KEY (dataset, repo, field, file)
) WITHOUT ROWID;
CREATE INDEX sights_repo ON sights (repo);

CREATE TABLE looks ( -- what a check that is not complete has found of each consumer
  pull  TEXT NOT NULL,
  round TEXT NOT NULL,
  name  TEXT NOT NULL,
  doc   TEXT NOT NULL,
  PRIMARY KEY (pull, name)
);

-- +goose Down
DROP TABLE looks;
DROP TABLE sights; DROP TABLE evidence;
