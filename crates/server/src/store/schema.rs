//! The database file and its tables.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{StoreError, journal};
use crate::{bytes, folder};

/// The file's name in the state folder.
pub const FILE: &str = "incamera.db";

/// Each brings a database of the version of its index to the next. Never edit one that was released: append, and put the
/// tables and some rows of the new version into `versions`, where the tests look for them.
const MIGRATIONS: [&str; 3] = [
    "
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
",
    "
    CREATE TABLE opening (
        number INTEGER PRIMARY KEY,
        host INTEGER NOT NULL REFERENCES host(id) ON DELETE CASCADE,
        begins INTEGER NOT NULL,
        ends INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX opening_host ON opening(host);
",
    "
    ALTER TABLE host ADD COLUMN asks_both INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE passkey (
        number INTEGER PRIMARY KEY,
        credential_id BLOB NOT NULL UNIQUE,
        host INTEGER NOT NULL REFERENCES host(id) ON DELETE CASCADE,
        name BLOB NOT NULL,
        credential TEXT NOT NULL,
        wrapped_by_passkey BLOB
    ) STRICT;
    CREATE INDEX passkey_host ON passkey(host);
",
];

/// An open database.
pub struct Db {
    pub(super) connection: Connection,
    journal: PathBuf,
}

impl Db {
    /// Opens the database in `folder`, and makes both where they do not exist.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        folder::make_private(folder).map_err(|error| file_error(folder, error))?;
        let path = folder.join(FILE);
        make_private_file(&path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&path, flags)?;
        // `incamera host` may be at work on the same file.
        connection.busy_timeout(Duration::from_secs(5))?;
        // What is deleted is overwritten with zeros, and so is the journal that could bring it back (I3, B8).
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "journal_mode", journal::MODE)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        // A removal is reported only when its new admission hash would survive a power cut (B5).
        connection.pragma_update(None, "synchronous", "FULL")?;
        migrate(&mut connection)?;
        let mut db = Self { connection, journal: journal::path(&path) };
        // Of a process that was ended before it came to it.
        db.scrub()?;
        Ok(db)
    }

    /// Writes over what the changes since the last time left behind. To be called after each.
    pub fn scrub(&mut self) -> Result<(), StoreError> {
        journal::scrub(&mut self.connection, &self.journal)
    }

    /// A secret of this server's own, from which looks-like-real answers for unknown names are made.
    pub fn secret(&self) -> Result<[u8; 32], StoreError> {
        Ok(self.connection.query_row("SELECT value FROM secret", (), |row| row.get(0))?)
    }

    /// Differs from its former value when another process changed the database.
    pub fn foreign_version(&self) -> Result<i64, StoreError> {
        Ok(self.connection.pragma_query_value(None, "data_version", |row| row.get(0))?)
    }

    /// Closes the file.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.scrub()?;
        self.connection.close().map_err(|(_, error)| error.into())
    }
}

/// Makes a database one of this program's version, or leaves it as it is.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    migrate_by(connection, &MIGRATIONS)
}

fn migrate_by(connection: &mut Connection, migrations: &[&str]) -> Result<(), StoreError> {
    // A migration may make a table anew: the rows that belong to its rows must not go with the old one. What belongs to
    // nobody afterwards is an error, before anything is final.
    connection.pragma_update(None, "foreign_keys", false)?;
    let outcome = migrate_in_one(connection, migrations);
    connection.pragma_update(None, "foreign_keys", true)?;
    outcome
}

fn migrate_in_one(connection: &mut Connection, migrations: &[&str]) -> Result<(), StoreError> {
    // Immediate: two processes that start at once must not both create the tables.
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let current = migrations.len() as i64;
    if version > current {
        return Err(StoreError::TooNew(version));
    }
    let done = usize::try_from(version).map_err(|_| StoreError::Corrupt("user_version"))?;
    for migration in &migrations[done..] {
        transaction.execute_batch(migration)?;
    }
    if done == 0 {
        transaction.execute("INSERT INTO secret (value) VALUES (?1)", [bytes::random::<32>()])?;
    }
    if version < current {
        if transaction.prepare("PRAGMA foreign_key_check")?.exists(())? {
            return Err(StoreError::Corrupt("what belongs to whom"));
        }
        transaction.pragma_update(None, "user_version", current)?;
    }
    Ok(transaction.commit()?)
}

/// Everything that the database consists of, but rows: kind, name, and the statement that made it.
pub(super) fn shape(connection: &Connection) -> Result<Vec<(String, String, String)>, StoreError> {
    let sql = "SELECT type, name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn make_private_file(path: &Path) -> Result<(), StoreError> {
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| file_error(path, error))
}

fn file_error(path: &Path, error: std::io::Error) -> StoreError {
    StoreError::File { path: path.to_owned(), error }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The tables and the rows of each version that there ever was.
    const VERSIONS: [(&str, &str); MIGRATIONS.len()] = [
        (include_str!("versions/1-tables.sql"), include_str!("versions/1-rows.sql")),
        (include_str!("versions/2-tables.sql"), include_str!("versions/2-rows.sql")),
        (include_str!("versions/3-tables.sql"), include_str!("versions/3-rows.sql")),
    ];

    /// What a later version may do: new columns, new tables, and tables made anew, also one that others belong to.
    const TRIAL: &str = "
        ALTER TABLE session ADD COLUMN colour TEXT NOT NULL DEFAULT 'none';
        CREATE TABLE host_new (
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE,
            salt BLOB NOT NULL, verifier TEXT NOT NULL, host_key BLOB NOT NULL,
            wrapped_by_password BLOB NOT NULL, wrapped_by_recovery BLOB, asks_both INTEGER NOT NULL, more INTEGER
        ) STRICT;
        INSERT INTO host_new SELECT *, NULL FROM host;
        DROP TABLE host;
        ALTER TABLE host_new RENAME TO host;
        CREATE TABLE trial (host INTEGER NOT NULL REFERENCES host(id) ON DELETE CASCADE) STRICT;
        INSERT INTO trial SELECT id FROM host;
        CREATE TABLE meeting_new (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
            host INTEGER NOT NULL REFERENCES host(id) ON DELETE CASCADE, kept INTEGER NOT NULL,
            settings TEXT NOT NULL, admission BLOB NOT NULL, title BLOB NOT NULL, record BLOB NOT NULL,
            series INTEGER
        ) STRICT;
        INSERT INTO meeting_new SELECT *, NULL FROM meeting;
        DROP TABLE meeting;
        ALTER TABLE meeting_new RENAME TO meeting;
        CREATE INDEX meeting_host ON meeting(host);
    ";

    /// Statements that fill the tables of the present version.
    pub(in crate::store) fn rows() -> &'static str {
        VERSIONS[VERSIONS.len() - 1].1
    }

    /// Tables and their columns.
    pub(in crate::store) fn columns(connection: &Connection) -> Vec<(String, Vec<String>)> {
        let tables = shape(connection).expect("readable").into_iter().filter(|(kind, ..)| kind == "table");
        let columns = tables.map(|(_, table, _)| {
            let statement = connection.prepare(&format!("SELECT * FROM {table}")).expect("readable");
            let names = statement.column_names().map(str::to_owned).collect();
            (table, names)
        });
        columns.collect()
    }

    /// Every row, sorted.
    pub(in crate::store) fn dump(connection: &Connection) -> Vec<String> {
        dump_of(connection, &columns(connection))
    }

    fn dump_of(connection: &Connection, tables: &[(String, Vec<String>)]) -> Vec<String> {
        let mut all = Vec::new();
        for (table, columns) in tables {
            let sql = format!("SELECT {} FROM {table}", columns.join(", "));
            let mut statement = connection.prepare(&sql).expect("readable");
            let mut rows = statement.query(()).expect("readable");
            while let Some(row) = rows.next().expect("readable") {
                let value = |(index, column)| {
                    let value: rusqlite::types::Value = row.get(index).expect("there");
                    format!("{column}={value:?}")
                };
                let values: Vec<String> = columns.iter().enumerate().map(value).collect();
                all.push(format!("{table}: {}", values.join(" ")));
            }
        }
        all.sort();
        all
    }

    /// A file as the program of that version left it.
    fn file_of(version: usize) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let connection = Connection::open(folder.path().join(FILE)).expect("made");
        let (tables, rows) = VERSIONS[version - 1];
        connection.execute_batch(tables).expect("the tables");
        connection.execute_batch(rows).expect("the rows");
        connection.pragma_update(None, "user_version", version as i64).expect("set");
        folder
    }

    fn open(folder: &Path) -> Connection {
        let connection = Connection::open(folder.join(FILE)).expect("opened");
        connection.pragma_update(None, "journal_mode", "TRUNCATE").expect("set");
        connection
    }

    fn version(connection: &Connection) -> usize {
        let version: u32 =
            connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("readable");
        version as usize
    }

    #[test]
    fn a_migration_that_was_released_is_as_it_was() {
        for (index, (tables, _)) in VERSIONS.iter().enumerate() {
            let words = |connection: &Connection| {
                let shape = shape(connection).expect("readable").into_iter();
                let plain = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
                shape.map(|(kind, name, sql)| (kind, name, plain(sql))).collect::<Vec<_>>()
            };
            let then = Connection::open_in_memory().expect("made");
            then.execute_batch(tables).expect("made");
            let mut now = Connection::open_in_memory().expect("made");
            migrate_by(&mut now, &MIGRATIONS[..=index]).expect("made");
            assert_eq!(words(&now), words(&then), "version {}", index + 1);
        }
    }

    #[test]
    fn every_earlier_version_becomes_the_present_one_and_a_later_one_without_losing_a_row_a2() {
        for number in 1..=VERSIONS.len() {
            let folder = file_of(number);
            let (tables, rows) = {
                let connection = open(folder.path());
                (columns(&connection), dump(&connection))
            };
            assert!(tables.iter().all(|(table, _)| rows.iter().any(|row| row.starts_with(table.as_str()))));
            let db = Db::open(folder.path()).expect("migrated");
            assert_eq!(version(&db.connection), MIGRATIONS.len());
            assert_eq!(dump_of(&db.connection, &tables), rows, "from version {number}");
            db.close().expect("closed");

            let mut later = MIGRATIONS.to_vec();
            later.push(TRIAL);
            let mut connection = open(folder.path());
            migrate_by(&mut connection, &later).expect("migrated");
            assert_eq!(version(&connection), MIGRATIONS.len() + 1);
            assert_eq!(dump_of(&connection, &tables), rows, "from version {number} to a later one");
            drop(connection);
            assert!(matches!(Db::open(folder.path()), Err(StoreError::TooNew(_))), "and not back");
        }
    }

    #[test]
    fn a_migration_that_fails_leaves_the_former_version_whole_a2() {
        let folder = file_of(MIGRATIONS.len());
        let mut connection = open(folder.path());
        let before = (shape(&connection).expect("readable"), dump(&connection));
        for failing in ["INSERT INTO nowhere VALUES (1)", "DELETE FROM host WHERE id = 3"] {
            let mut later = MIGRATIONS.to_vec();
            later.extend([TRIAL, failing]);
            migrate_by(&mut connection, &later).expect_err(failing);
        }
        drop(connection);
        let db = Db::open(folder.path()).expect("opened");
        assert_eq!(version(&db.connection), MIGRATIONS.len());
        assert_eq!((shape(&db.connection).expect("readable"), dump(&db.connection)), before);
    }

    #[test]
    fn a_crash_in_the_middle_of_a_migration_leaves_the_former_version_whole_a2() {
        let folder = file_of(MIGRATIONS.len());
        let mut connection = open(folder.path());
        let many = "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
            INSERT INTO meeting SELECT i, 'many' || i, 3, 1, '{}', x'01', zeroblob(500), zeroblob(500) FROM n";
        connection.execute(many, ()).expect("filled");
        let before = dump(&connection);
        let bytes = fs::read(folder.path().join(FILE)).expect("readable");
        // With so little memory that changed pages are written before the end.
        connection.pragma_update(None, "cache_size", 2).expect("set");
        connection.pragma_update(None, "foreign_keys", false).expect("set");
        let transaction = connection.transaction().expect("begun");
        transaction.execute_batch(TRIAL).expect("changed");
        transaction.pragma_update(None, "user_version", 99).expect("changed");

        let crashed = tempfile::tempdir().expect("a folder");
        for entry in fs::read_dir(folder.path()).expect("readable") {
            let entry = entry.expect("readable");
            fs::copy(entry.path(), crashed.path().join(entry.file_name())).expect("copied");
        }
        assert_ne!(fs::read(crashed.path().join(FILE)).expect("readable"), bytes, "it was in the middle");
        let db = Db::open(crashed.path()).expect("it opens after the blow");
        assert_eq!(version(&db.connection), MIGRATIONS.len());
        assert_eq!(dump(&db.connection), before);
    }

    #[test]
    fn a_database_survives_its_closing_and_keeps_its_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Db::open(folder.path()).expect("made").secret().expect("there");
        assert_eq!(Db::open(folder.path()).expect("opened").secret().expect("there"), first);
    }

    #[test]
    fn a_database_of_a_later_version_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(folder.path()).expect("made");
        db.connection.pragma_update(None, "user_version", 99).expect("set");
        db.close().expect("closed");
        assert!(matches!(Db::open(folder.path()), Err(StoreError::TooNew(99))));
    }

    #[test]
    fn deleted_bytes_are_overwritten_and_the_journal_is_empty_i3() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut db = Db::open(folder.path()).expect("made");
        let canary = b"a-canary-that-must-not-outlive-its-row";
        db.connection.execute("INSERT INTO secret (value) VALUES (?1)", [canary]).expect("written");
        assert!(holds(folder.path(), canary), "the search finds what is there");
        db.connection.execute("DELETE FROM secret WHERE value = ?1", [canary]).expect("deleted");
        db.scrub().expect("scrubbed");
        assert!(!holds(folder.path(), canary));
        assert!(db.secret().is_ok(), "the other row is untouched");
    }

    fn holds(folder: &Path, needle: &[u8]) -> bool {
        fs::read_dir(folder).expect("readable").any(|entry| {
            let bytes = fs::read(entry.expect("readable").path()).expect("readable");
            bytes.windows(needle.len()).any(|window| window == needle)
        })
    }
}
