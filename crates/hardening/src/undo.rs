//! Everything is taken back: the journal is read from its end, and each place, parameter, unit and package becomes what it
//! was. It can be interrupted anywhere and begun again.

use std::collections::BTreeSet;
use std::io::ErrorKind;

use crate::apply::{ApplyError, carry_out, recover};
use crate::change::{Change, Run};
use crate::journal::{Journal, JournalError, Record};
use crate::machine::{Ended, Machine, Place};
use crate::want::PACKAGE_TREES;

/// What systemctl(1) ends with where no such unit is loaded.
const NOT_LOADED: i32 = 5;

/// What could not be taken back, in sentences. Empty where all was.
pub type Leftovers = Vec<String>;

/// Takes back what the journal holds after its first `from` records, and forgets it.
///
/// What somebody else changed since is left as they made it, and named.
///
/// # Errors
///
/// The journal cannot be written; what it holds can be taken back again.
pub fn since(from: usize, machine: &Machine, journal: &mut Journal) -> Result<Leftovers, JournalError> {
    recover(machine, journal)?;
    let records: Vec<_> = journal.records().get(from..).unwrap_or_default().to_vec();
    let mut leftovers = Vec::new();
    let theirs = changed_by_others(&records, machine);
    packages(&records, machine, journal, &mut leftovers)?;
    // What packages changed while they came or went is written down, and taken back with the rest.
    let records: Vec<_> = journal.records().get(from..).unwrap_or_default().to_vec();
    let touched_units = places(&records, &theirs, machine, &mut leftovers);
    if touched_units {
        let _ = machine.run(&["systemctl", "daemon-reload"]);
    }
    kernel(&records, machine, &mut leftovers);
    for record in records.iter().rev() {
        if let Record::Run { undo, .. } = record {
            for words in undo {
                run(words, machine, &mut leftovers);
            }
        }
    }
    let reloads: BTreeSet<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Reload { words } => Some(words),
            _ => None,
        })
        .collect();
    for words in reloads {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        // What is not running has nothing to take up.
        let _ = machine.run(&words);
    }
    if !leftovers.is_empty() {
        journal.set_aside()?;
    }
    machine.write_through();
    journal.forget_after(from)?;
    Ok(leftovers)
}

fn run(words: &[String], machine: &Machine, leftovers: &mut Leftovers) {
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    // A unit that systemd does not know any more does not run either: what was to be stopped is (systemctl(1), exit status 5).
    let is_stopped =
        |ended: &Ended| words.starts_with(&["systemctl", "stop"]) && ended.status == Some(NOT_LOADED);
    if !machine.run(&words).is_ok_and(|ended| ended.is_well() || is_stopped(&ended)) {
        leftovers.push(format!("`{}` did not end well. Run it by hand", words.join(" ")));
    }
}

fn packages(
    records: &[Record],
    machine: &Machine,
    journal: &mut Journal,
    leftovers: &mut Leftovers,
) -> Result<(), JournalError> {
    for record in records.iter().rev() {
        let Record::Ran { came, went, .. } = record else { continue };
        // `dpkg` takes nothing along that somebody else installed since and that needs what came. What was cut off while it was
        // unpacked goes, too.
        let verbs = [
            (came, &["dpkg", "--purge", "--force-remove-reinstreq"][..]),
            (went, &["apt-get", "install", "--yes", "--quiet"]),
        ];
        for (names, verb) in verbs {
            if names.is_empty() {
                continue;
            }
            let words: Vec<_> = verb.iter().copied().chain(names.iter().map(String::as_str)).collect();
            let run = Change::Run(Run::live(&words, &[]).writing(PACKAGE_TREES));
            match carry_out("undo", run, machine, journal) {
                Ok(()) => {}
                Err(ApplyError::Journal(error)) => return Err(error),
                Err(_) => leftovers.push(format!("`{}` did not end well. Run it by hand", words.join(" "))),
            }
        }
    }
    Ok(())
}

/// All that a thing was, one state after the other.
struct Chain<'a, K, V> {
    key: &'a K,
    states: Vec<&'a V>,
}

fn chain<'a, K: PartialEq, V>(chains: &mut Vec<Chain<'a, K, V>>, key: &'a K, before: &'a V, after: &'a V) {
    match chains.iter_mut().find(|chain| chain.key == key) {
        Some(chain) => chain.states.extend([before, after]),
        None => chains.push(Chain { key, states: vec![before, after] }),
    }
}

/// All states of each place.
fn chains(records: &[Record]) -> Vec<Chain<'_, String, Place>> {
    let mut chains = Vec::new();
    for record in records {
        match record {
            Record::Place { path, before, after, .. } => chain(&mut chains, path, before, after),
            Record::Ran { changed, .. } => {
                for (path, before, after) in changed {
                    chain(&mut chains, path, before, after);
                }
            }
            _ => {}
        }
    }
    chains
}

/// The places that are now what none of the records made of them.
fn changed_by_others(records: &[Record], machine: &Machine) -> BTreeSet<String> {
    let chains = chains(records).into_iter();
    let theirs =
        chains.filter(|Chain { key, states }| machine.look(key).is_ok_and(|now| !states.contains(&&now)));
    theirs.map(|chain| chain.key.clone()).collect()
}

/// Whether a place of units was among them.
fn places(
    records: &[Record],
    theirs: &BTreeSet<String>,
    machine: &Machine,
    leftovers: &mut Leftovers,
) -> bool {
    let chains = chains(records);
    // What came last goes first: a file before its folder.
    for Chain { key: path, states } in chains.iter().rev() {
        let first = states[0];
        match machine.look(path) {
            Ok(now) if now == *first => {}
            Ok(now) if states.contains(&&now) && !theirs.contains(*path) => {
                restore(path, first, machine, leftovers)
            }
            Ok(_) => leftovers.push(format!(
                "{path} was changed by somebody else since. It stays as it is; {}",
                match first.text() {
                    Some(_) => "what it was is in the journal, in journal.kept",
                    None => "before, it was not there",
                }
            )),
            Err(error) => leftovers.push(format!("{path} cannot be read: {error}")),
        }
    }
    // Once more from the first on: a folder that had gone is there again before what was in it.
    for Chain { key: path, states } in &chains {
        if *states[0] != Place::Nothing && machine.look(path).is_ok_and(|now| now == Place::Nothing) {
            restore(path, states[0], machine, leftovers);
        }
    }
    chains.iter().any(|chain| chain.key.starts_with("/etc/systemd/"))
}

fn restore(path: &str, place: &Place, machine: &Machine, leftovers: &mut Leftovers) {
    let restored = machine.put(path, place);
    if let Err(error) = restored {
        // The second round makes what stood in a folder that is not there yet; a folder that others use by now stays.
        let waits = *place != Place::Nothing && error.kind() == ErrorKind::NotFound;
        let stays = *place == Place::Nothing && error.kind() == ErrorKind::DirectoryNotEmpty;
        if !waits && !stays {
            leftovers.push(format!("{path} cannot be put back: {error}"));
        }
    }
}

fn kernel(records: &[Record], machine: &Machine, leftovers: &mut Leftovers) {
    let mut chains = Vec::new();
    for record in records {
        if let Record::Tuned { key, before, after, .. } = record {
            chain(&mut chains, key, before, after);
        }
    }
    // Some parameters set others, as that for passing packets on does: a second round puts right what the first one moved.
    kernel_round(&chains, machine, &mut Vec::new());
    kernel_round(&chains, machine, leftovers);
}

fn kernel_round(chains: &[Chain<'_, String, String>], machine: &Machine, leftovers: &mut Leftovers) {
    for Chain { key, states } in chains.iter().rev() {
        let path = format!("/proc/sys/{key}");
        let now = machine.read(&path).unwrap_or_default();
        let is = |other: &str| now.split_whitespace().eq(other.split_whitespace());
        if is(states[0]) {
            continue;
        }
        if !states.iter().any(|state| is(state)) {
            leftovers
                .push(format!("the kernel parameter {key} was changed by somebody else since, and stays"));
        } else if let Err(error) = machine.tell_kernel(&path, states[0]) {
            leftovers.push(format!("the kernel does not take {key} = {}: {error}", states[0]));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::since;
    use crate::apply::carry_out;
    use crate::bench::{Bench, printed};
    use crate::change::{Change, Run};
    use crate::journal::{Journal, Record};
    use crate::machine::{Ended, Place};

    const STACK: &str = "etc/pam.d/stack";

    /// A package whose scripts put a line into a file that others write too, and take it out.
    fn play(root: &Path, words: &[&str]) -> Option<Ended> {
        let stack = root.join(STACK);
        let installed = root.join("var/installed");
        match words {
            // The one that is waited for comes to its end.
            ["apt-get", "install", ..] | ["apt-get", .., "check"] => {
                fs::write(&installed, "x installed\n").unwrap();
                fs::write(&stack, format!("module\n{}", fs::read_to_string(&stack).unwrap())).unwrap();
            }
            ["dpkg", "--purge", ..] => {
                fs::write(&installed, "").unwrap();
                fs::write(&stack, fs::read_to_string(&stack).unwrap().replace("module\n", "")).unwrap();
            }
            ["dpkg-query", ..] => return Some(printed(&fs::read_to_string(&installed).unwrap())),
            _ => {}
        }
        None
    }

    fn bench() -> (Bench, tempfile::TempDir, Journal) {
        let bench = Bench::playing(&[("/etc/pam.d/stack", "unix\n"), ("/var/installed", "")], play);
        let state = tempfile::tempdir().unwrap();
        let mut journal = Journal::open_patiently(state.path(), std::time::Duration::from_secs(60)).unwrap();
        let install =
            Run { packages: true, ..Run::live(&["apt-get", "install", "x"], &[]).writing(&["/etc"]) };
        carry_out("a", Change::Run(install), &bench.machine, &mut journal).unwrap();
        let (before, after) =
            (bench.machine.look("/etc/pam.d/stack").unwrap(), Place::file("module\nours\nunix\n", 0o644));
        let ours = Change::Write { path: "/etc/pam.d/stack".to_owned(), before, after };
        carry_out("b", ours, &bench.machine, &mut journal).unwrap();
        (bench, state, journal)
    }

    #[test]
    fn what_a_package_changes_as_it_goes_is_taken_back_too() {
        let (bench, _state, mut journal) = bench();
        assert_eq!(since(0, &bench.machine, &mut journal).unwrap(), Vec::<String>::new());
        assert_eq!(bench.read("/etc/pam.d/stack"), "unix\n");
        assert!(journal.records().is_empty());
    }

    #[test]
    fn a_unit_that_is_gone_is_stopped_and_another_failure_is_told() {
        let left = |status| {
            let bench = crate::bench::Bench::new();
            bench.answers("systemctl stop", status, "");
            let state = tempfile::tempdir().unwrap();
            let mut journal =
                Journal::open_patiently(state.path(), std::time::Duration::from_secs(60)).unwrap();
            let start = Run::live(&["systemctl", "start", "x.path"], &[&["systemctl", "stop", "x.path"]]);
            carry_out("a", Change::Run(start), &bench.machine, &mut journal).unwrap();
            since(0, &bench.machine, &mut journal).unwrap().len()
        };
        assert_eq!((left(0), left(5), left(1)), (0, 0, 1));
    }

    #[test]
    fn what_comes_when_whoever_ordered_it_was_killed_is_waited_for_and_goes_t4() {
        let bench = Bench::playing(&[("/etc/pam.d/stack", "unix\n"), ("/var/installed", "")], play);
        let state = tempfile::tempdir().unwrap();
        let mut journal = Journal::open_patiently(state.path(), std::time::Duration::from_secs(60)).unwrap();
        let began = Record::Run {
            control: "a".to_owned(),
            words: ["apt-get", "install", "x"].map(str::to_owned).to_vec(),
            trees: vec![("/etc".to_owned(), bench.machine.tree("/etc").unwrap())],
            undo: Vec::new(),
            packages: Some(Vec::new()),
        };
        journal.add(began).unwrap();
        assert_eq!(since(0, &bench.machine, &mut journal).unwrap(), Vec::<String>::new());
        assert_eq!(bench.read("/etc/pam.d/stack"), "unix\n");
        let ran = bench.all_ran();
        let after = ran.iter().skip_while(|ran| !ran.ends_with(" check"));
        assert!(after.clone().any(|ran| ran.starts_with("dpkg --purge") && ran.ends_with(" x")), "{ran:?}");
        assert_eq!(bench.read("/var/installed"), "");
        assert!(journal.records().is_empty());
    }

    #[test]
    fn what_somebody_else_changed_before_the_package_went_stays() {
        let (bench, _state, mut journal) = bench();
        bench.write("/etc/pam.d/stack", "module\nours\nunix\ntheirs\n");
        let left = since(0, &bench.machine, &mut journal).unwrap();
        assert!(
            left.len() == 1 && left[0].contains("/etc/pam.d/stack was changed by somebody else"),
            "{left:?}"
        );
        assert_eq!(bench.read("/etc/pam.d/stack"), "ours\nunix\ntheirs\n");
    }
}
