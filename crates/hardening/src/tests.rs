//! Hardening of a machine that is a folder, with programs that are played: brought about, interrupted, taken back.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use crate::apply::{self, Outcome, carry_out};
use crate::change::{Change, Run};
use crate::control::{Control, Risk, Scope, Verdict};
use crate::facts::Facts;
use crate::journal::{Journal, Record};
use crate::machine::{Ended, Machine, Place, Programs};
use crate::undo;
use crate::want::Want;

/// Programs of the played machine: what ran is noted; some words write files.
struct Played {
    root: PathBuf,
    ran: Rc<RefCell<Vec<String>>>,
}

impl Programs for Played {
    fn run(&self, words: &[&str], _: &[u8]) -> io::Result<Ended> {
        self.ran.borrow_mut().push(words.join(" "));
        match words {
            ["systemctl", "mask", "--now", unit] => {
                let link = self.root.join("etc/systemd/system").join(unit);
                std::os::unix::fs::symlink("/dev/null", link)?;
            }
            ["systemctl", "is-enabled", unit] => {
                let link = self.root.join("etc/systemd/system").join(unit);
                let printed = if link.is_symlink() { "masked\n" } else { "enabled\n" };
                return Ok(Ended { status: Some(0), printed: printed.to_owned(), complained: String::new() });
            }
            _ => {}
        }
        Ok(Ended { status: Some(0), ..Ended::default() })
    }
}

struct Bench {
    folder: tempfile::TempDir,
    machine: Machine,
    ran: Rc<RefCell<Vec<String>>>,
    facts: Facts,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        for path in ["etc/systemd/system", "proc/sys/net/ipv4", "etc/sysctl.d"] {
            fs::create_dir_all(root.join(path)).unwrap();
        }
        fs::write(root.join("etc/login.defs"), "# comment\nUMASK 022\nENCRYPT_METHOD YESCRYPT\n").unwrap();
        fs::write(root.join("proc/sys/net/ipv4/ip_forward"), "1\n").unwrap();
        let ran = Rc::default();
        let machine = Machine::played(root.clone(), Box::new(Played { root, ran: Rc::clone(&ran) }));
        let facts = Facts::nobody();
        Self { folder, machine, ran, facts }
    }

    fn journal(&self) -> Journal {
        Journal::open_patiently(&self.folder.path().join("state"), Duration::from_secs(60)).unwrap()
    }

    fn etc(&self) -> Vec<(String, Place)> {
        self.machine.tree("/etc").unwrap()
    }

    fn forwards(&self) -> String {
        self.machine.read("/proc/sys/net/ipv4/ip_forward").unwrap().trim().to_owned()
    }
}

const CONTROL: Control = Control {
    id: "test.all",
    serves: &["T1"],
    rules: &[],
    title: "",
    why: "",
    risk: Risk::None,
    scope: |_, _| {
        Scope::Wants(vec![
            Want::Kernel("net/ipv4/ip_forward", "0"),
            Want::Setting {
                path: "/etc/login.defs",
                syntax: crate::edit::Syntax::Words,
                key: "UMASK".to_owned(),
                value: "027".to_owned(),
            },
            Want::File { path: "/etc/new/folder/file", text: "ours\n".to_owned(), mode: 0o640 },
            Want::Access { path: "/etc/login.defs".to_owned(), mode: 0o600, uid: 0, gids: vec![0] },
            Want::Masked("old.service"),
        ])
    },
};

fn bring_about(bench: &Bench, journal: &mut Journal) -> Vec<Outcome> {
    apply::family(&[&CONTROL], &bench.facts, &bench.machine, journal).unwrap()
}

#[test]
fn what_was_brought_about_holds_and_is_taken_back_to_the_byte() {
    let bench = Bench::new();
    let before = bench.etc();
    assert!(
        matches!(CONTROL.measure(&bench.facts, &bench.machine), Verdict::FallsShort { found } if found.len() == 5)
    );
    let mut journal = bench.journal();
    assert!(matches!(bring_about(&bench, &mut journal)[..], [Outcome::Done]));
    assert_eq!(CONTROL.measure(&bench.facts, &bench.machine), Verdict::Holds);
    assert_eq!(bench.forwards(), "0");
    assert_ne!(bench.etc(), before);

    let many = journal.records().len();
    assert!(matches!(bring_about(&bench, &mut journal)[..], [Outcome::Held]), "again changes nothing");
    assert_eq!(journal.records().len(), many);

    assert_eq!(undo::since(0, &bench.machine, &mut journal).unwrap(), Vec::<String>::new());
    assert_eq!(bench.etc(), before);
    assert_eq!(bench.forwards(), "1");
    assert!(journal.records().is_empty());
    assert!(bench.ran.borrow().iter().any(|words| words == "systemctl start old.service"));
}

/// Where the power goes in the middle of a change.
#[derive(Clone, Copy, Debug)]
enum Cut {
    BeforeTheRecord,
    BeforeTheChange,
    AfterTheChange,
}

#[test]
fn interrupted_anywhere_it_is_taken_back_or_continued() {
    let whole = Bench::new();
    bring_about(&whole, &mut whole.journal());
    let changes = 6;
    for stop in 0..=changes {
        for cut in [Cut::BeforeTheRecord, Cut::BeforeTheChange, Cut::AfterTheChange] {
            for goes_on in [false, true] {
                let bench = Bench::new();
                let before = bench.etc();
                assert_eq!(interrupted(&bench, stop, cut), stop.min(changes), "all changes are met");
                let mut journal = bench.journal();
                if goes_on {
                    bring_about(&bench, &mut journal);
                    assert_eq!(
                        CONTROL.measure(&bench.facts, &bench.machine),
                        Verdict::Holds,
                        "{stop} {cut:?}"
                    );
                }
                assert_eq!(undo::since(0, &bench.machine, &mut journal).unwrap(), Vec::<String>::new());
                assert_eq!(bench.etc(), before, "{stop} {cut:?}, continued: {goes_on}");
                assert_eq!(bench.forwards(), "1");
            }
        }
    }
}

/// Brings about until the power goes in the change after the first `stop`. Returns how many were whole.
fn interrupted(bench: &Bench, stop: usize, cut: Cut) -> usize {
    let mut journal = bench.journal();
    let mut whole = 0;
    let Scope::Wants(wants) = (CONTROL.scope)(&bench.facts, &bench.machine) else { unreachable!() };
    for want in &wants {
        for change in want.plan(&bench.machine).unwrap() {
            if whole == stop {
                cut_off(bench, change, cut, &mut journal);
                return whole;
            }
            carry_out("test.all", change, &bench.machine, &mut journal).unwrap();
            whole += 1;
        }
    }
    whole
}

fn cut_off(bench: &Bench, change: Change, cut: Cut, journal: &mut Journal) {
    if matches!(cut, Cut::BeforeTheRecord) {
        return;
    }
    let control = "test.all".to_owned();
    let record = match change.clone() {
        Change::Write { path, before, after } => Record::Place { control, path, before, after },
        Change::Tune { key, before, after } => Record::Tuned { control, key, before, after },
        Change::Run(Run { words, writes, undo, .. }) => {
            let trees = writes.iter().map(|top| (top.clone(), bench.machine.tree(top).unwrap())).collect();
            Record::Run { control, words, trees, undo, packages: None }
        }
    };
    journal.add(record).unwrap();
    if matches!(cut, Cut::BeforeTheChange) {
        return;
    }
    match change {
        Change::Write { path, after, .. } => bench.machine.put(&path, &after).unwrap(),
        Change::Tune { key, after, .. } => {
            bench.machine.tell_kernel(&format!("/proc/sys/{key}"), &after).unwrap()
        }
        Change::Run(Run { words, .. }) => {
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            assert!(bench.machine.run(&words).unwrap().is_well());
        }
    }
}

#[test]
fn an_undo_that_was_interrupted_is_begun_again() {
    let bench = Bench::new();
    let before = bench.etc();
    let mut journal = bench.journal();
    bring_about(&bench, &mut journal);
    // login.defs was changed twice; the former undo came to its end with the first bytes and died before the journal was cut.
    let first = before.iter().find(|(path, _)| path == "/etc/login.defs").unwrap();
    bench.machine.put(&first.0, &first.1).unwrap();
    assert_eq!(undo::since(0, &bench.machine, &mut journal).unwrap(), Vec::<String>::new());
    assert_eq!(bench.etc(), before);
}

#[test]
fn what_somebody_else_changed_since_stays_and_is_named() {
    let bench = Bench::new();
    let mut journal = bench.journal();
    bring_about(&bench, &mut journal);
    let theirs = Place::file("UMASK 077 # mine\n", 0o600);
    bench.machine.put("/etc/login.defs", &theirs).unwrap();
    let left = undo::since(0, &bench.machine, &mut journal).unwrap();
    assert!(
        left.len() == 1 && left[0].starts_with("/etc/login.defs was changed by somebody else"),
        "{left:?}"
    );
    assert_eq!(bench.machine.look("/etc/login.defs").unwrap().text(), theirs.text());
    assert!(
        fs::metadata(bench.folder.path().join("state/journal.kept")).unwrap().len() > 0,
        "and what it was can be found"
    );
}

#[test]
fn what_a_program_that_was_cut_off_left_beside_its_file_goes_t4() {
    let bench = Bench::new();
    let before = bench.etc();
    let want = Want::Made { path: "/etc/login.defs", says: "menu", by: "make-it" };
    let mut journal = bench.journal();
    let changes = want.plan(&bench.machine).unwrap();
    let [Change::Run(Run { words, writes, .. })] = &changes[..] else { panic!("{}", changes.len()) };
    let trees = writes.iter().map(|top| (top.clone(), bench.machine.tree(top).unwrap())).collect();
    let control = "test.made".to_owned();
    journal
        .add(Record::Run { control, words: words.clone(), trees, undo: Vec::new(), packages: None })
        .unwrap();
    bench.machine.put("/etc/login.defs.new", &Place::file("me", 0o600)).unwrap();
    assert_eq!(undo::since(0, &bench.machine, &mut journal).unwrap(), Vec::<String>::new());
    assert_eq!(bench.etc(), before);
}

#[test]
fn a_folder_of_ours_that_others_use_by_now_stays_without_a_word() {
    let bench = Bench::new();
    let mut journal = bench.journal();
    bring_about(&bench, &mut journal);
    bench.machine.put("/etc/new/folder/theirs", &Place::file("theirs", 0o644)).unwrap();
    assert_eq!(undo::since(0, &bench.machine, &mut journal).unwrap(), Vec::<String>::new());
    assert_eq!(bench.machine.look("/etc/new/folder/file").unwrap(), Place::Nothing);
    assert_eq!(bench.machine.look("/etc/new/folder/theirs").unwrap().text(), Some("theirs"));
}

#[test]
fn a_control_that_fails_half_way_is_taken_back_alone() {
    const FAILS: Control = Control {
        id: "test.fails",
        scope: |_, _| {
            Scope::Wants(vec![
                Want::File { path: "/etc/half", text: "x".to_owned(), mode: 0o644 },
                // A folder is in the way.
                Want::File { path: "/etc/systemd", text: "x".to_owned(), mode: 0o644 },
            ])
        },
        ..CONTROL
    };
    let bench = Bench::new();
    let mut journal = bench.journal();
    let outcomes = apply::family(&[&FAILS, &CONTROL], &bench.facts, &bench.machine, &mut journal).unwrap();
    assert!(
        matches!(&outcomes[..], [Outcome::Failed(why), Outcome::Done] if why.contains("/etc/systemd is a link, or no plain"))
    );
    assert_eq!(bench.machine.look("/etc/half").unwrap(), Place::Nothing);
    assert_eq!(CONTROL.measure(&bench.facts, &bench.machine), Verdict::Holds);
}

#[test]
fn a_plan_shows_each_file_once_and_changes_nothing() {
    let bench = Bench::new();
    let before = bench.etc();
    let plan = crate::harden::plan(&[&CONTROL], &bench.facts, &bench.machine);
    let changes = plan[0].1.as_ref().unwrap();
    let shown = changes
        .iter()
        .map(ToString::to_string)
        .filter(|shown| shown.contains("/etc/login.defs"))
        .collect::<Vec<_>>();
    let whole = "/etc/login.defs\n  - permissions 0644\n  + permissions 0600\n  - UMASK 022\n  + UMASK 027";
    assert_eq!(shown, [whole]);
    assert_eq!(bench.etc(), before);
}

#[test]
fn two_runs_at_once_are_refused() {
    let bench = Bench::new();
    let _journal = bench.journal();
    assert!(
        Journal::open(&bench.folder.path().join("state"))
            .is_err_and(|error| error.to_string().contains("another run"))
    );
}

#[test]
fn a_link_to_a_device_or_a_folder_leads_nobody_astray_e1() {
    let bench = Bench::new();
    let at = |path: &str| bench.folder.path().join("root").join(path);
    std::os::unix::fs::symlink("/dev/zero", at("etc/keys")).unwrap();
    assert_eq!(bench.machine.read("/etc/keys"), None);
    fs::create_dir(at("etc/theirs")).unwrap();
    let mode = || fs::metadata(at("etc/theirs")).unwrap().permissions().mode() & 0o777;
    let before = mode();
    std::os::unix::fs::symlink("theirs", at("etc/ours")).unwrap();
    let folder = Place::Folder { mode: 0o700, uid: 0, gid: 0 };
    assert!(bench.machine.put("/etc/ours", &folder).is_err());
    assert_eq!(mode(), before);
}

#[test]
fn paths_that_climb_are_refused() {
    let bench = Bench::new();
    for path in ["etc/x", "/etc/../x", "/../x", ""] {
        assert!(bench.machine.look(path).is_err(), "{path}");
    }
    assert!(Path::new(&bench.folder.path().join("root")).is_dir());
}
