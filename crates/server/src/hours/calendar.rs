//! Hours from a calendar file (iCalendar, RFC 5545): it is open during each entry. What an entry is called, and who is
//! invited, is not looked at.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use icalendar::parser::{Component, Property, read_calendar, unfold};
use rrule::{RRule, Unvalidated};

use super::spans::Span;
use super::weekly::{Edge, moment};
use crate::clock::UnixTime;

/// Bytes of a file.
pub const LARGEST: u64 = 1 << 20;
/// Entries of a file, dates in one of them, and occurrences of one.
const ENTRIES: usize = 1000;
const DATES: usize = 1000;
const OCCURRENCES: u16 = 2000;
/// An entry is no longer than this.
const LONGEST: i64 = 31 * 86_400;

/// Why a calendar cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotCalendar {
    /// It is something else.
    #[error("it is no calendar in iCalendar form (a file whose name ends with .ics)")]
    Form,
    /// It is too much.
    #[error("it has more than {ENTRIES} entries: make a calendar of its own for the opening hours")]
    TooMany,
    /// An entry is not understood.
    #[error("its entry that begins at {entry}: {why}")]
    Entry {
        /// As the file says it.
        entry: String,
        /// What is wrong with it.
        why: String,
    },
}

/// An entry, or a series of them.
struct Entry {
    uid: String,
    start: DateTime<Tz>,
    seconds: i64,
    repeats: Option<RRule<Unvalidated>>,
    also: Vec<DateTime<Tz>>,
    never: Vec<DateTime<Tz>>,
    /// Which of a series it takes the place of.
    instead: Option<UnixTime>,
    cancelled: bool,
}

/// Those that may lie in a window. Times without a zone of their own are of `zone`.
///
/// # Errors
/// A file with anything that cannot be told: half of a calendar is no calendar.
pub fn spans(text: &str, zone: Tz, window: Span) -> Result<Vec<Span>, NotCalendar> {
    let text = unfold(text.trim_start_matches('\u{feff}'));
    let calendar = read_calendar(&text).map_err(|_| NotCalendar::Form)?;
    let events: Vec<_> = calendar.components.iter().filter(|part| part.name.as_str() == "VEVENT").collect();
    if events.len() > ENTRIES {
        return Err(NotCalendar::TooMany);
    }
    let entries = events.into_iter().map(|event| {
        read(event, zone).map_err(|why| NotCalendar::Entry {
            entry: event.find_prop("DTSTART").map_or("?", |start| start.val.as_str()).to_owned(),
            why,
        })
    });
    let entries: Vec<Entry> = entries.collect::<Result<_, _>>()?;
    let instead: HashSet<_> =
        entries.iter().filter_map(|entry| Some((entry.uid.as_str(), entry.instead?))).collect();
    let mut spans = Vec::new();
    for entry in entries.iter().filter(|entry| !entry.cancelled) {
        let starts = starts(entry, window)
            .map_err(|why| NotCalendar::Entry { entry: entry.start.naive_local().to_string(), why })?;
        let is_replaced =
            |start: &UnixTime| entry.instead.is_none() && instead.contains(&(entry.uid.as_str(), *start));
        spans.extend(
            starts
                .into_iter()
                .filter(|start| !is_replaced(start))
                .map(|from| Span { from, until: UnixTime(from.0 + entry.seconds) })
                .filter(|span| span.until > window.from && span.from < window.until),
        );
    }
    Ok(spans)
}

fn starts(entry: &Entry, window: Span) -> Result<Vec<UnixTime>, String> {
    let mut starts = vec![entry.start];
    if let Some(rule) = entry.repeats.clone() {
        let zoned = |time: &DateTime<Tz>| time.with_timezone(&rrule::Tz::Tz(time.timezone()));
        let edge = |moment: i64| {
            DateTime::from_timestamp(moment, 0).unwrap_or_default().with_timezone(&rrule::Tz::UTC)
        };
        let set = rule
            .build(zoned(&entry.start))
            .map_err(|error| format!("how it repeats is not understood ({error})"))?;
        let found = set.after(edge(window.from.0 - LONGEST)).before(edge(window.until.0)).all(OCCURRENCES);
        if found.limited {
            return Err("it repeats too often".to_owned());
        }
        starts = found.dates.iter().map(|time| time.with_timezone(&entry.start.timezone())).collect();
    }
    let never: HashSet<_> = entry.never.iter().map(DateTime::timestamp).collect();
    let moments = starts.iter().chain(&entry.also).map(DateTime::timestamp);
    Ok(moments.filter(|moment| !never.contains(moment)).map(UnixTime).collect())
}

fn read(event: &Component<'_>, zone: Tz) -> Result<Entry, String> {
    let one = |name: &str| event.find_prop(name);
    let all = |name: &str| -> Result<Vec<DateTime<Tz>>, String> {
        let lines = event.properties.iter().filter(|property| property.name.as_str() == name);
        let mut times = Vec::new();
        for line in lines {
            for value in line.val.as_str().split(',') {
                times.push(time(line, value, zone)?);
            }
        }
        if times.len() > DATES { Err("it has too many dates".to_owned()) } else { Ok(times) }
    };
    let property = one("DTSTART").ok_or("it does not say when it begins")?;
    let start = time(property, property.val.as_str(), zone)?;
    let end = match (one("DTEND"), one("DURATION")) {
        (Some(end), _) => time(end, end.val.as_str(), zone)?.timestamp(),
        (None, Some(length)) => start.timestamp() + duration(length.val.as_str())?,
        // RFC 5545, 3.6.1: a day where it begins with a date, else nothing.
        (None, None) if is_date(property.val.as_str()) => start.timestamp() + 86_400,
        (None, None) => return Err("it does not say when it ends".to_owned()),
    };
    let seconds = end - start.timestamp();
    if !(1..=LONGEST).contains(&seconds) {
        return Err("it ends before it begins, or takes longer than a month".to_owned());
    }
    let repeats = one("RRULE").map(|rule| repetition(rule.val.as_str(), start)).transpose()?;
    let instead = one("RECURRENCE-ID").map(|id| time(id, id.val.as_str(), zone)).transpose()?;
    Ok(Entry {
        uid: one("UID").map_or_else(String::new, |uid| uid.val.as_str().to_owned()),
        start,
        seconds,
        repeats,
        also: all("RDATE")?,
        never: all("EXDATE")?,
        instead: instead.map(|time| UnixTime(time.timestamp())),
        cancelled: one("STATUS").is_some_and(|status| status.val.as_str() == "CANCELLED"),
    })
}

/// The library wants the end of a series in UTC; some calendars write it without a zone, or as a date.
fn repetition(text: &str, start: DateTime<Tz>) -> Result<RRule<Unvalidated>, String> {
    let part = |part: &str| -> Result<String, String> {
        let Some(until) = part.strip_prefix("UNTIL=").filter(|until| !until.ends_with('Z')) else {
            return Ok(part.to_owned());
        };
        let last = if is_date(until) { format!("{until}T235959") } else { until.to_owned() };
        let end = moment(start.timezone(), clock(&last)?, Edge::End);
        let end = DateTime::from_timestamp(end.0, 0).unwrap_or_default();
        Ok(format!("UNTIL={}", end.format("%Y%m%dT%H%M%SZ")))
    };
    let parts: Vec<String> = text.split(';').map(part).collect::<Result<_, _>>()?;
    let rule = parts.join(";").parse();
    rule.map_err(|error| format!("how it repeats is not understood ({error})"))
}

fn is_date(value: &str) -> bool {
    !value.contains('T')
}

/// A moment as a property says it, in its own zone.
fn time(property: &Property<'_>, value: &str, zone: Tz) -> Result<DateTime<Tz>, String> {
    // The first half of a period, as RDATE may have one.
    let value = value.split('/').next().unwrap_or_default();
    if let Some(value) = value.strip_suffix('Z') {
        return Ok(Tz::UTC.from_utc_datetime(&clock(value)?));
    }
    let named = property.params.iter().find(|param| param.key.as_str() == "TZID");
    let zone = match named.and_then(|param| param.val.as_ref()) {
        None => zone,
        Some(name) => {
            let name = name.as_str().trim_matches('"').trim_start_matches('/');
            name.parse().map_err(|_| {
                format!("the time zone “{name}” is not known. Known ones have names like Europe/Berlin")
            })?
        }
    };
    let moment = moment(zone, clock(value)?, Edge::Start);
    Ok(DateTime::from_timestamp(moment.0, 0).unwrap_or_default().with_timezone(&zone))
}

/// What a clock shows: `20260105T080000`, or a date, which is its midnight.
fn clock(value: &str) -> Result<NaiveDateTime, String> {
    let wrong = |_| format!("“{value}” is no date");
    if is_date(value) {
        return Ok(NaiveDate::parse_from_str(value, "%Y%m%d").map_err(wrong)?.and_time(NaiveTime::MIN));
    }
    NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%S").map_err(wrong)
}

/// Seconds of `P1DT2H`, `PT90M`, `P2W` (RFC 5545, 3.3.6).
fn duration(value: &str) -> Result<i64, String> {
    let wrong = || format!("“{value}” is no length of time");
    let mut rest = value.strip_prefix('+').unwrap_or(value).strip_prefix('P').ok_or_else(wrong)?;
    let (mut sum, mut in_day) = (TimeDelta::zero(), false);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            (in_day, rest) = (true, after);
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let number: i64 = number.parse().map_err(|_| wrong())?;
        let unit = after.chars().next().ok_or_else(wrong)?;
        let part = match (unit, in_day) {
            ('W', false) => TimeDelta::try_weeks(number),
            ('D', false) => TimeDelta::try_days(number),
            ('H', true) => TimeDelta::try_hours(number),
            ('M', true) => TimeDelta::try_minutes(number),
            ('S', true) => TimeDelta::try_seconds(number),
            _ => None,
        };
        sum = part.and_then(|part| sum.checked_add(&part)).ok_or_else(wrong)?;
        rest = &after[unit.len_utf8()..];
    }
    Ok(sum.num_seconds())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unix(text: &str) -> UnixTime {
        UnixTime(DateTime::parse_from_rfc3339(text).expect("a moment").timestamp())
    }

    fn year() -> Span {
        Span { from: unix("2026-01-01T00:00:00Z"), until: unix("2027-01-01T00:00:00Z") }
    }

    fn calendar(entries: &[&str]) -> String {
        let entries: String = entries
            .iter()
            .map(|entry| format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", entry.replace('\n', "\r\n")))
            .collect();
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{entries}END:VCALENDAR\r\n")
    }

    fn found(entries: &[&str]) -> Vec<(String, i64)> {
        let mut spans = spans(&calendar(entries), Tz::Europe__Berlin, year()).expect("a calendar");
        spans.sort();
        let text = |moment: UnixTime| DateTime::from_timestamp(moment.0, 0).expect("a moment").to_rfc3339();
        spans.iter().map(|span| (text(span.from), (span.until.0 - span.from.0) / 60)).collect()
    }

    fn starts(entries: &[&str]) -> Vec<String> {
        found(entries).into_iter().map(|(from, _)| from.replace("+00:00", "Z")).collect()
    }

    #[test]
    fn single_entries_are_open_from_their_start_to_their_end_t6() {
        assert_eq!(
            found(&[
                "UID:1\nDTSTART:20260105T080000Z\nDTEND:20260105T093000Z\nSUMMARY:Private\\, as all",
                "UID:2\nDTSTART;TZID=\"America/New_York\":20260106T080000\nDURATION:PT1H30M",
                "UID:3\nDTSTART:20260707T080000\nDTEND:20260707T090000",
                "UID:4\nDTSTART;VALUE=DATE:20260808",
                "UID:5\nSTATUS:CANCELLED\nDTSTART:20260909T080000Z\nDTEND:20260909T090000Z",
                "UID:6\nDTSTART:20200105T080000Z\nDTEND:20200105T093000Z",
            ]),
            [
                ("2026-01-05T08:00:00+00:00".to_owned(), 90),
                ("2026-01-06T13:00:00+00:00".to_owned(), 90),
                ("2026-07-07T06:00:00+00:00".to_owned(), 60),
                ("2026-08-07T22:00:00+00:00".to_owned(), 1440),
            ]
        );
    }

    #[test]
    fn a_series_stays_at_its_time_of_day_over_summer_time_t6() {
        // As the page of this program writes it.
        let series =
            "UID:1\nDTSTART;TZID=Europe/Berlin:20260324T190000\nDURATION:PT60M\nRRULE:FREQ=WEEKLY;COUNT=2";
        assert_eq!(starts(&[series]), ["2026-03-24T18:00:00Z", "2026-03-31T17:00:00Z"]);
        let monthly = "UID:1\nDTSTART;TZID=Europe/Berlin:20260113T190000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=2TU;UNTIL=20260430";
        assert_eq!(
            starts(&[monthly]),
            ["2026-01-13T18:00:00Z", "2026-02-10T18:00:00Z", "2026-03-10T18:00:00Z", "2026-04-14T17:00:00Z"]
        );
        let old = "UID:1\nDTSTART:20000101T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE";
        assert!(starts(&[old]).len() > 100, "a series that began long ago goes on");
    }

    #[test]
    fn dates_are_left_out_added_and_moved_t6() {
        let series = "UID:1\nDTSTART;TZID=Europe/Berlin:20260105T100000\nDTEND;TZID=Europe/Berlin:20260105T110000\n\
                      RRULE:FREQ=WEEKLY;UNTIL=20260126T100000\nEXDATE;TZID=Europe/Berlin:20260112T100000\nRDATE:20260201T090000Z";
        let moved = "UID:1\nRECURRENCE-ID;TZID=Europe/Berlin:20260119T100000\nDTSTART:20260120T150000Z\nDTEND:20260120T160000Z";
        let off = "UID:1\nRECURRENCE-ID;TZID=Europe/Berlin:20260126T100000\nSTATUS:CANCELLED\nDTSTART:20260126T090000Z\nDTEND:20260126T100000Z";
        assert_eq!(
            starts(&[series, moved, off]),
            ["2026-01-05T09:00:00Z", "2026-01-20T15:00:00Z", "2026-02-01T09:00:00Z"]
        );
    }

    #[test]
    fn what_is_not_understood_is_said_and_nothing_is_guessed_a1() {
        for (entry, why) in [
            ("UID:1\nDTSTART:20260105T080000Z", "does not say when it ends"),
            ("UID:1\nDTEND:20260105T080000Z", "when it begins"),
            ("UID:1\nDTSTART:2026T080000Z\nDURATION:PT1H", "no date"),
            (
                "UID:1\nDTSTART;TZID=W. Europe Standard Time:20260105T080000\nDURATION:PT1H",
                "W. Europe Standard Time",
            ),
            ("UID:1\nDTSTART:20260105T080000Z\nDURATION:1H", "no length of time"),
            ("UID:1\nDTSTART:20260105T080000Z\nDURATION:P9999999999999W", "no length of time"),
            ("UID:1\nDTSTART:20260105T080000Z\nDURATION:P900W", "longer than a month"),
            ("UID:1\nDTSTART:20260105T080000Z\nDURATION:PT1H\nRRULE:FREQ=SOMETIMES", "how it repeats"),
            ("UID:1\nDTSTART:20260105T080000Z\nDURATION:PT1H\nRRULE:FREQ=SECONDLY", "too often"),
        ] {
            let error = spans(&calendar(&[entry]), Tz::UTC, year()).expect_err(entry).to_string();
            assert!(error.contains(why), "{error}");
        }
        assert_eq!(spans("<html>", Tz::UTC, year()), Err(NotCalendar::Form));
        let many = vec!["UID:1\nDTSTART:20260105T080000Z\nDURATION:PT1H"; ENTRIES + 1];
        assert_eq!(spans(&calendar(&many), Tz::UTC, year()), Err(NotCalendar::TooMany));
    }

    proptest! {
        #[test]
        fn no_file_breaks_the_reader(
            text in "\\PC{0,200}",
            entry in "(DTSTART|DTEND|DURATION|RRULE|EXDATE)(;TZID=[A-Za-z/]{0,8})?:[0-9TZPHMWD;=,+/-]{0,24}",
            rule in "(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)|COUNT=[0-9]{1,3}|INTERVAL=[0-9]{1,3}|UNTIL=[0-9TZ]{0,16}|BYDAY=-?[0-9]?(MO|SU)|BYMONTHDAY=-?[0-9]{1,2}|;){0,6}",
        ) {
            let _ = spans(&text, Tz::UTC, year());
            let start = "UID:1\nDTSTART:20260105T080000Z\nDURATION:PT1H";
            for lines in [entry, format!("{start}\nRRULE:FREQ=DAILY;{rule}"), format!("{start}\nRRULE:{rule}")] {
                let _ = spans(&calendar(&[&lines]), Tz::Europe__Berlin, year());
            }
        }
    }
}
