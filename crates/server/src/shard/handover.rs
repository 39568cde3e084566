//! Datagrams that the kernel gave to the wrong shard.
//!
//! It spreads them over the sockets by their addresses, and knows nothing of meetings. The first one from an address
//! says by its ICE user fragment where it belongs (RFC 8445, section 7.3); the address is remembered for the others.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::{Duration, Instant};

use incamera_media::ShardId;
use mio::Waker;

/// Datagrams that wait for another shard. The newest are dropped when there are more.
const QUEUE: usize = 4096;
/// Addresses that are remembered. The oldest is forgotten first.
const ADDRESSES: usize = 4096;
/// How long an address stays with its shard after the last check that said so. ICE repeats its checks more often
/// (RFC 7675), so that a forged one cannot lead somebody else's packets astray.
const LOYALTY: Duration = Duration::from_secs(15);

/// A datagram on its way.
pub(super) struct Stray {
    /// Who sent it.
    pub(super) source: SocketAddr,
    /// Our address that it arrived at.
    pub(super) local: Option<IpAddr>,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
}

/// The queues to all shards, and the end of each.
pub(super) fn routes(shards: usize) -> (Vec<SyncSender<Stray>>, Vec<Receiver<Stray>>) {
    (0..shards).map(|_| mpsc::sync_channel(QUEUE)).unzip()
}

/// One shard's part in it.
pub(super) struct Handover {
    routes: Vec<SyncSender<Stray>>,
    wakers: Vec<Arc<Waker>>,
    inlet: Receiver<Stray>,
    learned: Learned,
}

impl Handover {
    pub(super) fn new(
        routes: Vec<SyncSender<Stray>>,
        wakers: Vec<Arc<Waker>>,
        inlet: Receiver<Stray>,
    ) -> Self {
        Self { routes, wakers, inlet, learned: Learned::default() }
    }

    /// Remembers that this address belongs to another shard.
    pub(super) fn learn(&mut self, now: Instant, source: SocketAddr, shard: ShardId) {
        self.learned.learn(now, source, shard);
    }

    /// Where an address belongs, as far as is known.
    pub(super) fn owner(&self, source: SocketAddr) -> Option<ShardId> {
        self.learned.owner(source)
    }

    /// Hands a datagram over.
    pub(super) fn send(&self, shard: ShardId, stray: Stray) {
        let index = usize::from(shard.0);
        let (Some(route), Some(waker)) = (self.routes.get(index), self.wakers.get(index)) else { return };
        if route.try_send(stray).is_ok() {
            // A shard that cannot be woken will look at its next turn.
            let _ = waker.wake();
        }
    }

    /// The next one that others handed over.
    pub(super) fn receive(&self) -> Option<Stray> {
        self.inlet.try_recv().ok()
    }
}

/// Addresses of other shards' peers.
#[derive(Default)]
struct Learned {
    shards: HashMap<SocketAddr, (ShardId, Instant)>,
    order: VecDeque<SocketAddr>,
}

impl Learned {
    fn learn(&mut self, now: Instant, source: SocketAddr, shard: ShardId) {
        if let Some((known, since)) = self.shards.get_mut(&source) {
            if *known == shard || now.saturating_duration_since(*since) > LOYALTY {
                (*known, *since) = (shard, now);
            }
            return;
        }
        if self.order.len() >= ADDRESSES
            && let Some(oldest) = self.order.pop_front()
        {
            self.shards.remove(&oldest);
        }
        self.order.push_back(source);
        self.shards.insert(source, (shard, now));
    }

    fn owner(&self, source: SocketAddr) -> Option<ShardId> {
        self.shards.get(&source).map(|(shard, _)| *shard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    #[test]
    fn an_address_keeps_its_shard_while_checks_repeat() {
        let (mut learned, start) = (Learned::default(), Instant::now());
        learned.learn(start, address(1), ShardId(1));
        learned.learn(start + Duration::from_secs(10), address(1), ShardId(2));
        assert_eq!(learned.owner(address(1)), Some(ShardId(1)), "a forged check leads nobody astray");
        learned.learn(start + Duration::from_secs(10), address(1), ShardId(1));
        learned.learn(start + Duration::from_secs(20), address(1), ShardId(2));
        assert_eq!(learned.owner(address(1)), Some(ShardId(1)), "each check of its own renews it");
        learned.learn(start + Duration::from_secs(60), address(1), ShardId(2));
        assert_eq!(learned.owner(address(1)), Some(ShardId(2)), "an address can move");
    }

    #[test]
    fn the_table_has_a_bound_and_forgets_the_oldest() {
        let (mut learned, start) = (Learned::default(), Instant::now());
        for port in 0..=ADDRESSES {
            learned.learn(start, address(u16::try_from(port).expect("few")), ShardId(1));
        }
        assert_eq!(learned.shards.len(), ADDRESSES);
        assert_eq!(learned.owner(address(0)), None);
        assert_eq!(learned.owner(address(1)), Some(ShardId(1)));
    }
}
