//! What is done to a machine: few kinds of change, each of which says what it does before it is done, and can be taken back.

use std::fmt;

use crate::machine::Place;

/// Lines of a difference that are shown to a person.
const MAX_LINES: usize = 80;
/// Characters of a line that are shown.
const MAX_WIDTH: usize = 240;

/// One change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// A place in the file system becomes another one.
    Write {
        /// Where.
        path: String,
        /// What was there when the change was planned.
        before: Place,
        /// What is there afterwards.
        after: Place,
    },
    /// A kernel parameter, on the running machine.
    Tune {
        /// The file below `/proc/sys`, with slashes: `net/ipv4/ip_forward`.
        key: String,
        /// What it was.
        before: String,
        /// What it becomes.
        after: String,
    },
    /// A program that changes something by itself.
    Run(Run),
}

/// A program, what it may write, and what takes back what it did to the running machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Trees whose places it may change. They are kept as they were.
    pub writes: Vec<String>,
    /// Programs that are run, after the trees are as they were, to take it back.
    pub undo: Vec<Vec<String>>,
    /// Whether packages may come or go by it.
    pub packages: bool,
}

impl Run {
    /// A program that writes no file.
    #[must_use]
    pub fn live(words: &[&str], undo: &[&[&str]]) -> Self {
        Self {
            words: owned(words),
            writes: Vec::new(),
            undo: undo.iter().map(|words| owned(words)).collect(),
            packages: false,
        }
    }

    /// The same, and it may write below these.
    #[must_use]
    pub fn writing(mut self, trees: &[&str]) -> Self {
        self.writes = owned(trees);
        self
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

impl fmt::Display for Change {
    /// As a person reads it before it is done: what, and the difference, line by line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tune { key, before, after } => {
                write!(f, "kernel parameter {}\n  - {before}\n  + {after}", key.replace('/', "."))
            }
            Self::Run(run) => write!(f, "run: {}", run.words.join(" ")),
            Self::Write { path, before, after } => write_place(f, path, before, after),
        }
    }
}

fn write_place(f: &mut fmt::Formatter<'_>, path: &str, before: &Place, after: &Place) -> fmt::Result {
    use Place::{File, Folder, Link, Nothing, Strange};
    match (before, after) {
        (Nothing, File { mode, .. }) => write!(f, "new file {path} ({mode:04o})")?,
        (Nothing, Folder { mode, .. }) => write!(f, "new folder {path} ({mode:04o})")?,
        (_, Nothing) => write!(f, "remove {path}")?,
        (_, Link { target }) => write!(f, "link {path} to {}", target.display())?,
        (
            File { mode, uid, gid, .. } | Folder { mode, uid, gid },
            File { mode: new_mode, uid: new_uid, gid: new_gid, .. }
            | Folder { mode: new_mode, uid: new_uid, gid: new_gid },
        ) => {
            write!(f, "{path}")?;
            if mode != new_mode {
                write!(f, "\n  - permissions {mode:04o}\n  + permissions {new_mode:04o}")?;
            }
            if (uid, gid) != (new_uid, new_gid) {
                write!(f, "\n  - owner {uid}:{gid}\n  + owner {new_uid}:{new_gid}")?;
            }
        }
        (Link { .. } | Strange, _) | (_, Strange) => write!(f, "replace {path}")?,
    }
    differences(f, before.text().unwrap_or_default(), after.text().unwrap_or_default())
}

/// The lines that go and those that come, without those at both ends that stay.
fn differences(f: &mut fmt::Formatter<'_>, before: &str, after: &str) -> fmt::Result {
    let (old, new): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let room = old.len().min(new.len()) - same;
    let same_end =
        old.iter().rev().zip(new.iter().rev()).take(room).take_while(|(old, new)| old == new).count();
    lines(f, '-', &old[same..old.len() - same_end])?;
    lines(f, '+', &new[same..new.len() - same_end])
}

/// The first of them, and of each what fits on a screen.
fn lines(f: &mut fmt::Formatter<'_>, sign: char, lines: &[&str]) -> fmt::Result {
    for line in lines.iter().take(MAX_LINES) {
        let shown: String = line.chars().take(MAX_WIDTH).collect();
        write!(f, "\n  {sign} {shown}{}", if shown.len() < line.len() { " …" } else { "" })?;
    }
    match lines.len().saturating_sub(MAX_LINES) {
        0 => Ok(()),
        more => write!(f, "\n  {sign} … and {more} more lines"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_a_file_shows_the_lines_that_change() {
        let change = Change::Write {
            path: "/etc/x".to_owned(),
            before: Place::file("a\nb\nc\n", 0o644),
            after: Place::file("a\nB\nc\n", 0o600),
        };
        let shown = "/etc/x\n  - permissions 0644\n  + permissions 0600\n  - b\n  + B";
        assert_eq!(change.to_string(), shown);
    }

    #[test]
    fn what_is_too_long_to_read_is_cut_and_counted() {
        let long = format!("{}\n", "x".repeat(MAX_WIDTH + 1)).repeat(MAX_LINES + 2);
        let change = Change::Write {
            path: "/etc/x".to_owned(),
            before: Place::file(long, 0o644),
            after: Place::Nothing,
        };
        let shown = change.to_string();
        assert!(shown.ends_with("  - … and 2 more lines"));
        assert_eq!(shown.matches(" …\n").count(), MAX_LINES);
    }

    #[test]
    fn a_line_that_stands_twice_is_shown_once_when_one_of_it_goes() {
        let change = Change::Write {
            path: "/etc/x".to_owned(),
            before: Place::file("a\na\n", 0o644),
            after: Place::file("a\n", 0o644),
        };
        assert_eq!(change.to_string(), "/etc/x\n  - a");
    }
}
