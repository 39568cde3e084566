//! Probing: for a moment as much is sent as is hoped for, and what arrives tells whether the path carries it.

use std::time::{Duration, Instant};

use crate::rate::Bitrate;

/// How long one probe is, and in which steps it is sent, unless it is at so low a rate that these would be too few bytes to
/// tell anything.
const LENGTH: Duration = Duration::from_millis(20);
const STEP: Duration = Duration::from_millis(2);
const LEAST_LENGTH: usize = 1_400;
const LEAST_STEP: usize = 200;
/// Packets that tell something.
const PACKETS: u32 = 5;
/// The first probe of a path.
const FIRST: Duration = Duration::from_millis(300);
/// The next one when one succeeded, and when one did not: then a path that is good again is found to be so within seconds.
const NEXT: Duration = Duration::from_millis(500);
const AGAIN: Duration = Duration::from_secs(2);
/// Where the path is busy, how soon it is looked at again.
const BUSY: Duration = Duration::from_millis(500);
/// What is hoped for: so much of the estimate, in hundredths.
const HOPE: u64 = 200;
/// How long feedback may take.
const ANSWER: Duration = Duration::from_secs(1);
/// The same share of a probe must arrive for the path not to be full, in hundredths.
const WHOLE: u64 = 90;
/// What is believed of a rate at which the path was full, in hundredths.
const BELIEVED: u64 = 90;

/// One probe.
#[derive(Clone, Copy, Debug)]
struct Probe {
    number: u8,
    rate: Bitrate,
    began: Instant,
    sent: usize,
    arrived: Option<Arrived>,
    packets: u32,
}

/// Of the packets of a probe that arrived: the first and the last, sent and arrived, and their bytes.
#[derive(Clone, Copy, Debug)]
struct Arrived {
    sent: (Instant, Instant),
    at: (Duration, Duration),
    bytes: usize,
    first: usize,
    last: usize,
}

/// The probes of one path.
#[derive(Debug)]
pub(super) struct Probes {
    number: u8,
    present: Option<Probe>,
    next: Instant,
    result: Option<Bitrate>,
    ended: bool,
}

impl Probes {
    pub(super) fn new(now: Instant) -> Self {
        Self { number: 0, present: None, next: now + FIRST, result: None, ended: false }
    }

    fn hope(estimate: Bitrate, desired: Bitrate) -> Option<Bitrate> {
        (desired > estimate).then(|| desired.min(estimate.percent(HOPE)).max(estimate.percent(120)))
    }

    /// When [`Self::due`] has something to do.
    pub(super) fn poll_timeout(&self, estimate: Bitrate, desired: Bitrate) -> Option<Instant> {
        match &self.present {
            Some(probe) if probe.sent < probe.whole() => Some(probe.began + probe.time_of(probe.sent)),
            Some(probe) => Some(probe.began + ANSWER),
            None => Self::hope(estimate, desired).map(|_| self.next),
        }
    }

    /// Bytes to send now; begins a probe when it is time for one.
    pub(super) fn due(&mut self, now: Instant, estimate: Bitrate, desired: Bitrate, calm: bool) -> usize {
        if self.present.is_some_and(|probe| now.saturating_duration_since(probe.began) >= ANSWER) {
            self.conclude(now);
        }
        if self.present.is_none() && now >= self.next {
            let Some(rate) = Self::hope(estimate, desired) else { return 0 };
            if !calm {
                self.next = now + BUSY;
                return 0;
            }
            self.number = self.number.checked_add(1).unwrap_or(1);
            self.present =
                Some(Probe { number: self.number, rate, began: now, sent: 0, arrived: None, packets: 0 });
        }
        let Some(probe) = &self.present else { return 0 };
        let elapsed = now.saturating_duration_since(probe.began);
        let by_now = (bytes_in(probe.rate, elapsed) + probe.step()).min(probe.whole());
        by_now.saturating_sub(probe.sent)
    }

    /// Counts a packet; tells the number of the probe that it is part of, or zero. Media that is sent meanwhile is.
    pub(super) fn sent(&mut self, now: Instant, bytes: usize, padding: bool) -> u8 {
        let Some(probe) = self.present.as_mut() else { return 0 };
        let goes_on =
            probe.sent < probe.whole() && now.saturating_duration_since(probe.began) <= 2 * probe.length();
        if !goes_on && !padding {
            return 0;
        }
        probe.sent += bytes;
        probe.number
    }

    /// Counts a packet of a probe that arrived.
    pub(super) fn arrived(&mut self, number: u8, sent: Instant, arrival: Duration, bytes: usize) {
        let Some(probe) = self.present.as_mut().filter(|probe| probe.number == number) else { return };
        probe.packets += 1;
        match &mut probe.arrived {
            None => {
                probe.arrived = Some(Arrived {
                    sent: (sent, sent),
                    at: (arrival, arrival),
                    bytes,
                    first: bytes,
                    last: bytes,
                });
            }
            Some(arrived) => {
                arrived.bytes += bytes;
                if sent >= arrived.sent.1 {
                    arrived.sent.1 = sent;
                    arrived.last = bytes;
                }
                arrived.at = (arrived.at.0.min(arrival), arrived.at.1.max(arrival));
            }
        }
        if probe.sent >= probe.whole()
            && probe.arrived.is_some_and(|arrived| arrived.bytes * 10 >= probe.sent * 9)
        {
            let ended = probe.began + probe.length();
            self.conclude(ended);
        }
    }

    /// Whether a probe was sent of which not everything has arrived, or could have.
    pub(super) fn is_under_way(&self) -> bool {
        self.present.is_some()
    }

    /// Whether a probe has ended since this was asked.
    pub(super) fn take_end(&mut self) -> bool {
        std::mem::take(&mut self.ended)
    }

    /// What a probe has proven.
    pub(super) fn take_result(&mut self) -> Option<Bitrate> {
        self.result.take()
    }

    fn conclude(&mut self, now: Instant) {
        let Some(probe) = self.present.take() else { return };
        self.ended = true;
        let proven = probe.proven();
        let success = proven.is_some_and(|proven| proven >= probe.rate.percent(70));
        self.next = now + if success { NEXT } else { AGAIN };
        self.result = proven;
    }
}

impl Probe {
    /// Bytes of all of it.
    fn whole(&self) -> usize {
        bytes_in(self.rate, LENGTH).max(LEAST_LENGTH)
    }

    /// Bytes of one step.
    fn step(&self) -> usize {
        bytes_in(self.rate, STEP).max(LEAST_STEP)
    }

    fn length(&self) -> Duration {
        self.time_of(self.whole())
    }

    /// How long so many bytes take.
    fn time_of(&self, bytes: usize) -> Duration {
        Duration::from_nanos((bytes as u128 * 8_000_000_000 / u128::from(self.rate.0.max(1))) as u64)
    }

    fn proven(&self) -> Option<Bitrate> {
        let arrived = self.arrived.filter(|_| self.packets >= PACKETS)?;
        // The last packet took no time to send, and the first none to arrive.
        let sent = rate_of(arrived.bytes - arrived.last, arrived.sent.1 - arrived.sent.0)?;
        let received = rate_of(arrived.bytes - arrived.first, arrived.at.1 - arrived.at.0);
        // What arrives within one tick of the receiver's clock arrived as fast as it was sent.
        let received = received.unwrap_or(sent);
        let enough = arrived.bytes * 10 >= self.sent * 7;
        let carried =
            if received < sent.percent(WHOLE) { received.percent(BELIEVED) } else { sent.min(self.rate) };
        enough.then_some(carried)
    }
}

fn bytes_in(rate: Bitrate, time: Duration) -> usize {
    (u128::from(rate.0) * time.as_micros() / 8_000_000) as usize
}

fn rate_of(bytes: usize, time: Duration) -> Option<Bitrate> {
    let micros = time.as_micros();
    (micros > 0).then(|| Bitrate((bytes as u128 * 8_000_000 / micros) as u64))
}
