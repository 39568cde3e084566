//! The whole of it: all families in their order, and a window of time in which what may lock the owner out is taken back
//! unless somebody comes in anew.

use std::path::Path;

use crate::apply::{self, ApplyError, Outcome, carry_out, is_risky, must_end_well};
use crate::change::Change;
use crate::control::{Control, Risk, Scope};
use crate::facts::Facts;
use crate::journal::{Journal, JournalError, Record};
use crate::login::ssh_login;
use crate::machine::{Machine, Place};
use crate::undo::{self, Leftovers};
use crate::{family, files};

/// Units that take back what was not confirmed. Files, so that a restart of the machine does not forget them.
const SERVICE: &str = "/etc/systemd/system/incamera-undo.service";
const TIMER: &str = "/etc/systemd/system/incamera-undo.timer";
const WANTED: &str = "/etc/systemd/system/timers.target.wants/incamera-undo.timer";
const WANTS: &str = "/etc/systemd/system/timers.target.wants";

/// What is done with one control, and what became of it.
pub struct Report<'a> {
    /// The control.
    pub control: &'a Control,
    /// What became of it.
    pub outcome: &'a Outcome,
}

/// How the window stands afterwards.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Window {
    /// Nothing was done that may lock anybody out.
    None,
    /// So many seconds from now on, to come in anew and confirm.
    Open(u64),
}

/// What may not be confirmed, and why.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error, Debug)]
pub enum ConfirmError {
    /// Nothing waits.
    #[error("there is nothing to confirm")]
    Nothing,
    /// Not by ssh.
    #[error(
        "this is no ssh connection. Come in once more by ssh, in a new window, and confirm there: that shows that the way in \
         still works"
    )]
    NoSsh,
    /// It was cut off before all was done.
    #[error("the changes were cut off before they were done. Run `sudo incamera harden` once more")]
    Unfinished,
    /// By a connection that was there before.
    #[error(
        "this connection is older than the changes. Leave it open, come in once more by ssh in a new window, and confirm there"
    )]
    Older,
}

/// All changes that would be made, each with its control, a file at most once for each.
#[must_use]
pub fn plan<'a>(
    controls: &[&'a Control],
    facts: &Facts,
    machine: &Machine,
) -> Vec<(&'a Control, Result<Vec<Change>, String>)> {
    let planned = controls.iter().map(|control| (*control, one_plan(control, facts, machine)));
    planned.filter(|(_, changes)| !changes.as_ref().is_ok_and(Vec::is_empty)).collect()
}

fn one_plan(control: &Control, facts: &Facts, machine: &Machine) -> Result<Vec<Change>, String> {
    let wants = match (control.scope)(facts, machine) {
        Scope::Wants(wants) => wants,
        Scope::NotApplicable(_) => return Ok(Vec::new()),
        Scope::Postponed(why) => return Err(why),
    };
    // Each want is planned on what the ones before it made.
    machine.imagining(|imagined| {
        let mut all: Vec<Change> = Vec::new();
        for want in &wants {
            for change in want.plan(machine).map_err(|trouble| trouble.to_string())? {
                let Change::Write { path, after, .. } = &change else {
                    all.push(change);
                    continue;
                };
                imagined.put(path, after);
                let earlier = all.iter_mut().find_map(|earlier| match earlier {
                    Change::Write { path: same, after, .. } if same == path => Some(after),
                    _ => None,
                });
                match earlier {
                    Some(earlier) => *earlier = after.clone(),
                    None => all.push(change),
                }
            }
        }
        Ok(all)
    })
}

/// Whether root may start this program when the time to confirm is over: nobody else can put another one in its place, and a unit
/// takes its path as it is written (systemd.unit(5)).
#[must_use]
pub fn may_be_started_later(program: &Path) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    program.to_str().is_some_and(|path| path.chars().all(is_plain)) && files::is_roots_alone(program)
}

/// Brings all controls about. `now` tells seconds since 1970, `seconds` is how long there is to confirm, `program` this program.
///
/// # Errors
///
/// The journal cannot be written. What was changed until then is in it.
pub fn bring_about(
    machine: &Machine,
    facts: &Facts,
    journal: &mut Journal,
    now: impl Fn() -> u64,
    seconds: u64,
    program: &str,
    mut say: impl FnMut(&Report<'_>),
) -> Result<Window, ApplyError> {
    apply::recover(machine, journal)?;
    // What was left open by a run that was cut off is closed before anything is built upon it.
    undo_unconfirmed(machine, journal)?;
    let mut family = |controls: &[&Control], journal: &mut Journal| -> Result<(), JournalError> {
        let outcomes = apply::family(controls, facts, machine, journal)?;
        for (control, outcome) in controls.iter().zip(&outcomes) {
            say(&Report { control, outcome });
        }
        Ok(())
    };
    let families = family::all();
    let of = |risk| {
        families.iter().map(move |controls| controls.iter().filter(move |control| control.risk == risk))
    };
    let (safe, risky) = (|| of(Risk::None), || of(Risk::MayLockOut));
    for controls in safe() {
        family(&controls.collect::<Vec<_>>(), journal)?;
    }
    if !risky().flatten().any(|control| is_risky(control, facts, machine)) {
        for controls in risky() {
            family(&controls.collect::<Vec<_>>(), journal)?;
        }
        return Ok(Window::None);
    }
    journal.add(Record::Window)?;
    arm(machine, journal, seconds, program)?;
    for controls in risky() {
        family(&controls.collect::<Vec<_>>(), journal)?;
    }
    // What came with them brought files of its own.
    for controls in safe() {
        family(&controls.collect::<Vec<_>>(), journal)?;
    }
    journal.add(Record::Closed { at: now() })?;
    // The time to confirm begins when there is something to confirm. If it ran out meanwhile, who takes back waits for us.
    let _ = machine.run(&["systemctl", "stop", "incamera-undo.service"]);
    must_end_well(machine, &["systemctl", "restart", "incamera-undo.timer"])?;
    Ok(Window::Open(seconds))
}

/// Sets the timer, before anything that it is to take back.
fn arm(machine: &Machine, journal: &mut Journal, seconds: u64, program: &str) -> Result<(), ApplyError> {
    let service = format!(
        "[Unit]\nDescription=Take back the changes to this machine that nobody confirmed\n\n\
         [Service]\nType=oneshot\nExecStart={program} harden --undo-unconfirmed\n\
         Restart=on-failure\nRestartSec=30\n"
    );
    // After a restart of the machine the time begins anew.
    let timer = format!(
        "[Unit]\nDescription=Time to confirm the changes to this machine\n\n\
         [Timer]\nOnActiveSec={seconds}\nAccuracySec=1s\n"
    );
    let files = [
        (WANTS, Place::Folder { mode: 0o755, uid: 0, gid: 0 }),
        (SERVICE, Place::file(service, 0o644)),
        (TIMER, Place::file(timer, 0o644)),
        (WANTED, Place::Link { target: TIMER.into() }),
    ];
    for (path, after) in files {
        let before = machine
            .look(path)
            .map_err(|error| ApplyError::Refused(format!("{path} cannot be read"), error))?;
        if before != after && !(path == WANTS && matches!(before, Place::Folder { .. })) {
            carry_out("window", Change::Write { path: path.to_owned(), before, after }, machine, journal)?;
        }
    }
    must_end_well(machine, &["systemctl", "daemon-reload"])?;
    must_end_well(machine, &["systemctl", "start", "incamera-undo.timer"])
}

/// Stops the timer while systemd knows it still. One that is not there is as good as stopped.
fn disarm(machine: &Machine) {
    let _ = machine.run(&["systemctl", "stop", "incamera-undo.timer"]);
}

/// Keeps what is done, because `pid` was started by somebody who came in after it.
///
/// # Errors
///
/// Outside: the journal cannot be written. Inside: it does not count, and why.
pub fn confirm(
    machine: &Machine,
    journal: &mut Journal,
    pid: u32,
) -> Result<Result<(), ConfirmError>, ApplyError> {
    let Some(at) = journal.open_window() else { return Ok(Err(ConfirmError::Nothing)) };
    let closed = journal.records()[at..].iter().find_map(|record| match record {
        Record::Closed { at } => Some(*at),
        _ => None,
    });
    let Some(closed) = closed else { return Ok(Err(ConfirmError::Unfinished)) };
    match ssh_login(machine, pid) {
        None => return Ok(Err(ConfirmError::NoSsh)),
        // Within the same second nobody can tell.
        Some(login) if login <= closed => return Ok(Err(ConfirmError::Older)),
        Some(_) => {}
    }
    // First on the disk, then the timer: a timer that fires in between finds nothing to take back.
    journal.add(Record::Confirmed)?;
    disarm(machine);
    for path in [WANTED, TIMER, SERVICE] {
        let before = machine
            .look(path)
            .map_err(|error| ApplyError::Refused(format!("{path} cannot be read"), error))?;
        if before != Place::Nothing {
            let change = Change::Write { path: path.to_owned(), before, after: Place::Nothing };
            carry_out("window", change, machine, journal)?;
        }
    }
    must_end_well(machine, &["systemctl", "daemon-reload"])?;
    Ok(Ok(()))
}

/// Takes back what may lock out and was not confirmed; nothing where all was.
///
/// # Errors
///
/// The journal cannot be written.
pub fn undo_unconfirmed(machine: &Machine, journal: &mut Journal) -> Result<Leftovers, JournalError> {
    match journal.open_window() {
        Some(from) => {
            disarm(machine);
            undo::since(from, machine, journal)
        }
        None => Ok(Vec::new()),
    }
}

/// Takes back everything.
///
/// # Errors
///
/// The journal cannot be written.
pub fn undo_all(machine: &Machine, journal: &mut Journal) -> Result<Leftovers, JournalError> {
    disarm(machine);
    undo::since(0, machine, journal)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::bench::Bench;

    /// A machine with a program that ssh connection 20 started, which began at second 1050.
    fn machine() -> (Bench, tempfile::TempDir, Journal) {
        let bench = Bench::new();
        bench.write("/proc/stat", "btime 1000\n");
        let stat = |pid: u32, name: &str, parent: u32, started: u32| {
            let middle = ["0"; 17].join(" ");
            bench.write(
                &format!("/proc/{pid}/stat"),
                &format!("{pid} ({name}) S {parent} {middle} {started} 0\n"),
            );
        };
        stat(10, "sshd", 1, 100);
        stat(20, "sshd", 10, 5_000);
        stat(30, "incamera", 20, 6_000);
        stat(40, "incamera", 1, 6_000);
        let state = tempfile::tempdir().unwrap();
        let journal = Journal::open_patiently(state.path(), Duration::from_secs(60)).unwrap();
        (bench, state, journal)
    }

    #[test]
    fn only_a_login_that_came_after_all_was_done_confirms_t4() {
        let (bench, _state, mut journal) = machine();
        let confirm = |journal: &mut Journal, pid| confirm(&bench.machine, journal, pid).unwrap();
        assert_eq!(confirm(&mut journal, 30), Err(ConfirmError::Nothing));
        journal.add(Record::Window).unwrap();
        assert_eq!(confirm(&mut journal, 30), Err(ConfirmError::Unfinished));
        journal.add(Record::Closed { at: 1_050 }).unwrap();
        assert_eq!(confirm(&mut journal, 30), Err(ConfirmError::Older));
        assert_eq!(confirm(&mut journal, 40), Err(ConfirmError::NoSsh));
        assert!(journal.open_window().is_some(), "nothing of this confirmed");
        journal.forget_after(1).unwrap();
        journal.add(Record::Closed { at: 1_049 }).unwrap();
        assert_eq!(confirm(&mut journal, 30), Ok(()));
        assert_eq!(journal.open_window(), None);
    }

    #[test]
    fn root_starts_nothing_later_that_others_can_replace_or_a_unit_misreads_e1_t4() {
        assert!(may_be_started_later(Path::new("/usr/bin/env")));
        for path in ["/tmp/incamera", "/usr/bin/[", "/no/such/file", "env"] {
            assert!(!may_be_started_later(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn what_was_not_confirmed_goes_back_and_what_cannot_lock_out_stays_t4() {
        let (bench, _state, mut journal) = machine();
        let write = |path: &str, journal: &mut Journal| {
            let change = Change::Write {
                path: path.to_owned(),
                before: Place::Nothing,
                after: Place::file("x", 0o644),
            };
            carry_out("test", change, &bench.machine, journal).unwrap();
        };
        write("/etc/safe", &mut journal);
        journal.add(Record::Window).unwrap();
        arm(&bench.machine, &mut journal, 600, "/usr/bin/incamera").unwrap();
        write("/etc/risky", &mut journal);
        assert!(bench.read(TIMER).contains("OnActiveSec=600\n"));
        assert_eq!(undo_unconfirmed(&bench.machine, &mut journal).unwrap(), Vec::<String>::new());
        for path in ["/etc/risky", SERVICE, TIMER, WANTED] {
            assert_eq!(bench.machine.look(path).unwrap(), Place::Nothing, "{path}");
        }
        assert_eq!(bench.read("/etc/safe"), "x");
        assert_eq!(
            undo_unconfirmed(&bench.machine, &mut journal).unwrap(),
            Vec::<String>::new(),
            "once is enough"
        );
        assert_eq!(bench.read("/etc/safe"), "x");
    }
}
