//! How much the path to one peer can carry, told by when packets arrive there (transport-wide feedback).
//!
//! The method is that of Google Congestion Control (draft-ietf-rmcat-gcc-02): a queue that grows shows as delay that
//! grows ([`delay`]), packets that are lost show in the feedback itself ([`loss`]). The estimate hardly rises above
//! what is sent, so where more is wanted short bursts of padding probe for it ([`probe`]).

mod delay;
mod loss;
mod probe;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use self::delay::{Arriving, DelayControl, Trend};
use self::loss::LossControl;
use self::probe::Probes;
use crate::rate::Bitrate;
use crate::rtcp::{Arrivals, Reference, duration_of};

/// Packets whose arrival may still be told.
const HISTORY: usize = 2_048;
/// Nor is it told of what was sent longer ago, in units of [`SENT_UNIT`]: a path that takes longer carries no conversation.
const HISTORY_AGE: u32 = (3_000_000 / SENT_UNIT.as_micros()) as u32;
/// No estimate is below this, so that sound passes whatever happens.
const LEAST: Bitrate = Bitrate::kbps(60);
/// Nor above this.
const MOST: Bitrate = Bitrate::kbps(50_000);
/// A change of the estimate below this share is not worth telling, in hundredths.
const WORTH_TELLING: u64 = 4;
/// IP and UDP, which a datagram is longer by on the path.
const DATAGRAM_OVERHEAD: usize = 28;

/// The estimate for one path.
#[derive(Debug)]
pub(crate) struct Bandwidth {
    made: Instant,
    /// The transport-wide sequence number of the next packet.
    next: u64,
    /// What was sent, up to the one before `next`.
    history: VecDeque<Sent>,
    reference: Reference,
    throughput: Throughput,
    trend: Trend,
    delay: DelayControl,
    loss: LossControl,
    probes: Probes,
    estimate: Bitrate,
    told: Bitrate,
    desired: Bitrate,
}

/// A packet that was sent. There are thousands of them for each peer, so each is small.
#[derive(Clone, Copy, Debug)]
struct Sent {
    /// In units of 16 µs since the estimate was made, modulo 2^32: 19 hours.
    at: u32,
    bytes: u16,
    fate: Fate,
    /// The number of the probe that it belongs to; zero for none.
    probe: u8,
}

const SENT_UNIT: Duration = Duration::from_micros(16);

impl Sent {
    /// When it was sent.
    fn at(&self, made: Instant, now: Instant) -> Instant {
        let ago = units_since(made, now).wrapping_sub(self.at);
        now.checked_sub(SENT_UNIT * ago).unwrap_or(made).max(made)
    }
}

fn units_since(made: Instant, now: Instant) -> u32 {
    (now.saturating_duration_since(made).as_micros() / SENT_UNIT.as_micros()) as u32
}

/// What feedback said of a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Unknown,
    Missing,
    Arrived,
}

impl Bandwidth {
    pub(crate) fn new(now: Instant, first: Bitrate) -> Self {
        Self {
            made: now,
            next: 0,
            history: VecDeque::new(),
            reference: Reference::default(),
            throughput: Throughput::default(),
            trend: Trend::default(),
            delay: DelayControl::new(first),
            loss: LossControl::default(),
            probes: Probes::new(now),
            estimate: first,
            told: first,
            desired: Bitrate::default(),
        }
    }

    /// The transport-wide sequence number for the packet that is about to be written. [`Self::sent`] follows.
    pub(crate) fn next_sequence(&self) -> u16 {
        self.next as u16
    }

    /// Counts the packet that was written.
    pub(crate) fn sent(&mut self, now: Instant, bytes: usize, padding: bool) {
        let bytes = u16::try_from(bytes + DATAGRAM_OVERHEAD).unwrap_or(u16::MAX);
        let probe = self.probes.sent(now, usize::from(bytes), padding);
        let at = units_since(self.made, now);
        while let Some(oldest) = self.history.front()
            && (self.history.len() == HISTORY || at.wrapping_sub(oldest.at) > HISTORY_AGE)
        {
            self.history.pop_front();
        }
        self.history.push_back(Sent { at, bytes, fate: Fate::Unknown, probe });
        self.next += 1;
    }

    /// What would be sent if the path were good enough: it is probed for.
    pub(crate) fn set_desired(&mut self, desired: Bitrate) {
        self.desired = desired;
    }

    /// Takes what the peer tells of arrivals.
    pub(crate) fn handle_feedback(&mut self, now: Instant, arrivals: &Arrivals<'_>) {
        let mut reference = self.reference;
        self.take_arrivals(now, arrivals.base, arrivals.iter(&mut reference));
        self.reference = reference;
    }

    /// Takes the arrivals of packets from this transport-wide sequence number on, in ticks of the receiver's clock.
    fn take_arrivals(&mut self, now: Instant, base: u16, arrivals: impl Iterator<Item = Option<i64>>) {
        let ahead = (self.next as u16).wrapping_sub(base);
        let Some(first) = self.next.checked_sub(u64::from(ahead)) else { return };
        let oldest = self.next - self.history.len() as u64;
        let mut reports = Reports::default();
        for (sequence, arrival) in (first..).zip(arrivals) {
            let sent = sequence.checked_sub(oldest).and_then(|at| self.history.get_mut(at as usize));
            let Some(sent) = sent else { continue };
            let at = sent.at(self.made, now);
            reports.count(now.saturating_duration_since(at), sent, arrival, self.loss.preceded(at));
            let Some(arrival) = arrival.filter(|_| sent.fate != Fate::Arrived) else {
                if sent.fate == Fate::Unknown {
                    sent.fate = Fate::Missing;
                }
                continue;
            };
            sent.fate = Fate::Arrived;
            let arrival = duration_of(arrival);
            let took = micros(arrival) - micros(at.saturating_duration_since(self.made));
            reports.shortest = shorter(reports.shortest, took);
            self.throughput.count(arrival, usize::from(sent.bytes));
            // What a probe does to the queue tells about the probe.
            if !self.probes.is_under_way() {
                self.trend.update(at.saturating_duration_since(self.made), arrival);
            }
            self.probes.arrived(sent.probe, at, arrival, usize::from(sent.bytes));
        }
        self.conclude(now, reports);
    }

    fn conclude(&mut self, now: Instant, reports: Reports) {
        if self.probes.take_end() {
            self.trend.restart();
        }
        let arriving = Arriving { usual: self.throughput.rate(), busiest: self.throughput.busiest() };
        self.delay.update(now, self.trend.usage(), arriving, reports.round_trip);
        self.loss.update(now, self.estimate, &reports);
        if let Some(proven) = self.probes.take_result()
            && proven > self.estimate
        {
            self.delay.prove(proven);
            self.loss.prove(proven);
        }
        self.estimate = self.loss.limit(self.delay.rate()).clamp(LEAST, MOST);
        self.delay.cap(self.estimate);
    }

    /// The estimate, if it changed noticeably since it was told the last time.
    pub(crate) fn take_change(&mut self) -> Option<Bitrate> {
        let (low, high) = (self.told.percent(100 - WORTH_TELLING), self.told.percent(100 + WORTH_TELLING));
        if (low..=high).contains(&self.estimate) {
            return None;
        }
        self.told = self.estimate;
        Some(self.estimate)
    }

    /// Bytes of padding that are to be sent now.
    pub(crate) fn take_padding(&mut self, now: Instant) -> usize {
        let calm = self.delay.is_calm(now) && self.loss.is_calm();
        self.probes.due(now, self.estimate, self.desired, calm)
    }

    /// When [`Self::take_padding`] is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.probes.poll_timeout(self.estimate, self.desired)
    }
}

/// The sum of one feedback packet.
#[derive(Clone, Copy, Default, Debug)]
struct Reports {
    arrived: u32,
    missing: u32,
    /// Of both.
    bytes: u32,
    /// Some of them were sent before the limit that loss allows fell.
    is_stale: bool,
    round_trip: Option<Duration>,
    /// The shortest time that one took, in microseconds: from our clock to the receiver's, which began at another time.
    shortest: Option<i64>,
}

fn shorter(shortest: Option<i64>, time: i64) -> Option<i64> {
    Some(shortest.map_or(time, |shortest| shortest.min(time)))
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

impl Reports {
    /// Counts what is told for the first time of a packet that was sent so long ago, before or after that.
    fn count(&mut self, ago: Duration, sent: &Sent, arrival: Option<i64>, is_stale: bool) {
        if arrival.is_some() && sent.fate == Fate::Unknown {
            self.round_trip = Some(ago);
        }
        match (sent.fate, arrival) {
            (Fate::Unknown, None) => self.missing += 1,
            (Fate::Unknown, Some(_)) => self.arrived += 1,
            // It was only late.
            (Fate::Missing, Some(_)) => {
                self.arrived += 1;
                self.missing = self.missing.saturating_sub(1);
                return;
            }
            _ => return,
        }
        self.bytes += u32::from(sent.bytes);
        self.is_stale |= is_stale;
    }
}

/// How much arrives, on the receiver's clock.
#[derive(Default, Debug)]
struct Throughput {
    /// When the present window began, and bytes in it.
    window: Option<(Duration, usize)>,
    rate: Option<Bitrate>,
    /// What arrived last: when, and bytes.
    latest: VecDeque<(Duration, u16)>,
}

impl Throughput {
    /// The first window, which knows nothing of what was before it, and all others.
    const FIRST: Duration = Duration::from_millis(500);
    const WINDOW: Duration = Duration::from_millis(150);
    /// Packets that [`Self::busiest`] looks at, and the time that they must at least have taken.
    const LATEST: usize = 16;
    const BUSY: Duration = Duration::from_millis(40);

    fn count(&mut self, arrival: Duration, bytes: usize) {
        let (began, counted) = self.window.get_or_insert((arrival, 0));
        let elapsed = arrival.saturating_sub(*began);
        let length = if self.rate.is_some() { Self::WINDOW } else { Self::FIRST };
        if elapsed >= length {
            let measured = Bitrate((*counted as u128 * 8_000_000 / elapsed.as_micros().max(1)) as u64);
            // After a pause nothing is left of what was before it.
            let smooth = |former: Bitrate| (former.percent(150) + measured).percent(40);
            self.rate = Some(self.rate.filter(|_| elapsed < 4 * length).map_or(measured, smooth));
            (*began, *counted) = (arrival, 0);
        }
        *counted += bytes;
        if self.latest.len() == Self::LATEST {
            self.latest.pop_front();
        }
        self.latest.push_back((arrival, u16::try_from(bytes).unwrap_or(u16::MAX)));
    }

    fn rate(&self) -> Option<Bitrate> {
        self.rate
    }

    /// How fast the latest packets came at most. While a queue grows its path is busy, so this is what the path carries,
    /// though on the whole far less may have been sent.
    fn busiest(&self) -> Option<Bitrate> {
        let (last, _) = self.latest.back()?;
        let mut bytes = 0;
        let rates = self.latest.iter().rev().filter_map(|(arrival, size)| {
            let time = last.saturating_sub(*arrival);
            // The first one's bytes came before its arrival.
            let rate =
                (time >= Self::BUSY).then(|| Bitrate((bytes as u128 * 8_000_000 / time.as_micros()) as u64));
            bytes += usize::from(*size);
            rate
        });
        rates.max()
    }
}
