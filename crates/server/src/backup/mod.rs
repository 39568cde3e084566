//! Backups: all that a server is, in one encrypted file, and back again (A2).
//!
//! A backup is a tar archive inside an age file. It is made in memory from a copy of the database of one moment, while the
//! server runs. A restore looks at everything before it changes anything; [`place`] then puts the files in place.

mod archive;
pub mod command;
pub mod place;
mod sealing;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use anyhow::{Context, bail, ensure};

use self::archive::{About, Archive};
use crate::clock::UnixTime;
use crate::config::Config;
use crate::folder::{CONFIG_COPY, Moves, PARTS};
use crate::limits;
use crate::store::{FILE, Snapshot, StoreError};

/// What is in a backup, for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Counts {
    hosts: u32,
    meetings: u32,
}

/// Gathers everything that a server needs elsewhere. Nothing is written anywhere.
fn gather(config: &Config, now: UnixTime) -> anyhow::Result<(Archive, Counts)> {
    let failed = || {
        format!(
            "the database in {} cannot be copied; use the account that the server runs with, or sudo",
            config.state.display()
        )
    };
    let mut database = Snapshot::of(&config.state).with_context(failed)?;
    database.strip().with_context(failed)?;
    let (hosts, meetings) = database.counts()?;
    let mut files = BTreeMap::from([(FILE, database.bytes()?)]);
    for part in PARTS.iter().filter(|part| part.moves == Moves::Along && part.name != FILE) {
        if let Some(bytes) = contents(&config.state.join(part.name))? {
            files.insert(part.name, bytes);
        }
    }
    if let Some(path) = &config.file {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        ensure!(
            bytes.len() as u64 <= limits::BACKUP_FILE,
            "{} is too large for a configuration file",
            path.display()
        );
        files.insert(CONFIG_COPY, bytes);
    }
    Ok((Archive { about: About::now(now), files }, Counts { hosts, meetings }))
}

/// A file of the state folder, as far as there is one.
fn contents(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    let failed = || format!("cannot read {}", path.display());
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(failed),
        Ok(metadata) => ensure!(
            metadata.is_file() && metadata.len() <= limits::BACKUP_FILE,
            "{} is not a file as incamera makes it: look what it is",
            path.display()
        ),
    }
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(failed)?;
    file.take(limits::BACKUP_FILE).read_to_end(&mut bytes).with_context(failed)?;
    Ok(Some(bytes))
}

/// A backup of which everything was looked at.
struct Verified {
    about: About,
    /// The database is one of this program's version.
    files: BTreeMap<&'static str, Vec<u8>>,
    counts: Counts,
}

/// Looks at everything.
fn verify(plain: Vec<u8>) -> anyhow::Result<Verified> {
    let Archive { about, mut files } = Archive::read(&plain)?;
    drop(plain);
    let database = files.remove(FILE).unwrap_or_default();
    let mut database = match Snapshot::read(&database) {
        Ok(database) => database,
        Err(StoreError::TooNew(_)) => bail!(
            "this backup was made by incamera {}, which keeps its data in a newer way than this one ({}): install the newer \
             version first, then restore",
            about.program,
            env!("CARGO_PKG_VERSION")
        ),
        Err(error) => {
            return Err(error).context(
                "the database in the backup is not sound, and nothing was changed: use another backup",
            );
        }
    };
    let (hosts, meetings) = database.counts()?;
    files.insert(FILE, database.bytes()?);
    Ok(Verified { about, files, counts: Counts { hosts, meetings } })
}
