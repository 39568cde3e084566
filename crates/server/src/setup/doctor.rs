//! `incamera doctor`: the same checks at any time, and those of a server that runs.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

use super::checks::{self, Finding};
use super::facts::{Facts, here, is_active, property, said};
use super::shown::{Shown, believers, look};
use super::steps::UNITS;
use crate::config::{CONFIG_FILE, Config};
use crate::hours;

/// How long the server may take to answer on its own machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// Prints what it finds. The exit status is 1 where something is wrong.
///
/// # Errors
/// Where nothing can be looked at.
pub fn doctor(config: &Config, output: &mut impl Write) -> anyhow::Result<ExitCode> {
    let name = config.names.first().context(
        "this server was not set up: there is no name in its configuration. Run `sudo incamera setup`",
    )?;
    let facts = Facts::gather(name, config);
    let mut findings = checks::all(&facts);
    let is_shut = hours::is_shut();
    if let Some(settings) = &config.hours {
        findings.push(match hours::next_change(settings) {
            Ok(next) => checks::hours(is_shut, next.as_deref()),
            Err(why) => Finding::Wrong(format!(
                "The opening hours are not understood, and nothing opens or closes: {why:#}.\nPut them right in {CONFIG_FILE}, or run `sudo incamera setup` again."
            )),
        });
        findings.extend(checks::power(settings.power, &hours::wakes()));
    }
    let at_work = UNITS.iter().filter(|unit| !is_shut || !hours::SERVER.contains(unit));
    findings.extend(at_work.map(|unit| runs(unit, is_active(unit))));
    if !is_shut {
        findings.extend(alone(facts.is_root.then(has_own_network).flatten()));
        findings.extend(confined(facts.is_root.then(confinement).flatten().as_deref()));
        let look = |at| look(at, name, &believers(config), PATIENCE);
        findings.push(shown(name, &here(PATIENCE).map_or(Shown::NoAnswer, look)));
    }
    for finding in &findings {
        writeln!(output, "{}", finding.line())?;
    }
    let wrong = findings.iter().filter(|finding| finding.is_wrong()).count();
    writeln!(output, "\n{}", verdict(wrong, is_shut))?;
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(super) fn verdict(wrong: usize, is_shut: bool) -> String {
    match wrong {
        0 if is_shut => "Meetings can be held when it is open.".to_owned(),
        0 => "Meetings can be held.".to_owned(),
        1 => "One thing is wrong. What is marked WRONG says what to do.".to_owned(),
        wrong => {
            format!("{wrong} things are wrong. What is marked WRONG says what to do; begin with the first.")
        }
    }
}

pub(super) fn runs(unit: &str, is_active: bool) -> Finding {
    if is_active {
        return Finding::Good(format!("{unit} is at work."));
    }
    let why = property(unit, "StatusText").map_or_else(String::new, |why| format!(" It says: {why}."));
    Finding::Wrong(format!("{unit} is not at work.{why}\nStart it with `sudo systemctl start {unit}`."))
}

/// Whether the service sees no network of the machine. systemd goes on without where it cannot give it one of its own.
pub(crate) fn has_own_network() -> Option<bool> {
    let pid = property("incamera.service", "MainPID")?;
    let network = |pid: &str| std::fs::read_link(format!("/proc/{pid}/ns/net")).ok();
    Some(network(&pid)? != network("self")?)
}

pub(super) fn alone(has_own_network: Option<bool>) -> Option<Finding> {
    Some(if has_own_network? {
        Finding::Good("The service sees no network but the port that it was given.".to_owned())
    } else {
        Finding::Wrong(
            "The service sees the network of the machine. Meetings work, but who breaks into the service could go on from there.\nThis happens in some rented containers. Take a virtual machine instead."
                .to_owned(),
        )
    })
}

/// What AppArmor says of the service. `None`: there is no AppArmor on this machine, or not for whoever runs inside of another one.
pub(crate) fn confinement() -> Option<String> {
    said(&["aa-enabled", "--quiet"])?;
    let pid = property("incamera.service", "MainPID")?;
    std::fs::read_to_string(format!("/proc/{pid}/attr/current")).ok()
}

pub(super) fn confined(told: Option<&str>) -> Option<Finding> {
    Some(if told?.trim() == "incamera (enforce)" {
        Finding::Good("AppArmor keeps the service to what it needs.".to_owned())
    } else {
        Finding::Wrong(
            "AppArmor does not watch over the service. Meetings work, but one guard of several is missing.\nTell it what the service needs with `sudo apparmor_parser --replace /etc/apparmor.d/incamera`, and start the service anew with `sudo systemctl restart incamera.service`."
                .to_owned(),
        )
    })
}

pub(super) fn shown(name: &str, shown: &Shown) -> Finding {
    match shown {
        Shown::Trusted(_) => Finding::Good(format!("The server shows a certificate for {name} that browsers trust.")),
        Shown::NotTrusted(_) => Finding::Wrong(format!(
            "The server shows no certificate for {name} that browsers trust: they warn everybody.\nOrder one with `sudo systemctl start incamera-certificate.service`. If that fails, `sudo journalctl -u incamera-certificate` says why."
        )),
        Shown::NoAnswer => Finding::Wrong(
            "The server does not answer at port 443 of this machine.\nStart it anew with `sudo systemctl restart incamera.service`."
                .to_owned(),
        ),
    }
}
