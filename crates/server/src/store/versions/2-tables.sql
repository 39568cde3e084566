-- The tables of version 2. It never changes: databases of this version exist.
CREATE TABLE secret (
    value BLOB NOT NULL
) STRICT;
CREATE TABLE host (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    salt BLOB NOT NULL,
    verifier TEXT NOT NULL,
    host_key BLOB NOT NULL,
    wrapped_by_password BLOB NOT NULL,
    wrapped_by_recovery BLOB NOT NULL
) STRICT;
CREATE TABLE session (
    token_hash BLOB PRIMARY KEY,
    host INTEGER NOT NULL REFERENCES host(id) ON DELETE CASCADE,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_host ON session(host);
CREATE TABLE enrolment (
    token_hash BLOB PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('first', 'new', 'reset')),
    name TEXT,
    host INTEGER REFERENCES host(id) ON DELETE CASCADE,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE meeting (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    host INTEGER NOT NULL REFERENCES host(id) ON DELETE CASCADE,
    kept INTEGER NOT NULL,
    settings TEXT NOT NULL,
    admission BLOB NOT NULL,
    title BLOB NOT NULL,
    record BLOB NOT NULL
) STRICT;
CREATE INDEX meeting_host ON meeting(host);
CREATE TABLE opening (
    number INTEGER PRIMARY KEY,
    host INTEGER NOT NULL REFERENCES host(id) ON DELETE CASCADE,
    begins INTEGER NOT NULL,
    ends INTEGER NOT NULL
) STRICT;
CREATE INDEX opening_host ON opening(host);
