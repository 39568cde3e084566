//! The journal: what was, on the disk before anything becomes otherwise. One JSON object a line, each of them written
//! through to the disk before the change that it tells of begins; a torn last line tells of a change that never began.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::machine::Place;

/// The most that a journal may hold, in bytes.
const MAX_JOURNAL: u64 = 512 << 20;
const NAME: &str = "journal";
/// What was taken back in part only.
const KEPT: &str = "journal.kept";

/// What is written down.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
#[serde(rename_all = "kebab-case", tag = "record", deny_unknown_fields)]
pub enum Record {
    /// A place is about to become another one.
    Place {
        /// For which control.
        control: String,
        /// Where.
        path: String,
        /// What is there.
        before: Place,
        /// What will be there.
        after: Place,
    },
    /// A kernel parameter is about to change on the running machine.
    Tuned {
        /// For which control.
        control: String,
        /// The file below `/proc/sys`.
        key: String,
        /// What it is.
        before: String,
        /// What it will be.
        after: String,
    },
    /// A program is about to run.
    Run {
        /// For which control.
        control: String,
        /// The program and its arguments.
        words: Vec<String>,
        /// The trees that it may write, as they are.
        trees: Vec<(String, Vec<(String, Place)>)>,
        /// What takes back what it does to the running machine.
        undo: Vec<Vec<String>>,
        /// The packages that are installed, if it may change them.
        packages: Option<Vec<String>>,
    },
    /// The program of the last `Run` ended; these places are other than they were.
    Ran {
        /// Each with what was there, and what is there now.
        changed: Vec<(String, Place, Place)>,
        /// The packages that came.
        came: Vec<String>,
        /// The packages that went.
        went: Vec<String>,
    },
    /// Programs that make a running service take up its files; to be run again when those are as they were.
    Reload {
        /// The program and its arguments.
        words: Vec<String>,
    },
    /// What follows may lock somebody out, and is taken back unless it is confirmed.
    Window,
    /// All that may lock somebody out is done. Who signed in before does not confirm.
    Closed {
        /// Seconds since 1970.
        at: u64,
    },
    /// Somebody came in after all that, and said so.
    Confirmed,
}

/// Why there is no journal to work with.
#[derive(Debug, Error)]
pub enum JournalError {
    /// It cannot be read or written.
    #[error("the journal {0} cannot be used: {1}")]
    Disk(PathBuf, io::Error),
    /// Another one of us has it.
    #[error(
        "this machine is being hardened, or taken back, by another run of incamera. Wait until it has ended"
    )]
    Busy,
    /// A line in it is none of ours.
    #[error(
        "line {1} of the journal {0} is damaged ({2}). Nothing was changed. The lines before it can be read by hand"
    )]
    Damaged(PathBuf, usize, serde_json::Error),
}

/// A journal on the disk.
pub struct Journal {
    path: PathBuf,
    file: File,
    records: Vec<Record>,
}

impl Journal {
    /// Opens the journal in a folder, which is made, for its owner alone, where it is not there.
    ///
    /// # Errors
    ///
    /// It cannot be read or written, or is damaged.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        let path = folder.join(NAME);
        let failed = |error| JournalError::Disk(path.clone(), error);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        if file.try_lock().is_err() {
            return Err(JournalError::Busy);
        }
        let length = file.metadata().map_err(failed)?.len();
        if length > MAX_JOURNAL {
            return Err(failed(io::Error::other("it is larger than any that was written here")));
        }
        let text = fs::read_to_string(&path).map_err(failed)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut records = Vec::new();
        for (at, line) in text[..whole].lines().enumerate() {
            let record = serde_json::from_str(line);
            records.push(record.map_err(|error| JournalError::Damaged(path.clone(), at + 1, error))?);
        }
        if whole < text.len() {
            file.set_len(whole as u64).map_err(failed)?;
        }
        file.flush().and_then(|()| File::open(folder)?.sync_all()).map_err(failed)?;
        Ok(Self { path, file, records })
    }

    /// The same, waiting for another run to end, for at most this long.
    ///
    /// # Errors
    ///
    /// As those of [`Journal::open`]; busy only after that time.
    pub fn open_patiently(folder: &Path, patience: Duration) -> Result<Self, JournalError> {
        let end = Instant::now() + patience;
        loop {
            match Self::open(folder) {
                Err(JournalError::Busy) if Instant::now() < end => thread::sleep(Duration::from_millis(100)),
                other => return other,
            }
        }
    }

    /// Writes a record through to the disk.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn add(&mut self, record: Record) -> Result<(), JournalError> {
        let failed = |error| JournalError::Disk(self.path.clone(), error);
        let mut line = serde_json::to_vec(&record).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        if self.file.metadata().map_err(failed)?.len() + line.len() as u64 > MAX_JOURNAL {
            return Err(failed(io::Error::other("it has become too large")));
        }
        self.file.write_all(&line).and_then(|()| self.file.sync_data()).map_err(failed)?;
        self.records.push(record);
        Ok(())
    }

    /// All records, the oldest first.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Keeps a copy of all that is written here beside it, for a person to read; an earlier copy gives way.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn set_aside(&self) -> Result<(), JournalError> {
        let kept = self.path.with_file_name(KEPT);
        fs::copy(&self.path, kept).map(drop).map_err(|error| JournalError::Disk(self.path.clone(), error))
    }

    /// Forgets all records after the first `count`: they were taken back.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn forget_after(&mut self, count: usize) -> Result<(), JournalError> {
        let failed = |error| JournalError::Disk(self.path.clone(), error);
        let bytes = fs::read(&self.path).map_err(failed)?;
        let length = bytes.split_inclusive(|byte| *byte == b'\n').take(count).map(<[u8]>::len).sum::<usize>();
        self.file.set_len(length as u64).and_then(|()| self.file.sync_all()).map_err(failed)?;
        self.records.truncate(count);
        Ok(())
    }

    /// Where the window stands that was opened and not confirmed, if one is open.
    #[must_use]
    pub fn open_window(&self) -> Option<usize> {
        let last =
            self.records.iter().rposition(|record| matches!(record, Record::Window | Record::Confirmed))?;
        matches!(self.records[last], Record::Window).then_some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process that another test starts holds the lock until it has become a program.
    fn open(folder: &Path) -> Journal {
        Journal::open_patiently(folder, Duration::from_secs(60)).unwrap()
    }

    fn tuned(key: &str) -> Record {
        let text = |text: &str| text.to_owned();
        Record::Tuned { control: text("c"), key: text(key), before: text("0"), after: text("1") }
    }

    #[test]
    fn what_was_written_is_read_again_and_a_torn_last_line_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = open(folder.path());
        journal.add(tuned("a")).unwrap();
        journal.add(tuned("b")).unwrap();
        let path = folder.path().join(NAME);
        let whole = fs::read(&path).unwrap();
        drop(journal);
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for cut in first..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let mut journal = open(folder.path());
            assert_eq!(journal.records(), [tuned("a")]);
            journal.add(tuned("c")).unwrap();
            drop(journal);
            assert_eq!(open(folder.path()).records(), [tuned("a"), tuned("c")]);
        }
    }

    #[test]
    fn a_damaged_line_in_the_middle_is_an_error_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).add(tuned("a")).unwrap();
        let path = folder.path().join(NAME);
        let damaged = [b"{}\n".as_slice(), &fs::read(&path).unwrap()].concat();
        fs::write(&path, &damaged).unwrap();
        assert!(matches!(
            Journal::open_patiently(folder.path(), Duration::from_secs(60)),
            Err(JournalError::Damaged(_, 1, _))
        ));
        assert_eq!(fs::read(&path).unwrap(), damaged);
    }

    #[test]
    fn forgetting_keeps_the_first_records() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = open(folder.path());
        for key in ["a", "b", "c"] {
            journal.add(tuned(key)).unwrap();
        }
        journal.forget_after(1).unwrap();
        journal.add(tuned("d")).unwrap();
        drop(journal);
        assert_eq!(open(folder.path()).records(), [tuned("a"), tuned("d")]);
    }

    #[test]
    fn a_window_is_open_until_it_is_confirmed() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = open(folder.path());
        assert_eq!(journal.open_window(), None);
        journal.add(tuned("a")).unwrap();
        journal.add(Record::Window).unwrap();
        assert_eq!(journal.open_window(), Some(1));
        journal.add(Record::Confirmed).unwrap();
        assert_eq!(journal.open_window(), None);
    }

    #[test]
    fn the_journal_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("hardening");
        Journal::open(&below).unwrap();
        assert_eq!(fs::metadata(&below).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(below.join(NAME)).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
