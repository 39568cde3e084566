//! `incamera backup` and `incamera restore`.

use std::fs::{self, File};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;

use super::place::FORMER;
use super::sealing::{To, With};
use super::{Counts, Verified, gather, place, verify};
use crate::clock::{UnixTime, day};
use crate::config::{CONFIG_FILE, Config};
use crate::files::{self, Readers};
use crate::folder::{self, CONFIG_COPY, Hold, Occupied};
use crate::store::FILE;

/// Where the name of a file stands for the standard output.
const STDOUT: &str = "-";

/// What to back up to, and for whom.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to be made; - for standard output
    file: PathBuf,
    /// Encrypt to this public key of age (age1…) in place of a passphrase; may be repeated
    #[arg(long = "to", value_name = "KEY")]
    keys: Vec<String>,
    /// Read the passphrase from this file in place of asking for it
    #[arg(long, value_name = "FILE", conflicts_with = "keys")]
    passphrase_file: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

/// What to restore from, and how.
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup
    #[arg(required_unless_present_any = ["undo", "forget"])]
    file: Option<PathBuf>,
    /// A file with the private key of age that the backup was encrypted to
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Read the passphrase from this file in place of asking for it
    #[arg(long, value_name = "FILE", conflicts_with = "identity")]
    passphrase_file: Option<PathBuf>,
    /// Only look whether the backup is good and what is in it; change nothing
    #[arg(long)]
    check: bool,
    /// Although there is a server's state already: set it aside for a week
    #[arg(long, conflicts_with = "check")]
    replace: bool,
    /// Bring back the state that the last restore set aside
    #[arg(long, conflicts_with_all = ["file", "check", "replace", "forget"])]
    undo: bool,
    /// Delete for good the state that the last restore set aside
    #[arg(long, conflicts_with_all = ["file", "check", "replace"])]
    forget: bool,
}

impl Backup {
    /// Does it. Returns what to tell, and whether the backup itself went to standard output.
    pub fn run(self, config: &Config) -> anyhow::Result<(String, bool)> {
        require_state(config)?;
        Hold::pass_by(&config.state).map_err(occupied)?;
        let to_stdout = self.file == Path::new(STDOUT);
        if to_stdout {
            ensure!(
                !io::stdout().is_terminal(),
                "a backup is no text to be shown: name a file, or send it to another program"
            );
        } else {
            self.look_at_the_place()?;
        }
        let to = To::choose(&self.keys, self.passphrase_file.as_deref())?;
        let with_key = matches!(to, To::Keys(_));
        let (archive, counts) = gather(config, UnixTime::now())?;
        if to_stdout {
            to.seal(&archive, io::stdout().lock())?.flush().context("the backup was not taken to its end")?;
        } else {
            self.write(|file| to.seal(&archive, file))?;
        }
        Ok((self.told(config, counts, with_key), to_stdout))
    }

    /// Before anybody is asked for a passphrase.
    fn look_at_the_place(&self) -> anyhow::Result<()> {
        let shown = self.file.display();
        match fs::symlink_metadata(&self.file) {
            Ok(metadata) if !metadata.is_file() => {
                bail!("{shown} is no file: name a file that is to be made")
            }
            Ok(_) if !self.force => {
                bail!("{shown} exists already: choose another name, or add --force to replace it")
            }
            _ => Ok(()),
        }
    }

    /// Wholly or not at all.
    fn write(&self, seal: impl FnOnce(File) -> anyhow::Result<File>) -> anyhow::Result<()> {
        let mut part = self.file.clone().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let written = self.write_by(&part, seal);
        if written.is_err() {
            let _ = fs::remove_file(&part);
        }
        written
    }

    fn write_by(&self, part: &Path, seal: impl FnOnce(File) -> anyhow::Result<File>) -> anyhow::Result<()> {
        let failed = || format!("cannot write {}", self.file.display());
        // Of a backup that was interrupted. What is in it is encrypted.
        let _ = fs::remove_file(part);
        let file = files::create(part, Readers::Owner).with_context(failed)?;
        seal(file).with_context(failed)?.sync_all().with_context(failed)?;
        self.look_at_the_place()?;
        fs::rename(part, &self.file).with_context(failed)?;
        let parent = self.file.parent().filter(|parent| !parent.as_os_str().is_empty());
        folder::sync(parent.unwrap_or(Path::new("."))).with_context(failed)
    }

    fn told(&self, config: &Config, counts: Counts, with_key: bool) -> String {
        let mut text = format!("The backup is made: {}.\n", of(counts));
        if let Some(files) = &config.certificate {
            text.push_str(&format!(
                "The certificate in {} is not in it, since it comes from elsewhere.\n",
                files.chain.display()
            ));
        }
        let secret = if with_key { "private key" } else { "passphrase" };
        text.push_str(&format!(
            "\nKeep it on another machine, and the {secret} in another place: without the {secret} nobody can open the \
             backup. Now and then look whether it is good:\n\n  incamera restore --check {}",
            if self.file == Path::new(STDOUT) { "FILE".to_owned() } else { self.file.display().to_string() }
        ));
        text
    }
}

impl Restore {
    /// Does it. Returns what to print.
    pub fn run(self, config: &Config) -> anyhow::Result<String> {
        let Some(file) = self.file.clone() else { return self.about_the_former(config) };
        // Whoever cannot restore is told before they type a passphrase.
        let hold = if self.check { None } else { self.take_if_there(config)? };
        let Verified { about, mut files, counts } = self.open(&file)?;
        let what = format!("of {}, by incamera {}: {}", day(about.made()), about.program, of(counts));
        if self.check {
            return Ok(format!("This backup is good. It is {what}."));
        }
        let hold = match hold {
            Some(hold) => hold,
            None => Hold::take(&config.state).map_err(occupied)?,
        };
        let replaced = config.state.join(FILE).exists();
        let in_use = config.file.as_deref().and_then(|path| fs::read(path).ok());
        if in_use.is_some() && in_use.as_ref() == files.get(CONFIG_COPY) {
            files.remove(CONFIG_COPY);
        }
        let with_config = files.contains_key(CONFIG_COPY);
        place::install(&config.state, &files).with_context(|| {
            format!("cannot write into {}; the present state is as it was, or `incamera serve` ends what was begun",
                config.state.display())
        })?;
        drop(hold);
        Ok(told(config, &what, replaced, with_config))
    }

    fn open(&self, file: &Path) -> anyhow::Result<Verified> {
        let shown = || file.display().to_string();
        let sealed = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
        let with = With { identity: self.identity.clone(), passphrase_file: self.passphrase_file.clone() };
        let plain = with.open(sealed).with_context(shown)?;
        verify(plain).with_context(shown)
    }

    /// Looks whether the state may be replaced; `None`: there is no folder yet.
    fn take_if_there(&self, config: &Config) -> anyhow::Result<Option<Hold>> {
        let state = &config.state;
        if !state.exists() {
            return Ok(None);
        }
        let hold = Hold::take(state).map_err(occupied)?;
        let former = state.join(FORMER);
        ensure!(
            !former.exists(),
            "what the last restore set aside is still in {}. To have it back: `incamera restore --undo{flags}`. To delete it \
             for good: `incamera restore --forget{flags}`. Then restore again",
            former.display(),
            flags = flags(config)
        );
        ensure!(
            self.replace || !state.join(FILE).exists(),
            "there is a server's state in {} already. To put the backup in its place, add --replace: the present state \
             is set aside for a week, and `incamera restore --undo{}` brings it back",
            state.display(),
            flags(config)
        );
        Ok(Some(hold))
    }

    fn about_the_former(&self, config: &Config) -> anyhow::Result<String> {
        let state = &config.state;
        ensure!(state.join(FORMER).exists(), "no restore has set anything aside in {}", state.display());
        let _hold = Hold::take(state).map_err(occupied)?;
        let failed = || format!("cannot write into {}", state.display());
        if self.undo {
            ensure!(
                place::undo(state).with_context(failed)?,
                "the restore had set no database aside: there was none before"
            );
            return Ok(
                "The former state is back. What the restore had brought is set aside for a week in its turn."
                    .to_owned(),
            );
        }
        place::forget(state).with_context(failed)?;
        Ok("What the restore had set aside is deleted.".to_owned())
    }
}

fn told(config: &Config, what: &str, replaced: bool, with_config: bool) -> String {
    let state = &config.state;
    let mut text = format!("The backup is restored into {}. It is {what}.\n", state.display());
    if replaced {
        text.push_str(&format!(
            "What was there before is kept in {} for a week. To have it back: incamera restore --undo{}\n",
            state.join(FORMER).display(),
            flags(config)
        ));
    }
    text.push_str("\nNext:\n");
    if with_config {
        let to = config.file.as_deref().unwrap_or(Path::new(CONFIG_FILE));
        text.push_str(&format!(
            "  - The configuration file of the backup is in {0}. Look whether it fits this machine; to use it:\n    \
             install -D -m 644 {0} {1}\n",
            state.join(CONFIG_COPY).display(),
            to.display()
        ));
    }
    text.push_str(
        "  - Start the server again.\n  - All hosts sign in anew: sign-ins and one-time addresses are in no backup.\n  - \
         Hosts, passwords, meetings and their links are those of the day of the backup. Whoever was removed from a kept \
         meeting after that day has a good link again: delete such a meeting, and make a new one.",
    );
    text
}

/// What the next command needs to find the same folder.
fn flags(config: &Config) -> String {
    match &config.file {
        Some(path) if path == Path::new(CONFIG_FILE) => String::new(),
        Some(path) => format!(" --config {}", path.display()),
        None if config.state == Config::default().state => String::new(),
        None => format!(" --state {}", config.state.display()),
    }
}

fn of(counts: Counts) -> String {
    let Counts { hosts, meetings } = counts;
    let many = |count: u32, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    format!("{}, {}", many(hosts, "host"), many(meetings, "kept meeting"))
}

/// Of a command that needs what a server has left.
pub(crate) fn require_state(config: &Config) -> anyhow::Result<()> {
    let state = &config.state;
    if state.join(FILE).exists() || !place::is_settled(state) {
        return Ok(());
    }
    bail!(
        "there is no server's state in {}: start `incamera serve` there once, or name its folder with --state FOLDER",
        state.display()
    )
}

/// In words for whoever typed a command.
pub(crate) fn occupied(error: Occupied) -> anyhow::Error {
    let advice = match &error {
        Occupied::InUse(_) => {
            "stop the server first, with Ctrl-C where it runs, or, if it was installed as a service, with `sudo systemctl \
             stop incamera.socket incamera.service`; then try again"
        }
        Occupied::File { .. } => {
            "use the account that the server runs with, or sudo; another folder is named with --state FOLDER"
        }
    };
    anyhow::anyhow!("{error}: {advice}")
}
