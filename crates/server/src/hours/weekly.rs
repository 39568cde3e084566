//! Hours that are the same every week, as people write them: `Mon-Fri 08:00-18:00`.

use std::str::FromStr;

use chrono::offset::LocalResult;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

use super::spans::Span;
use crate::clock::UnixTime;

const DAY: u16 = 24 * 60;
const NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Letters that are enough of a day's name.
const SHORT: usize = 3;
/// Clocks are never put forward by more minutes.
const LONGEST_GAP: i64 = 26 * 60;

/// The days on which it is open, and from when until when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Weekly {
    /// Monday is the first.
    days: [bool; 7],
    /// Minutes since midnight.
    from: u16,
    /// Minutes since that midnight; more than a day where it goes on after midnight.
    until: u16,
}

/// What is not understood.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("“{text}” is not understood: {why}. Write hours like Mon-Fri 08:00-18:00, or Sat,Sun 10:00-14:00")]
pub struct NotHours {
    text: String,
    why: &'static str,
}

impl FromStr for Weekly {
    type Err = NotHours;

    fn from_str(text: &str) -> Result<Self, NotHours> {
        parse(text).map_err(|why| NotHours { text: text.trim().to_owned(), why })
    }
}

fn parse(text: &str) -> Result<Weekly, &'static str> {
    let mut words = text.split_whitespace();
    let (Some(days), Some(times), None) = (words.next(), words.next(), words.next()) else {
        return Err("it takes the days, a space, and the hours");
    };
    let (from, until) = times.split_once(['-', '–']).ok_or("there is no - between the hours")?;
    let (from, until) = (minutes(from)?, minutes(until)?);
    if from == until {
        return Err("it ends when it begins. The whole day is 00:00-24:00");
    }
    if from == DAY {
        return Err("a day begins at 00:00");
    }
    let until = if until < from { until + DAY } else { until };
    Ok(Weekly { days: self::days(days)?, from, until })
}

fn days(text: &str) -> Result<[bool; 7], &'static str> {
    let mut open = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once(['-', '–']).unwrap_or((part, part));
        let (mut present, last) = (day(first)?, day(last)?);
        open[present] = true;
        while present != last {
            present = (present + 1) % 7;
            open[present] = true;
        }
    }
    Ok(open)
}

fn day(text: &str) -> Result<usize, &'static str> {
    let text = text.to_lowercase();
    let found = NAMES.iter().position(|name| text.len() >= SHORT && name.starts_with(&text));
    found.ok_or("days are Mon, Tue, Wed, Thu, Fri, Sat and Sun")
}

fn minutes(text: &str) -> Result<u16, &'static str> {
    let wrong = "times of day are 00:00 to 24:00";
    let (hours, minutes) = text.split_once(':').ok_or(wrong)?;
    let number = |digits: &str| -> Option<u16> {
        let plain =
            digits.len() <= 2 && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().ok())?
    };
    let (hours, minutes) = number(hours).zip(number(minutes)).ok_or(wrong)?;
    if minutes >= 60 || hours * 60 + minutes > DAY { Err(wrong) } else { Ok(hours * 60 + minutes) }
}

impl Weekly {
    /// Those that may lie in a window, by the clocks of a zone.
    pub fn spans(&self, zone: Tz, window: Span) -> impl Iterator<Item = Span> {
        let first = date(zone, window.from).and_then(|date| date.checked_sub_days(Days::new(2)));
        let last = date(zone, window.until);
        let dates =
            first.into_iter().flat_map(|first| first.iter_days()).take_while(move |date| Some(*date) <= last);
        let open = dates.filter(|date| self.days[date.weekday().num_days_from_monday() as usize]);
        open.map(move |date| Span {
            from: moment(zone, at(date, self.from), Edge::Start),
            until: moment(zone, at(date, self.until), Edge::End),
        })
    }
}

fn date(zone: Tz, moment: UnixTime) -> Option<NaiveDate> {
    Some(DateTime::from_timestamp(moment.0, 0)?.with_timezone(&zone).date_naive())
}

fn at(midnight: NaiveDate, minutes: u16) -> NaiveDateTime {
    midnight.and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes.into())
}

/// Which moment is meant where clocks show a time twice: a span is never shorter than clocks say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Edge {
    Start,
    End,
}

/// When clocks show this time. One that is left out because they are put forward is the moment at which that happens.
pub(super) fn moment(zone: Tz, shown: NaiveDateTime, edge: Edge) -> UnixTime {
    let look = |minutes| zone.from_local_datetime(&(shown + TimeDelta::minutes(minutes)));
    let found = (0..LONGEST_GAP).map(look).find(|found| *found != LocalResult::None);
    let time = match found {
        Some(LocalResult::Ambiguous(_, later)) if edge == Edge::End => later,
        Some(LocalResult::Ambiguous(time, _) | LocalResult::Single(time)) => time,
        // No zone leaves out more than a day.
        _ => zone.from_utc_datetime(&shown),
    };
    UnixTime(time.timestamp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::spans::Spans;
    use super::*;

    const ZONES: [Tz; 5] = [
        Tz::UTC,
        Tz::Europe__Berlin,
        Tz::America__New_York,
        // Half an hour of summer time, and the edge of the date.
        Tz::Australia__Lord_Howe,
        Tz::Pacific__Apia,
    ];

    fn spans(lines: &[&str], zone: Tz, from: &str, days: i64) -> Spans {
        let from = unix(from);
        let window = Span { from, until: UnixTime(from.0 + days * 86_400) };
        let weekly: Vec<Weekly> = lines.iter().map(|line| line.parse().expect("hours")).collect();
        Spans::new(weekly.iter().flat_map(|weekly| weekly.spans(zone, window)).collect(), window.until)
    }

    fn unix(text: &str) -> UnixTime {
        UnixTime(DateTime::parse_from_rfc3339(text).expect("a moment").timestamp())
    }

    #[test]
    fn hours_are_read_as_people_write_them_t6() {
        let days = |text: &str| text.parse::<Weekly>().expect(text).days;
        assert_eq!(days("Mon-Fri 08:00-18:00"), [true, true, true, true, true, false, false]);
        assert_eq!(days("sat,SUN 8:00-9:30"), [false, false, false, false, false, true, true]);
        assert_eq!(days("Saturday-Mon 08:00-18:00"), [true, false, false, false, false, true, true]);
        assert_eq!(days("Mon-Sun 00:00-24:00"), [true; 7]);
        let night: Weekly = "Fri 22:00-02:00".parse().expect("over midnight");
        assert_eq!((night.from, night.until), (22 * 60, 26 * 60));
    }

    #[test]
    fn what_is_not_understood_says_how_to_write_it_a1() {
        for wrong in [
            "",
            "Mon",
            "Mon 8-18",
            "Mon 08:00",
            "Mo 08:00-09:00",
            "Mon 08:00-08:00",
            "Mon 08:60-09:00",
            "Mon 24:00-25:00",
            "Mon 24:00-02:00",
            "Mon,,Tue 08:00-09:00",
            "Mon 08:00-09:00 x",
            "Mon 8:0x-9:00",
            "Mon -1:00-09:00",
            "Mon +8:00-09:00",
        ] {
            let error = wrong.parse::<Weekly>().expect_err(wrong).to_string();
            assert!(error.contains("Mon-Fri 08:00-18:00"), "{error}");
        }
    }

    #[test]
    fn a_night_in_which_clocks_change_has_the_hours_that_clocks_show_t6() {
        // Clocks go from 02:00 to 03:00.
        let spring = spans(&["Sun 01:30-04:00"], Tz::Europe__Berlin, "2026-03-27T00:00:00Z", 7);
        assert!(spring.is_open(unix("2026-03-29T00:30:00Z")) && spring.is_open(unix("2026-03-29T01:59:00Z")));
        assert!(!spring.is_open(unix("2026-03-29T02:00:00Z")));
        // They go from 03:00 back to 02:00.
        let autumn = spans(&["Sun 01:30-02:30"], Tz::Europe__Berlin, "2026-10-23T00:00:00Z", 7);
        assert_eq!(autumn.next_opening(unix("2026-10-24T00:00:00Z")), Some(unix("2026-10-24T23:30:00Z")));
        assert_eq!(autumn.next_change(unix("2026-10-24T23:30:00Z")), Some(unix("2026-10-25T01:30:00Z")));
        // In what is left out nothing can be open.
        let gap = spans(&["Sun 02:10-02:50"], Tz::Europe__Berlin, "2026-03-27T00:00:00Z", 5);
        assert_eq!(gap.next_change(unix("2026-03-28T00:00:00Z")), None);
    }

    #[test]
    fn a_whole_week_never_changes_t6() {
        let open = spans(&["Mon-Sun 00:00-24:00"], Tz::Europe__Berlin, "2026-03-20T00:00:00Z", 60);
        assert!(open.is_open(unix("2026-03-29T01:00:00Z")));
        assert_eq!(open.next_change(unix("2026-03-20T00:00:00Z")), None);
    }

    /// What clocks show, minute by minute.
    fn shows(weekly: &[Weekly], zone: Tz, now: UnixTime) -> bool {
        let local = DateTime::from_timestamp(now.0, 0).expect("a moment").with_timezone(&zone).naive_local();
        let minute =
            u16::try_from(local.signed_duration_since(local.date().and_time(NaiveTime::MIN)).num_minutes())
                .expect("of a day");
        let day = local.weekday().num_days_from_monday() as usize;
        weekly.iter().any(|weekly| {
            let today = weekly.days[day] && (weekly.from..weekly.until).contains(&minute);
            let yesterday =
                weekly.days[(day + 6) % 7] && (weekly.from..weekly.until).contains(&(minute + DAY));
            today || yesterday
        })
    }

    fn any_weekly() -> impl Strategy<Value = Weekly> {
        let days = prop::array::uniform7(any::<bool>());
        (days, 0..DAY, 1..=DAY).prop_map(|(days, from, length)| Weekly { days, from, until: from + length })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn hours_are_open_when_clocks_say_so_t6(
            weekly in prop::collection::vec(any_weekly(), 0..5),
            zone in prop::sample::select(ZONES.to_vec()),
            week in 0i64..106,
        ) {
            let from = UnixTime(1_767_225_600 + week * 7 * 86_400);
            let window = Span { from, until: UnixTime(from.0 + 8 * 86_400) };
            let all = weekly.iter().flat_map(|weekly| weekly.spans(zone, window)).collect();
            let spans = Spans::new(all, window.until);
            for minute in 0..8 * 1440 {
                let now = UnixTime(from.0 + minute * 60);
                let local = DateTime::from_timestamp(now.0, 0).expect("a moment").with_timezone(&zone).naive_local();
                let shown = shows(&weekly, zone, now);
                match zone.from_local_datetime(&local) {
                    // Where clocks show a time twice it is open at least when they say so.
                    LocalResult::Ambiguous(..) => prop_assert!(!shown || spans.is_open(now)),
                    _ => prop_assert_eq!(spans.is_open(now), shown, "at {} in {}", local, zone),
                }
            }
        }

        #[test]
        fn nothing_that_is_typed_breaks_the_reader(text in "\\PC{0,40}", hours in "[MonTuesat,\\-0-9: –]{0,24}") {
            let _ = text.parse::<Weekly>();
            let _ = hours.parse::<Weekly>();
        }
    }
}
