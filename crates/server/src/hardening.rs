//! `incamera harden` and `incamera audit`: the machine itself, in the command line.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use incamera_hardening::apply::Outcome;
use incamera_hardening::control::Control;
use incamera_hardening::facts::{Facts, NIGHT};
use incamera_hardening::harden::{self, Report, Window};
use incamera_hardening::journal::Journal;
use incamera_hardening::machine::Machine;
use incamera_hardening::undo::Leftovers;
use incamera_hardening::{audit, family};

use crate::audit::points;
use crate::audited::{self, LAST, Summary};
use crate::clock::UnixTime;
use crate::config::Config;
use crate::hours;
use crate::proof::Proof;
use crate::setup::is_root;

/// Where the journal is kept: apart from the service's state, which the service can write.
const FOLDER: &str = "/var/lib/incamera-hardening";
/// How long there is to come in anew, in seconds.
const TO_CONFIRM: u64 = 600;
/// At least so long, or nobody could; at most a day, or a machine would stay half-open over a weekend.
const BOUNDS: std::ops::RangeInclusive<u64> = 5..=86_400;
/// How long an undo by the timer, or a confirmation, waits for another run to end.
const PATIENCE: Duration = Duration::from_secs(900);

/// What `incamera harden` takes.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").multiple(false))]
pub struct Harden {
    /// Only say what would be changed
    #[arg(long, group = "what")]
    plan: bool,
    /// Put everything back as it was before
    #[arg(long, group = "what")]
    undo: bool,
    /// Keep what was changed. In an ssh connection that was opened after the changes
    #[arg(long, group = "what")]
    confirm: bool,
    /// Put back what was not confirmed. A timer starts it
    #[arg(long, group = "what", hide = true)]
    undo_unconfirmed: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// How many seconds there are to confirm, until what may lock you out is put back
    #[arg(long, value_name = "SECONDS", default_value_t = TO_CONFIRM, value_parser = clap::value_parser!(u64).range(*BOUNDS.start()..=*BOUNDS.end()))]
    confirm_within: u64,
}

impl Harden {
    /// Does it.
    ///
    /// # Errors
    ///
    /// It cannot begin, or cannot go on; nothing is lost then.
    pub fn run(
        self,
        config: &Config,
        input: &mut impl BufRead,
        output: &mut impl Write,
    ) -> anyhow::Result<ExitCode> {
        let output = &mut Plain(output);
        if !is_root() {
            bail!("this looks at, and changes, what only root may. Begin again with: sudo incamera harden");
        }
        let machine = Machine::this();
        if self.undo_unconfirmed {
            let leftovers = harden::undo_unconfirmed(
                &machine,
                &mut Journal::open_patiently(Path::new(FOLDER), PATIENCE)?,
            )?;
            return told(output, &leftovers);
        }
        if self.undo {
            return undo(&machine, self.yes, input, output);
        }
        if self.confirm {
            return confirm(&machine, output);
        }
        let facts = facts(&machine, config)?;
        let controls: Vec<_> = family::all().into_iter().flatten().collect();
        let is_changed = show_plan(&controls, &facts, &machine, output)?;
        if self.plan || !is_changed {
            return Ok(ExitCode::SUCCESS);
        }
        if !self.yes && !agrees("Shall all this be done?", input, output)? {
            writeln!(output, "Nothing was changed.")?;
            return Ok(ExitCode::SUCCESS);
        }
        let program = std::env::current_exe().context("cannot tell where this program is")?;
        if !harden::may_be_started_later(&program) {
            bail!(
                "this program is {}, where others than root could put another one in its place; but root is to start it again when \
                 the time to confirm is over. Nothing was changed. Install the package, and begin again with: sudo incamera harden",
                program.display()
            );
        }
        let mut journal = Journal::open(Path::new(FOLDER))?;
        let mut failed = 0;
        let window = harden::bring_about(
            &machine,
            &facts,
            &mut journal,
            now,
            self.confirm_within,
            &program.to_string_lossy(),
            |report| {
                failed += usize::from(matches!(report.outcome, Outcome::Failed(_)));
                // A terminal that went away does not stop what was begun.
                let _ = show(report, output);
            },
        )?;
        tell_window(window, output)?;
        if failed > 0 {
            writeln!(
                output,
                "\n{failed} could not be done; the lines above say why. They are as they were before."
            )?;
            return Ok(ExitCode::FAILURE);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Text for a terminal, without what a terminal takes for commands: names of files are chosen by whoever made them.
struct Plain<W>(W);

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let shown = |c: char| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c };
        let text: String = String::from_utf8_lossy(bytes).chars().map(shown).collect();
        self.0.write_all(text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Whether there is something to change.
fn show_plan(
    controls: &[&Control],
    facts: &Facts,
    machine: &Machine,
    output: &mut impl Write,
) -> anyhow::Result<bool> {
    let plan = harden::plan(controls, facts, machine);
    let mut is_changed = false;
    for (control, changes) in &plan {
        writeln!(output, "{} ({})", control.title, control.id)?;
        match changes {
            Err(why) => writeln!(output, "  waits for you: {why}.")?,
            Ok(changes) => {
                is_changed = true;
                for change in changes {
                    writeln!(output, "  {}", change.to_string().replace('\n', "\n  "))?;
                }
            }
        }
        writeln!(output)?;
    }
    if !is_changed {
        writeln!(output, "There is nothing to change on this machine.")?;
    }
    Ok(is_changed)
}

fn show(report: &Report<'_>, output: &mut impl Write) -> io::Result<()> {
    let title = report.control.title;
    match report.outcome {
        Outcome::Held => Ok(()),
        Outcome::Done => writeln!(output, "done          {title}"),
        Outcome::AfterRestart(found) => writeln!(output, "after restart {title}\n              ({found})"),
        Outcome::Left(why) => writeln!(output, "left          {title}\n              ({why})"),
        Outcome::Failed(why) => writeln!(output, "FAILED        {title}\n              ({why})"),
    }
}

fn tell_window(window: Window, output: &mut impl Write) -> io::Result<()> {
    let Window::Open(seconds) = window else {
        return writeln!(output, "\nAll is done, and nothing of it can lock you out.");
    };
    writeln!(
        output,
        "\nNow see that you can still come in. Leave this window open. Within {}, open a second one, come in by ssh, and run:\n\n\
         \x20   sudo incamera harden --confirm\n\n\
         If you do not, or cannot, what might have locked you out is put back by itself, also after a restart.",
        spoken(seconds)
    )
}

fn spoken(seconds: u64) -> String {
    match seconds {
        60 => "one minute".to_owned(),
        seconds if seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        seconds => format!("{seconds} seconds"),
    }
}

fn undo(
    machine: &Machine,
    yes: bool,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let mut journal = Journal::open(Path::new(FOLDER))?;
    if journal.records().is_empty() {
        writeln!(output, "Nothing was changed by `incamera harden`, so there is nothing to put back.")?;
        return Ok(ExitCode::SUCCESS);
    }
    if !yes
        && !agrees("Shall everything that `incamera harden` changed be put back as it was?", input, output)?
    {
        writeln!(output, "Nothing was changed.")?;
        return Ok(ExitCode::SUCCESS);
    }
    told(output, &harden::undo_all(machine, &mut journal)?)
}

/// Puts back everything before the program goes, where something was changed, and forgets the journal. What could not be put
/// back is named, and the journal stays for who does it by hand.
///
/// # Errors
///
/// The journal cannot be read or written.
pub(crate) fn take_back(output: &mut impl Write) -> anyhow::Result<()> {
    let folder = Path::new(FOLDER);
    if !folder.exists() {
        return Ok(());
    }
    let mut journal = Journal::open(folder)?;
    if !journal.records().is_empty() {
        writeln!(output, "Putting back what `incamera harden` changed.")?;
        let leftovers = harden::undo_all(&Machine::this(), &mut journal)?;
        told(output, &leftovers)?;
        if !leftovers.is_empty() {
            return Ok(());
        }
    }
    std::fs::remove_dir_all(folder).with_context(|| format!("cannot delete {FOLDER}"))
}

fn told(output: &mut impl Write, leftovers: &Leftovers) -> anyhow::Result<ExitCode> {
    for leftover in leftovers {
        writeln!(output, "{leftover}.")?;
    }
    if leftovers.is_empty() {
        writeln!(output, "Everything is as it was.")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(output, "\nEverything else is as it was.")?;
    Ok(ExitCode::FAILURE)
}

fn confirm(machine: &Machine, output: &mut impl Write) -> anyhow::Result<ExitCode> {
    let mut journal = Journal::open_patiently(Path::new(FOLDER), PATIENCE)?;
    harden::confirm(machine, &mut journal, std::process::id())??;
    writeln!(
        output,
        "Confirmed: the changes stay. `sudo incamera harden --undo` puts everything back at any time."
    )?;
    Ok(ExitCode::SUCCESS)
}

fn agrees(question: &str, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<bool> {
    write!(output, "{question} (yes or no) ")?;
    output.flush()?;
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

/// Seconds since 1970.
fn now() -> u64 {
    UnixTime::now().0.max(0).unsigned_abs()
}

/// What is known of the machine, and when it may start anew, if the opening hours say so (T5, T6).
fn facts(machine: &Machine, config: &Config) -> anyhow::Result<Facts> {
    let restart = hours::closed_at(config, &NIGHT).ok().flatten();
    Ok(Facts { restart, ..Facts::gather(machine).map_err(anyhow::Error::msg)? })
}

/// What `incamera audit` takes.
#[derive(Debug, Args)]
pub struct Audit {
    /// As JSON, for programs
    #[arg(long, conflicts_with = "html")]
    json: bool,
    /// As a page that can be printed, into this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    proof: Proof,
    /// Leave the result for the host's page. The weekly timer says this
    #[arg(long, hide = true, conflicts_with_all = ["json", "html"])]
    keep: bool,
}

impl Audit {
    /// Measures everything, the service included, and prints it. The exit status is 1 where something falls short. Changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// The system is none that is known here, or nothing can be written.
    pub fn run(self, config: &Config, output: &mut impl Write) -> anyhow::Result<ExitCode> {
        let output = &mut Plain(output);
        if self.proof.is_wanted() {
            return self.proof.run(config, self.json, output);
        }
        let machine = Machine::this();
        let facts = facts(&machine, config)?;
        let service = points(config).context("the service could not be measured")?;
        let report = audit::measure(&facts, &machine, now(), is_root(), service);
        if self.keep {
            audited::keep(Path::new(LAST), Summary::of(&report))?;
            writeln!(output, "{}", report.sentence())?;
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(path) = self.html {
            std::fs::write(&path, report.html())
                .with_context(|| format!("cannot write {}", path.display()))?;
            writeln!(output, "{}\nThe whole is in {}.", report.sentence(), path.display())?;
        } else if self.json {
            writeln!(output, "{}", serde_json::to_string_pretty(&report)?)?;
        } else {
            write!(output, "{}", report.text())?;
        }
        Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_file_says_nothing_to_the_terminal_e1() {
        let mut shown = Vec::new();
        let found = "/srv/\u{1b}[2Jal\u{9b}1mles \u{e4}\r";
        writeln!(Plain(&mut shown), "found: {found}").expect("written");
        assert_eq!(str::from_utf8(&shown), Ok("found: /srv/\u{fffd}[2Jal\u{fffd}1mles \u{e4}\u{fffd}\n"));
    }
}
