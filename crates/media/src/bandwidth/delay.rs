//! The part that watches delay: a queue on the path that grows is seen before anything is lost
//! (draft-ietf-rmcat-gcc-02, 5).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::rate::Bitrate;

/// Packets that were sent within this time are one group (5.2).
const GROUP: Duration = Duration::from_millis(5);
/// Groups that a trend is drawn through.
const WINDOW: usize = 20;
/// How much of the former value a new delay leaves.
const SMOOTHING: f64 = 0.9;
/// Makes the slope comparable with the threshold.
const GAIN: f64 = 4.0;
/// Beyond so many groups a trend is no surer.
const SURE: f64 = 60.0;
/// Milliseconds: the threshold at first, its bounds, and what is too far from it to move it (5.4).
const THRESHOLD: f64 = 12.5;
const THRESHOLDS: (f64, f64) = (6.0, 600.0);
const OUTLIER: f64 = 15.0;
/// How fast the threshold rises and falls, per millisecond.
const RISE: f64 = 0.0087;
const FALL: f64 = 0.039;
/// Overuse that passes sooner, in milliseconds and groups, is none.
const OVERUSE: f64 = 10.0;
const OVERUSES: u32 = 2;
/// What is left of the arriving rate after overuse, in hundredths (5.5).
const DECREASE: u64 = 85;
/// After overuse the path is not calm for so long.
const CALM: Duration = Duration::from_millis(1_500);

/// What the delays say.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Usage {
    /// The queue neither grows nor empties.
    #[default]
    Normal,
    /// It grows.
    Over,
    /// It empties.
    Under,
}

/// A group of packets.
#[derive(Clone, Copy, Debug)]
struct Group {
    first_sent: Duration,
    last_sent: Duration,
    last_arrival: Duration,
}

/// The trend of the delay between groups.
#[derive(Debug, Default)]
pub(super) struct Trend {
    former: Option<Group>,
    present: Option<Group>,
    /// When the first group arrived.
    origin: Option<Duration>,
    groups: f64,
    sum: f64,
    smooth: f64,
    /// Arrival and delay in milliseconds, the oldest first.
    points: VecDeque<(f64, f64)>,
    slope: f64,
    threshold: Option<f64>,
    updated: Option<Duration>,
    /// For how long the threshold has been exceeded.
    over: f64,
    overs: u32,
    usage: Usage,
}

impl Trend {
    pub(super) fn usage(&self) -> Usage {
        self.usage
    }

    /// Begins anew: what comes next is not compared with what was before.
    pub(super) fn restart(&mut self) {
        (self.former, self.present) = (None, None);
        self.points.clear();
        (self.sum, self.smooth, self.slope, self.over, self.overs) = (0.0, 0.0, 0.0, 0.0, 0);
        self.usage = Usage::Normal;
    }

    /// Takes a packet that arrived: when it was sent on our clock, and when it arrived on the receiver's.
    pub(super) fn update(&mut self, sent: Duration, arrival: Duration) {
        let Some(present) = &mut self.present else {
            self.present = Some(Group { first_sent: sent, last_sent: sent, last_arrival: arrival });
            return;
        };
        if sent < present.first_sent {
            return;
        }
        let burst = arrival.saturating_sub(present.last_arrival) <= GROUP
            && millis(present.last_arrival, arrival) < millis(present.last_sent, sent);
        if sent - present.first_sent <= GROUP || burst {
            present.last_sent = present.last_sent.max(sent);
            present.last_arrival = present.last_arrival.max(arrival);
            return;
        }
        let present = *present;
        self.present = Some(Group { first_sent: sent, last_sent: sent, last_arrival: arrival });
        if let Some(former) = self.former.replace(present) {
            let sent = millis(former.last_sent, present.last_sent);
            let arrived = millis(former.last_arrival, present.last_arrival);
            self.add(present.last_arrival, sent, arrived);
        }
    }

    fn add(&mut self, arrival: Duration, sent: f64, arrived: f64) {
        let origin = *self.origin.get_or_insert(arrival);
        self.groups = (self.groups + 1.0).min(1_000.0);
        self.sum += arrived - sent;
        self.smooth = SMOOTHING * self.smooth + (1.0 - SMOOTHING) * self.sum;
        if self.points.len() == WINDOW {
            self.points.pop_front();
        }
        self.points.push_back((millis(origin, arrival), self.smooth));
        if self.points.len() == WINDOW {
            let slope = slope(&self.points).unwrap_or(self.slope);
            self.judge(arrival, slope, sent);
        }
    }

    fn judge(&mut self, arrival: Duration, slope: f64, sent: f64) {
        let threshold = self.threshold.unwrap_or(THRESHOLD);
        let trend = self.groups.min(SURE) * slope * GAIN;
        self.usage = if trend > threshold {
            self.over += sent;
            self.overs += 1;
            if self.over > OVERUSE && self.overs >= OVERUSES && slope >= self.slope {
                Usage::Over
            } else {
                self.usage
            }
        } else {
            (self.over, self.overs) = (0.0, 0);
            if trend < -threshold { Usage::Under } else { Usage::Normal }
        };
        self.slope = slope;
        if trend.abs() <= threshold + OUTLIER {
            let speed = if trend.abs() < threshold { FALL } else { RISE };
            let since = self.updated.map_or(0.0, |updated| millis(updated, arrival).clamp(0.0, 100.0));
            let moved = threshold + speed * (trend.abs() - threshold) * since;
            self.threshold = Some(moved.clamp(THRESHOLDS.0, THRESHOLDS.1));
        }
        self.updated = Some(arrival);
    }
}

/// Milliseconds from one time to another.
fn millis(from: Duration, to: Duration) -> f64 {
    (to.as_secs_f64() - from.as_secs_f64()) * 1_000.0
}

/// Of the line of least squares.
fn slope(points: &VecDeque<(f64, f64)>) -> Option<f64> {
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    let (x, y) = (x / count, y / count);
    let (above, below) = points.iter().fold((0.0, 0.0), |(above, below), point| {
        let distance = point.0 - x;
        (above + distance * (point.1 - y), below + distance * distance)
    });
    (below > 0.0).then(|| above / below)
}

/// What arrives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arriving {
    /// On the whole.
    pub(super) usual: Option<Bitrate>,
    /// While most came.
    pub(super) busiest: Option<Bitrate>,
}

/// The rate that the delays allow (5.5).
#[derive(Debug)]
pub(super) struct DelayControl {
    rate: Bitrate,
    rises: bool,
    updated: Option<Instant>,
    decreased: Option<Instant>,
    /// About what arrived when the path was full: near it the rate rises slowly.
    capacity: Option<f64>,
    round_trip: Duration,
}

impl DelayControl {
    pub(super) fn new(first: Bitrate) -> Self {
        Self {
            rate: first,
            rises: true,
            updated: None,
            decreased: None,
            capacity: None,
            round_trip: Duration::from_millis(100),
        }
    }

    pub(super) fn rate(&self) -> Bitrate {
        self.rate
    }

    /// Whether the queue has not grown of late.
    pub(super) fn is_calm(&self, now: Instant) -> bool {
        self.decreased.is_none_or(|at| now.saturating_duration_since(at) > CALM)
    }

    /// A probe went through at this rate.
    pub(super) fn prove(&mut self, rate: Bitrate) {
        self.rate = rate;
        self.capacity = None;
    }

    /// Something else allows no more than this.
    pub(super) fn cap(&mut self, rate: Bitrate) {
        self.rate = self.rate.min(rate);
    }

    pub(super) fn update(
        &mut self,
        now: Instant,
        usage: Usage,
        arriving: Arriving,
        round_trip: Option<Duration>,
    ) {
        if let Some(round_trip) = round_trip {
            self.round_trip = (self.round_trip * 7 + round_trip.min(Duration::from_secs(2))) / 8;
        }
        let since = self.updated.map_or(Duration::ZERO, |updated| now.saturating_duration_since(updated));
        self.updated = Some(now);
        match usage {
            Usage::Over => self.decrease(now, arriving),
            // The queue empties: what is sent now is right.
            Usage::Under => self.rises = false,
            Usage::Normal if !self.rises => self.rises = true,
            Usage::Normal => self.increase(since.min(Duration::from_secs(1)), arriving.usual),
        }
    }

    fn decrease(&mut self, now: Instant, arriving: Arriving) {
        let again = self.round_trip + Duration::from_millis(100);
        let since = self.decreased.map(|at| now.saturating_duration_since(at));
        if since.is_some_and(|since| since < again) {
            return;
        }
        let usual = arriving.usual.unwrap_or(self.rate);
        // A picture that fills the queue for a moment tells of the path in that moment, not of how little was sent before
        // it. When that did not help, what arrives on the whole does.
        let persists = since.is_some_and(|since| since < 3 * again);
        let busiest = arriving.busiest.filter(|_| !persists).unwrap_or(usual);
        let arriving = usual.max(busiest.min(self.rate));
        self.rate = self.rate.min(arriving.percent(DECREASE));
        let arriving = arriving.0 as f64;
        self.capacity = Some(self.capacity.map_or(arriving, |capacity| 0.7 * capacity + 0.3 * arriving));
        self.decreased = Some(now);
        self.rises = false;
    }

    fn increase(&mut self, since: Duration, throughput: Option<Bitrate>) {
        let Some(throughput) = throughput else { return };
        let rate = self.rate.0 as f64;
        if self.capacity.is_some_and(|capacity| throughput.0 as f64 > 1.3 * capacity) {
            self.capacity = None;
        }
        let risen = match self.capacity {
            // About a packet more in each time of response.
            Some(capacity) if rate > 0.6 * capacity => {
                let response = (self.round_trip + Duration::from_millis(100)).as_secs_f64();
                rate + (9_600.0 / response).max(4_000.0) * since.as_secs_f64()
            }
            _ => rate * 1.08_f64.powf(since.as_secs_f64()),
        };
        // What is not sent proves nothing.
        let proven = throughput.percent(150) + Bitrate::kbps(10);
        self.rate = self.rate.max(Bitrate(risen as u64).min(proven));
    }
}
