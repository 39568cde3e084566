//! A time of the day at which the server is never open: for what must not happen while people meet (T5, T6).

use std::path::Path;
use std::time::Duration;

use chrono::{Days, NaiveTime, TimeZone as _};
use chrono_tz::Tz;

use super::schedule::Schedule;
use super::spans::{Span, Spans};
use crate::clock::UnixTime;
use crate::config::Config;

/// How many days are looked at: the hours of a month show the rest.
const DAYS: u64 = 28;
/// What is left free around it: what begins then takes a while.
const AROUND: Duration = Duration::from_secs(15 * 60);

/// The first of these times, `HH:MM` by the machine's clock, at which the opening hours never have it open; none where
/// there are no hours, or no such time.
///
/// # Errors
/// Hours that are not understood.
pub fn closed_at(config: &Config, times: &[&'static str]) -> anyhow::Result<Option<&'static str>> {
    let Some(settings) = &config.hours else { return Ok(None) };
    let now = UnixTime::now();
    let spans = Schedule::read(settings)?.spans(now)?;
    Ok(first_closed(times, &spans, clocks(), now))
}

/// The first of these times, `HH:MM` by the clocks of a zone, about which it is closed on each of the coming days.
fn first_closed<'times>(
    times: &[&'times str],
    spans: &Spans,
    clocks: Tz,
    now: UnixTime,
) -> Option<&'times str> {
    let today = clocks.timestamp_opt(now.0, 0).earliest()?.date_naive();
    times.iter().copied().find(|time| {
        let Ok(time) = NaiveTime::parse_from_str(time, "%H:%M") else { return false };
        (0..DAYS).filter_map(|day| today.checked_add_days(Days::new(day))).all(|day| {
            // A time that the clocks leave out does not come.
            clocks.from_local_datetime(&day.and_time(time)).earliest().is_none_or(|moment| {
                let moment = UnixTime(moment.timestamp());
                let around = Span { from: moment.before(AROUND), until: moment.after(AROUND) };
                spans.between(around.from, around.until).next().is_none()
            })
        })
    })
}

/// The zone of the machine's own clock (localtime(5)).
pub fn clocks() -> Tz {
    let named = std::fs::read_link(Path::new("/etc/localtime")).ok();
    let name = named.as_deref().and_then(Path::to_str).and_then(|path| path.split_once("/zoneinfo/"));
    name.and_then(|(_, name)| name.parse().ok()).unwrap_or(Tz::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hours::Settings;

    fn closed(open: &str, clocks: Tz) -> Option<&'static str> {
        let settings: Settings =
            toml::from_str(&format!("zone = \"Europe/Berlin\"\nopen = [{open}]")).expect("settings");
        // Monday, 23 November 2026.
        let now = UnixTime(1_795_453_200);
        let spans = Schedule::read(&settings).expect("a schedule").spans(now).expect("spans");
        first_closed(&["04:30", "12:30", "22:30"], &spans, clocks, now)
    }

    #[test]
    fn a_time_is_found_at_which_nobody_meets_t5_t6() {
        let berlin = Tz::Europe__Berlin;
        assert_eq!(closed("\"Mon-Fri 08:00-18:00\"", berlin), Some("04:30"));
        assert_eq!(closed("\"Mon-Fri 18:00-06:00\"", berlin), Some("12:30"));
        assert_eq!(closed("\"Sun 04:40-05:00\"", berlin), Some("12:30"), "too near");
        assert_eq!(closed("\"Mon-Sun 00:00-24:00\"", berlin), None);
        // 04:30 in Tokyo is 20:30 in Berlin.
        assert_eq!(closed("\"Mon-Fri 19:00-22:00\"", Tz::Asia__Tokyo), Some("12:30"));
    }
}
