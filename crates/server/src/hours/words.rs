//! Moments in words, by the clocks of the schedule.

use chrono::DateTime;
use chrono_tz::Tz;

use crate::clock::UnixTime;

/// Such as `Mon 23 Nov 2026, 18:00 (Europe/Berlin)`.
pub(super) fn when(moment: UnixTime, zone: Tz) -> String {
    DateTime::from_timestamp(moment.0, 0).map_or_else(
        || "never".to_owned(),
        |time| format!("{} ({zone})", time.with_timezone(&zone).format("%a %-d %b %Y, %H:%M")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_said_by_the_clocks_of_its_zone() {
        assert_eq!(
            when(UnixTime(1_795_453_200), Tz::Europe__Berlin),
            "Mon 23 Nov 2026, 18:00 (Europe/Berlin)"
        );
    }
}
