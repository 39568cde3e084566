//! The doors, which root's helper opens and shuts (T6). Shut means: nothing listens on the port, and the service does not run. A
//! meeting that goes on keeps them open, since the service ends by itself when the last one is over; its end calls the
//! helper again.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::spans::{Span, Spans};
use super::words::when;
use super::{Schedule, Settings, Sign, openings, power};
use crate::audited;
use crate::clock::UnixTime;
use crate::config::Config;
use crate::files::remove_if_there;
use crate::setup::{AUDIT, STATE, is_active, said, systemctl, write_whole};

/// While it is there the units of the server do not start.
const SHUT: &str = "/run/incamera-hours/closed";
/// What somebody said by hand, which outlives a restart of the machine.
const BY_HAND: &str = "/var/lib/incamera-hours/by-hand.json";
/// When the helper is to look again.
const NEXT: &str = "/run/systemd/system/incamera-hours.timer.d/next.conf";
/// Where all of that is.
pub const FOLDERS: [&str; 3] =
    ["/run/incamera-hours", "/var/lib/incamera-hours", "/run/systemd/system/incamera-hours.timer.d"];
const HELPER: &str = "incamera-hours.service";
/// A package manager at work is waited for, and a version that does not start.
const TRIAL: Duration = Duration::from_secs(40 * 60);
/// What is stopped while it is closed. A firewall opens the port when the socket starts, and shuts it when that stops.
pub const SERVER: [&str; 2] = [SOCKET, "incamera.service"];
const SOCKET: &str = "incamera.socket";
/// A certificate is looked at whenever the doors open: it can be renewed only while they are (S3).
const CERTIFICATE: &str = "incamera-certificate.service";

/// How often the machine is to be measured (B4).
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// What was said by hand, until when.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ByHand {
    /// Open, whatever the hours say.
    Open(Span),
    /// Closed.
    Closed(Span),
}

impl ByHand {
    fn read() -> Option<Self> {
        serde_json::from_slice(&fs::read(BY_HAND).ok()?).ok()
    }

    pub(super) fn write(self) -> anyhow::Result<()> {
        let text = serde_json::to_string(&self).context("cannot write what was said")?;
        write_whole(Path::new(BY_HAND), &text).map(drop)
    }

    fn applied(self, spans: Spans) -> Spans {
        match self {
            Self::Open(span) => spans.with(span),
            Self::Closed(span) => spans.without(span),
        }
    }
}

/// What the hours say now.
pub(super) struct Present {
    pub(super) schedule: Schedule,
    pub(super) by_hand: Option<ByHand>,
    /// With what hosts planned.
    planned: Spans,
    pub(super) now: UnixTime,
}

impl Present {
    /// # Errors
    /// Hours that are not understood.
    pub(super) fn look(settings: &Settings, now: UnixTime) -> anyhow::Result<Self> {
        let schedule = Schedule::read(settings)?;
        let planned =
            openings::read(Path::new(STATE), now).into_iter().fold(schedule.spans(now)?, Spans::with);
        Ok(Self { schedule, by_hand: ByHand::read(), planned, now })
    }

    /// When the doors are open.
    pub(super) fn spans(&self) -> Spans {
        let planned = self.planned.clone();
        self.by_hand.map_or(planned.clone(), |by_hand| by_hand.applied(planned))
    }

    /// When it would open next, had nobody said anything by hand.
    pub(super) fn next_planned(&self) -> Option<UnixTime> {
        self.planned.next_opening(self.now)
    }
}

/// Whether they are shut.
pub fn is_shut() -> bool {
    Path::new(SHUT).exists()
}

/// Opens or shuts the doors as the hours say, and arranges to be called again. Without hours they are open.
///
/// # Errors
/// Hours that are not understood: the doors stay as they are.
pub(super) fn apply(config: &Config) -> anyhow::Result<()> {
    let Some(settings) = &config.hours else {
        remove_if_there(Path::new(super::SIGN))?;
        remove_if_there(Path::new(BY_HAND))?;
        remove_if_there(Path::new(NEXT))?;
        return open();
    };
    let now = UnixTime::now();
    let present = Present::look(settings, now)?;
    let spans = present.spans();
    let sign = serde_json::to_string(&Sign::new(settings, &spans, now)).context("cannot write the sign")?;
    write_whole(Path::new(super::SIGN), &sign)?;
    let mut next = spans.next_change(now);
    if spans.is_open(now) {
        open()?;
    } else if !is_running() {
        shut()?;
        let wake = if settings.power == super::Power::Off { spans.next_opening(now) } else { None };
        if let Some(wake) = wake {
            next = [next, power::off_until(wake, now)?].into_iter().flatten().min();
        }
    }
    arm(next)
}

/// The service, also while it starts or ends.
fn is_running() -> bool {
    let state = said(&["systemctl", "show", "--property=ActiveState", "--value", "incamera.service"]);
    state.is_some_and(|state| !matches!(state.as_str(), "inactive" | "failed"))
}

/// Only what the helper shut is opened again: who stopped the server by hand finds it stopped. Nothing is waited for, since
/// units that are ordered after the helper wait for it.
fn open() -> anyhow::Result<()> {
    let was_shut = is_shut();
    remove_if_there(Path::new(SHUT))?;
    if was_shut {
        systemctl(&[&["start", "--no-block"], SERVER.as_slice()].concat())?;
        systemctl(&["start", "--no-block", CERTIFICATE])?;
        // What could not be measured in time, because it was closed.
        if audited::is_older(Path::new(audited::LAST), WEEK) {
            // The doors open, whatever becomes of it.
            let _ = systemctl(&["start", "--no-block", AUDIT]);
        }
    }
    Ok(())
}

fn shut() -> anyhow::Result<()> {
    if !is_shut() {
        write_whole(Path::new(SHUT), "")?;
    }
    if is_active(SOCKET) {
        systemctl(&["stop", "--no-block", SOCKET])?;
    }
    Ok(())
}

/// The timer rings at this moment, beside the times that its unit says.
fn arm(next: Option<UnixTime>) -> anyhow::Result<()> {
    let moment = next.and_then(|next| DateTime::from_timestamp(next.0, 0));
    let line = moment
        .map_or_else(String::new, |moment| moment.format("OnCalendar=%Y-%m-%d %H:%M:%S UTC\n").to_string());
    if write_whole(Path::new(NEXT), &format!("[Timer]\n{line}"))? {
        systemctl(&["daemon-reload"])?;
        systemctl(&["restart", "--no-block", "incamera-hours.timer"])?;
    }
    Ok(())
}

/// Says something by hand, and waits until it is done as far as it can be at once.
pub(super) fn say(by_hand: ByHand) -> anyhow::Result<()> {
    by_hand.write()?;
    apply_now()
}

/// Calls the helper, and waits until the server runs, if it is to run.
///
/// # Errors
/// Where it fails.
pub fn apply_now() -> anyhow::Result<()> {
    // Anew, also where it is at work: it may have read what was said before.
    systemctl(&["restart", HELPER])?;
    if !is_shut() {
        systemctl(&[&["start"], SERVER.as_slice()].concat())?;
    }
    Ok(())
}

/// When it is next opened or closed, in words.
///
/// # Errors
/// Hours that are not understood.
pub fn next_change(settings: &Settings) -> anyhow::Result<Option<String>> {
    let now = UnixTime::now();
    let present = Present::look(settings, now)?;
    Ok(present.spans().next_change(now).map(|moment| when(moment, present.schedule.zone())))
}

/// Open for some time, whatever the hours say; in setup, so that the first account can be made.
///
/// # Errors
/// Where that cannot be written.
pub fn stay_open(length: Duration) -> anyhow::Result<()> {
    let now = UnixTime::now();
    ByHand::Open(Span { from: now, until: now.after(length) }).write()
}

/// Open though it is closed, for as long as it takes to see whether a new version works.
#[derive(Debug)]
pub struct Trial {
    former: Option<ByHand>,
}

impl Trial {
    /// Opens. If it is not ended, it ends by itself after [`TRIAL`].
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn begin(config: &Config) -> anyhow::Result<Self> {
        let former = ByHand::read();
        stay_open(TRIAL)?;
        apply(config)?;
        Ok(Self { former })
    }

    /// As it was. Who came meanwhile is not sent away.
    ///
    /// # Errors
    /// Where that cannot be done.
    pub fn end(self, config: &Config) -> anyhow::Result<()> {
        match self.former {
            Some(former) => former.write()?,
            None => remove_if_there(Path::new(BY_HAND))?,
        }
        apply(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, until: i64) -> Span {
        Span { from: UnixTime(from), until: UnixTime(until) }
    }

    #[test]
    fn what_is_said_by_hand_goes_before_the_hours_until_it_ends_t6() {
        let hours = Spans::new(vec![span(100, 200), span(300, 400)], UnixTime(1000));
        let open = ByHand::Open(span(150, 250)).applied(hours.clone());
        assert!(open.is_open(UnixTime(220)));
        assert_eq!(open.next_change(UnixTime(160)), Some(UnixTime(250)));
        let closed = ByHand::Closed(span(150, 300)).applied(hours.clone());
        assert!(!closed.is_open(UnixTime(160)));
        assert_eq!(closed.next_change(UnixTime(160)), Some(UnixTime(300)));
        let over = ByHand::Closed(span(10, 20)).applied(hours.clone());
        assert_eq!(over, hours);
    }

    #[test]
    fn what_was_said_is_read_as_it_was_written() {
        for said in [ByHand::Open(span(1, 2)), ByHand::Closed(span(3, 4))] {
            let text = serde_json::to_string(&said).expect("text");
            assert_eq!(serde_json::from_str::<ByHand>(&text).expect("read"), said);
        }
    }
}
