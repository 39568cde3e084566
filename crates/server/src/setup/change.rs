//! `incamera change`: from one version to the next, and back if the next one does not do its work (T5). The package's
//! script starts it, from the copy of the former program: a new one that is broken could not find the way back.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::apart::{Network, as_its_user};
use super::facts::{connect_here, property, said};
use super::steps::{STATE, systemctl};
use crate::config::Config;
use crate::files::remove_if_there;
use crate::hours;
use crate::server::BEFORE_CHANGE;
use crate::store::FILE;

/// Where the former version is kept, by the package's script.
const KEPT: &str = "/var/cache/incamera";
/// What keeps the package manager from a version.
const BLOCKED: &str = "/etc/apt/preferences.d/incamera";
/// A meeting is waited for so long: longer than any.
const LONGEST_MEETING: Duration = Duration::from_secs(20 * 3600);
/// The new version must do its work within this time, and then for so long.
const START: Duration = Duration::from_secs(90);
const STEADY: Duration = Duration::from_secs(15);
/// How often to look.
const LOOK: Duration = Duration::from_secs(1);
/// How long a server that is alive may take to answer.
const ANSWER: Duration = Duration::from_secs(5);
/// Where the former package is while it is installed again.
const PACKAGE: &str = "/run/incamera-former.deb";

/// Waits for the last meeting, lets the new version begin, and goes back to the former one where it does not do its work.
///
/// # Errors
/// Where neither version does.
pub fn change(former: &str, config: &Config) -> anyhow::Result<()> {
    // Where it is closed nobody meets, and it is opened for as long as it takes to see whether the new version works.
    let trial = if hours::is_shut() {
        copy_database()?;
        Some(hours::Trial::begin(config)?)
    } else {
        wait_for_rest()?;
        None
    };
    let state = fs::canonicalize(STATE).with_context(|| format!("cannot find {STATE}"))?;
    let outcome = match systemctl(&["start", "incamera.service"]).and_then(|()| is_steady()) {
        Ok(()) => Ok(()),
        Err(why) => {
            tracing::error!("the new version does not do its work: {why:#}");
            go_back(former, &state)
        }
    };
    // What was deleted since must not stay somewhere (I3).
    remove_if_there(&state.join(BEFORE_CHANGE))?;
    let _ = fs::remove_dir_all(KEPT);
    if let Some(trial) = trial {
        trial.end(config)?;
    }
    outcome
}

/// Until the server has ended because nobody meets. It leaves the database as it is then beside it. Whoever connects from
/// then on starts the new version, by the socket.
fn wait_for_rest() -> anyhow::Result<()> {
    let run = || property("incamera.service", "InvocationID");
    let former = run();
    systemctl(&["kill", "--kill-who=main", "--signal=SIGUSR1", "incamera.service"])?;
    let end = Instant::now() + LONGEST_MEETING;
    // Between two looks the new one may have begun: another run of the unit (systemd.exec(5), INVOCATION_ID).
    while said(&["systemctl", "is-active", "incamera.service"]).is_some() && run() == former {
        if Instant::now() > end {
            return systemctl(&["stop", "incamera.service"]);
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

/// What a server does that ends to make room, where none runs: as its user, since the folder is theirs (E1).
fn copy_database() -> anyhow::Result<()> {
    let [from, to] = [FILE, BEFORE_CHANGE].map(|name| Path::new(STATE).join(name));
    if as_its_user(Network::None, "/bin/cp".into(), [from.into(), to.into()].into_iter())?.success() {
        return Ok(());
    }
    bail!("the database cannot be copied, and without a copy there is no way back")
}

/// It runs, does not start again and again, and takes up connections.
fn is_steady() -> anyhow::Result<()> {
    let (mut steady, end) = (None, Instant::now() + START);
    loop {
        let present = (
            said(&["systemctl", "show", "--property=NRestarts,MainPID,ActiveState", "incamera.service"]),
            answers(),
        );
        let works =
            present.1 && present.0.as_deref().is_some_and(|state| state.contains("ActiveState=active"));
        match &steady {
            Some((since, former)) if works && *former == present => {
                if Instant::now().saturating_duration_since(*since) >= STEADY {
                    return Ok(());
                }
            }
            _ => steady = works.then(|| (Instant::now(), present)),
        }
        if Instant::now() > end {
            let why = property("incamera.service", "StatusText");
            bail!("it does not run steadily: {}", why.unwrap_or_default());
        }
        thread::sleep(LOOK);
    }
}

/// A connection is taken up, and TLS is spoken: the first byte of the answer to a hello is that of a handshake or an alert.
fn answers() -> bool {
    use std::io::{Read as _, Write as _};
    let attempt = || -> io::Result<u8> {
        let mut stream = connect_here(ANSWER)?;
        // No hello at all: the answer is an alert, from a server that is alive.
        stream.write_all(&[22, 3, 1, 0, 4, 0, 0, 0, 0])?;
        let mut first = [0];
        stream.read_exact(&mut first)?;
        Ok(first[0])
    };
    matches!(attempt(), Ok(21 | 22))
}

fn go_back(former: &str, state: &Path) -> anyhow::Result<()> {
    systemctl(&["stop", "incamera.service"])?;
    let broken = said(&["dpkg-query", "--showformat=${Version}", "--show", "incamera"])
        .context("cannot tell which version does not work")?;
    fs::write(BLOCKED, blocking(&broken)).with_context(|| format!("cannot write {BLOCKED}"))?;
    // The package's script keeps the version that goes, in place of this one.
    fs::copy(Path::new(KEPT).join("former.deb"), PACKAGE).context("the former package is not there")?;
    put_back(state)?;
    // Whoever installed the new version may not be done.
    let installed = Command::new("apt-get")
        .args(["install", "--yes", "--allow-downgrades", "--option=DPkg::Lock::Timeout=900"])
        .args(["--option=Dpkg::Options::=--force-confold", "--no-install-recommends"])
        .arg(PACKAGE)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .output()
        .context("cannot run apt-get")?;
    remove_if_there(Path::new(PACKAGE))?;
    if !installed.status.success() {
        bail!(
            "version {former} cannot be installed again: {}",
            String::from_utf8_lossy(&installed.stderr).trim()
        );
    }
    systemctl(&["restart", "incamera.service"])?;
    is_steady()
}

/// One version, and no other, is never installed (apt_preferences(5)).
fn blocking(version: &str) -> String {
    format!(
        "Explanation: incamera went back from this version by itself, because it did not do its work.\n\
         Package: incamera\nPin: version {version}\nPin-Priority: -1\n"
    )
}

/// The database as the former version left it. The folder is the service's, which may have been broken into: nothing in it is
/// followed, opened or written by root (E1).
fn put_back(state: &Path) -> anyhow::Result<()> {
    let (former, present) = (state.join(BEFORE_CHANGE), state.join(FILE));
    if fs::symlink_metadata(&former).is_err() {
        // It was ended by force, and the new version begins with what it finds.
        return Ok(());
    }
    remove_if_there(&present.with_extension("db-journal"))?;
    fs::rename(&former, &present).with_context(|| format!("cannot bring back {}", present.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_version_alone_is_blocked_t5() {
        assert!(blocking("0.2.0").contains("\nPin: version 0.2.0\nPin-Priority: -1\n"));
    }

    #[test]
    fn a_database_comes_back_as_it_was_t5() {
        let state = tempfile::tempdir().expect("a folder");
        let original = state.path().join(FILE);
        fs::write(&original, "of a new version").expect("written");
        put_back(state.path()).expect("nothing to do");
        assert_eq!(fs::read_to_string(&original).expect("there"), "of a new version");
        fs::write(state.path().join(BEFORE_CHANGE), "former").expect("written");
        fs::write(original.with_extension("db-journal"), "half done").expect("written");
        put_back(state.path()).expect("put back");
        assert_eq!(fs::read_to_string(&original).expect("there"), "former");
        assert!(!original.with_extension("db-journal").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_the_service_left_leads_root_nowhere_e1() {
        let state = tempfile::tempdir().expect("a folder");
        let of_root = state.path().join("passwd");
        fs::write(&of_root, "root").expect("written");
        std::os::unix::fs::symlink(&of_root, state.path().join(FILE)).expect("a link");
        fs::write(state.path().join(BEFORE_CHANGE), "of somebody else").expect("written");
        put_back(state.path()).expect("put back");
        assert_eq!(fs::read_to_string(&of_root).expect("there"), "root");
    }
}
