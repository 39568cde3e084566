//! What a control can want of a machine: each kind is measured by its effect, and knows the changes that bring it about.

use std::io;

use thiserror::Error;

use crate::change::{Change, Run};
use crate::edit::{self, Strange, Syntax};
use crate::machine::{Machine, Place};
use crate::rewrite::Rewrite;

/// Where units are switched on and off.
const UNITS: &str = "/etc/systemd/system";
/// Where kernel parameters are set at start. Its name makes it the last that is read, so that nothing else overrides it.
const SYSCTL_FILE: &str = "/etc/sysctl.d/zz-incamera.conf";
/// Where kernel modules are kept out.
const MODPROBE_FILE: &str = "/etc/modprobe.d/incamera.conf";
/// The first that sshd reads, and the first that says a thing is right (sshd_config(5)).
pub(crate) const SSHD_FILE: &str = "/etc/ssh/sshd_config.d/00-incamera.conf";
/// What a package may change as it comes or goes. What is in /etc/pam.d was made from what is in /var/lib/pam: they go
/// together.
pub(crate) const PACKAGE_TREES: &[&str] = &["/etc", "/var/lib/pam"];
const FILE_MODE: u32 = 0o644;

/// One thing that is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Want {
    /// A kernel parameter, on the running machine and after the next start. The key has slashes: `net/ipv4/ip_forward`.
    Kernel(&'static str, &'static str),
    /// No kernel module of this name can be loaded, nor is loaded.
    NoModule(&'static str),
    /// A file that is wholly ours.
    File {
        /// Where.
        path: &'static str,
        /// All that it says.
        text: String,
        /// Permission bits.
        mode: u32,
    },
    /// A setting in a file that others write too. The file is made where it is not there.
    Setting {
        /// Where.
        path: &'static str,
        /// How the file says it.
        syntax: Syntax,
        /// What is set.
        key: String,
        /// To what.
        value: String,
    },
    /// Nothing is at this path.
    Gone(&'static str),
    /// Who may do what with a file or folder, where it is there: at most these bits, and these owners.
    Access {
        /// Where.
        path: String,
        /// Permission bits, of which fewer are well too.
        mode: u32,
        /// The owner.
        uid: u32,
        /// The group, or any of them; the first is set.
        gids: Vec<u32>,
    },
    /// A setting of sshd, as `sshd -T` tells it. Both in lower case but for values that are not.
    Sshd(&'static str, &'static str),
    /// A unit that nothing can start, where it is there.
    Masked(&'static str),
    /// A unit that is on, and starts with the machine.
    Active(&'static str),
    /// A package that is installed.
    Package(&'static str),
    /// A package that is not installed.
    NoPackage(&'static str),
    /// A file system is mounted with these options, where it is mounted.
    Options {
        /// Where.
        at: &'static str,
        /// Those that must be.
        options: &'static [&'static str],
    },
    /// A file of others, where it is there, in which a word or a line is otherwise.
    Rewritten {
        /// Where.
        path: &'static str,
        /// In which way.
        how: Rewrite,
    },
    /// A program need not run any more.
    Program {
        /// What is otherwise than wanted, as the machine was when this was asked; none where all is well.
        found: Option<String>,
        /// What brings it about.
        run: Run,
    },
    /// Nothing can be wanted, for something could not be found out: what.
    Unknown(String),
}

/// Why something cannot be measured or planned.
#[derive(Debug, Error)]
pub enum Trouble {
    /// A file that people write is not what it should be. It is left as it is.
    #[error("{path} is not as expected: {strange}. It was left as it is; please put it right")]
    Strange {
        /// Which.
        path: String,
        /// In which way.
        strange: Strange,
    },
    /// Something that is no plain file stands where one is wanted.
    #[error("{0} is a link, or no plain file. It was left as it is")]
    NoFile(String),
    /// The system says no.
    #[error("{0} cannot be read: {1}")]
    Unreadable(String, io::Error),
    /// A program says no.
    #[error("{0}")]
    Program(String),
}

impl Want {
    /// What is otherwise than wanted, in a sentence; none where all is well.
    ///
    /// # Errors
    ///
    /// It cannot be found out.
    pub fn measure(&self, machine: &Machine) -> Result<Option<String>, Trouble> {
        Ok(match self {
            Self::Kernel(key, value) => kernel(machine, key, value)
                .or(unless(self.file_changes(machine)?.is_empty(), || {
                    format!("{} is not set in {SYSCTL_FILE} for the next start", dotted(key))
                })),
            Self::NoModule(name) => {
                if is_loaded(machine, name) {
                    Some(format!("the kernel module {name} is loaded"))
                } else {
                    unless(self.file_changes(machine)?.is_empty(), || {
                        format!("the kernel module {name} can be loaded")
                    })
                }
            }
            Self::File { path, .. } | Self::Setting { path, .. } => {
                unless(self.file_changes(machine)?.is_empty(), || match self {
                    Self::Setting { key, value, .. } => {
                        format!("{path} does not say {key} {value}").trim_end().to_owned()
                    }
                    _ => format!("{path} is not as it should be"),
                })
            }
            Self::Gone(path) => unless(look(machine, path)? == Place::Nothing, || format!("{path} is there")),
            Self::Access { path, .. } => unless(self.file_changes(machine)?.is_empty(), || {
                format!("too much is allowed to too many at {path}")
            }),
            Self::Sshd(key, value) => {
                let is = sshd(machine)?.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
                unless(is.as_deref() == Some(value), || match is {
                    Some(is) => format!("sshd says {key} {is}, not {value}"),
                    None => format!("sshd says nothing of {key}"),
                })
            }
            Self::Masked(unit) => {
                let state = unit_state(machine, unit);
                unless(matches!(state.as_str(), "" | "not-found" | "masked"), || {
                    format!("{unit} can be started")
                })
            }
            Self::Active(unit) => {
                let is_on = unit_state(machine, unit) == "enabled" || unit_state(machine, unit) == "static";
                unless(is_on && is_active(machine, unit), || format!("{unit} is not on"))
            }
            Self::Package(name) => unless(is_installed(machine, name), || format!("{name} is not installed")),
            Self::NoPackage(name) => unless(!is_installed(machine, name), || format!("{name} is installed")),
            Self::Options { at, options } => mounted(machine, at).and_then(|has| {
                let lacking: Vec<_> =
                    options.iter().filter(|option| !has.iter().any(|is| is == **option)).copied().collect();
                unless(lacking.is_empty(), || format!("{at} is mounted without {}", lacking.join(", ")))
            }),
            Self::Rewritten { path, how } => {
                unless(self.file_changes(machine)?.is_empty(), || how.finding(path))
            }
            Self::Program { found, .. } => found.clone(),
            Self::Unknown(what) => return Err(Trouble::Program(what.clone())),
        })
    }

    /// The changes that bring it about; none where it is so.
    ///
    /// # Errors
    ///
    /// It cannot be found out.
    pub fn plan(&self, machine: &Machine) -> Result<Vec<Change>, Trouble> {
        let mut changes = self.file_changes(machine)?;
        match self {
            Self::Kernel(key, value) => {
                if let Some(is) = machine.read(&format!("/proc/sys/{key}")).filter(|is| !is_same(is, value)) {
                    changes.push(Change::Tune {
                        key: (*key).to_owned(),
                        before: is.trim().to_owned(),
                        after: (*value).to_owned(),
                    });
                }
            }
            Self::NoModule(name) if is_loaded(machine, name) => {
                changes.push(Change::Run(Run::live(&["modprobe", "--remove", name], &[&["modprobe", name]])));
            }
            Self::Masked(unit) if self.measure(machine)?.is_some() => {
                let undo: &[&[&str]] =
                    if is_active(machine, unit) { &[&["systemctl", "start", unit]] } else { &[] };
                changes.push(Change::Run(
                    Run::live(&["systemctl", "mask", "--now", unit], undo).writing(&[UNITS]),
                ));
            }
            Self::Active(unit) if self.measure(machine)?.is_some() => {
                let undo: &[&[&str]] =
                    if is_active(machine, unit) { &[] } else { &[&["systemctl", "stop", unit]] };
                changes.push(Change::Run(
                    Run::live(&["systemctl", "enable", "--now", unit], undo).writing(&[UNITS]),
                ));
            }
            Self::Package(name) if self.measure(machine)?.is_some() => {
                changes.push(packages(&[
                    "apt-get",
                    "install",
                    "--yes",
                    "--quiet",
                    "--no-install-recommends",
                    name,
                ]));
            }
            Self::NoPackage(name) if self.measure(machine)?.is_some() => {
                changes.push(packages(&["apt-get", "remove", "--yes", "--quiet", name]));
            }
            Self::Options { at, options } if self.measure(machine)?.is_some() => {
                let remount = format!("remount,{}", options.join(","));
                let has = mounted(machine, at).unwrap_or_default();
                let opposite: Vec<_> = options
                    .iter()
                    .filter(|option| !has.iter().any(|is| is == **option))
                    .filter_map(|option| option.strip_prefix("no"))
                    .collect();
                let back = format!("remount,{}", opposite.join(","));
                changes.push(Change::Run(Run::live(
                    &["mount", "--options", &remount, at],
                    &[&["mount", "--options", &back, at]],
                )));
            }
            Self::Program { found: Some(_), run } => changes.push(Change::Run(run.clone())),
            Self::Unknown(what) => return Err(Trouble::Program(what.clone())),
            _ => {}
        }
        Ok(changes)
    }

    /// The part of the plan that are places in the file system.
    fn file_changes(&self, machine: &Machine) -> Result<Vec<Change>, Trouble> {
        match self {
            Self::Kernel(key, value) => {
                setting(machine, SYSCTL_FILE, Syntax::Assignment, &dotted(key), value, FILE_MODE)
            }
            Self::NoModule(name) => {
                // Both: the first keeps it from being loaded by its name, the second by what it drives.
                let line = format!("install {name} /bin/false\nblacklist {name}");
                let mut text = file_text(machine, MODPROBE_FILE)?.unwrap_or_default();
                for line in line.lines() {
                    text = edit::set(&text, Syntax::Line, line, "")
                        .map_err(|strange| strange_at(MODPROBE_FILE, strange))?;
                }
                whole(machine, MODPROBE_FILE, text, FILE_MODE)
            }
            Self::Sshd(key, value) => setting(machine, SSHD_FILE, Syntax::Words, key, value, 0o600),
            Self::File { path, text, mode } => whole(machine, path, text.clone(), *mode),
            Self::Setting { path, syntax, key, value } => {
                setting(machine, path, *syntax, key, value, FILE_MODE)
            }
            Self::Gone(path) => match look(machine, path)? {
                Place::Nothing => Ok(Vec::new()),
                before => Ok(vec![Change::Write { path: (*path).to_owned(), before, after: Place::Nothing }]),
            },
            Self::Access { path, mode, uid, gids } => access(machine, path, *mode, *uid, gids),
            Self::Rewritten { path, how } => match look(machine, path)? {
                Place::File { mode, .. } => {
                    let former = file_text(machine, path)?.unwrap_or_default();
                    let text = how.apply(&former).map_err(|strange| strange_at(path, strange))?;
                    whole(machine, path, text, mode)
                }
                Place::Nothing => Ok(Vec::new()),
                _ => Err(Trouble::NoFile((*path).to_owned())),
            },
            _ => Ok(Vec::new()),
        }
    }
}

fn unless(is_well: bool, finding: impl FnOnce() -> String) -> Option<String> {
    (!is_well).then(finding)
}

fn look(machine: &Machine, path: &str) -> Result<Place, Trouble> {
    machine.look(path).map_err(|error| Trouble::Unreadable(path.to_owned(), error))
}

fn strange_at(path: &str, strange: Strange) -> Trouble {
    Trouble::Strange { path: path.to_owned(), strange }
}

/// What a file says; none where nothing is there.
fn file_text(machine: &Machine, path: &str) -> Result<Option<String>, Trouble> {
    match look(machine, path)? {
        Place::Nothing => Ok(None),
        place => {
            place.text().map(|text| Some(text.to_owned())).ok_or_else(|| Trouble::NoFile(path.to_owned()))
        }
    }
}

fn setting(
    machine: &Machine,
    path: &str,
    syntax: Syntax,
    key: &str,
    value: &str,
    mode: u32,
) -> Result<Vec<Change>, Trouble> {
    let former = file_text(machine, path)?;
    let text = edit::set(former.as_deref().unwrap_or_default(), syntax, key, value)
        .map_err(|strange| strange_at(path, strange))?;
    // What is there keeps its mode: only the words are ours.
    let mode = match look(machine, path)? {
        Place::File { mode, .. } => mode,
        _ => mode,
    };
    whole(machine, path, text, mode)
}

fn whole(machine: &Machine, path: &str, text: String, mode: u32) -> Result<Vec<Change>, Trouble> {
    let before = look(machine, path)?;
    let after = match &before {
        Place::File { uid, gid, .. } => Place::File { mode, uid: *uid, gid: *gid, bytes: text.into_bytes() },
        Place::Nothing => Place::file(text, mode),
        _ => return Err(Trouble::NoFile(path.to_owned())),
    };
    if before == after {
        return Ok(Vec::new());
    }
    let folders =
        machine.lacking_folders(path).map_err(|error| Trouble::Unreadable(path.to_owned(), error))?;
    let folders = folders.into_iter().map(|path| Change::Write {
        path,
        before: Place::Nothing,
        after: Place::Folder { mode: 0o755, uid: 0, gid: 0 },
    });
    Ok(folders.chain([Change::Write { path: path.to_owned(), before: before.clone(), after }]).collect())
}

fn access(
    machine: &Machine,
    path: &str,
    most: u32,
    owner: u32,
    gids: &[u32],
) -> Result<Vec<Change>, Trouble> {
    let before = look(machine, path)?;
    let mut after = before.clone();
    let (Place::File { mode, uid, gid, .. } | Place::Folder { mode, uid, gid }) = &mut after else {
        return match before {
            Place::Nothing => Ok(Vec::new()),
            _ => Err(Trouble::NoFile(path.to_owned())),
        };
    };
    *mode &= most;
    if machine.has_owners() {
        *uid = owner;
        if !gids.contains(gid) {
            *gid = gids.first().copied().unwrap_or_default();
        }
    }
    if before == after {
        return Ok(Vec::new());
    }
    Ok(vec![Change::Write { path: path.to_owned(), before, after }])
}

fn dotted(key: &str) -> String {
    key.replace('/', ".")
}

fn is_same(is: &str, wanted: &str) -> bool {
    is.split_whitespace().eq(wanted.split_whitespace())
}

/// What the running kernel says otherwise; none too where it does not know the parameter.
fn kernel(machine: &Machine, key: &str, value: &str) -> Option<String> {
    let is = machine.read(&format!("/proc/sys/{key}"))?;
    unless(is_same(&is, value), || format!("{} is {}, not {value}", dotted(key), is.trim()))
}

fn is_loaded(machine: &Machine, name: &str) -> bool {
    let loaded = machine.read("/proc/modules").unwrap_or_default();
    loaded.lines().any(|line| line.split(' ').next() == Some(&name.replace('-', "_")))
}

/// All that sshd would do for root at a login from afar, in the words of `sshd -T`.
pub(crate) fn sshd(machine: &Machine) -> Result<Vec<(String, String)>, Trouble> {
    let ended = machine
        .run(&["sshd", "-T", "-C", "user=root,host=afar.example,addr=192.0.2.1"])
        .map_err(|error| Trouble::Program(format!("sshd cannot be run: {error}")))?;
    if !ended.is_well() {
        return Err(Trouble::Program(format!(
            "sshd does not accept its own configuration: {}",
            ended.complained.trim()
        )));
    }
    let lines = ended.printed.lines().filter_map(|line| line.split_once(' '));
    Ok(lines.map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect())
}

fn unit_state(machine: &Machine, unit: &str) -> String {
    let ended = machine.run(&["systemctl", "is-enabled", unit]).unwrap_or_default();
    ended.printed.trim().to_owned()
}

fn is_active(machine: &Machine, unit: &str) -> bool {
    machine.run(&["systemctl", "is-active", "--quiet", unit]).is_ok_and(|ended| ended.is_well())
}

pub(crate) fn is_installed(machine: &Machine, package: &str) -> bool {
    machine
        .said(&["dpkg-query", "--show", "--showformat=${db:Status-Status}", package])
        .is_some_and(|status| status == "installed")
}

fn packages(words: &[&str]) -> Change {
    Change::Run(Run { packages: true, ..Run::live(words, &[]).writing(PACKAGE_TREES) })
}

/// The options of what is mounted at a place; the last mount there counts.
fn mounted(machine: &Machine, at: &str) -> Option<Vec<String>> {
    let mounts = machine.read("/proc/self/mounts")?;
    let line = mounts.lines().rfind(|line| line.split(' ').nth(1) == Some(at))?;
    Some(line.split(' ').nth(3)?.split(',').map(str::to_owned).collect())
}
