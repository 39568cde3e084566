//! The whole of it: all families in their order, and a window of time in which what may lock the owner out is taken back
//! unless somebody comes in anew.

use crate::apply::{self, ApplyError, Outcome, carry_out, is_risky, must_end_well};
use crate::change::Change;
use crate::control::{Control, Risk, Scope};
use crate::facts::Facts;
use crate::family;
use crate::journal::{Journal, JournalError, Record};
use crate::login::ssh_login;
use crate::machine::{Machine, Place};
use crate::undo::{self, Leftovers};

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

/// Brings all controls about. `now` is in seconds since 1970, `seconds` how long there is to confirm, `program` this program.
///
/// # Errors
///
/// The journal cannot be written. What was changed until then is in it.
pub fn bring_about(
    machine: &Machine,
    facts: &Facts,
    journal: &mut Journal,
    (now, seconds): (u64, u64),
    program: &str,
    mut say: impl FnMut(&Report<'_>),
) -> Result<Window, ApplyError> {
    apply::settle(machine, journal)?;
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
    for controls in &families {
        let safe: Vec<_> = controls.iter().filter(|control| control.risk == Risk::None).collect();
        family(&safe, journal)?;
    }
    let risky =
        || families.iter().map(|controls| controls.iter().filter(|control| control.risk == Risk::MayLockOut));
    if !risky().flatten().any(|control| is_risky(control, facts, machine)) {
        for controls in risky() {
            family(&controls.collect::<Vec<_>>(), journal)?;
        }
        return Ok(Window::None);
    }
    journal.add(Record::Window { begun: now, seconds })?;
    arm(machine, journal, seconds, program)?;
    for controls in risky() {
        family(&controls.collect::<Vec<_>>(), journal)?;
    }
    Ok(Window::Open(seconds))
}

/// Sets the timer, before anything that it is to take back.
fn arm(machine: &Machine, journal: &mut Journal, seconds: u64, program: &str) -> Result<(), ApplyError> {
    let service = format!(
        "[Unit]\nDescription=Take back the changes to this machine that nobody confirmed\n\n\
         [Service]\nType=oneshot\nExecStart={program} harden --undo-unconfirmed\n"
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
    let Record::Window { begun, .. } = journal.records()[at] else { return Ok(Err(ConfirmError::Nothing)) };
    match ssh_login(machine, pid) {
        None => return Ok(Err(ConfirmError::NoSsh)),
        // Within the same second nobody can tell.
        Some(login) if login <= begun => return Ok(Err(ConfirmError::Older)),
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
