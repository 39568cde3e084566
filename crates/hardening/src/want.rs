//! What a control can want of a machine: each kind is measured by its effect, and knows the changes that bring it about.

use std::io;

use thiserror::Error;

use crate::change::{Change, Run};
use crate::edit::{self, Strange, Syntax};
use crate::firewall;
use crate::machine::{Machine, Place};
use crate::mounts::{self, Mount};
use crate::rewrite::Rewrite;
use crate::sshd::sshd;
use crate::sysctl;

/// Where units are switched on and off.
pub(crate) const UNITS: &str = "/etc/systemd/system";
/// Where kernel modules are kept out.
pub(crate) const MODPROBE_FILE: &str = "/etc/modprobe.d/incamera.conf";
/// The first that sshd reads, and the first that says a thing is right (sshd_config(5)).
pub(crate) const SSHD_FILE: &str = "/etc/ssh/sshd_config.d/00-incamera.conf";
const SSHD_MAIN: &str = "/etc/ssh/sshd_config";
/// What Debian's nftables.service loads before the network is there.
pub(crate) const FIREWALL_FILE: &str = "/etc/nftables.conf";
/// What the package manager is told. The last that it reads, and not the file that `incamera setup` writes.
pub(crate) const APT_FILE: &str = "/etc/apt/apt.conf.d/zz-incamera";
const APT_HEAD: &str = "// Written by `incamera harden`.\n";
/// What a package may change as it comes or goes. What is in /etc/pam.d was made from what is in /var/lib/pam: they go
/// together.
pub(crate) const PACKAGE_TREES: &[&str] = &["/etc", "/var/lib/pam"];
const FILE_MODE: u32 = 0o644;

/// One thing that is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Want {
    /// A kernel parameter, on the running machine and after the next start. The key has slashes: `net/ipv4/ip_forward`; one
    /// `*` in it is every folder there.
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
    /// A setting of sshd for everybody, by its name in sshd_config(5), and as `sshd -T` tells its value.
    Sshd(&'static str, String),
    /// A key of this machine for ssh, RSA with 4096 bits, in this file.
    RsaHostKey(&'static str),
    /// The packet filter: all of its file, and that its rules are those that are in force.
    Firewall(String),
    /// Something that only a person can put right: what it is.
    Finding(String),
    /// A unit that nothing can start, where it is there.
    Masked(&'static str),
    /// A unit that is on, and starts with the machine.
    Active(&'static str),
    /// A package that is installed.
    Package(&'static str),
    /// A package that is not installed.
    NoPackage(&'static str),
    /// A file system of its own, and after the next start.
    Mount(Mount),
    /// A file that a program makes out of others says this, where it is there.
    Made {
        /// Where.
        path: &'static str,
        /// What stands in it.
        says: &'static str,
        /// The program that makes it.
        by: &'static str,
    },
    /// A setting of the package manager, as `apt-config` tells it, and the file of ours that says it.
    Apt {
        /// The name.
        key: &'static str,
        /// The value.
        value: &'static str,
    },
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
            Self::Kernel(key, value) => sysctl::finding(machine, key, value)?,
            Self::Mount(mount) => mounts::finding(machine, mount)?,
            Self::Made { path, says, .. } => match file_text(machine, path)? {
                Some(text) => unless(text.contains(says), || format!("{path} does not say {says}")),
                None => None,
            },
            Self::Apt { key, value } => unless(apt(machine, key)?.iter().any(|is| is == value), || {
                format!("the package manager does not have {key} = {value}")
            }),
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
                let is = sshd(machine)?.get(key);
                unless(is == *value, || format!("sshd has {key} {is}, not {value}"))
                    .or(unless(self.file_changes(machine)?.is_empty(), || {
                        format!("{SSHD_MAIN} does not say {key} {value}")
                    }))
            }
            Self::Firewall(text) => unless(self.file_changes(machine)?.is_empty(), || {
                format!("{FIREWALL_FILE} is not as it should be")
            })
            .or_else(|| firewall::is_otherwise(machine, text)),
            Self::RsaHostKey(path) => {
                unless(look(machine, path)? != Place::Nothing, || format!("{path} is not there"))
            }
            Self::Finding(finding) => Some(finding.clone()),
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
            Self::Options { at, options } => mounts::options_at(machine, at).and_then(|has| {
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
            Self::Kernel(key, value) => changes.extend(sysctl::live(machine, key, value)),
            Self::Mount(mount) => changes.extend(mounts::live(machine, mount)),
            Self::Made { path, by, .. } if self.measure(machine)?.is_some() => {
                // Cut off, it leaves what it was writing beside it.
                let half = format!("{path}.new");
                changes.push(Change::Run(Run::live(&[by], &[]).writing(&[path, &half])));
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
            Self::RsaHostKey(path) if self.measure(machine)?.is_some() => {
                let words = ["ssh-keygen", "-q", "-t", "rsa", "-b", "4096", "-N", "", "-C", "", "-f", path];
                changes.push(Change::Run(Run::live(&words, &[]).writing(&["/etc/ssh"])));
            }
            Self::Package(name) if self.measure(machine)?.is_some() => {
                changes.push(packages(&[
                    "apt-get",
                    "install",
                    "--yes",
                    "--quiet",
                    "--no-install-recommends",
                    // A place that cannot be reached is given up soon.
                    "--option=Acquire::Retries=1",
                    "--option=Acquire::http::Timeout=30",
                    name,
                ]));
            }
            Self::NoPackage(name) if self.measure(machine)?.is_some() => {
                changes.push(packages(&["apt-get", "remove", "--yes", "--quiet", name]));
            }
            Self::Options { at, options } if self.measure(machine)?.is_some() => {
                let remount = format!("remount,{}", options.join(","));
                let has = mounts::options_at(machine, at).unwrap_or_default();
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
            Self::Kernel(key, value) => sysctl::files(machine, key, value),
            Self::Mount(mount) => mounts::files(machine, mount),
            Self::Apt { key, value } if self.measure(machine)?.is_some() => {
                let said = format!("\"{value}\";");
                let text = file_text(machine, APT_FILE)?.unwrap_or_else(|| APT_HEAD.to_owned());
                // A list has a line for each of its values.
                let text = if key.ends_with("::") {
                    edit::set(&text, Syntax::Line, &format!("{key} {said}"), "")
                } else {
                    edit::set(&text, Syntax::Words, key, &said)
                };
                let text = text.map_err(|strange| strange_at(APT_FILE, strange))?;
                whole(machine, APT_FILE, text, FILE_MODE)
            }
            Self::NoModule(name) => {
                // Both: the first keeps it from being loaded by its name, the second by what it drives.
                let line = format!("install {name} /bin/true\nblacklist {name}");
                let mut text = file_text(machine, MODPROBE_FILE)?.unwrap_or_default();
                for line in line.lines() {
                    text = edit::set(&text, Syntax::Line, line, "")
                        .map_err(|strange| strange_at(MODPROBE_FILE, strange))?;
                }
                whole(machine, MODPROBE_FILE, text, FILE_MODE)
            }
            Self::Sshd(key, value) => {
                // In both: what is included first counts, and people look into the main file.
                let mut changes = setting(machine, SSHD_FILE, Syntax::Words, key, value, 0o600)?;
                // Lists grow with each file that says them.
                if *key == "AllowUsers" {
                    return Ok(changes);
                }
                changes.extend(setting(machine, SSHD_MAIN, Syntax::Global, key, value, 0o600)?);
                Ok(changes)
            }
            Self::Firewall(text) => whole(machine, FIREWALL_FILE, text.clone(), 0o755),
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

pub(crate) fn unless(is_well: bool, finding: impl FnOnce() -> String) -> Option<String> {
    (!is_well).then(finding)
}

pub(crate) fn look(machine: &Machine, path: &str) -> Result<Place, Trouble> {
    machine.look(path).map_err(|error| Trouble::Unreadable(path.to_owned(), error))
}

pub(crate) fn strange_at(path: &str, strange: Strange) -> Trouble {
    Trouble::Strange { path: path.to_owned(), strange }
}

/// What a file says; none where nothing is there.
pub(crate) fn file_text(machine: &Machine, path: &str) -> Result<Option<String>, Trouble> {
    match look(machine, path)? {
        Place::Nothing => Ok(None),
        place => {
            place.text().map(|text| Some(text.to_owned())).ok_or_else(|| Trouble::NoFile(path.to_owned()))
        }
    }
}

pub(crate) fn setting(
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

pub(crate) fn whole(machine: &Machine, path: &str, text: String, mode: u32) -> Result<Vec<Change>, Trouble> {
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

/// The values of a setting of the package manager: one, or those of a list, whose name ends in `::`.
pub(crate) fn apt(machine: &Machine, key: &str) -> Result<Vec<String>, Trouble> {
    let ended = machine
        .run(&["apt-config", "dump", key.trim_end_matches("::")])
        .map_err(|error| Trouble::Program(format!("apt-config cannot be run: {error}")))?;
    if !ended.is_well() {
        return Err(Trouble::Program(format!("apt-config failed: {}", ended.complained.trim())));
    }
    let said = ended.printed.lines().filter_map(apt_says).filter(|(is, _)| *is == key);
    Ok(said.map(|(_, value)| value.to_owned()).collect())
}

/// The name and the value of a line `NAME "VALUE";`.
pub(crate) fn apt_says(line: &str) -> Option<(&str, &str)> {
    line.strip_suffix("\";")?.split_once(" \"")
}

pub(crate) fn is_loaded(machine: &Machine, name: &str) -> bool {
    let loaded = machine.read("/proc/modules").unwrap_or_default();
    loaded.lines().any(|line| line.split(' ').next() == Some(&name.replace('-', "_")))
}

pub(crate) fn unit_state(machine: &Machine, unit: &str) -> String {
    let ended = machine.run(&["systemctl", "is-enabled", unit]).unwrap_or_default();
    ended.printed.trim().to_owned()
}

pub(crate) fn is_active(machine: &Machine, unit: &str) -> bool {
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
