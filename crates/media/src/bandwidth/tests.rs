//! The estimate against a simulated path: a rate, a queue, and loss.

use std::collections::BTreeMap;

use super::*;

const MILLISECOND: Duration = Duration::from_millis(1);
/// Bytes of a packet of media.
const PACKET: usize = 1_000;

/// A path and what is sent over it: media as far as the estimate goes, and no more than an encoder gives.
struct Bench {
    bandwidth: Bandwidth,
    now: Instant,
    start: Instant,
    /// Of the path.
    rate: Bitrate,
    delay: Duration,
    /// How long the queue may become.
    queue: Duration,
    /// Out of a hundred.
    loss: u32,
    /// When the last packet has left the queue.
    free: Instant,
    random: u32,
    /// Arrivals that were not told yet, by sequence number.
    arrived: BTreeMap<u64, Instant>,
    told: u64,
    sent: u64,
    /// What the encoder gives.
    media: Bitrate,
    credit: f64,
    /// The longest time in the queue since it was looked at.
    longest: Duration,
}

impl Bench {
    fn new(rate: Bitrate, media: Bitrate) -> Self {
        let start = Instant::now();
        let mut bandwidth = Bandwidth::new(start, Bitrate::kbps(800));
        bandwidth.set_desired(media.percent(120));
        Self {
            bandwidth,
            now: start,
            start,
            rate,
            delay: Duration::from_millis(25),
            queue: Duration::from_millis(400),
            loss: 0,
            free: start,
            random: 1,
            arrived: BTreeMap::new(),
            told: 0,
            sent: 0,
            media,
            credit: 0.0,
            longest: Duration::ZERO,
        }
    }

    fn send(&mut self, bytes: usize, padding: bool) {
        self.bandwidth.sent(self.now, bytes, padding);
        let sequence = self.sent;
        self.sent += 1;
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let begins = self.free.max(self.now);
        let waits = begins - self.now;
        if self.random >> 8 & 0xff < self.loss * 256 / 100 || waits > self.queue {
            return;
        }
        self.longest = self.longest.max(waits);
        let bits = (bytes + DATAGRAM_OVERHEAD) as f64 * 8.0;
        self.free = begins + Duration::from_secs_f64(bits / self.rate.0 as f64);
        self.arrived.insert(sequence, self.free + self.delay);
    }

    fn run(&mut self, seconds: u64) {
        self.longest = Duration::ZERO;
        for step in 0..seconds * 1_000 {
            self.now += MILLISECOND;
            self.credit += self.media.min(self.bandwidth.estimate).0 as f64 / 8_000.0;
            // Frames, thirty in a second.
            if step % 33 == 0 {
                while self.credit >= PACKET as f64 {
                    self.credit -= PACKET as f64;
                    self.send(PACKET, false);
                }
            }
            if self.bandwidth.poll_timeout().is_some_and(|due| due <= self.now) {
                let mut padding = self.bandwidth.take_padding(self.now);
                while padding > 0 {
                    self.send(300, true);
                    padding = padding.saturating_sub(300);
                }
            }
            if step % 50 == 0 {
                self.tell();
            }
        }
    }

    /// The receiver tells of what has come.
    fn tell(&mut self) {
        let come = |at: &Instant| *at + self.delay <= self.now;
        let newest = self.arrived.iter().filter(|(_, at)| come(at)).map(|(sequence, _)| *sequence).max();
        let Some(newest) = newest else { return };
        let ticks = |at: &Instant| ((*at - self.start).as_micros() / 250) as i64;
        let arrivals: Vec<_> =
            (self.told..=newest).map(|sequence| self.arrived.get(&sequence).map(ticks)).collect();
        let base = self.told as u16;
        self.told = newest + 1;
        self.arrived = self.arrived.split_off(&self.told);
        self.bandwidth.take_arrivals(self.now, base, arrivals.into_iter());
    }

    fn estimate(&self) -> u64 {
        self.bandwidth.estimate.0 / 1_000
    }
}

#[test]
fn a_good_path_is_found_to_be_good_within_seconds() {
    let mut bench = Bench::new(Bitrate::kbps(20_000), Bitrate::kbps(3_000));
    bench.run(3);
    assert!(bench.estimate() >= 3_000, "{}", bench.estimate());
}

#[test]
fn a_narrow_path_is_filled_and_its_queue_stays_short() {
    for rate in [300, 1_000, 2_500] {
        let mut bench = Bench::new(Bitrate::kbps(rate), Bitrate::kbps(4_000));
        bench.run(10);
        bench.run(20);
        let estimate = bench.estimate();
        assert!(estimate * 100 >= rate * 60 && estimate * 100 <= rate * 125, "{estimate} of {rate}");
        assert!(bench.longest <= Duration::from_millis(300), "{:?} at {rate}", bench.longest);
    }
}

#[test]
fn a_cut_is_followed_at_once_and_what_comes_back_is_used_again() {
    let mut bench = Bench::new(Bitrate::kbps(4_000), Bitrate::kbps(2_000));
    bench.run(10);
    assert!(bench.estimate() >= 1_900, "{}", bench.estimate());
    bench.rate = Bitrate::kbps(400);
    bench.run(3);
    assert!(bench.estimate() <= 480, "{}", bench.estimate());
    bench.run(10);
    assert!((200..=480).contains(&bench.estimate()), "{}", bench.estimate());
    bench.rate = Bitrate::kbps(4_000);
    bench.run(9);
    assert!(bench.estimate() >= 2_000, "{}", bench.estimate());
}

#[test]
fn a_path_that_was_narrow_for_long_is_found_to_be_good_again_within_seconds() {
    for seconds in 20..28 {
        let mut bench = Bench::new(Bitrate::kbps(300), Bitrate::kbps(2_000));
        bench.run(seconds);
        assert!(bench.estimate() <= 360, "{}", bench.estimate());
        bench.rate = Bitrate::kbps(4_000);
        let found = (0..7).any(|_| {
            bench.run(1);
            bench.estimate() >= 800
        });
        assert!(found, "{} seven seconds after {seconds} narrow ones", bench.estimate());
    }
}

#[test]
fn a_cut_does_not_count_twice() {
    for rate in [150, 250, 400] {
        let mut bench = Bench::new(Bitrate::kbps(4_000), Bitrate::kbps(1_500));
        bench.run(10);
        bench.rate = Bitrate::kbps(rate);
        bench.queue = Duration::from_millis(300);
        let mut seconds = Vec::new();
        for _ in 0..8 {
            bench.run(1);
            seconds.push(bench.estimate());
        }
        let least = seconds.iter().min().copied().unwrap_or_default();
        assert!(least * 100 >= rate * 75, "{seconds:?} of {rate}");
    }
}

#[test]
fn overuse_by_a_picture_does_not_count_how_little_was_sent_before_it() {
    let now = Instant::now();
    let mut delay = DelayControl::new(Bitrate::kbps(210));
    // Sound alone, then a picture that the path takes its time for.
    let mut throughput = Throughput::default();
    let mut at = Duration::ZERO;
    for _ in 0..50 {
        at += Duration::from_millis(20);
        throughput.count(at, 200);
    }
    for _ in 0..4 {
        at += Duration::from_millis(32);
        throughput.count(at, 1_000);
    }
    let (usual, busiest) = (throughput.rate(), throughput.busiest());
    assert!(usual.is_some_and(|rate| rate < Bitrate::kbps(170)), "{usual:?}");
    assert_eq!(busiest, Some(Bitrate::kbps(250)));
    let arriving = Arriving { usual, busiest };
    delay.update(now, delay::Usage::Over, arriving, None);
    assert_eq!(delay.rate(), Bitrate::kbps(210).percent(85), "no more than was hoped for");
    let later = now + Duration::from_millis(400);
    delay.update(later, delay::Usage::Over, arriving, None);
    assert_eq!(delay.rate(), usual.unwrap().percent(85), "it did not help");
}

#[test]
fn loss_that_is_the_paths_own_does_not_end_the_picture() {
    for loss in [1, 5, 20, 30] {
        let mut bench = Bench::new(Bitrate::kbps(5_000), Bitrate::kbps(1_500));
        bench.loss = loss;
        bench.run(10);
        let mut least = u64::MAX;
        for _ in 0..20 {
            bench.run(1);
            least = least.min(bench.estimate());
        }
        assert!(least >= 500, "{least} with {loss} of a hundred lost");
    }
}

#[test]
fn loss_for_want_of_a_queue_is_answered_by_sending_less() {
    let mut bench = Bench::new(Bitrate::kbps(800), Bitrate::kbps(3_000));
    bench.queue = Duration::from_millis(15);
    bench.run(20);
    assert!(bench.estimate() <= 1_000, "{}", bench.estimate());
}

#[test]
fn nothing_is_probed_for_that_nobody_wants() {
    let mut bench = Bench::new(Bitrate::kbps(5_000), Bitrate::kbps(100));
    bench.bandwidth.set_desired(Bitrate::kbps(120));
    bench.run(5);
    assert_eq!(bench.bandwidth.poll_timeout(), None);
    assert_eq!(bench.bandwidth.take_padding(bench.now), 0);
}

#[test]
fn feedback_that_makes_no_sense_changes_nothing() {
    let mut bench = Bench::new(Bitrate::kbps(5_000), Bitrate::kbps(500));
    bench.run(2);
    let before = bench.estimate();
    for base in [0, 1, 30_000, 65_535] {
        bench.bandwidth.take_arrivals(bench.now, base, std::iter::repeat_n(Some(i64::MAX / 1_000), 100));
        bench.bandwidth.take_arrivals(bench.now, base, std::iter::repeat_n(Some(-7), 100));
    }
    assert!(bench.estimate() <= before * 2, "{} after {before}", bench.estimate());
    assert!(bench.bandwidth.history.len() <= HISTORY);
}
