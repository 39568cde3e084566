//! Changes are carried out: each is written into the journal before it begins.

use std::collections::BTreeMap;
use std::io;

use thiserror::Error;

use crate::change::{Change, Run};
use crate::control::{Control, Risk, Scope, Verdict};
use crate::facts::Facts;
use crate::family::{Afterwards, afterwards};
use crate::journal::{Journal, JournalError, Record};
use crate::machine::{Machine, Place};
use crate::undo;
use crate::want::Trouble;

/// Why a change was not made.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// It cannot be planned.
    #[error(transparent)]
    Trouble(#[from] Trouble),
    /// It cannot be written down, so it was not begun.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The system says no.
    #[error("{0}: {1}")]
    Refused(String, io::Error),
    /// A program says no.
    #[error("{0}")]
    Program(String),
}

/// What became of a control.
#[derive(Debug)]
pub enum Outcome {
    /// It held before.
    Held,
    /// It holds now.
    Done,
    /// All was set, and it holds after the next start of the machine.
    AfterRestart(String),
    /// Nothing was to be done, or something must be done first: why.
    Left(String),
    /// It could not be brought about, and what was begun was taken back: why.
    Failed(String),
}

/// Brings about one family of controls, and makes what runs take it up. Returns what became of each, in their order.
///
/// # Errors
///
/// The journal cannot be written. What was changed until then is in it.
pub fn family(
    controls: &[&Control],
    facts: &Facts,
    machine: &Machine,
    journal: &mut Journal,
) -> Result<Vec<Outcome>, JournalError> {
    let begun = journal.records().len();
    let mut outcomes = Vec::new();
    for control in controls {
        let before = journal.records().len();
        outcomes.push(match one(control, facts, machine, journal) {
            Ok(outcome) => outcome,
            Err(ApplyError::Journal(error)) => return Err(error),
            Err(error) => {
                undo::since(before, machine, journal)?;
                Outcome::Failed(error.to_string())
            }
        });
    }
    if journal.records().len() == begun {
        return Ok(outcomes);
    }
    let Afterwards { check, reload } =
        controls.first().map(|control| afterwards(control.family())).unwrap_or_default();
    for words in check {
        if let Err(error) = must_end_well(machine, words) {
            undo::since(begun, machine, journal)?;
            let why = error.to_string();
            return Ok(controls.iter().map(|_| Outcome::Failed(why.clone())).collect());
        }
    }
    for words in reload {
        journal.add(Record::Reload { words: words.iter().map(|word| (*word).to_owned()).collect() })?;
        // What is not running has nothing to take up.
        let _ = must_end_well(machine, words);
    }
    // Some things are so only after the reload.
    for (outcome, control) in outcomes.iter_mut().zip(controls) {
        if matches!(outcome, Outcome::Done) {
            match control.measure(facts, machine) {
                Verdict::FallsShort { found } => *outcome = Outcome::AfterRestart(found.join("; ")),
                Verdict::Unknown { why } => *outcome = Outcome::AfterRestart(why),
                _ => {}
            }
        }
    }
    Ok(outcomes)
}

fn one(
    control: &Control,
    facts: &Facts,
    machine: &Machine,
    journal: &mut Journal,
) -> Result<Outcome, ApplyError> {
    let wants = match (control.scope)(facts, machine) {
        Scope::Wants(wants) => wants,
        Scope::NotApplicable(why) | Scope::Postponed(why) => return Ok(Outcome::Left(why)),
    };
    let mut is_changed = false;
    for want in &wants {
        // Planned one by one, for one may build on what the one before it made.
        for change in want.plan(machine)? {
            is_changed = true;
            carry_out(control.id, change, machine, journal)?;
        }
    }
    Ok(if is_changed { Outcome::Done } else { Outcome::Held })
}

/// Whether a control would change something that may lock the owner out.
#[must_use]
pub fn is_risky(control: &Control, facts: &Facts, machine: &Machine) -> bool {
    control.risk == Risk::MayLockOut && matches!(control.measure(facts, machine), Verdict::FallsShort { .. })
}

/// Carries out one change, after it is in the journal.
///
/// # Errors
///
/// It cannot be written down, or is refused.
pub(crate) fn carry_out(
    control: &str,
    change: Change,
    machine: &Machine,
    journal: &mut Journal,
) -> Result<(), ApplyError> {
    let control = control.to_owned();
    match change {
        Change::Write { path, before, after } => {
            journal.add(Record::Place { control, path: path.clone(), before, after: after.clone() })?;
            machine
                .put(&path, &after)
                .map_err(|error| ApplyError::Refused(format!("{path} cannot be written"), error))
        }
        Change::Tune { key, before, after } => {
            journal.add(Record::Tuned { control, key: key.clone(), before, after: after.clone() })?;
            match machine.tell_kernel(&format!("/proc/sys/{key}"), &after) {
                // A container may not; its file says it for a machine that may.
                Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => Ok(()),
                Err(error) => {
                    Err(ApplyError::Refused(format!("the kernel does not take {key} = {after}"), error))
                }
                Ok(()) => Ok(()),
            }
        }
        Change::Run(run) => carry_out_run(control, run, machine, journal),
    }
}

fn carry_out_run(
    control: String,
    run: Run,
    machine: &Machine,
    journal: &mut Journal,
) -> Result<(), ApplyError> {
    let Run { words, writes, undo, packages } = run;
    let trees = writes
        .into_iter()
        .map(|top| {
            machine
                .tree(&top)
                .map(|places| (top.clone(), places))
                .map_err(|error| ApplyError::Refused(format!("{top} cannot be read"), error))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let packages = packages.then(|| installed(machine));
    journal.add(Record::Run { control, words: words.clone(), trees, undo, packages })?;
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let ended = must_end_well(machine, &words);
    settle(machine, journal)?;
    ended
}

/// Completes the journal of a run that was cut off, before anything else is done.
///
/// # Errors
///
/// The journal cannot be written.
pub(crate) fn recover(machine: &Machine, journal: &mut Journal) -> Result<(), JournalError> {
    if let Some(Record::Run { packages: Some(_), .. }) = journal.records().last() {
        // A package manager goes on when whoever started it is gone: it is waited for by its lock. What it leaves half done, where
        // it was cut off too, is brought to an end, so that it can be done again. What becomes of both is seen below.
        let _ = machine.run(&["apt-get", "--quiet", "--option=DPkg::Lock::Timeout=500", "check"]);
        let _ = machine.run(&["dpkg", "--configure", "--pending"]);
    }
    settle(machine, journal)
}

/// Completes the journal where it ends with a program that began: writes down what that changed.
///
/// # Errors
///
/// The journal cannot be written.
fn settle(machine: &Machine, journal: &mut Journal) -> Result<(), JournalError> {
    let Some(Record::Run { trees, packages, .. }) = journal.records().last() else { return Ok(()) };
    // What is said here to be in a file must be what is found in it after the power went.
    machine.write_through();
    let mut changed = Vec::new();
    for (top, places) in trees {
        let mut before: BTreeMap<_, _> = places.iter().cloned().collect();
        // What cannot be read any more did change, but into what cannot be said.
        for (path, now) in machine.tree(top).unwrap_or_default() {
            let was = before.remove(&path).unwrap_or(Place::Nothing);
            if was != now {
                changed.push((path, was, now));
            }
        }
        changed.extend(before.into_iter().map(|(path, was)| (path, was, Place::Nothing)));
    }
    let (mut came, mut went) = (Vec::new(), Vec::new());
    if let Some(before) = packages {
        let now = installed(machine);
        came.extend(now.iter().filter(|name| !before.contains(name)).cloned());
        went.extend(before.iter().filter(|name| !now.contains(name)).cloned());
    }
    journal.add(Record::Ran { changed, came, went })
}

fn installed(machine: &Machine) -> Vec<String> {
    let listed = machine.said(&["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\\n"]);
    let listed = listed.unwrap_or_default();
    listed.lines().filter_map(is_there).map(str::to_owned).collect()
}

/// The package of a line, if anything of it is there: one that was cut off while it came is, and goes again.
fn is_there(line: &str) -> Option<&str> {
    let (name, status) = line.split_once(' ')?;
    (!matches!(status, "not-installed" | "config-files")).then_some(name)
}

/// Runs a program that must end well.
pub(crate) fn must_end_well(machine: &Machine, words: &[&str]) -> Result<(), ApplyError> {
    let ended = machine
        .run(words)
        .map_err(|error| ApplyError::Refused(format!("{} cannot be run", words.join(" ")), error))?;
    if ended.is_well() {
        return Ok(());
    }
    let last =
        ended.complained.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it ended badly");
    Err(ApplyError::Program(format!("`{}` failed: {}", words.join(" "), last.trim())))
}

#[cfg(test)]
mod tests {
    use super::is_there;

    #[test]
    fn a_package_that_was_cut_off_while_it_came_is_there() {
        for status in ["installed", "unpacked", "half-installed", "half-configured", "triggers-awaited"] {
            assert_eq!(is_there(&format!("x {status}")), Some("x"), "{status}");
        }
        for line in ["x not-installed", "x config-files", "", "x"] {
            assert_eq!(is_there(line), None, "{line}");
        }
    }
}
