//! What the service makes of the opening hours (T6): who may begin a meeting, who is told that it closes, and when the service ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use incamera_conference::limits::HANDBACK_WINDOW;
use incamera_conference::wire::ServerMessage;
use tokio::sync::watch;

use crate::clock::UnixTime;
use crate::hours::{Sign, Signs};

/// People are told so long before it closes.
const WARNING: Duration = Duration::from_secs(15 * 60);
/// Clocks are put right now and then: no sleep is longer.
const NAP: Duration = Duration::from_secs(30);
/// How long after the start nobody need be there: whoever was in a meeting when the server broke down comes back first.
const SETTLING: Duration = Duration::from_secs(60);

/// The hours, as the sign tells them.
#[derive(Clone, Debug)]
pub struct Doors {
    signs: Signs,
    /// Until when those may come back whose meeting was interrupted, though it is closed.
    returning: Instant,
    settled: Instant,
}

impl Doors {
    /// Of a server that starts now.
    pub fn new(signs: Signs) -> Self {
        let now = Instant::now();
        let doors = Self { signs, returning: now, settled: now + SETTLING };
        // Started though it is closed: after a breakdown in a meeting that went on after hours.
        if doors.is_open() { doors } else { Self { returning: now + HANDBACK_WINDOW, ..doors } }
    }

    /// Without hours.
    pub fn always_open() -> Self {
        Self::new(watch::channel(None).1)
    }

    /// What hangs at the door; `None`: it is always open.
    pub fn sign(&self) -> Option<Arc<Sign>> {
        self.signs.borrow().clone()
    }

    fn is_open(&self) -> bool {
        self.sign().is_none_or(|sign| sign.is_open(UnixTime::now()))
    }

    /// Whether a meeting may begin. One that goes on is not asked.
    pub fn let_begin(&self) -> bool {
        self.is_open() || Instant::now() < self.returning
    }

    /// Whether the service may end, if nobody is in a meeting.
    pub fn may_end(&self) -> bool {
        !self.let_begin() && Instant::now() >= self.settled
    }

    /// For one person.
    pub fn warnings(&self) -> Warnings {
        Warnings { signs: self.signs.clone(), told: None }
    }
}

/// What one person in a meeting is told of the hours.
#[derive(Debug)]
pub struct Warnings {
    signs: Signs,
    /// The end that they know.
    told: Option<UnixTime>,
}

impl Warnings {
    /// Resolves when there is something to tell, once for each end. It may be dropped at any time.
    pub async fn next(&mut self) -> ServerMessage {
        loop {
            let sign = self.signs.borrow_and_update().clone();
            let now = UnixTime::now();
            let mut pause = Duration::MAX;
            if let Some(sign) = sign {
                // Once it is closed there is no other end to tell.
                let end = if sign.is_open(now) {
                    sign.closes(now)
                } else {
                    Some(self.told.unwrap_or(now).min(now))
                };
                match end.filter(|end| self.told != Some(*end)) {
                    Some(end) if now >= end.before(WARNING) => {
                        self.told = Some(end);
                        return closing(end, sign.opens(end));
                    }
                    Some(end) => pause = now.until(end.before(WARNING)).min(NAP),
                    None => pause = NAP,
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause.min(NAP)) => {}
                changed = self.signs.changed() => if changed.is_err() {
                    // Nobody looks at the sign.
                    std::future::pending::<()>().await;
                },
            }
        }
    }
}

fn closing(at: UnixTime, opens: Option<UnixTime>) -> ServerMessage {
    let seconds = |moment: UnixTime| u32::try_from(moment.0).unwrap_or(u32::MAX);
    ServerMessage::Closing { at: seconds(at), opens: opens.map(seconds) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hours::Span;

    fn sign(spans: &[(i64, i64)]) -> Option<Arc<Sign>> {
        let now = UnixTime::now().0;
        let span =
            |(from, until): &(i64, i64)| Span { from: UnixTime(now + from), until: UnixTime(now + until) };
        Some(Arc::new(Sign {
            zone: "UTC".to_owned(),
            hours: Vec::new(),
            calendar: false,
            coming: spans.iter().map(span).collect(),
            told: UnixTime(i64::MAX),
        }))
    }

    fn seconds(message: ServerMessage) -> (i64, Option<i64>) {
        let ServerMessage::Closing { at, opens } = message else { panic!("{message:?}") };
        let now = UnixTime::now().0;
        (i64::from(at) - now, opens.map(|opens| i64::from(opens) - now))
    }

    #[test]
    fn after_hours_no_meeting_begins_but_those_of_a_breakdown_come_back_t6() {
        assert!(Doors::always_open().let_begin());
        let (sender, signs) = watch::channel(sign(&[(-10, 1000)]));
        let mut doors = Doors::new(signs.clone());
        assert!(doors.let_begin() && !doors.may_end());
        sender.send_replace(sign(&[(500, 1000)]));
        assert!(!doors.let_begin());
        assert!(!doors.may_end(), "it has just started");
        doors.settled = Instant::now();
        assert!(doors.may_end());
        let mut restarted = Doors::new(signs);
        restarted.settled = Instant::now();
        assert!(restarted.let_begin() && !restarted.may_end());
    }

    #[tokio::test]
    async fn people_are_told_once_for_each_end_t6() {
        let (sender, signs) = watch::channel(sign(&[(-10, 600), (5000, 6000)]));
        let mut warnings = Doors::new(signs).warnings();
        let (at, opens) = seconds(warnings.next().await);
        assert!((598..=600).contains(&at), "{at}");
        assert!((4998..=5000).contains(&opens.expect("again")), "{opens:?}");
        let again = tokio::time::timeout(Duration::from_millis(50), warnings.next()).await;
        assert!(again.is_err(), "once");
        // Closed by hand, before its time.
        sender.send_replace(sign(&[(5000, 6000)]));
        let (at, _) = seconds(warnings.next().await);
        assert!((-2..=0).contains(&at), "{at}");
        let again = tokio::time::timeout(Duration::from_millis(50), warnings.next()).await;
        assert!(again.is_err(), "once");
    }

    #[tokio::test]
    async fn nobody_is_told_long_before_nor_where_there_are_no_hours_t6() {
        for spans in [sign(&[(-10, 3600)]), None] {
            let (_sender, signs) = watch::channel(spans);
            let mut warnings = Doors::new(signs).warnings();
            assert!(tokio::time::timeout(Duration::from_millis(50), warnings.next()).await.is_err());
        }
        let mut warnings = Doors::always_open().warnings();
        assert!(tokio::time::timeout(Duration::from_millis(50), warnings.next()).await.is_err());
    }
}
