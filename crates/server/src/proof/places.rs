//! Where a machine keeps things: what was written lately in its file systems, the journal, swap, and the kernel's table of
//! connections.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use serde::Serialize;

use super::forms::{Look, Search, Trace};
use super::walk;

/// What the proof's own mark is called among the traces.
pub(super) const MARK: &str = "the mark of this search";
/// Findings of one place that are told.
const TOLD: usize = 40;
/// Reasons why something could not be searched that are told.
const TROUBLES: usize = 20;
/// All files together. A machine that writes more than this during a short meeting does something else.
const BYTES: u64 = 256 << 30;
/// Files and folders that are looked at.
const ENTRIES: u64 = 20_000_000;
/// For one place.
const TIME: Duration = Duration::from_secs(3600);
/// A clock of a file system may be a little behind.
const SLACK: Duration = Duration::from_secs(3);

const CONNECTIONS: &str = "/proc/net/nf_conntrack";
const JOURNAL: &str = "/run/systemd/journal/socket";

/// One thing that was found.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub(super) struct Finding {
    /// What, in plain words.
    pub(super) what: &'static str,
    /// In which form.
    pub(super) form: &'static str,
    /// Where exactly.
    pub(super) at: String,
}

/// What a search of one place gave.
#[derive(Clone, Default, Debug, Serialize)]
pub(super) struct Searched {
    /// The place, in plain words.
    pub(super) place: String,
    /// Files, entries or devices that were read.
    pub(super) read: u64,
    /// Bytes that were read.
    pub(super) bytes: u64,
    /// Traces of the meeting.
    pub(super) found: BTreeSet<Finding>,
    /// What could not be searched, and why. With any, the search is not whole.
    pub(super) troubles: Vec<String>,
    /// What has to be known about it, though nothing is wrong.
    pub(super) notes: Vec<String>,
    /// Whether the mark that was put there was found.
    #[serde(skip)]
    pub(super) saw_mark: bool,
}

impl Searched {
    pub(super) fn new(place: impl Into<String>) -> Self {
        Self { place: place.into(), ..Self::default() }
    }

    /// Without having found the mark that was left there, it proves nothing.
    pub(super) fn require_mark(&mut self) {
        if !self.saw_mark {
            self.trouble("the search did not find the mark that it had left there itself".to_owned());
        }
    }

    fn add(&mut self, look: Look, at: &str) {
        self.read += 1;
        self.bytes += look.bytes;
        for Trace { what, form } in look.traces {
            if what == MARK {
                self.saw_mark = true;
            } else if self.found.len() < TOLD {
                self.found.insert(Finding { what, form, at: at.to_owned() });
            }
        }
    }

    fn trouble(&mut self, why: String) {
        if self.troubles.len() < TROUBLES {
            self.troubles.push(why);
        }
    }

    fn look(&mut self, search: &Search, at: &Path) {
        let limit = BYTES.saturating_sub(self.bytes);
        match open(at).and_then(|file| search.through(&mut file.take(limit))) {
            Ok(look) => {
                self.add(look, &at.display().to_string());
                if self.bytes >= BYTES {
                    self.trouble(format!("only the first {} GiB were read", BYTES >> 30));
                }
            }
            // It was there a moment ago, and is not kept.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.trouble(format!("{} cannot be read: {error}", at.display())),
        }
    }
}

/// No link is followed, and nothing that waits for somebody else.
fn open(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

/// Everything that was written or renamed since a moment, in these file systems; of the server's own folder all.
pub(super) fn files(
    place: &str,
    search: &Search,
    mounts: &[walk::Mount],
    folders: &[PathBuf],
    since: SystemTime,
    whole: &Path,
) -> Searched {
    let mut searched = Searched::new(place);
    let since = since - SLACK;
    let deadline = Instant::now() + TIME;
    let mut left = ENTRIES;
    walk::each(folders, mounts, |entry| {
        left = left.saturating_sub(1);
        if left == 0 || Instant::now() > deadline || searched.bytes >= BYTES {
            return walk::Next::Stop;
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err((path, error)) => {
                if error.kind() != io::ErrorKind::NotFound {
                    searched.trouble(format!("{} cannot be read: {error}", path.display()));
                }
                return walk::Next::On;
            }
        };
        if entry.changed < since && !entry.path.starts_with(whole) {
            return walk::Next::On;
        }
        // A name can be a trace, too, and where a link leads.
        let link =
            if entry.is_link { fs::read_link(&entry.path).unwrap_or_default() } else { PathBuf::new() };
        let name = [entry.path.as_os_str().as_bytes(), b"\0", link.as_os_str().as_bytes()].concat();
        if let Ok(look) = search.through(&mut &name[..])
            && !look.traces.is_empty()
        {
            searched.add(look, &format!("the name of something in {}", parent(&entry.path)));
        }
        if entry.is_file {
            searched.look(search, &entry.path);
        }
        walk::Next::On
    });
    if left == 0 || Instant::now() > deadline {
        searched.trouble("there was too much to look through, and the search was not finished".to_owned());
    }
    searched
}

fn parent(path: &Path) -> String {
    path.parent().unwrap_or(path).display().to_string()
}

/// What the journal took in since a moment, as it hands it out: its files may be compressed.
pub(super) fn journal(search: &Search, since: SystemTime) -> Searched {
    let mut searched = Searched::new("the system's journal");
    if !Path::new(JOURNAL).exists() {
        searched.notes.push("this machine has none".to_owned());
        return searched;
    }
    let _ = Command::new("journalctl").arg("--sync").stderr(Stdio::null()).status();
    if let Err(error) = read_journal(search, since, &mut searched) {
        searched.trouble(format!("the journal cannot be read: {error:#}"));
    }
    if searched.bytes == 0 && searched.troubles.is_empty() {
        searched.notes.push("it keeps nothing at all".to_owned());
    }
    searched
}

fn read_journal(search: &Search, since: SystemTime, searched: &mut Searched) -> anyhow::Result<()> {
    let since = (since - SLACK).duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut child = Command::new("journalctl")
        .args(["--quiet", "--no-pager", "--all", "--output=export"])
        .arg(format!("--since=@{since}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot run journalctl")?;
    let output = child.stdout.take().context("no output")?;
    let look = search.through(&mut output.take(BYTES))?;
    searched.add(look, "a line of the journal (see `journalctl`)");
    let status = child.wait()?;
    anyhow::ensure!(status.success(), "journalctl ended with {status}");
    Ok(())
}

/// Leaves a line in the journal that the search has to find. `false`: nothing takes it.
pub(super) fn mark_journal(mark: &str) -> bool {
    let line = format!(
        "MESSAGE=incamera looks whether it can search this: {mark}\nPRIORITY=6\nSYSLOG_IDENTIFIER=incamera\n"
    );
    let socket = std::os::unix::net::UnixDatagram::unbound();
    socket.and_then(|socket| socket.send_to(line.as_bytes(), JOURNAL)).is_ok()
}

/// Memory that was moved to a disk.
pub(super) fn swap(search: &Search) -> Searched {
    let mut searched = Searched::new("swap");
    let table = fs::read_to_string("/proc/swaps").unwrap_or_default();
    let areas: Vec<_> = table.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    if areas.is_empty() {
        searched.notes.push("this machine has none".to_owned());
    }
    for area in areas {
        let path = PathBuf::from(walk::unescaped(area));
        if path.exists() {
            searched.look(search, &path);
        } else {
            searched
                .notes
                .push(format!("{area} belongs to the machine around this one, and is not seen from here"));
        }
    }
    searched
}

/// Whom the packet filter knows to be talking. In memory only, and for minutes.
pub(super) fn connections(search: &Search) -> Searched {
    let mut searched =
        Searched::new("the packet filter's table of connections, while all were in the meeting");
    match File::open(CONNECTIONS).and_then(|mut file| search.through(&mut file)) {
        Ok(look) => searched.add(look, CONNECTIONS),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if fs::read_to_string("/proc/sys/net/netfilter/nf_conntrack_count")
                .is_ok_and(|count| count.trim() != "0")
            {
                searched.trouble("the kernel has one, and does not show it".to_owned());
            } else {
                searched.notes.push("it is not in use".to_owned());
            }
        }
        Err(error) => searched.trouble(format!("{CONNECTIONS} cannot be read: {error}")),
    }
    searched
}

/// The disk itself, below its file systems: also what was deleted, and not yet written over.
pub(super) fn device(search: &Search, mounts: &[walk::Mount], folder: &Path) -> Searched {
    let mut searched = Searched::new("the whole disk below the files, with what was deleted");
    let mount = mounts
        .iter()
        .filter(|mount| folder.starts_with(&mount.at))
        .max_by_key(|mount| mount.at.as_os_str().len());
    match mount.map(|mount| PathBuf::from(&mount.source)).filter(|source| source.starts_with("/dev")) {
        // /dev/root and the names of volumes are links.
        Some(source) => match fs::canonicalize(&source) {
            Ok(device) => searched.look(search, &device),
            Err(error) => searched.trouble(format!("{} cannot be read: {error}", source.display())),
        },
        None => searched.trouble(format!("{} is on no disk that is seen from here", folder.display())),
    }
    searched
}

#[cfg(test)]
mod tests {
    use super::super::forms::Needle;
    use super::*;

    const WORD: &str = "quxvolbertina";

    fn search() -> Search {
        Search::new(&[Needle::text("a name", WORD), Needle::text(MARK, "markmarkmark")]).expect("it sees")
    }

    /// Of a folder, of which everything below `state` is the server's.
    fn searched(folder: &Path, since: SystemTime) -> Searched {
        files("a folder", &search(), &[], &[folder.to_owned()], since, &folder.join("state"))
    }

    fn whats(searched: &Searched) -> Vec<(&str, &str)> {
        searched
            .found
            .iter()
            .map(|finding| (finding.what, finding.at.rsplit('/').next().unwrap_or_default()))
            .collect()
    }

    #[test]
    fn what_was_written_since_is_searched_and_the_servers_folder_always_b8() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("state")).expect("made");
        for file in ["file", "state/file-of-the-server"] {
            fs::write(folder.path().join(file), format!("Ms {WORD}")).expect("written");
        }
        let now = SystemTime::now();
        assert_eq!(
            whats(&searched(folder.path(), now)),
            [("a name", "file"), ("a name", "file-of-the-server")]
        );
        let later = now + Duration::from_secs(3600);
        assert_eq!(whats(&searched(folder.path(), later)), [("a name", "file-of-the-server")]);
    }

    #[test]
    fn names_of_files_and_where_links_lead_are_searched_b8() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(format!("{WORD}.txt")), "").expect("written");
        assert_eq!(searched(folder.path(), SystemTime::now()).found.len(), 1);
        fs::remove_file(folder.path().join(format!("{WORD}.txt"))).expect("deleted");
        std::os::unix::fs::symlink(WORD, folder.path().join("link")).expect("made");
        assert_eq!(searched(folder.path(), SystemTime::now()).found.len(), 1);
    }

    #[test]
    fn a_search_that_does_not_find_its_own_mark_proves_nothing_b8() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut blind = searched(folder.path(), SystemTime::now());
        blind.require_mark();
        assert_eq!(blind.troubles.len(), 1);
        fs::write(folder.path().join("mark"), "markmarkmark").expect("written");
        let mut seeing = searched(folder.path(), SystemTime::now());
        seeing.require_mark();
        assert!(seeing.troubles.is_empty() && seeing.found.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_told_b8() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = searched(&folder.path().join("no-folder"), SystemTime::now());
        assert!(missing.troubles.is_empty() && missing.found.is_empty(), "what is gone is not kept");
        // Not even root reads it: it is no memory of a process.
        let mut place = Searched::new("a place");
        place.look(&search(), Path::new("/proc/self/mem"));
        assert_eq!(place.troubles.len(), 1, "{place:?}");
    }
}
