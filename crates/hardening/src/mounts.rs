//! File systems of their own, so that the kernel can refuse what has no business there: programs where anybody may write, devices
//! outside `/dev`, programs that run as their owner.
//!
//! A rented machine has one disk and one partition. A folder can be mounted onto itself all the same, with its own options; the
//! files stay where they are.

use crate::change::{Change, Run};
use crate::edit::{self, Syntax};
use crate::machine::{Machine, Place};
use crate::want::{Trouble, UNITS, file_text, strange_at, unit_state, whole};

mod fstab;

/// Where file systems stand that are mounted at start (fstab(5)).
const FSTAB: &str = "/etc/fstab";
const MODE: u32 = 0o644;
/// Options that belong to the place of a mount and not to the file system that is there.
const OF_THE_PLACE: &[&str] =
    &["ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime", "relatime", "nosymfollow"];

/// A file system of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mount {
    /// The folder.
    pub at: &'static str,
    /// What is there.
    pub of: Of,
    /// Options that it has at least.
    pub options: &'static [&'static str],
}

/// What is mounted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Of {
    /// Memory, so that it is empty at each start. It comes with the next one: whatever is in use there now would be hidden.
    Memory,
    /// Memory that systemd mounts before it reads anything (file-hierarchy(7)); options are taken from fstab(5) only.
    Shared,
    /// The folder itself, at once.
    Itself,
    /// The folder itself, from the next start on: programs have what is below it open.
    ItselfLater,
}

impl Mount {
    /// The unit that mounts it (systemd.mount(5)). Our folders hold no character that must be escaped.
    fn unit(&self) -> String {
        format!("{}.mount", self.at.trim_start_matches('/').replace('/', "-"))
    }

    fn unit_path(&self) -> String {
        format!("{UNITS}/{}", self.unit())
    }

    fn unit_text(&self) -> String {
        let Self { at, of, options } = self;
        let options = options.join(",");
        let mount = match of {
            Of::Memory | Of::Shared => {
                // As systemd's own unit: at most half of the memory.
                format!(
                    "What=tmpfs\nWhere={at}\nType=tmpfs\nOptions=mode=1777,strictatime,size=50%%,nr_inodes=1m,{options}"
                )
            }
            Of::Itself | Of::ItselfLater => {
                format!("What={at}\nWhere={at}\nType=none\nOptions=bind,{options}")
            }
        };
        format!(
            "# Written by `incamera harden`.\n[Unit]\nDescription={at}, with less allowed\nConditionPathIsSymbolicLink=!{at}\n\n\
             [Mount]\n{mount}\n\n[Install]\nWantedBy=local-fs.target\n"
        )
    }
}

/// What must change in files for the next start.
pub(crate) fn files(machine: &Machine, mount: &Mount) -> Result<Vec<Change>, Trouble> {
    let strange = |strange| strange_at(FSTAB, strange);
    let fstab = file_text(machine, FSTAB)?.unwrap_or_default();
    let mode = |path: &str| match machine.look(path) {
        Ok(Place::File { mode, .. }) => mode,
        _ => MODE,
    };
    if let Some(text) = fstab::with_options(&fstab, mount.at, mount.options).map_err(strange)? {
        return whole(machine, FSTAB, text, mode(FSTAB));
    }
    if mount.of == Of::Shared {
        let options = mount.options.join(",");
        let text = fstab::with_line(&fstab, &format!("tmpfs {} tmpfs defaults,{options} 0 0", mount.at));
        return whole(machine, FSTAB, text, mode(FSTAB));
    }
    let path = mount.unit_path();
    let text = match file_text(machine, &path)? {
        None => mount.unit_text(),
        // Somebody wrote it, maybe we: it keeps all but the options.
        Some(text) => {
            let syntax = Syntax::Section("Mount");
            let strange = |strange| strange_at(&path, strange);
            let had =
                edit::get(&text, syntax, "Options").map_err(strange)?.last().copied().unwrap_or_default();
            let options = fstab::joined(had, mount.options);
            edit::set(&text, syntax, "Options", &options).map_err(strange)?
        }
    };
    whole(machine, &path, text, mode(&path))
}

/// Whether the next start mounts it: by fstab(5), or by a unit that is on.
fn is_on(machine: &Machine, mount: &Mount) -> bool {
    let fstab = machine.read(FSTAB).unwrap_or_default();
    let stands = fstab::with_options(&fstab, mount.at, &[]).is_ok_and(|text| text.is_some());
    stands || ["enabled", "generated"].contains(&unit_state(machine, &mount.unit()).as_str())
}

/// The changes of the running machine, and what makes the next start take up the files.
pub(crate) fn live(machine: &Machine, mount: &Mount) -> Vec<Change> {
    let mut changes = Vec::new();
    let unit = mount.unit();
    if mount.of != Of::Shared && !is_on(machine, mount) {
        // It also makes systemd read the units anew.
        changes.push(Change::Run(Run::live(&["systemctl", "enable", &unit], &[]).writing(&[UNITS])));
    }
    match options_at(machine, mount.at) {
        // What is mounted below would be hidden; the next start mounts all in the right order.
        None if mount.of == Of::Itself && !has_more_below(machine, mount.at) => {
            // Lazily: whoever has a file open there keeps it, and it is the same file.
            changes.push(Change::Run(Run::live(
                &["systemctl", "start", &unit],
                &[&["umount", "--lazy", mount.at]],
            )));
        }
        None => {}
        Some(has) => changes.extend(remount(mount, &has)),
    }
    changes
}

/// Tightens what is mounted. The options of the place are set as a whole (mount(8), "remount,bind"), so that they are all said.
fn remount(mount: &Mount, has: &[String]) -> Option<Change> {
    let more = lacking(has, mount.options);
    if more.is_empty() {
        return None;
    }
    let former: Vec<_> = has.iter().map(String::as_str).filter(|is| OF_THE_PLACE.contains(is)).collect();
    let words = |options: &[&str]| [&["remount", "bind"], options].concat().join(",");
    let after = [former.as_slice(), &more].concat();
    // mount(8) adds what it finds set, so that the opposite must be said.
    let opposite = more.iter().filter_map(|option| option.strip_prefix("no"));
    let back: Vec<_> = former.iter().copied().chain(opposite).collect();
    let (back, after) = (words(&back), words(&after));
    Some(Change::Run(Run::live(
        &["mount", "--options", &after, mount.at],
        &[&["mount", "--options", &back, mount.at]],
    )))
}

fn lacking(has: &[String], options: &[&'static str]) -> Vec<&'static str> {
    options.iter().copied().filter(|option| !has.iter().any(|is| is == option)).collect()
}

/// What is otherwise than wanted, in a sentence.
pub(crate) fn finding(machine: &Machine, mount: &Mount) -> Result<Option<String>, Trouble> {
    let at = mount.at;
    let Some(has) = options_at(machine, at) else {
        return Ok(Some(format!("{at} is no file system of its own")));
    };
    let lacking = lacking(&has, mount.options);
    if !lacking.is_empty() {
        return Ok(Some(format!("{at} is mounted without {}", lacking.join(", "))));
    }
    let stays = files(machine, mount)?.is_empty() && is_on(machine, mount);
    Ok((!stays).then(|| format!("{at} will not be mounted so at the next start")))
}

/// A line of `/proc/self/mounts`.
struct Line<'text> {
    at: &'text str,
    kind: &'text str,
    options: &'text str,
}

/// What is mounted, in the order in which it came.
fn mounted(mounts: &str) -> impl Iterator<Item = Line<'_>> {
    mounts.lines().filter_map(|line| {
        let words: Vec<_> = line.split(' ').collect();
        let [_, at, kind, options, _, _] = words[..] else { return None };
        Some(Line { at, kind, options })
    })
}

/// What is mounted at a place, as whoever goes there meets it: others may be mounted there too, out of sight.
pub(crate) struct Met {
    /// The kind of file system.
    pub(crate) kind: String,
    /// Its options.
    pub(crate) options: Vec<String>,
}

/// What is mounted at a place; none where nothing is.
pub(crate) fn met_at(machine: &Machine, at: &str) -> Option<Met> {
    let met = |kind: &str, options: &str| Met {
        kind: kind.to_owned(),
        options: options.split(',').map(str::to_owned).collect(),
    };
    if let Some(tree) = machine.read("/proc/self/mountinfo") {
        return in_sight(&tree, at).map(|hung| met(hung.kind, hung.options));
    }
    let mounts = machine.read("/proc/self/mounts")?;
    mounted(&mounts).filter(|line| line.at == at).last().map(|line| met(line.kind, line.options))
}

/// The options of what is mounted at a place.
pub(crate) fn options_at(machine: &Machine, at: &str) -> Option<Vec<String>> {
    met_at(machine, at).map(|met| met.options)
}

/// A line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)): its id, and the id of what it hangs on.
#[derive(Clone, Copy)]
struct Hung<'tree> {
    id: &'tree str,
    on: &'tree str,
    at: &'tree str,
    options: &'tree str,
    kind: &'tree str,
}

impl<'tree> Hung<'tree> {
    fn parse(line: &'tree str) -> Option<Self> {
        let (hung, mounted) = line.split_once(" - ")?;
        let mut words = hung.split(' ');
        let (id, on, _device, _root) = (words.next()?, words.next()?, words.next()?, words.next()?);
        Some(Self { id, on, at: words.next()?, options: words.next()?, kind: mounted.split(' ').next()? })
    }
}

/// The mount that is met at a path. From the root down, each hangs on the one before it; a folder that is bound onto itself
/// leaves a second tree below, where nobody comes.
fn in_sight<'tree>(tree: &'tree str, at: &str) -> Option<Hung<'tree>> {
    let lines: Vec<_> = tree.lines().filter_map(Hung::parse).collect();
    let hangs_on_nothing =
        |line: &&Hung<'_>| line.id == line.on || lines.iter().all(|other| other.id != line.on);
    let mut met = lines.iter().find(|line| line.at == "/" && hangs_on_nothing(line))?;
    let ends = at.match_indices('/').map(|(end, _)| &at[..end]).filter(|above| !above.is_empty());
    for path in ["/"].into_iter().chain(ends).chain((at != "/").then_some(at)) {
        // One may be mounted over the other; there are never more than there are lines.
        for _ in &lines {
            match lines.iter().rfind(|line| line.on == met.id && line.at == path && line.id != met.id) {
                Some(over) => met = over,
                None => break,
            }
        }
    }
    (met.at == at).then_some(*met)
}

fn has_more_below(machine: &Machine, at: &str) -> bool {
    let mounts = machine.read("/proc/self/mounts").unwrap_or_default();
    mounted(&mounts).any(|line| line.at.strip_prefix(at).is_some_and(|below| below.starts_with('/')))
}

/// Whether something mounts it that we do not know, as ZFS does: a unit of ours would get into its way.
pub(crate) fn is_foreign(machine: &Machine, mount: &Mount) -> bool {
    let Some(met) = met_at(machine, mount.at) else { return false };
    let is_expected = matches!(mount.of, Of::Memory | Of::Shared) && met.kind == "tmpfs";
    !is_expected && !is_on(machine, mount)
}

#[cfg(test)]
mod tests;
