//! The database's journal has what was changed as it was before, to undo a change that was interrupted (SQLite, "Atomic Commit",
//! section 3.6). When the change is done, that must go from the disk, and not only from the file's name: what was deleted would
//! stand in free blocks for whoever has the disk (B8, I3).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// SQLite leaves the journal as it stands, but for the few bytes that say that it counts.
pub(super) const MODE: &str = "PERSIST";
const ZEROS: [u8; 4096] = [0; 4096];

/// Where it is.
pub(super) fn path(database: &Path) -> PathBuf {
    database.with_extension("db-journal")
}

/// Writes zeros over what the last changes left in the journal, and empties it. On file systems that write what is new elsewhere (such as
/// Btrfs), and on disks that do, the former bytes stay where they were until the place is used again.
pub(super) fn scrub(connection: &mut Connection, journal: &Path) -> Result<(), StoreError> {
    if fs::metadata(journal).map_or(0, |metadata| metadata.len()) == 0 {
        return Ok(());
    }
    // As long as it is held nobody else changes the database; what was interrupted has been undone when it is given.
    let held = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let scrubbed = OpenOptions::new().write(true).open(journal).and_then(|mut file| {
        overwrite(&mut file)?;
        file.set_len(0)
    });
    scrubbed.map_err(|error| StoreError::File { path: journal.to_owned(), error })?;
    Ok(held.rollback()?)
}

/// On the disk when it returns.
fn overwrite(file: &mut File) -> io::Result<()> {
    let mut left = file.metadata()?.len();
    file.rewind()?;
    while left > 0 {
        let length = left.min(ZEROS.len() as u64);
        file.write_all(&ZEROS[..length as usize])?;
        left -= length;
    }
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::super::Db;
    use super::*;
    use crate::store::FILE;

    const CANARY: &[u8] = b"a-canary-that-must-not-outlive-its-row";

    fn has_canary(path: &Path) -> bool {
        fs::read(path).expect("readable").windows(CANARY.len()).any(|window| window == CANARY)
    }

    #[test]
    fn what_was_deleted_is_overwritten_in_the_journal_before_it_is_emptied_b8_i3() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut db = Db::open(folder.path()).expect("made");
        let journal = path(&folder.path().join(FILE));
        db.connection.execute("INSERT INTO secret (value) VALUES (?1)", [CANARY]).expect("written");
        db.connection.execute("DELETE FROM secret WHERE value = ?1", [CANARY]).expect("deleted");
        assert!(has_canary(&journal), "it stands where it was written, to be written over");
        let mut file = OpenOptions::new().write(true).open(&journal).expect("there");
        let length = file.metadata().expect("there").len();
        overwrite(&mut file).expect("written");
        let zeros = fs::read(&journal).expect("readable");
        assert_eq!(zeros.len() as u64, length, "no block is given back before");
        assert!(zeros.iter().all(|byte| *byte == 0));
        db.scrub().expect("scrubbed");
        assert_eq!(fs::metadata(&journal).expect("there").len(), 0);
        assert!(db.secret().is_ok(), "the other row is untouched");
    }

    #[test]
    fn what_was_interrupted_is_undone_and_not_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut db = Db::open(folder.path()).expect("made");
        let secret = db.secret().expect("there");
        db.connection.execute("INSERT INTO secret (value) VALUES (?1)", [CANARY]).expect("written");
        let other = Connection::open(folder.path().join(FILE)).expect("opened");
        other.execute_batch("BEGIN IMMEDIATE; DELETE FROM secret").expect("begun");
        db.connection.busy_timeout(std::time::Duration::ZERO).expect("set");
        assert!(db.scrub().is_err(), "somebody is at work");
        other.execute_batch("ROLLBACK").expect("undone");
        db.scrub().expect("scrubbed");
        assert_eq!(db.secret().expect("there"), secret);
    }
}
