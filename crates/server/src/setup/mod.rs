//! From an empty machine to the first meeting (A1): `incamera setup`, `incamera doctor`, `incamera uninstall`.

mod answers;
mod apart;
mod change;
mod checks;
mod doctor;
mod facts;
mod filter;
mod shown;
mod steps;
#[cfg(test)]
mod tests;
mod uninstall;

use std::fs;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use self::answers::{ASK_GO, Answers, BY_FILE, Hours, Other, confirm};
use self::facts::Facts;
use crate::accounts::AccountName;
use crate::acme::Authority;
use crate::config::{CONFIG_FILE, Config, ConfigFile};
use crate::hours;
use crate::server::{FIRST_HOST_FILE, URL_FILE};

pub use self::apart::{Network, as_the_service};
pub use self::change::change;
pub use self::doctor::doctor;
pub(crate) use self::doctor::{confinement, has_own_network};
pub(crate) use self::facts::{connect, here, is_active, is_root, property, said};
pub(crate) use self::shown::{Shown, believers, look};
pub(crate) use self::steps::{AUDIT, STATE, systemctl, write_whole};
pub use self::uninstall::{Uninstall, uninstall};

/// `incamera setup`.
#[derive(Debug, Args)]
pub struct Setup {
    /// Ask nothing, and take the answers from a file in TOML: name, email, agree-to-terms, and more
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// Only look, and say what would be done
    #[arg(long)]
    look: bool,
}

const NOT_ROOT: &str = "only root can set up a server: run `sudo incamera setup`";
const LOOKING: &str = "\nLooking at the machine; this may take some seconds.\n";
const PUT_RIGHT: &str =
    "put right what is marked WRONG, and run `sudo incamera setup` again. Nothing was changed";

impl Setup {
    /// Asks, looks, says what will be done, does it, and says what comes next.
    ///
    /// # Errors
    /// In words that say what to do.
    pub fn run(self, input: &mut impl BufRead, output: &mut impl Write) -> anyhow::Result<()> {
        let former = former(Path::new(CONFIG_FILE));
        let answers = match &self.answers {
            Some(path) => Answers::read(path)?,
            None => Answers::ask(input, output, former.as_ref(), former.is_some() && !nobody_hosts())?,
        }
        .or_as_before(former.as_ref());
        write!(output, "{LOOKING}")?;
        let facts = Facts::gather(&answers.name, &answers.source());
        let mut findings = checks::all(&facts);
        findings.extend(checks::power(answers.hours.power(), &hours::wakes()));
        for finding in &findings {
            writeln!(output, "{}", finding.line())?;
        }
        let steps = steps::all(&answers, &facts)?;
        writeln!(output, "\nThis will be done:")?;
        for (number, step) in steps.iter().enumerate() {
            writeln!(output, "  {}. {}", number + 1, step.words)?;
        }
        if findings.iter().any(checks::Finding::is_wrong) {
            bail!(PUT_RIGHT);
        }
        if self.look {
            return Ok(());
        }
        if !facts.is_root {
            bail!(NOT_ROOT);
        }
        if self.answers.is_none() && !confirm(input, output, ASK_GO, BY_FILE)? {
            bail!("nothing was changed");
        }
        writeln!(output)?;
        let count = steps.len();
        for (number, step) in steps.into_iter().enumerate() {
            writeln!(output, "{} of {count}: {}", number + 1, step.words)?;
            output.flush()?;
            (step.run)()?;
        }
        // The address for whoever comes first is in its file all the same.
        let invited = match answers.host {
            Some(host) if nobody_hosts() => Some((apart::invite(&host)?, host)),
            _ => None,
        };
        writeln!(output, "{}", farewell(Path::new(STATE), invited)?)?;
        Ok(())
    }
}

/// What was answered the last time.
fn former(path: &Path) -> Option<Answers> {
    let mut config = Config::default();
    ConfigFile::read(path).ok()?.apply(&mut config);
    let Authority { directory, email, root, .. } = config.authority;
    let authority = (directory != Authority::default().directory).then_some(Other { directory, root });
    let hours = config.hours.map_or(Hours::Always, Hours::These);
    Some(Answers {
        name: config.names.into_iter().next()?,
        email,
        host: None,
        certificate: config.certificate,
        authority,
        updates: None,
        hours,
    })
}

/// Whether the server waits for its first host.
fn nobody_hosts() -> bool {
    Path::new(STATE).join(FIRST_HOST_FILE).exists()
}

/// That the authority was here shows that TCP comes through. Nobody was here by UDP.
const BY_UDP: &str = "\
If your provider has a firewall on its web page, see that it lets in 443/udp as well as 443/tcp: by UDP sound and picture are at their best,
and whether it comes through cannot be seen from here.";

/// The address to open. A host who was named has one of their own.
fn farewell(state: &Path, invited: Option<(String, AccountName)>) -> anyhow::Result<String> {
    let address = fs::read_to_string(state.join(URL_FILE)).context("the server runs, but left no address")?;
    let (whom, first) = match (invited, fs::read_to_string(state.join(FIRST_HOST_FILE))) {
        (Some((address, host)), _) => (format!("the account of {}", host.as_str()), address),
        (None, Ok(first)) => ("your account as a host".to_owned(), first),
        (None, Err(_)) => {
            return Ok(format!(
                "\n{BY_UDP}\n\nThe server is ready. Open this address in a browser to sign in:\n\n  {}/",
                address.trim()
            ));
        }
    };
    Ok(format!(
        "\n{BY_UDP}\n\nThe server is ready. Open this address in a browser to make {whom}:\n\n  {}\n\n\
         It works once, for 24 hours. Keep it to yourself: whoever opens it first is the host.",
        first.trim()
    ))
}
