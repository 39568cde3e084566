//! What the configuration says about opening hours, and what follows from it.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::calendar;
use super::spans::{Span, Spans};
use super::weekly::Weekly;
use crate::clock::UnixTime;

/// Lines of hours.
const LINES: usize = 50;
/// How far ahead it is looked, and how far back: what is open now began before.
const AHEAD: Duration = Duration::from_secs(400 * 86_400);
const BACK: Duration = Duration::from_secs(40 * 86_400);

/// The table `hours` of the configuration.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// The zone whose clocks are meant, by its name in the IANA database.
    pub zone: String,
    /// Hours of the week, as [`Weekly`] reads them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<String>,
    /// A calendar file: open during its entries, beside those hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<PathBuf>,
    /// What becomes of the machine while it is closed.
    #[serde(default, skip_serializing_if = "Power::is_on")]
    pub power: Power,
}

/// Whether the machine runs while the server is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    /// It does: for SSH, and for updates.
    #[default]
    On,
    /// It is switched off, where its clock can switch it on again.
    Off,
}

impl Power {
    fn is_on(&self) -> bool {
        *self == Self::On
    }
}

/// The owner's part of the opening hours.
#[derive(Clone, Debug)]
pub struct Schedule {
    zone: Tz,
    weekly: Vec<Weekly>,
    calendar: Option<String>,
}

/// A zone by its name.
///
/// # Errors
/// In words that say how names look.
pub fn zone(name: &str) -> anyhow::Result<Tz> {
    name.parse().ok().with_context(|| {
        format!(
            "“{name}” is no time zone that is known. Names look like Europe/Berlin; `timedatectl list-timezones` shows them"
        )
    })
}

impl Schedule {
    /// With the calendar as it is now.
    ///
    /// # Errors
    /// In words that say which line is wrong, and how to write it.
    pub fn read(settings: &Settings) -> anyhow::Result<Self> {
        let zone = zone(&settings.zone)?;
        if settings.open.is_empty() && settings.calendar.is_none() {
            bail!("it is never open: name hours with open = [\"Mon-Fri 08:00-18:00\"], or a calendar");
        }
        if settings.open.len() > LINES {
            bail!("there are more than {LINES} lines of hours: use a calendar");
        }
        let weekly = settings.open.iter().map(|line| Ok(line.parse()?)).collect::<anyhow::Result<_>>()?;
        let calendar = settings.calendar.as_deref().map(read_calendar).transpose()?;
        let schedule = Self { zone, weekly, calendar };
        // What cannot be understood is said now, not when it is time.
        schedule.spans(UnixTime::now()).with_context(|| {
            settings.calendar.as_ref().map_or_else(String::new, |file| file.display().to_string())
        })?;
        Ok(schedule)
    }

    /// Whose clocks are meant.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// When it is open, from now on and for a year.
    ///
    /// # Errors
    /// A calendar that cannot be used.
    pub fn spans(&self, now: UnixTime) -> Result<Spans, calendar::NotCalendar> {
        let window = Span { from: now.before(BACK), until: now.after(AHEAD) };
        let mut spans: Vec<Span> =
            self.weekly.iter().flat_map(|weekly| weekly.spans(self.zone, window)).collect();
        if let Some(calendar) = &self.calendar {
            spans.extend(calendar::spans(calendar, self.zone, window)?);
        }
        Ok(Spans::new(spans, window.until))
    }
}

fn read_calendar(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let file = File::open(path).with_context(|| format!("cannot read the calendar {}", path.display()))?;
    file.take(calendar::LARGEST + 1)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read the calendar {}", path.display()))?;
    if text.len() as u64 > calendar::LARGEST {
        bail!("the calendar {} is larger than {} KiB", path.display(), calendar::LARGEST >> 10);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Settings {
        toml::from_str(text).expect("settings")
    }

    #[test]
    fn hours_and_a_calendar_add_up_t6() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("hours.ics");
        let entry = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Berlin:20260103T150000\r\nDURATION:PT2H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        std::fs::write(&file, entry).expect("written");
        let text = format!("zone = \"Europe/Berlin\"\nopen = [\"Mon-Fri 08:00-18:00\"]\ncalendar = {file:?}");
        // A Friday evening in winter.
        let friday = UnixTime(1_767_376_800);
        let spans = Schedule::read(&settings(&text)).expect("a schedule").spans(friday).expect("readable");
        assert!(!spans.is_open(friday));
        let saturday = UnixTime(1_767_448_800);
        assert_eq!(spans.next_change(friday), Some(saturday));
        assert_eq!(spans.next_change(saturday), Some(UnixTime(saturday.0 + 7200)));
        assert_eq!(spans.next_opening(saturday), Some(UnixTime(1_767_596_400)));
    }

    #[test]
    fn what_is_wrong_says_what_to_write_a1() {
        for (text, word) in [
            ("zone = \"Berlin\"\nopen = [\"Mon 08:00-09:00\"]", "list-timezones"),
            ("zone = \"UTC\"", "never open"),
            ("zone = \"UTC\"\nopen = [\"8 to 9\"]", "Mon-Fri 08:00-18:00"),
            ("zone = \"UTC\"\ncalendar = \"/nowhere/hours.ics\"", "/nowhere/hours.ics"),
        ] {
            let error = format!("{:#}", Schedule::read(&settings(text)).expect_err(text));
            assert!(error.contains(word), "{error}");
        }
        assert!(toml::from_str::<Settings>("zone = \"UTC\"\nopne = []").is_err());
        assert!(toml::from_str::<Settings>("zone = \"UTC\"\npower = \"perhaps\"").is_err());
    }
}
