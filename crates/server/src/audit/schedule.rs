//! What shall happen at its time: the hours (T6), and this audit (B4).

use super::{NOT_SET_UP, Outcome, is_set_up};
use crate::config::Config;
use crate::hours;
use crate::setup::is_active;

/// Opens and shuts the doors in time.
const DOORS: &str = "incamera-hours.timer";
/// Measures each week.
const WEEKLY: &str = "incamera-audit.timer";

/// The doors follow the hours, where there are hours. Whether there shall be some is for the owner to say.
pub(super) fn hours(config: &Config) -> Outcome {
    if !is_set_up(config) {
        return Outcome::NotApplicable(NOT_SET_UP.to_owned());
    }
    let Some(settings) = &config.hours else {
        return Outcome::NotApplicable(
            "there are no hours: sudo incamera setup sets some, if you want the server off at night"
                .to_owned(),
        );
    };
    judged(hours::next_change(settings).map_err(|why| format!("{why:#}")), is_active(DOORS))
}

fn judged(next: Result<Option<String>, String>, timer_runs: bool) -> Outcome {
    let mut found = Vec::new();
    if !timer_runs {
        found.push(format!("nobody opens and shuts the doors: {DOORS} is not at work"));
    }
    match next {
        Ok(next) => Outcome::judged(
            found,
            next.map_or_else(
                || "There are hours.".to_owned(),
                |next| format!("The doors open or shut next {next}."),
            ),
        ),
        Err(why) => {
            found.push(format!("the opening hours are not understood: {why}"));
            Outcome::FallsShort(found)
        }
    }
}

/// The timer of this audit is at work.
pub(super) fn weekly(config: &Config) -> Outcome {
    if !is_set_up(config) {
        return Outcome::NotApplicable(NOT_SET_UP.to_owned());
    }
    let found = if is_active(WEEKLY) { Vec::new() } else { vec![format!("{WEEKLY} is not at work")] };
    Outcome::judged(found, "The timer is at work.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(outcome: &Outcome) -> usize {
        outcome.found().len()
    }

    #[test]
    fn hours_that_nobody_keeps_are_found_t6() {
        assert_eq!(found(&judged(Ok(Some("at eight".to_owned())), true)), 0);
        assert_eq!(found(&judged(Ok(None), false)), 1);
        assert_eq!(found(&judged(Err("Blursday".to_owned()), true)), 1);
        assert_eq!(found(&judged(Err("Blursday".to_owned()), false)), 2);
    }

    #[test]
    fn a_server_that_was_not_set_up_is_not_judged() {
        let by_hand = Config::default();
        assert!(matches!(hours(&by_hand), Outcome::NotApplicable(_)));
        assert!(matches!(weekly(&by_hand), Outcome::NotApplicable(_)));
        let installed = Config { state: crate::setup::STATE.into(), ..by_hand };
        assert!(matches!(hours(&installed), Outcome::NotApplicable(_)), "it is the owner's choice");
    }
}
