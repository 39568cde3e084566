//! The sign at the door: what root's helper tells the service, which passes it on to people.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::spans::{Span, Spans};
use crate::clock::UnixTime;

/// Where it hangs.
pub const SIGN: &str = "/run/incamera-hours/sign.json";
/// How often the service looks at it.
const LOOK: Duration = Duration::from_secs(1);
/// How far ahead it tells, and how much.
const AHEAD: Duration = Duration::from_secs(60 * 86_400);
const SPANS: usize = 400;
/// Bytes of it.
const LARGEST: u64 = 64 * 1024;

/// When the server is open.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sign {
    /// Whose clocks the hours follow.
    pub zone: String,
    /// The hours of the week, as the owner wrote them.
    pub hours: Vec<String>,
    /// Whether there is a calendar beside them.
    pub calendar: bool,
    /// When it is open: the present time and those to come, in order.
    pub coming: Vec<Span>,
    /// The moment up to which `coming` tells everything.
    pub told: UnixTime,
}

/// The present sign; `None`: it is always open.
pub type Signs = watch::Receiver<Option<Arc<Sign>>>;

impl Sign {
    /// Of what is known now.
    pub fn new(settings: &super::Settings, spans: &Spans, now: UnixTime) -> Self {
        let until = now.after(AHEAD);
        let coming: Vec<_> = spans.between(now, until).take(SPANS).collect();
        let told = if coming.len() == SPANS { coming[SPANS - 1].until } else { until };
        Self {
            zone: settings.zone.clone(),
            hours: settings.open.clone(),
            calendar: settings.calendar.is_some(),
            coming,
            told,
        }
    }

    /// Whether it is open.
    pub fn is_open(&self, now: UnixTime) -> bool {
        self.present(now).is_some()
    }

    fn present(&self, now: UnixTime) -> Option<Span> {
        self.coming.iter().copied().find(|span| span.has(now))
    }

    /// When it closes, if it is open and that is soon enough to be told.
    pub fn closes(&self, now: UnixTime) -> Option<UnixTime> {
        self.present(now).map(|span| span.until).filter(|until| *until < self.told)
    }

    /// When it opens next.
    pub fn opens(&self, now: UnixTime) -> Option<UnixTime> {
        self.coming.iter().map(|span| span.from).find(|from| *from > now)
    }

    /// What hangs there.
    pub fn read(path: &Path) -> Option<Self> {
        if fs::metadata(path).ok()?.len() > LARGEST {
            return None;
        }
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }
}

/// Looks at the sign from time to time, for as long as anybody reads what it finds. A sign that is gone means that there
/// are no hours any more; one that cannot be read changes nothing.
pub async fn follow(path: PathBuf, told: watch::Sender<Option<Arc<Sign>>>) {
    follow_every(LOOK, path, told).await;
}

async fn follow_every(look: Duration, path: PathBuf, told: watch::Sender<Option<Arc<Sign>>>) {
    let mut mark = None;
    let mut ticks = tokio::time::interval(look);
    while !told.is_closed() {
        ticks.tick().await;
        let present = mark_of(&path);
        if present == mark {
            continue;
        }
        let found = Sign::read(&path);
        if present.is_some() && found.is_none() {
            tracing::error!("the opening hours that the helper wrote cannot be read");
        } else {
            told.send_replace(found.map(Arc::new));
        }
        mark = present;
    }
}

fn mark_of(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::super::{Power, Settings};
    use super::*;

    fn sign(spans: &[(i64, i64)], now: i64) -> Sign {
        let settings = Settings {
            zone: "UTC".to_owned(),
            open: vec!["Mon-Fri 08:00-18:00".to_owned()],
            calendar: None,
            power: Power::On,
        };
        let spans = spans.iter().map(|(from, until)| Span { from: UnixTime(*from), until: UnixTime(*until) });
        Sign::new(&settings, &Spans::new(spans.collect(), UnixTime(i64::MAX)), UnixTime(now))
    }

    #[test]
    fn a_sign_says_until_when_it_is_open_and_when_again_t6() {
        let sign = sign(&[(0, 50), (100, 200), (300, 400)], 60);
        assert_eq!(sign.coming.len(), 2, "what is over is not told");
        assert!(!sign.is_open(UnixTime(60)) && sign.is_open(UnixTime(100)) && !sign.is_open(UnixTime(200)));
        assert_eq!(sign.closes(UnixTime(150)), Some(UnixTime(200)));
        assert_eq!(sign.closes(UnixTime(60)), None);
        assert_eq!(
            (sign.opens(UnixTime(60)), sign.opens(UnixTime(150))),
            (Some(UnixTime(100)), Some(UnixTime(300)))
        );
    }

    #[test]
    fn what_is_far_away_is_not_said_to_close() {
        let always = sign(&[(0, i64::MAX - 1)], 60);
        assert!(always.is_open(UnixTime(60)));
        assert_eq!(always.closes(UnixTime(60)), None);
    }

    #[tokio::test]
    async fn the_service_follows_the_sign_t6() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sign.json");
        let (sender, mut signs) = watch::channel(None);
        let follower = tokio::spawn(follow_every(Duration::from_millis(2), path.clone(), sender));
        let first = sign(&[(100, 200)], 60);
        fs::write(&path, serde_json::to_vec(&first).expect("text")).expect("written");
        signs.changed().await.expect("followed");
        assert_eq!(signs.borrow_and_update().as_deref(), Some(&first));
        fs::write(&path, "broken").expect("written");
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(signs.borrow().as_deref(), Some(&first), "a broken sign changes nothing");
        fs::remove_file(&path).expect("removed");
        signs.changed().await.expect("followed");
        assert!(signs.borrow_and_update().is_none());
        follower.abort();
    }
}
