//! `incamera audit --prove-nothing-kept` (B8, I3): holds a meeting on the running machine whose every word is unlike anything
//! else, by the same doors as everybody's, and then looks for these words in all that the machine wrote down.
//!
//! What is looked for is in this process's memory alone: never in a file, an argument or a variable, and its memory does not go
//! to swap. That the search sees is shown each time: every form of every trace is put before it, and it has to find a mark of
//! its own on the disk and in the journal.

mod canaries;
mod forms;
mod meeting;
mod places;
mod report;
mod walk;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use clap::Args;
use rustix::mm::MlockAllFlags;

use self::canaries::Canaries;
use self::forms::{Needle, Search};
use self::meeting::Venue;
use self::places::{MARK, Searched};
use self::report::{Outcome, Report};
use self::walk::{Keeps, Mount};
use crate::config::Config;
use crate::setup::is_root;

/// How accounts begin that are made for this; a word follows. One of a proof that was interrupted is removed by the next.
const ACCOUNT: &str = "incamera-proof-";
/// So do the names of files that a search has to find.
const FILE: &str = ".incamera-";
/// How long sound is sent.
const LENGTH: Duration = Duration::from_secs(3);
/// So that what is written a moment later is found, too.
const SETTLING: Duration = Duration::from_secs(2);
/// Neither whole nor in vain: `incamera verify` has the same.
const NOT_PROVEN: u8 = 2;
/// The port of an address that names none.
const HTTPS: u16 = 443;

/// What `incamera audit --prove-nothing-kept` takes.
#[derive(Debug, Args)]
pub struct Proof {
    /// Hold a meeting of two made-up people on this server, and look in everything that the machine wrote down for what they
    /// said, their names and where they came from. Ends with 0: nothing was kept, 1: something was, 2: not proven
    #[arg(long, conflicts_with = "html")]
    prove_nothing_kept: bool,
    /// Read the whole disk of the server's folder as well, with what was deleted. Takes as long as its size asks
    #[arg(long, requires = "prove_nothing_kept")]
    whole_disk: bool,
    /// Look in this folder only
    #[arg(
        long,
        value_name = "FOLDER",
        requires = "prove_nothing_kept",
        conflicts_with = "whole_disk",
        hide = true
    )]
    within: Option<PathBuf>,
}

impl Proof {
    /// Whether it was asked for.
    pub fn is_wanted(&self) -> bool {
        self.prove_nothing_kept
    }

    /// Proves it, or says what is kept and where, or why neither can be told.
    ///
    /// # Errors
    /// Nothing can be printed.
    pub fn run(&self, config: &Config, json: bool, output: &mut impl Write) -> anyhow::Result<ExitCode> {
        let report = match self.prove(config) {
            Ok(report) => report,
            Err(error) => {
                eprintln!("incamera: nothing was proven: {error:#}");
                return Ok(ExitCode::from(NOT_PROVEN));
            }
        };
        if json {
            writeln!(output, "{}", serde_json::to_string_pretty(&report)?)?;
        } else {
            write!(output, "{}", report.text())?;
        }
        Ok(match report.outcome {
            Outcome::NothingKept => ExitCode::SUCCESS,
            Outcome::Kept => ExitCode::FAILURE,
            Outcome::NotProven => ExitCode::from(NOT_PROVEN),
        })
    }

    fn prove(&self, config: &Config) -> anyhow::Result<Report> {
        if !is_root() && self.within.is_none() {
            bail!(
                "only root can look everywhere. Begin again with: sudo incamera audit --prove-nothing-kept"
            );
        }
        // Else this process's own memory could be found in swap.
        let stays = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
        let stays = is_root() && rustix::mm::mlockall(stays).is_ok();
        let canaries = Canaries::draw()?;
        let mut needles = canaries.needles();
        let since = SystemTime::now();
        let mut during = Searched::default();
        let held = with_account(config, |venue| {
            needles.push(Needle::text("the name of the account that was made for this", &*venue.account));
            meeting::hold(&venue, &canaries, &mut needles, |needles| {
                during = places::connections(&Search::new(needles)?);
                Ok(())
            })
        })?;
        std::thread::sleep(SETTLING);
        let traces = needles.len();
        let state = fs::canonicalize(&config.state)
            .with_context(|| format!("cannot find {}", config.state.display()))?;
        let mark = Mark::leave(self.within.as_deref().unwrap_or_else(|| state.parent().unwrap_or(&state)))?;
        needles.push(Needle::text(MARK, &*mark.word));
        let search = Search::new(&needles)?;
        drop_caches();
        let hunt = Hunt { search: &search, mounts: walk::mounts()?, since, state };
        let (mut searched, mut unseen) = match &self.within {
            Some(folder) => hunt.within(folder)?,
            None => hunt.everywhere(&mark, stays),
        };
        if self.within.is_none() {
            searched.push(during);
        }
        if self.whole_disk {
            let mut device = places::device(&search, &hunt.mounts, &hunt.state);
            device.require_mark();
            searched.push(device);
        } else {
            unseen.push(
                "what was deleted and still stands in free places of the disk (--whole-disk reads these, too)".to_owned(),
            );
        }
        unseen.push("memory of running programs, and copies that were compressed or encrypted".to_owned());
        Ok(Report::new(held, traces, search.forms(), searched, unseen))
    }
}

/// What was searched, and what not.
type Found = (Vec<Searched>, Vec<String>);

/// Everything that a search has to know.
struct Hunt<'a> {
    search: &'a Search,
    mounts: Vec<Mount>,
    since: SystemTime,
    /// The server's folder.
    state: PathBuf,
}

impl Hunt<'_> {
    fn files(&self, place: &str, folders: &[PathBuf]) -> Searched {
        places::files(place, self.search, &self.mounts, folders, self.since, &self.state)
    }

    fn within(&self, folder: &Path) -> anyhow::Result<Found> {
        let folder = fs::canonicalize(folder).with_context(|| format!("cannot find {}", folder.display()))?;
        let mut only = self.files("this folder only", &[folder]);
        only.require_mark();
        Ok((vec![only], vec!["everything outside of this folder".to_owned()]))
    }

    /// `stays`: this process's memory is not moved to swap.
    fn everywhere(&self, mark: &Mark, stays: bool) -> Found {
        let at = |keeps: Keeps| -> Vec<PathBuf> {
            self.mounts.iter().filter(|mount| mount.keeps == keeps).map(|mount| mount.at.clone()).collect()
        };
        let mut disks = self.files(
            "files on the disks that were written meanwhile, and the server's whole folder",
            &at(Keeps::Disk),
        );
        disks.require_mark();
        let memory = self.files(
            "files in memory that were written meanwhile (such as /run, /tmp, /dev/shm)",
            &at(Keeps::Memory),
        );
        let mut journal = places::journal(self.search, self.since);
        // Where the journal keeps nothing, it does not keep the mark either.
        if mark.is_in_journal && journal.bytes > 0 {
            journal.require_mark();
        }
        let mut swap = places::swap(self.search);
        if !stays && swap.bytes > 0 {
            swap.notes.push("this search's own memory may have been moved there".to_owned());
        }
        (vec![disks, memory, journal, swap], elsewhere(&self.mounts).collect())
    }
}

/// Other machines' disks, and what nobody knows.
fn elsewhere(mounts: &[Mount]) -> impl Iterator<Item = String> {
    mounts.iter().filter(|mount| mount.keeps == Keeps::Elsewhere).map(|mount| {
        format!("{}, which is not on this machine's own disks ({})", mount.at.display(), mount.kind)
    })
}

/// What is read from now on comes from the disk.
fn drop_caches() {
    rustix::fs::sync();
    // Only root may, and it is not needed for what is found.
    let _ = fs::write("/proc/sys/vm/drop_caches", "1");
}

/// A word that the search has to find where it was left.
struct Mark {
    word: String,
    file: PathBuf,
    is_in_journal: bool,
}

impl Mark {
    fn leave(folder: &Path) -> anyhow::Result<Self> {
        Self::sweep(folder);
        let word = canaries::word()?;
        let file = folder.join(format!("{FILE}{}", canaries::word()?));
        let written = fs::OpenOptions::new().write(true).create_new(true).open(&file);
        let written = written.and_then(|mut file| file.write_all(word.as_bytes()));
        written.with_context(|| format!("cannot write to {}", folder.display()))?;
        let is_in_journal = places::mark_journal(&word);
        Ok(Self { word, file, is_in_journal })
    }

    /// Takes away what proofs left that were interrupted.
    fn sweep(folder: &Path) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name().to_str().is_some_and(|name| is_drawn(name, FILE)) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

/// Makes an account for the meeting as the owner of the machine does, and removes it again, whatever comes between.
fn with_account<T>(config: &Config, act: impl FnOnce(Venue) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let hosts = commanded(config, &["list"])?;
    for left in hosts.lines().filter_map(|line| line.split(' ').next()).filter(|name| is_ours(name)) {
        commanded(config, &["remove", left])?;
    }
    // Else the address for the very first account would be worth nothing afterwards.
    let is_account = |line: &str| !is_ours(line) && !line.ends_with(')') && !line.ends_with('.');
    if !hosts.lines().any(is_account) {
        bail!(
            "this server has no host yet. Make your own account first, with the one-time address that it printed"
        );
    }
    let account = format!("{ACCOUNT}{}", canaries::word()?);
    let told = commanded(config, &["add", &account])?;
    let venue = venue(&told, account.clone());
    let outcome = venue.and_then(act);
    let removed = commanded(config, &["remove", &account]);
    let outcome = outcome?;
    removed.context("the account that was made for this could not be removed again")?;
    Ok(outcome)
}

/// Whether an account was made for this.
fn is_ours(account: &str) -> bool {
    is_drawn(account, ACCOUNT)
}

/// Whether a name was drawn for this, and is nobody's else: the word is of a length that nobody types by chance.
fn is_drawn(name: &str, start: &str) -> bool {
    let is_word =
        |word: &str| word.len() == canaries::LETTERS && word.bytes().all(|byte| byte.is_ascii_lowercase());
    name.strip_prefix(start).is_some_and(is_word)
}

fn venue(told: &str, account: String) -> anyhow::Result<Venue> {
    let address = told.lines().next().unwrap_or_default();
    let parts = address.strip_prefix("https://").and_then(|rest| rest.split_once("/enrol#"));
    let (server, token) = parts.context("`incamera host add` gave no one-time address")?;
    let port = match server.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => port.parse().context("an address with a strange port")?,
        _ => HTTPS,
    };
    Ok(Venue { door: meeting::door(port), account, token: token.to_owned(), length: LENGTH })
}

/// `incamera host …`, which on an installed server runs as the service.
fn commanded(config: &Config, words: &[&str]) -> anyhow::Result<String> {
    let program = std::env::current_exe().context("cannot tell where this program is")?;
    let mut command = Command::new(program);
    command.arg("host").args(words).arg("--state").arg(&config.state).stdin(Stdio::null());
    if let Some(file) = &config.file {
        command.arg("--config").arg(file);
    }
    let ended = command.output().context("cannot run `incamera host`")?;
    if !ended.status.success() {
        bail!("`incamera host {}` failed: {}", words[0], String::from_utf8_lossy(&ended.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_interrupted_proof_left_goes_with_the_next_b8() {
        let folder = tempfile::tempdir().expect("a folder");
        let interrupted = Mark::leave(folder.path()).expect("written");
        std::mem::forget(interrupted);
        fs::write(folder.path().join(".incamera-notes"), "of somebody").expect("written");
        let next = Mark::leave(folder.path()).expect("written");
        assert_eq!(
            fs::read_dir(folder.path()).expect("readable").count(),
            2,
            "the new one, and somebody's own"
        );
        drop(next);
        assert!(folder.path().join(".incamera-notes").exists());
    }
}
