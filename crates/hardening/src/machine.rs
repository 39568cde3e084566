//! The machine as controls see it: places in the file system below a root, and programs. Nothing else in this crate touches
//! either, so that every control can be tried on a folder with programs that are played.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown, symlink,
};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::files;

/// The largest file that is read, in bytes. Files of a system's configuration are far smaller.
const MAX_FILE: u64 = 4 << 20;
/// The most places that a walk through a tree returns. `/etc` of a server has about two thousand.
const MAX_PLACES: usize = 50_000;
/// How long a program may take. Installing a package is the longest.
const PATIENCE: &str = "600";
/// What a file is called until it takes the place of the former one.
const NEW: &str = ".incamera-new";

/// One machine.
pub struct Machine {
    root: PathBuf,
    programs: Box<dyn Programs>,
    ids: Ids,
    imagined: RefCell<BTreeMap<String, Place>>,
}

/// Whether owners are set, which only root can.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ids {
    Set,
    /// In tests, as anybody: owners are taken as they come.
    Ignored,
}

/// What runs programs.
pub trait Programs {
    /// Runs one to its end, with `input` as what it reads.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    fn run(&self, words: &[&str], input: &[u8]) -> io::Result<Ended>;
}

/// How a program ended.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Ended {
    /// Its exit status; none where a signal ended it.
    pub status: Option<i32>,
    /// What it printed.
    pub printed: String,
    /// What it complained about.
    pub complained: String,
}

impl Ended {
    /// Whether it ended well.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.status == Some(0)
    }
}

/// What is at a path. Links are seen as links, never followed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Place {
    /// Nothing is there.
    Nothing,
    /// A file.
    File {
        /// Permission bits, as in chmod(2).
        mode: u32,
        /// The owner.
        uid: u32,
        /// The group.
        gid: u32,
        /// All of it.
        #[serde(with = "base64_bytes")]
        bytes: Vec<u8>,
    },
    /// A folder; what is in it is not a part of this.
    Folder {
        /// Permission bits.
        mode: u32,
        /// The owner.
        uid: u32,
        /// The group.
        gid: u32,
    },
    /// A symbolic link.
    Link {
        /// Where it leads, as written.
        target: PathBuf,
    },
    /// A device, a socket, or a file larger than any configuration: never changed.
    Strange,
}

impl Place {
    /// A file of root's.
    #[must_use]
    pub fn file(text: impl Into<Vec<u8>>, mode: u32) -> Self {
        Self::File { mode, uid: 0, gid: 0, bytes: text.into() }
    }

    /// What a file says, where it is one and says it in UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::File { bytes, .. } => str::from_utf8(bytes).ok(),
            _ => None,
        }
    }
}

impl Machine {
    /// The one that this runs on.
    #[must_use]
    pub fn this() -> Self {
        Self {
            root: PathBuf::from("/"),
            programs: Box::new(Real),
            ids: Ids::Set,
            imagined: RefCell::default(),
        }
    }

    /// One that is a folder, with programs that are played: for tests.
    #[must_use]
    pub fn played(root: PathBuf, programs: Box<dyn Programs>) -> Self {
        Self { root, programs, ids: Ids::Ignored, imagined: RefCell::default() }
    }

    fn at(&self, path: &str) -> io::Result<PathBuf> {
        let path = Path::new(path);
        let is_plain =
            path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
        match path.strip_prefix("/") {
            Ok(below) if is_plain => Ok(self.root.join(below)),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{} is no plain path", path.display()),
            )),
        }
    }

    /// What is at a path.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn look(&self, path: &str) -> io::Result<Place> {
        if let Some(place) = self.imagined.borrow().get(path) {
            return Ok(place.clone());
        }
        look(&self.at(path)?)
    }

    /// What a file says; none where there is no file, or one that is not UTF-8. Links are followed, for `/proc` and `/sys`
    /// are full of them.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<String> {
        if let Some(place) = self.imagined.borrow().get(path) {
            return place.text().map(str::to_owned);
        }
        let file = files::open_where_it_leads(&self.at(path).ok()?).ok()?;
        let mut text = String::new();
        file.take(MAX_FILE).read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// Names in a folder, sorted; none where there is no folder.
    #[must_use]
    pub fn list(&self, folder: &str) -> Vec<String> {
        let entries = self.at(folder).and_then(fs::read_dir).into_iter().flatten().flatten();
        let mut names: Vec<_> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).take(MAX_PLACES).collect();
        names.sort();
        names
    }

    /// Everything below a path, and what is there itself, sorted by path. Folders of other file systems are not entered.
    ///
    /// # Errors
    ///
    /// Something cannot be read, or there is more than [`MAX_PLACES`].
    pub fn tree(&self, top: &str) -> io::Result<Vec<(String, Place)>> {
        let mut found = Vec::new();
        let mut open = vec![top.to_owned()];
        while let Some(path) = open.pop() {
            let place = self.look(&path)?;
            if matches!(place, Place::Folder { .. }) {
                open.extend(self.list(&path).into_iter().map(|name| join(&path, &name)));
            }
            if place != Place::Nothing {
                found.push((path, place));
            }
            if found.len() + open.len() > MAX_PLACES {
                return Err(io::Error::other(format!("{top} holds more than {MAX_PLACES} files")));
            }
        }
        found.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(found)
    }

    /// Lets `plan` see places as it says by [`Imagined::put`], without anything becoming so.
    pub(crate) fn imagining<T>(&self, plan: impl FnOnce(&Imagined<'_>) -> T) -> T {
        let planned = plan(&Imagined(self));
        self.imagined.borrow_mut().clear();
        planned
    }

    /// Makes a path be what it shall be: whole, or not at all. What was there before is gone.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn put(&self, path: &str, place: &Place) -> io::Result<()> {
        let target = self.at(path)?;
        let new = new_name(&target);
        remove(&new)?;
        match place {
            Place::Nothing => return remove(&target),
            Place::Strange => return Err(io::Error::other(format!("{path} is no plain file"))),
            Place::Folder { mode, uid, gid } => {
                if !target.is_dir() {
                    DirBuilder::new().mode(0o700).create(&target)?;
                }
                let folder = files::folder(&target)?;
                self.own(&folder, *uid, *gid)?;
                return folder.set_permissions(Permissions::from_mode(*mode));
            }
            Place::Link { target: leads } => symlink(leads, &new)?,
            Place::File { mode, uid, gid, bytes } => {
                let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
                file.write_all(bytes)?;
                self.own(&file, *uid, *gid)?;
                file.set_permissions(Permissions::from_mode(*mode))?;
                file.sync_all()?;
            }
        }
        if target.is_dir() && !target.is_symlink() {
            remove(&new)?;
            return Err(io::Error::other(format!("{path} is a folder")));
        }
        fs::rename(&new, &target)?;
        target.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
    }

    /// Makes the folders above a path, as root's own, and returns those that it made, outermost first.
    ///
    /// # Errors
    ///
    /// One cannot be made.
    pub fn lacking_folders(&self, path: &str) -> io::Result<Vec<String>> {
        let mut lacking = Vec::new();
        let mut above = Path::new(path).parent();
        while let Some(folder) = above {
            let folder_path = folder.to_string_lossy().into_owned();
            if self.look(&folder_path)? != Place::Nothing {
                break;
            }
            lacking.insert(0, folder_path);
            above = folder.parent();
        }
        Ok(lacking)
    }

    /// By the handle: whatever comes to stand at its path meanwhile stays as it is.
    fn own(&self, file: &fs::File, uid: u32, gid: u32) -> io::Result<()> {
        match self.ids {
            Ids::Set => fchown(file, Some(uid), Some(gid)),
            Ids::Ignored => Ok(()),
        }
    }

    /// Whether owners say anything here.
    pub(crate) fn has_owners(&self) -> bool {
        self.ids == Ids::Set
    }

    /// Writes into a file that the kernel makes up, as those below `/proc/sys` are.
    ///
    /// # Errors
    ///
    /// The kernel refuses.
    pub fn tell_kernel(&self, path: &str, value: &str) -> io::Result<()> {
        OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(self.at(path)?)?
            .write_all(format!("{value}\n").as_bytes())
    }

    /// Runs a program to its end.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub fn run(&self, words: &[&str]) -> io::Result<Ended> {
        self.programs.run(words, &[])
    }

    /// What programs wrote until now is on the disks. Few of them see to that themselves, and whatever is not there when the power
    /// goes is an empty file afterwards.
    pub(crate) fn write_through(&self) {
        if self.ids == Ids::Set {
            rustix::fs::sync();
        }
    }

    /// What a program prints, if it ends well.
    #[must_use]
    pub fn said(&self, words: &[&str]) -> Option<String> {
        let ended = self.run(words).ok()?;
        ended.is_well().then(|| ended.printed.trim().to_owned())
    }
}

/// A machine of which some places are only imagined.
pub(crate) struct Imagined<'a>(&'a Machine);

impl Imagined<'_> {
    pub(crate) fn put(&self, path: &str, place: &Place) {
        self.0.imagined.borrow_mut().insert(path.to_owned(), place.clone());
    }
}

/// `folder/name`.
pub(crate) fn join(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches('/'))
}

fn new_name(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(NEW);
    path.with_file_name(name)
}

fn look(path: &Path) -> io::Result<Place> {
    let met = match fs::symlink_metadata(path) {
        Ok(met) => met,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Place::Nothing);
        }
        Err(error) => return Err(error),
    };
    let (mode, uid, gid) = (met.mode() & 0o7777, met.uid(), met.gid());
    Ok(if met.is_symlink() {
        Place::Link { target: fs::read_link(path)? }
    } else if met.is_dir() {
        Place::Folder { mode, uid, gid }
    } else if met.is_file() && met.len() <= MAX_FILE {
        look_into(&files::open(path)?)?
    } else {
        Place::Strange
    })
}

/// All of it is of the file that was opened: another one may stand at its path by now.
fn look_into(file: &fs::File) -> io::Result<Place> {
    let met = file.metadata()?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Ok(Place::Strange);
    }
    Ok(Place::File { mode: met.mode() & 0o7777, uid: met.uid(), gid: met.gid(), bytes })
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(met) if met.is_dir() => fs::remove_dir(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Programs of this machine, in the C locale and with a limit of time.
struct Real;

impl Programs for Real {
    fn run(&self, words: &[&str], input: &[u8]) -> io::Result<Ended> {
        let mut child = started(words)
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C")
            .env("DEBIAN_FRONTEND", "noninteractive")
            // Not where somebody else may have put files that a program takes for its own.
            .current_dir("/")
            .stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that does not read to the end says so by its status.
            let _ = stdin.write_all(input);
        }
        let output = child.wait_with_output()?;
        Ok(Ended {
            status: output.status.code(),
            printed: String::from_utf8_lossy(&output.stdout).into_owned(),
            complained: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

/// A program that does not go on when we are gone, so that nothing changes any more once it is taken back (prctl(2), `PR_SET_PDEATHSIG`).
/// A package manager does: it is waited for, by its lock.
fn started(words: &[&str]) -> Command {
    let limited = ["timeout", "--kill-after=10", PATIENCE];
    let tied = ["setpriv", "--pdeathsig=TERM"];
    let before = if matches!(words.first(), Some(&("apt-get" | "dpkg"))) { &[][..] } else { &tied };
    let all = [before, &limited, words].concat();
    let mut command = Command::new(all[0]);
    command.args(&all[1..]);
    command
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::process::Stdio;

    use super::started;

    #[test]
    fn a_program_ends_with_whoever_started_it_and_a_package_manager_goes_on_t4() {
        // The signal comes with the end of the thread that started it.
        let started_and_left = || {
            let mut child =
                started(&["sh", "-c", "echo; exec sleep 20"]).stdout(Stdio::piped()).spawn().unwrap();
            let mut first = [0];
            child.stdout.take().unwrap().read_exact(&mut first).unwrap();
            child
        };
        let mut left = std::thread::spawn(started_and_left).join().unwrap();
        assert!(!left.wait().unwrap().success());
        assert_eq!(started(&["apt-get", "check"]).get_program(), "timeout");
    }
}

mod base64_bytes {
    use super::BASE64_STANDARD;
    use base64::Engine as _;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        BASE64_STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
