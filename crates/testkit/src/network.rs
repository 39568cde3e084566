//! A network that loses, delays, reorders and repeats, by a seed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// One direction of a node's access to the network.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// What every datagram takes.
    pub delay: Duration,
    /// What it may take on top; more than the distance between datagrams reorders them.
    pub jitter: Duration,
    /// Share that is lost, from 0 to 1.
    pub loss: f64,
    /// Share that arrives twice.
    pub duplication: f64,
    /// Bits per second that pass; unlimited if absent.
    pub rate: Option<u64>,
    /// How much may wait where there is a rate; what is beyond is lost.
    pub queue: Duration,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(10),
            jitter: Duration::ZERO,
            loss: 0.0,
            duplication: 0.0,
            rate: None,
            queue: Duration::from_millis(200),
        }
    }
}

/// A node's access: to the network and from it.
#[derive(Clone, Copy, Debug, Default)]
struct Access {
    up: Link,
    down: Link,
    /// When the queue of each direction is empty again.
    up_free: Option<Instant>,
    down_free: Option<Instant>,
}

/// A datagram under way.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Datagram {
    pub(crate) arrival: Instant,
    /// Breaks ties, so that order is kept where times are equal.
    number: u64,
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) contents: Vec<u8>,
}

/// All links and all that is under way.
#[derive(Debug)]
pub struct Network {
    random: StdRng,
    links: BTreeMap<SocketAddr, Access>,
    underway: BinaryHeap<Reverse<Datagram>>,
    sent: u64,
}

impl Network {
    /// A good network.
    pub fn new(seed: u64) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            links: BTreeMap::new(),
            underway: BinaryHeap::new(),
            sent: 0,
        }
    }

    /// Sets what a node sends through.
    pub fn set_up(&mut self, node: SocketAddr, link: Link) {
        self.links.entry(node).or_default().up = link;
    }

    /// Sets what a node receives through.
    pub fn set_down(&mut self, node: SocketAddr, link: Link) {
        self.links.entry(node).or_default().down = link;
    }

    /// Sends a datagram.
    pub(crate) fn send(&mut self, now: Instant, from: SocketAddr, to: SocketAddr, contents: Vec<u8>) {
        let bits = contents.len() as u64 * 8;
        let access = self.links.entry(from).or_default();
        let Some(sent) = pass(&mut self.random, access.up, &mut access.up_free, now, bits) else { return };
        let access = self.links.entry(to).or_default();
        let Some(arrival) = pass(&mut self.random, access.down, &mut access.down_free, sent, bits) else {
            return;
        };
        let twice = self.random.random_bool(access.down.duplication);
        for _ in 0..=usize::from(twice) {
            self.sent += 1;
            let datagram = Datagram { arrival, number: self.sent, from, to, contents: contents.clone() };
            self.underway.push(Reverse(datagram));
        }
    }

    /// The next datagram that has arrived by now.
    pub(crate) fn receive(&mut self, now: Instant) -> Option<Datagram> {
        if self.next_arrival()? > now {
            return None;
        }
        self.underway.pop().map(|Reverse(datagram)| datagram)
    }

    /// When the next datagram reaches somebody.
    pub fn next_arrival(&self) -> Option<Instant> {
        self.underway.peek().map(|Reverse(datagram)| datagram.arrival)
    }
}

/// When something that enters a link leaves it, if it does.
fn pass(
    random: &mut StdRng,
    link: Link,
    free: &mut Option<Instant>,
    now: Instant,
    bits: u64,
) -> Option<Instant> {
    if random.random_bool(link.loss) {
        return None;
    }
    let mut leaves = now;
    if let Some(rate) = link.rate {
        let starts = free.map_or(now, |free| free.max(now));
        if starts - now > link.queue {
            return None;
        }
        leaves = starts + Duration::from_nanos(bits * 1_000_000_000 / rate.max(1));
        *free = Some(leaves);
    }
    Some(leaves + link.delay + link.jitter.mul_f64(random.random()))
}
