//! A machine that is a folder, with programs that a test plays.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::apply::{self, Outcome};
use crate::control::{Control, Verdict};
use crate::facts::Facts;
use crate::journal::Journal;
use crate::machine::{Ended, Machine, Place, Programs};
use crate::undo;

/// What a test makes of the words of a program: none where it merely ends well.
type Play = Box<dyn Fn(&Path, &[&str]) -> Option<Ended>>;

struct Played {
    root: PathBuf,
    ran: Rc<RefCell<Vec<String>>>,
    play: Play,
}

impl Programs for Played {
    fn run(&self, words: &[&str], _: &[u8]) -> io::Result<Ended> {
        self.ran.borrow_mut().push(words.join(" "));
        Ok((self.play)(&self.root, words).unwrap_or_else(|| printed("")))
    }
}

/// A program that ended well.
pub(crate) fn printed(text: &str) -> Ended {
    Ended { status: Some(0), printed: text.to_owned(), complained: String::new() }
}

pub(crate) struct Bench {
    folder: tempfile::TempDir,
    pub(crate) machine: Machine,
    pub(crate) facts: Facts,
    ran: Rc<RefCell<Vec<String>>>,
}

impl Bench {
    pub(crate) fn new(
        files: &[(&str, &str)],
        play: impl Fn(&Path, &[&str]) -> Option<Ended> + 'static,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        let ran = Rc::default();
        let programs = Played { root: root.clone(), ran: Rc::clone(&ran), play: Box::new(play) };
        let bench =
            Self { machine: Machine::played(root, Box::new(programs)), folder, facts: Facts::nobody(), ran };
        for (path, text) in files {
            bench.write(path, text);
        }
        bench
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join("root").join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        self.machine.read(path).unwrap_or_default()
    }

    pub(crate) fn measure(&self, control: &Control) -> Verdict {
        control.measure(&self.facts, &self.machine)
    }

    /// All that ran since the last way there and back began.
    pub(crate) fn ran(&self) -> Vec<String> {
        self.ran.borrow().clone()
    }

    /// Everything that the machine has.
    pub(crate) fn all(&self) -> Vec<(String, Place)> {
        self.machine.tree("/").unwrap()
    }

    /// Brings a control about, and returns what became of it, what ran for it, and what undoing it left.
    pub(crate) fn there_and_back(&self, control: &Control) -> (Outcome, Vec<String>) {
        let before = self.all();
        self.ran.borrow_mut().clear();
        let mut journal =
            Journal::open_patiently(&self.folder.path().join("state"), std::time::Duration::from_secs(60))
                .unwrap();
        let outcomes = apply::family(&[control], &self.facts, &self.machine, &mut journal).unwrap();
        let ran = self.ran.borrow().clone();
        assert_eq!(undo::since(0, &self.machine, &mut journal).unwrap(), Vec::<String>::new());
        assert_eq!(self.all(), before, "it is taken back to the byte");
        (outcomes.into_iter().next().unwrap(), ran)
    }

    /// Brings a control about, and leaves it so.
    pub(crate) fn there(&self, control: &Control) -> Outcome {
        let mut journal =
            Journal::open_patiently(&self.folder.path().join("state"), std::time::Duration::from_secs(60))
                .unwrap();
        let outcomes = apply::family(&[control], &self.facts, &self.machine, &mut journal).unwrap();
        outcomes.into_iter().next().unwrap()
    }
}

/// The control of this name.
pub(crate) fn control(id: &str) -> &'static Control {
    crate::family::all().into_iter().flatten().find(|control| control.id == id).unwrap()
}

/// What a person is told to do.
pub(crate) fn told(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Postponed { why } => why,
        other => panic!("not for a person: {other:?}"),
    }
}
