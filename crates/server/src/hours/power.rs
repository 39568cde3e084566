//! Off between the hours, where the machine's own clock can switch it on again.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::clock::UnixTime;
use crate::setup::{said, systemctl};

/// The clock's alarm (Linux, Documentation/ABI/testing/sysfs-class-rtc).
const ALARM: &str = "/sys/class/rtc/rtc0/wakealarm";
/// It begins so much earlier: a machine takes minutes to start, and to look for updates.
const EARLY: Duration = Duration::from_secs(10 * 60);
/// It is not worth it for less.
const SHORTEST: Duration = Duration::from_secs(45 * 60);
/// After a start it stays on for so long: somebody may have switched it on to work on it, and updates install themselves.
const AFTER_START: Duration = Duration::from_secs(30 * 60);
/// When to look again where it could not be switched off yet.
const AGAIN: Duration = Duration::from_secs(10 * 60);

/// Whether the clock can switch this machine on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wakes {
    /// It has an alarm.
    Can,
    /// It has none, or none that works, for this reason.
    Cannot(&'static str),
}

/// Looks at this machine.
pub fn wakes() -> Wakes {
    // systemd-detect-virt(1) ends well where there is something to tell.
    wakes_by(Path::new(ALARM), said(&["systemd-detect-virt"]).is_some())
}

fn wakes_by(alarm: &Path, is_virtual: bool) -> Wakes {
    if is_virtual {
        return Wakes::Cannot("it is a virtual machine, whose clock stops when it is off");
    }
    match OpenOptions::new().write(true).open(alarm) {
        Ok(_) => Wakes::Can,
        Err(_) => Wakes::Cannot("it has no clock with an alarm"),
    }
}

/// What is known when it is decided.
#[derive(Clone, Copy, Debug)]
struct Rest {
    wake: UnixTime,
    now: UnixTime,
    since_start: Duration,
    is_in_use: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    /// It is not worth it.
    Stay,
    /// Not yet.
    Again(UnixTime),
    /// Off, and on again after so many seconds.
    Off(u64),
}

fn judge(rest: Rest) -> Verdict {
    let length = rest.now.until(rest.wake).saturating_sub(EARLY);
    if length < SHORTEST {
        Verdict::Stay
    } else if rest.is_in_use || rest.since_start < AFTER_START {
        Verdict::Again(rest.now.after(AGAIN))
    } else {
        Verdict::Off(length.as_secs())
    }
}

/// Switches the machine off until a moment, where that can be. Returns when to look again, where it could not be done yet.
pub(super) fn off_until(wake: UnixTime, now: UnixTime) -> anyhow::Result<Option<UnixTime>> {
    if wakes() != Wakes::Can {
        return Ok(None);
    }
    let since_start =
        fs::read_to_string("/proc/uptime").ok().and_then(|text| uptime(&text)).unwrap_or_default();
    // Who is signed in at the machine or by SSH.
    let is_in_use =
        said(&["loginctl", "list-sessions", "--no-legend"]).is_none_or(|sessions| !sessions.is_empty());
    match judge(Rest { wake, now, since_start, is_in_use }) {
        Verdict::Stay => Ok(None),
        Verdict::Again(then) => Ok(Some(then)),
        Verdict::Off(seconds) => {
            set(Path::new(ALARM), seconds)?;
            // What installs updates holds it back until it has ended.
            match systemctl(&["poweroff", "--check-inhibitors=yes"]) {
                Ok(()) => Ok(None),
                Err(why) => {
                    tracing::info!("the machine is not switched off yet: {why:#}");
                    Ok(Some(now.after(AGAIN)))
                }
            }
        }
    }
}

fn uptime(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.split_whitespace().next()?.parse().ok()?).ok()
}

/// After so many seconds: the clock may count in local time, and needs not be asked. A former alarm is taken back first, else the
/// clock refuses.
fn set(alarm: &Path, seconds: u64) -> io::Result<()> {
    fs::write(PathBuf::from(alarm), "0")?;
    fs::write(alarm, format!("+{seconds}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NIGHT: Rest = Rest {
        wake: UnixTime(14 * 3600),
        now: UnixTime(0),
        since_start: Duration::from_secs(36_000),
        is_in_use: false,
    };

    #[test]
    fn it_is_off_until_shortly_before_it_opens_t6() {
        assert_eq!(judge(NIGHT), Verdict::Off(14 * 3600 - 600));
        assert_eq!(judge(Rest { wake: UnixTime(3000), ..NIGHT }), Verdict::Stay);
        assert_eq!(judge(Rest { wake: UnixTime(-5), ..NIGHT }), Verdict::Stay);
    }

    #[test]
    fn nobody_who_works_on_it_loses_it_t6() {
        assert_eq!(judge(Rest { is_in_use: true, ..NIGHT }), Verdict::Again(UnixTime(600)));
        let just_started = Rest { since_start: Duration::from_secs(60), ..NIGHT };
        assert_eq!(judge(just_started), Verdict::Again(UnixTime(600)));
    }

    #[test]
    fn a_machine_without_an_alarm_is_never_switched_off_t6() {
        let folder = tempfile::tempdir().expect("a folder");
        let alarm = folder.path().join("wakealarm");
        assert!(matches!(wakes_by(&alarm, false), Wakes::Cannot(_)));
        fs::write(&alarm, "").expect("made");
        assert_eq!(wakes_by(&alarm, false), Wakes::Can);
        assert!(matches!(wakes_by(&alarm, true), Wakes::Cannot(_)), "nothing wakes a virtual machine");
        set(&alarm, 90).expect("set");
        assert_eq!(fs::read_to_string(&alarm).expect("there"), "+90");
    }

    #[test]
    fn the_time_since_the_start_is_read() {
        assert_eq!(uptime("3600.25 7000.00\n"), Some(Duration::from_millis(3_600_250)));
        assert_eq!(uptime(""), None);
    }
}
