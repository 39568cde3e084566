//! A whole database in memory: taken from a running server, or out of a backup. Nothing of it is on the disk.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, MAIN_DB, OpenFlags};

use super::StoreError;
use super::schema::{self, FILE};
use crate::limits;

/// How long others may be at work on the file.
const PATIENCE: Duration = Duration::from_secs(10);

/// A copy, of this program's version.
pub struct Snapshot {
    pub(super) connection: Connection,
}

impl Snapshot {
    /// Of the database in this folder as it is at one moment, while others use it. The file is not changed, also where it is
    /// of an earlier version.
    ///
    /// # Errors
    /// There is none, it cannot be read, is of a later version, or larger than [`limits::BACKUP_DATABASE`].
    pub fn of(folder: &Path) -> Result<Self, StoreError> {
        // To be able to take back what a crash left half done.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let source = Connection::open_with_flags(folder.join(FILE), flags)?;
        source.busy_timeout(PATIENCE)?;
        let mut connection = Connection::open_in_memory()?;
        let copy = Backup::new(&source, &mut connection)?;
        let deadline = Instant::now() + PATIENCE;
        // All pages in one step: of one moment.
        while copy.step(-1)? != StepResult::Done {
            if Instant::now() > deadline {
                return Err(StoreError::Busy);
            }
            thread::sleep(Duration::from_millis(20));
        }
        drop(copy);
        Self::prepared(connection)
    }

    /// Of these bytes, if they are a database of this program, wholly sound.
    ///
    /// # Errors
    /// Anything that this program would not have written; a later version.
    pub fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        connection.deserialize_read_exact(MAIN_DB, bytes, bytes.len(), false)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        let sound: String = connection.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0))?;
        if sound != "ok" {
            return Err(StoreError::Corrupt("its pages"));
        }
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version < 1 {
            return Err(StoreError::Corrupt("its version"));
        }
        let snapshot = Self::prepared(connection)?;
        let mut astray = snapshot.connection.prepare("PRAGMA foreign_key_check")?;
        if astray.exists(())? {
            return Err(StoreError::Corrupt("what belongs to whom"));
        }
        drop(astray);
        // No trigger, no view, no column that this program does not make.
        let mut fresh = Connection::open_in_memory()?;
        schema::migrate(&mut fresh)?;
        if schema::shape(&snapshot.connection)? != schema::shape(&fresh)? {
            return Err(StoreError::Corrupt("its tables"));
        }
        Ok(snapshot)
    }

    fn prepared(mut connection: Connection) -> Result<Self, StoreError> {
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        schema::migrate(&mut connection)?;
        let snapshot = Self { connection };
        if snapshot.size()? > limits::BACKUP_DATABASE {
            return Err(StoreError::TooLarge);
        }
        Ok(snapshot)
    }

    /// Takes out what must not outlast its own time in a copy: sign-ins, one-time addresses, openings, and meetings that are
    /// deleted when they are over (I3). And whatever may be left in the file of what was deleted before.
    pub fn strip(&mut self) -> Result<(), StoreError> {
        self.connection.execute_batch(
            "DELETE FROM session; DELETE FROM enrolment; DELETE FROM opening; DELETE FROM meeting WHERE NOT kept; VACUUM;",
        )?;
        Ok(())
    }

    /// As a database file.
    pub fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        Ok(self.connection.serialize(MAIN_DB)?.to_vec())
    }

    /// How many hosts and kept meetings there are.
    pub fn counts(&self) -> Result<(u32, u32), StoreError> {
        let count = |sql| self.connection.query_row(sql, (), |row| row.get(0));
        Ok((count("SELECT count(*) FROM host")?, count("SELECT count(*) FROM meeting WHERE kept")?))
    }

    /// The hosts' numbers and names.
    pub fn host_names(&self) -> Result<Vec<(i64, String)>, StoreError> {
        let mut statement = self.connection.prepare("SELECT id, name FROM host")?;
        Ok(statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
    }

    /// Every row of a table, with these columns. Their names are not anybody's input.
    pub fn rows(&self, table: &'static str, columns: &[&'static str]) -> Result<Vec<Vec<Cell>>, StoreError> {
        let sql = format!("SELECT {} FROM {table} ORDER BY 1", columns.join(", "));
        let mut statement = self.connection.prepare(&sql)?;
        let rows = statement.query_map((), |row| {
            (0..columns.len()).map(|index| row.get_ref(index).map(Cell::from)).collect::<Result<_, _>>()
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Tables with their columns.
    pub fn columns(&self) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT tables.name, columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
                   WHERE tables.type = 'table'";
        let mut statement = self.connection.prepare(sql)?;
        Ok(statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
    }

    fn size(&self) -> Result<u64, StoreError> {
        let pragma = |name| self.connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
        Ok(u64::from(pragma("page_count")?) * u64::from(pragma("page_size")?))
    }
}

/// A value as it is stored. It does not print itself.
pub enum Cell {
    /// There is none.
    Nothing,
    /// A number.
    Number(i64),
    /// Text.
    Text(String),
    /// Anything else.
    Bytes(Vec<u8>),
}

impl Cell {
    /// In bytes.
    pub fn length(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Number(_) => 8,
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }
}

impl From<ValueRef<'_>> for Cell {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Nothing,
            ValueRef::Integer(number) => Self::Number(number),
            ValueRef::Real(number) => Self::Bytes(number.to_be_bytes().to_vec()),
            ValueRef::Text(text) => {
                String::from_utf8(text.to_vec()).map_or_else(|bad| Self::Bytes(bad.into_bytes()), Self::Text)
            }
            ValueRef::Blob(bytes) => Self::Bytes(bytes.to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Db;
    use crate::store::schema::tests::{dump, rows};

    /// A database of this version, with rows in every table.
    fn database() -> (tempfile::TempDir, Db) {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(folder.path()).expect("made");
        db.connection.execute("DELETE FROM secret", ()).expect("made room");
        db.connection.execute_batch(rows()).expect("filled");
        (folder, db)
    }

    #[test]
    fn a_copy_is_whole_and_leaves_out_what_must_not_outlast_its_time_i3() {
        let (folder, db) = database();
        let mut copy = Snapshot::of(folder.path()).expect("copied");
        assert_eq!(dump(&copy.connection), dump(&db.connection));
        copy.strip().expect("stripped");
        let bytes = copy.bytes().expect("written");
        let read = Snapshot::read(&bytes).expect("sound");
        assert_eq!(read.counts().expect("counted"), (2, 2));
        let all = dump(&db.connection);
        let stay = |row: &&String| {
            let passing = row.starts_with("meeting") && row.contains("kept=Integer(0)");
            !passing && !["session", "enrolment", "opening"].iter().any(|table| row.starts_with(table))
        };
        assert_eq!(dump(&read.connection), all.iter().filter(stay).cloned().collect::<Vec<_>>());
        for gone in ["passingpassingpa", "sealed passing title", "Invited"] {
            let found = bytes.windows(gone.len()).any(|window| window == gone.as_bytes());
            assert!(!found, "{gone} is in the copy");
        }
    }

    #[test]
    fn a_copy_is_of_one_moment_while_somebody_writes() {
        let (folder, mut db) = database();
        let writer = db.connection.transaction().expect("begun");
        writer.execute("DELETE FROM meeting", ()).expect("deleted, not yet for others");
        assert_eq!(Snapshot::of(folder.path()).expect("copied").counts().expect("counted").1, 2);
        writer.commit().expect("done");
        assert_eq!(Snapshot::of(folder.path()).expect("copied").counts().expect("counted").1, 0);
    }

    #[test]
    fn what_this_program_would_not_write_is_refused() {
        let (folder, db) = database();
        let sound = Snapshot::of(folder.path()).expect("copied").bytes().expect("written");
        Snapshot::read(&sound).expect("sound");
        let changed = |sql: &str| {
            let mut copy = Snapshot::of(folder.path()).expect("copied");
            copy.connection.execute_batch(sql).expect("changed");
            let bytes = copy.bytes().expect("written");
            Snapshot::read(&bytes).err().map(|error| error.to_string())
        };
        assert_eq!(changed("SELECT 1"), None);
        for sql in [
            "CREATE TRIGGER t AFTER DELETE ON session BEGIN DELETE FROM host; END",
            "CREATE VIEW v AS SELECT 1",
            "ALTER TABLE host ADD COLUMN more TEXT",
            "DROP TABLE session",
            "PRAGMA user_version = 99",
            "PRAGMA foreign_keys = off; DELETE FROM host",
        ] {
            assert!(changed(sql).is_some(), "{sql}");
        }
        for damage in [0..16, 100..140, 4096..4200, 8192..8300] {
            let mut bytes = sound.clone();
            bytes[damage.clone()].fill(0xA5);
            assert!(Snapshot::read(&bytes).is_err(), "{damage:?}");
        }
        assert!(Snapshot::read(&sound[..sound.len() - 4096]).is_err());
        assert!(Snapshot::read(b"").is_err());
        drop(db);
    }
}
