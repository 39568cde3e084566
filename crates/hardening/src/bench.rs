//! A played machine for tests: a folder, and programs whose answers are written down.

use std::cell::RefCell;
use std::collections::BTreeMap;
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

/// What ran, and what programs answer. The words that an answer is for are the first ones of a line.
#[derive(Default)]
struct Play {
    ran: Vec<String>,
    answers: BTreeMap<String, (i32, String)>,
    installed: Vec<String>,
    /// What programs complain of that do not end well.
    complaint: Option<String>,
    /// What a program writes: its words, where, and what.
    makes: Vec<(String, String, String)>,
    /// In place of all of this, where a test plays everything itself.
    own: Option<OwnPlay>,
}

/// What a test makes of the words of a program: none where it merely ends well.
type OwnPlay = Rc<dyn Fn(&Path, &[&str]) -> Option<Ended>>;

struct Played(Rc<RefCell<Play>>, PathBuf);

impl Programs for Played {
    fn run(&self, words: &[&str], _: &[u8]) -> io::Result<Ended> {
        let mut play = self.0.borrow_mut();
        let line = words.join(" ");
        play.ran.push(line.clone());
        if let Some(own) = play.own.clone() {
            // It may look at the machine, which runs programs for that.
            drop(play);
            return Ok(own(&self.1, words).unwrap_or_else(|| printed("")));
        }
        let complaint = play.complaint.clone().unwrap_or_else(|| "it says no\n".to_owned());
        let answer = move |status: i32, printed: &str| {
            let complained = if status == 0 { String::new() } else { complaint.clone() };
            Ok(Ended { status: Some(status), printed: printed.to_owned(), complained })
        };
        if let Some((_, (status, printed))) = play.answers.iter().rfind(|(start, _)| line.starts_with(*start))
        {
            return answer(*status, printed);
        }
        if let Some((_, path, text)) = play.makes.iter().find(|(words, ..)| *words == line) {
            fs::write(self.1.join(path.trim_start_matches('/')), text)?;
        }
        let unit_link = |unit: &str| self.1.join("etc/systemd/system").join(unit);
        let wants = |unit: &str| self.1.join("etc/systemd/system/wanted").join(unit);
        match words {
            ["dpkg-query", .., "--showformat=${db:Status-Status}", name] => {
                let is_there = play.installed.iter().any(|is| is == name);
                answer(i32::from(!is_there), if is_there { "installed" } else { "" })
            }
            ["dpkg-query", ..] => answer(
                0,
                &play.installed.iter().map(|name| format!("{name} installed\n")).collect::<String>(),
            ),
            ["apt-config", "dump", key] => answer(0, &apt_files(&self.1, key)),
            ["sshd", "-T", ..] => answer(0, &sshd_says(&self.1)),
            ["apt-get", "install", .., name] => {
                play.installed.push((*name).to_owned());
                answer(0, "")
            }
            ["apt-get", "--simulate", "remove", name] => answer(0, &format!("Remv {name} [1]\n")),
            ["apt-get", "remove", .., name] | ["dpkg", "--purge", .., name] => {
                play.installed.retain(|is| is != name);
                answer(0, "")
            }
            ["systemctl", "is-enabled", unit] => {
                let is_masked = fs::read_link(unit_link(unit)).is_ok_and(|to| to == Path::new("/dev/null"));
                let state = if is_masked {
                    "masked\n"
                } else if wants(unit).exists() {
                    "enabled\n"
                } else {
                    ""
                };
                answer(0, state)
            }
            ["systemctl", "is-active", "--quiet", unit] => answer(i32::from(!wants(unit).exists()) * 3, ""),
            ["systemctl", "mask", "--now", unit] => {
                std::os::unix::fs::symlink("/dev/null", unit_link(unit))?;
                answer(0, "")
            }
            ["systemctl", "enable", .., unit] => {
                fs::create_dir_all(wants("x").parent().unwrap())?;
                fs::write(wants(unit), "")?;
                answer(0, "")
            }
            _ => answer(0, ""),
        }
    }
}

/// A program that ended well.
pub(crate) fn printed(text: &str) -> Ended {
    Ended { status: Some(0), printed: text.to_owned(), complained: String::new() }
}

/// What sshd would say: of each setting what is said first, with the files that are included in their place.
fn sshd_says(root: &Path) -> String {
    let main = fs::read_to_string(root.join("etc/ssh/sshd_config")).unwrap_or_default();
    let mut said: Vec<(String, String)> = Vec::new();
    let mut take = |text: &str| {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((key, value)) = line.split_once([' ', '\t']) else { continue };
            let key = key.to_ascii_lowercase();
            if ["hostkey", "allowusers"].contains(&key.as_str()) || !said.iter().any(|(is, _)| *is == key) {
                said.push((key, value.trim().to_owned()));
            }
        }
    };
    for line in main.lines() {
        if line.starts_with("Include ") {
            let mut files: Vec<_> = fs::read_dir(root.join("etc/ssh/sshd_config.d"))
                .into_iter()
                .flatten()
                .map(|entry| entry.unwrap().path())
                .collect();
            files.sort();
            files.iter().for_each(|path| take(&fs::read_to_string(path).unwrap()));
        }
        take(line);
    }
    let defaults = "port 22\npubkeyauthentication yes\nauthorizedkeysfile .ssh/authorized_keys\npermitrootlogin prohibit-password\n";
    take(defaults);
    said.iter().map(|(key, value)| format!("{key} {value}\n")).collect()
}

/// What the package manager would say of a setting: all lines of its files that begin so, the last of each name.
fn apt_files(root: &Path, key: &str) -> String {
    let mut files: Vec<_> = fs::read_dir(root.join("etc/apt/apt.conf.d"))
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut said: Vec<(String, String)> = Vec::new();
    for line in files
        .iter()
        .flat_map(|path| fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
    {
        let name = line.split(' ').next().unwrap_or_default().to_owned();
        if name.starts_with(key) {
            said.retain(|(is, _)| *is != name || name.ends_with("::"));
            said.push((name, format!("{line}\n")));
        }
    }
    said.into_iter().map(|(_, line)| line).collect()
}

/// A machine to play with.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
    play: Rc<RefCell<Play>>,
    pub(crate) machine: Machine,
    pub(crate) facts: Facts,
}

impl Bench {
    /// A Debian 12 with nothing in it.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("etc/systemd/system")).unwrap();
        let play = Rc::default();
        let machine = Machine::played(root.clone(), Box::new(Played(Rc::clone(&play), root)));
        let facts = Facts::nobody();
        Self { folder, play, machine, facts }
    }

    /// One with these files, whose programs a test plays itself.
    pub(crate) fn playing(
        files: &[(&str, &str)],
        play: impl Fn(&Path, &[&str]) -> Option<Ended> + 'static,
    ) -> Self {
        let bench = Self::new();
        bench.play.borrow_mut().own = Some(Rc::new(play));
        for (path, text) in files {
            bench.write(path, text);
        }
        bench
    }

    /// Puts a file there, with its folders.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join("root").join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn make_folder(&self, path: &str) {
        fs::create_dir_all(self.folder.path().join("root").join(path.trim_start_matches('/'))).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        self.machine.read(path).unwrap_or_default()
    }

    /// From now on a program whose words start with these answers so.
    pub(crate) fn answers(&self, words: &str, status: i32, printed: &str) {
        self.play.borrow_mut().answers.insert(words.to_owned(), (status, printed.to_owned()));
    }

    /// From now on programs that do not end well complain of this.
    pub(crate) fn complains(&self, of: &str) {
        self.play.borrow_mut().complaint = Some(of.to_owned());
    }

    /// From now on a program of these words writes this file.
    pub(crate) fn makes(&self, words: &str, path: &str, text: &str) {
        self.play.borrow_mut().makes.push((words.to_owned(), path.to_owned(), text.to_owned()));
    }

    pub(crate) fn install(&self, name: &str) {
        self.play.borrow_mut().installed.push(name.to_owned());
    }

    pub(crate) fn ran(&self, words: &str) -> bool {
        self.play.borrow().ran.iter().any(|ran| ran == words)
    }

    /// All that ran, since `apply_and_undo` began where that came last.
    pub(crate) fn all_ran(&self) -> Vec<String> {
        self.play.borrow().ran.clone()
    }

    /// Everything that the machine has.
    pub(crate) fn all(&self) -> Vec<(String, Place)> {
        self.machine.tree("/").unwrap()
    }

    pub(crate) fn measure(&self, control: &Control) -> Verdict {
        control.measure(&self.facts, &self.machine)
    }

    fn journal(&self) -> Journal {
        Journal::open_patiently(&self.folder.path().join("state"), std::time::Duration::from_secs(60))
            .unwrap()
    }

    /// Brings a control about.
    pub(crate) fn apply(&self, control: &Control) -> Outcome {
        self.family(&[control]).remove(0)
    }

    /// Brings controls of one family about.
    pub(crate) fn family(&self, controls: &[&Control]) -> Vec<Outcome> {
        apply::family(controls, &self.facts, &self.machine, &mut self.journal()).unwrap()
    }

    /// Takes everything back.
    pub(crate) fn undo(&self) {
        assert_eq!(undo::since(0, &self.machine, &mut self.journal()).unwrap(), Vec::<String>::new());
    }

    /// Brings a control about and takes it back to the byte. Returns what became of it, and what ran for it.
    pub(crate) fn apply_and_undo(&self, control: &Control) -> (Outcome, Vec<String>) {
        let before = self.all();
        self.play.borrow_mut().ran.clear();
        let outcome = self.apply(control);
        let ran = self.all_ran();
        self.undo();
        assert_eq!(self.all(), before, "{}: it is taken back to the byte", control.id);
        (outcome, ran)
    }

    /// Brings a control about, sees that it holds and that doing it again changes nothing, then takes it back to the byte.
    pub(crate) fn there_and_back(&self, control: &Control) {
        let before = self.all();
        let outcome = self.apply(control);
        assert!(matches!(outcome, Outcome::Done | Outcome::Held), "{}: {outcome:?}", control.id);
        assert_eq!(self.measure(control), Verdict::Holds, "{}", control.id);
        let many = self.journal().records().len();
        assert!(matches!(self.apply(control), Outcome::Held), "{}: again changes nothing", control.id);
        assert_eq!(self.journal().records().len(), many);
        self.undo();
        assert_eq!(self.all(), before, "{}", control.id);
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
