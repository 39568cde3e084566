//! The database file and its tables.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::StoreError;
use crate::bytes;

/// The file's name in the state folder.
pub const FILE: &str = "incamera.db";

/// Each brings a database of the version of its index to the next. Never edit one that was released: append.
const MIGRATIONS: [&str; 1] = ["
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
"];

/// An open database.
pub struct Db {
    pub(super) connection: Connection,
}

impl Db {
    /// Opens the database in `folder`, and makes both where they do not exist.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        make_private_folder(folder)?;
        let path = folder.join(FILE);
        make_private_file(&path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&path, flags)?;
        // `incamera host` may be at work on the same file.
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // What is deleted is overwritten with zeros, and the journal that could bring it back is emptied with every
        // transaction: a file that is copied afterwards does not hold it (I3).
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "journal_mode", "TRUNCATE")?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        // A removal is reported only when its new admission hash would survive a power cut (B5).
        connection.pragma_update(None, "synchronous", "FULL")?;
        migrate(&mut connection)?;
        Ok(Self { connection })
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
    pub fn close(self) -> Result<(), StoreError> {
        self.connection.close().map_err(|(_, error)| error.into())
    }
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    // Immediate: two processes that start at once must not both create the tables.
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let current = MIGRATIONS.len() as i64;
    if version > current {
        return Err(StoreError::TooNew(version));
    }
    let done = usize::try_from(version).map_err(|_| StoreError::Corrupt("user_version"))?;
    for migration in &MIGRATIONS[done..] {
        transaction.execute_batch(migration)?;
    }
    if done == 0 {
        transaction.execute("INSERT INTO secret (value) VALUES (?1)", [bytes::random::<32>()])?;
    }
    if version < current {
        transaction.pragma_update(None, "user_version", current)?;
    }
    Ok(transaction.commit()?)
}

/// Makes a folder that only its owner can look into.
fn make_private_folder(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| file_error(path, error))
}

fn make_private_file(path: &Path) -> Result<(), StoreError> {
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| file_error(path, error))
}

fn file_error(path: &Path, error: std::io::Error) -> StoreError {
    StoreError::File { path: PathBuf::from(path), error }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let db = Db::open(folder.path()).expect("made");
        let canary = b"a-canary-that-must-not-outlive-its-row";
        db.connection.execute("INSERT INTO secret (value) VALUES (?1)", [canary]).expect("written");
        assert!(holds(folder.path(), canary), "the search finds what is there");
        db.connection.execute("DELETE FROM secret WHERE value = ?1", [canary]).expect("deleted");
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
