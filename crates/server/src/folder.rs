//! The state folder: who uses it, what lies in it, and how files come into it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::backup::place;
use crate::files::{self, Readers};
use crate::hours::openings::OPENINGS;
use crate::server::{BEFORE_CHANGE, FIRST_HOST_FILE, URL_FILE};
use crate::{acme, store, tls};

/// Locked by the server for as long as it runs, and by a restore while it works.
const LOCK: &str = "lock";
/// Where the configuration file of a backup is put: this program never reads it from there.
pub const CONFIG_COPY: &str = "incamera.toml.restored";
/// Ends the names of files that are being written.
const UNFINISHED: [&str; 2] = [".new", ".ordered"];

/// What becomes of a file when a server moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moves {
    /// Backups take it along.
    Along,
    /// A restore sets it aside; backups leave it out.
    Aside,
    /// It belongs to the folder.
    Never,
}

/// A file that this program knows.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Its name in the state folder.
    pub name: &'static str,
    /// What becomes of it.
    pub moves: Moves,
    /// What it holds, in words for everybody.
    pub what: &'static str,
}

const fn part(name: &'static str, moves: Moves, what: &'static str) -> Part {
    Part { name, moves, what }
}

/// All of them. A test fails when a server leaves something in its folder that is not here.
pub const PARTS: [Part; 18] = [
    part(
        store::FILE,
        Moves::Along,
        "the database: hosts, their sign-ins and their meetings, as listed below",
    ),
    part(
        "incamera.db-journal",
        Moves::Aside,
        "of the database: what undoes a change that was interrupted; empty otherwise",
    ),
    part(
        BEFORE_CHANGE,
        Moves::Aside,
        "the database as it was before the last change to another version of the program; deleted within minutes",
    ),
    part("incamera.db-wal", Moves::Aside, "of the database; not used by this version"),
    part("incamera.db-shm", Moves::Aside, "of the database; not used by this version"),
    part(tls::ORDERED, Moves::Along, "the certificate that was ordered for this server's names, and its key"),
    part(
        tls::HANDED,
        Moves::Aside,
        "the certificate that comes from elsewhere, and its key: a copy of the files that the configuration names",
    ),
    part(
        acme::ACCOUNT,
        Moves::Along,
        "the key with which certificates are ordered. The authority knows it, and the e-mail address that it was given",
    ),
    part(tls::SELF_SIGNED, Moves::Along, "a certificate that the server made itself, and its key"),
    part(tls::SELF_SIGNED_NOTE, Moves::Along, "the names and the end of that certificate"),
    part(URL_FILE, Moves::Aside, "the address by which the server was last started"),
    part(
        FIRST_HOST_FILE,
        Moves::Aside,
        "the one-time address for the first host account; deleted once there is a host",
    ),
    part(
        CONFIG_COPY,
        Moves::Aside,
        "the configuration file out of a backup that was restored, for you to look at. It is not used from here",
    ),
    part(
        OPENINGS,
        Moves::Aside,
        "the times outside of the opening hours for which hosts want the server open, without whose they are",
    ),
    part(LOCK, Moves::Never, "nothing: it is locked while the server runs"),
    part(
        tls::CHALLENGES,
        Moves::Never,
        "proofs that are shown while a certificate is ordered; empty otherwise",
    ),
    part(
        place::FORMER,
        Moves::Never,
        "all that was here before the last restore, hosts and meetings too. It is deleted a week after that restore",
    ),
    part(
        place::COMMITTED,
        Moves::Never,
        "a restore that was interrupted; the next start of the server ends it",
    ),
];

/// The file of this name, as far as it is known.
pub fn known(name: &str) -> Option<&'static str> {
    let part = PARTS.iter().find(|part| part.name == name).map(|part| part.what);
    let unfinished = name == place::STAGED || UNFINISHED.iter().any(|ending| name.ends_with(ending));
    part.or_else(|| unfinished.then_some("something that was being written when the program was stopped"))
}

/// Why the folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Occupied {
    /// Somebody else has it.
    #[error("an incamera server, or a restore, is using the folder {}", .0.display())]
    InUse(PathBuf),
    /// It cannot be used.
    #[error("{}: {error}", path.display())]
    File {
        /// What cannot.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// The folder is used by nobody else, for as long as this lives; also not after a crash, since the operating system
/// keeps the lock.
#[derive(Debug)]
pub struct Hold {
    lock: File,
}

impl Drop for Hold {
    fn drop(&mut self) {
        // Closing is not enough: a child that was forked and has not begun its program yet has the file open, too.
        let _ = self.lock.unlock();
    }
}

impl Hold {
    /// Takes the folder, makes it where there is none, and brings a restore to its end that was interrupted.
    ///
    /// # Errors
    /// Somebody else has it; or it cannot be used.
    pub fn take(folder: &Path) -> Result<Self, Occupied> {
        let failed = |path: &Path, error| Occupied::File { path: path.to_owned(), error };
        make_private(folder).map_err(|error| failed(folder, error))?;
        let path = folder.join(LOCK);
        let lock = open_lock(&path, folder).map_err(|error| failed(&path, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Occupied::InUse(folder.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(&path, error)),
        }
        place::settle(folder).map_err(|error| failed(folder, error))?;
        Ok(Self { lock })
    }

    /// For those who share the folder with a running server: where a restore was interrupted, brings it to its end.
    ///
    /// # Errors
    /// As [`Self::take`], where there is such a restore.
    pub fn pass_by(folder: &Path) -> Result<(), Occupied> {
        if place::is_settled(folder) { Ok(()) } else { Self::take(folder).map(drop) }
    }
}

fn open_lock(path: &Path, folder: &Path) -> io::Result<File> {
    match files::create(path, Readers::Owner) {
        Ok(file) => {
            give(&file, folder)?;
            Ok(file)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            OpenOptions::new().read(true).write(true).open(path)
        }
        Err(error) => Err(error),
    }
}

/// Makes a folder that only its owner can look into.
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a new file of the folder's owner, to the disk.
pub(crate) fn put(path: &Path, bytes: &[u8], folder: &Path) -> io::Result<()> {
    let mut file = files::create(path, Readers::Owner)?;
    file.write_all(bytes)?;
    give(&file, folder)?;
    file.sync_all()
}

/// What root makes in a folder of somebody else, as in that of a service, is theirs.
#[cfg(unix)]
pub(crate) fn give(file: &File, folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let owner = fs::metadata(folder)?;
    fchown(file, Some(owner.uid()), Some(owner.gid()))
}

/// There are no such owners.
#[cfg(not(unix))]
pub(crate) fn give(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}

/// New names in a folder survive a power cut from here on.
#[cfg(unix)]
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Folders cannot be opened.
#[cfg(not(unix))]
pub(crate) fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Overwrites a file, and deletes it (I3).
pub(crate) fn wipe(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_file() {
        let mut file = OpenOptions::new().write(true).open(path)?;
        let length = file.metadata()?.len();
        io::copy(&mut io::Read::take(io::repeat(0), length), &mut file)?;
        file.sync_all()?;
    }
    fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("state");
        let hold = Hold::take(&state).expect("free");
        assert!(matches!(Hold::take(&state), Err(Occupied::InUse(_))));
        Hold::pass_by(&state).expect("there is nothing to bring to an end");
        drop(hold);
        Hold::take(&state).expect("free again");
    }

    #[test]
    fn what_is_wiped_is_zeros_before_it_is_gone_i3() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&path, "private").expect("written");
        fs::hard_link(&path, &other).expect("linked");
        wipe(&path).expect("wiped");
        assert!(!path.exists());
        assert_eq!(fs::read(&other).expect("readable"), [0; 7]);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_what_is_put_there() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        put(&path, b"private", folder.path()).expect("written");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert!(put(&path, b"other", folder.path()).is_err(), "nothing is written over");
    }
}
