//! Commands about an installed server run as that server does, not as root (E1): its folder is the service's, and who
//! breaks into the service could leave links there that lead root elsewhere.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context, bail};

use super::facts::is_root;
use super::steps::STATE;
use crate::accounts::AccountName;
use crate::config::Config;

/// What the process is: the service's user, in the service's folder.
const PROPERTIES: [&str; 7] = [
    "DynamicUser=yes",
    "User=incamera",
    "StateDirectory=incamera",
    "StateDirectoryMode=0700",
    "ProtectHome=read-only",
    "LimitCORE=0",
    "UMask=0077",
];

/// The journal has it. Else it would have the whole command, with the host's name (I3).
const DESCRIPTION: &str = "--description=a command about the meetings server";

/// What a command sees of the network.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Network {
    /// Nothing.
    None,
    /// What the machine sees: it asks somebody outside.
    Outward,
}

/// Runs this same command again as the service's user, where it is root's and about the installed server, and gives its exit status.
/// `None`: it may go on as it is.
///
/// # Errors
/// Where systemd cannot be asked.
pub fn as_the_service(config: &Config, network: Network) -> anyhow::Result<Option<ExitCode>> {
    let is_installed = config.state == Path::new(STATE) && Path::new("/run/systemd/system").is_dir();
    if !is_root() || !is_installed || !config.state.exists() {
        return Ok(None);
    }
    let program = env::current_exe().context("cannot tell where this program is")?;
    let status = as_its_user(network, program.into(), env::args_os().skip(1))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(Some(code.map_or(ExitCode::FAILURE, ExitCode::from)))
}

/// Runs a program as the service's user, and waits for it.
///
/// # Errors
/// Where systemd cannot be asked.
pub(super) fn as_its_user(
    network: Network,
    program: OsString,
    arguments: impl Iterator<Item = OsString>,
) -> anyhow::Result<ExitStatus> {
    Command::new("systemd-run")
        .args(words(network, program, arguments))
        .status()
        .context("cannot run systemd-run")
}

/// The one-time address at which a person of this name makes a host account.
///
/// # Errors
/// With what kept it from being made.
pub(super) fn invite(name: &AccountName) -> anyhow::Result<String> {
    let program = env::current_exe().context("cannot tell where this program is")?;
    let words = ["host", "add", "--", name.as_str()].map(OsString::from);
    let output = Command::new("systemd-run")
        .args(self::words(Network::None, program.into(), words.into_iter()))
        .output()
        .context("cannot run systemd-run")?;
    let told = String::from_utf8_lossy(&output.stdout);
    match told.lines().next() {
        Some(address) if output.status.success() => Ok(address.to_owned()),
        _ => bail!(
            "the server runs, but there is no address for its host: {}\nTry `sudo incamera host add` with the name",
            String::from_utf8_lossy(&output.stderr).trim()
        ),
    }
}

fn words(network: Network, program: OsString, arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> =
        ["--quiet", "--wait", "--pipe", "--collect", DESCRIPTION].map(OsString::from).to_vec();
    words.extend(PROPERTIES.iter().map(|property| OsString::from(format!("--property={property}"))));
    if network == Network::None {
        words.push("--property=PrivateNetwork=yes".into());
    }
    // For files that are named from here. Where the service's user may not be, as in a folder of root's, there are none.
    if let Ok(here) = env::current_dir() {
        let mut property = OsString::from("--property=WorkingDirectory=-");
        property.push(here);
        words.push(property);
    }
    words.extend([OsString::from("--"), program]);
    words.extend(arguments);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_no_option_of_systemd_e1() {
        let words = words(
            Network::None,
            "/usr/bin/incamera".into(),
            ["host", "add", "--property=User=root"].map(OsString::from).into_iter(),
        );
        let end = words.iter().position(|word| word == "--").expect("an end of options");
        assert!(words[..end].iter().all(|word| word != "--property=User=root"));
        assert_eq!(words[end + 1..].len(), 4);
    }

    #[test]
    fn a_server_that_was_started_by_hand_is_its_owners() {
        let config = Config { state: "incamera-state".into(), ..Config::default() };
        assert!(as_the_service(&config, Network::None).expect("told").is_none());
    }
}
