//! `incamera hours`.

use std::time::Duration;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::doors::{self, ByHand, Present};
use super::spans::Span;
use super::words::when;
use super::{Power, Settings, is_shut, power};
use crate::clock::UnixTime;
use crate::config::Config;
use crate::setup::{is_active, is_root};

/// For how long it can be opened by hand.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);
const HOW_LONG: &str = "say for how long: 3h, 90m or 1h30m, at most 168h";
const NOT_ROOT: &str = "only root can open and close the server: put sudo before the command";
const NO_HOURS: &str =
    "there are no opening hours: the server is always open. Name some by `sudo incamera setup`";

/// When the server is open.
#[derive(Debug, Subcommand)]
pub enum Hours {
    /// Open now for some time, such as 3h or 90m, whatever the hours say
    Open {
        /// For how long
        #[arg(value_name = "TIME", value_parser = length)]
        time: Duration,
    },
    /// Close now, until it opens the next time. A meeting that goes on is not cut: it closes when the last one has ended
    Close,
    /// Open or close as the hours say. A timer calls it
    #[command(hide = true)]
    Apply,
}

fn length(text: &str) -> Result<Duration, String> {
    parse(text).ok_or_else(|| HOW_LONG.to_owned())
}

fn parse(text: &str) -> Option<Duration> {
    let (hours, minutes) = match text.split_once('h') {
        Some((hours, "")) => (hours, "0"),
        Some((hours, rest)) => (hours, rest.strip_suffix('m')?),
        None => ("0", text.strip_suffix('m')?),
    };
    let number = |digits: &str| {
        let plain = (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<u64>().ok())?
    };
    let length = Duration::from_secs((number(hours)? * 60 + number(minutes)?) * 60);
    (!length.is_zero() && length <= LONGEST).then_some(length)
}

/// Does it, or without a command tells how it is. Returns what to print.
///
/// # Errors
/// In words that say what to do.
pub fn run(command: Option<Hours>, config: &Config) -> anyhow::Result<String> {
    let now = UnixTime::now();
    match command {
        Some(Hours::Apply) => doors::apply(config).map(|()| String::new()),
        None => config.hours.as_ref().map_or_else(|| Ok(NO_HOURS.to_owned()), |settings| told(settings, now)),
        Some(command) => {
            let settings = config.hours.as_ref().context(NO_HOURS)?;
            if !is_root() {
                bail!(NOT_ROOT);
            }
            let until = match command {
                Hours::Open { time } => now.after(time),
                _ => Present::look(settings, now)?.next_planned().unwrap_or(UnixTime(i64::MAX)),
            };
            let span = Span { from: now, until };
            doors::say(if matches!(command, Hours::Open { .. }) {
                ByHand::Open(span)
            } else {
                ByHand::Closed(span)
            })?;
            told(settings, now)
        }
    }
}

/// How it is, for people.
///
/// # Errors
/// Hours that are not understood.
fn told(settings: &Settings, now: UnixTime) -> anyhow::Result<String> {
    let present = Present::look(settings, now)?;
    let spans = present.spans();
    let zone = present.schedule.zone();
    let is_running = is_active("incamera.service");
    let next = spans.next_change(now).map(|moment| when(moment, zone));
    let mut lines = vec![match (spans.is_open(now), next) {
        (true, Some(until)) => format!("Open until {until}."),
        (true, None) => "Open, and it does not close as far as can be told.".to_owned(),
        (false, Some(until)) => format!("Closed until {until}."),
        (false, None) => "Closed, and it does not open as far as can be told.".to_owned(),
    }];
    if spans.is_open(now) && is_shut() {
        lines.push(
            "The doors are not open yet. If that stays, `sudo journalctl -u incamera-hours` says why."
                .to_owned(),
        );
    }
    if !spans.is_open(now) && is_running {
        lines.push("The port is shut as soon as nobody is in a meeting. No new meeting begins.".to_owned());
    }
    lines.extend(settings.open.iter().map(|line| format!("  {line}")));
    lines.extend(
        settings.calendar.iter().map(|file| format!("  and as the calendar {} says", file.display())),
    );
    if let (Power::Off, power::Wakes::Cannot(why)) = (settings.power, power::wakes()) {
        lines.push(format!("The machine stays on: {why}."));
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_say_them_t6() {
        let minutes = |text| parse(text).map(|length| length.as_secs() / 60);
        assert_eq!(minutes("3h"), Some(180));
        assert_eq!(minutes("90m"), Some(90));
        assert_eq!(minutes("1h30m"), Some(90));
        for wrong in ["", "3", "h", "m", "0m", "0h", "-1h", "1h30", "30m1h", "169h", "99999999999h", "1d"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
