//! Datagrams that the kernel gave to the wrong shard.
//!
//! It spreads them over the sockets by their addresses, and knows nothing of meetings. A connectivity check says by its
//! ICE user fragment where it belongs (RFC 8445, section 7.3). For all else there is one table for all shards: an
//! address is in it once the shard that owns it has authenticated a check from there, and until that shard lets go of
//! it. Who proved it last has it. Nothing that strangers send changes the table (D2).

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, PoisonError, RwLock};

use incamera_media::{Claim, ShardId};
use mio::Waker;

/// Datagrams that wait for another shard. The newest are dropped when there are more.
const QUEUE: usize = 4096;

/// A datagram on its way.
pub struct Stray {
    /// Who sent it.
    pub source: SocketAddr,
    /// Our address that it arrived at.
    pub local: Option<IpAddr>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The queues to all shards, and the end of each.
pub(super) fn routes(shards: usize) -> (Vec<SyncSender<Stray>>, Vec<Receiver<Stray>>) {
    (0..shards).map(|_| mpsc::sync_channel(QUEUE)).unzip()
}

/// Which shard's peers are where. As many as the peers' own addresses, which the SFU bounds.
#[derive(Clone, Default)]
pub(super) struct Addresses(Arc<RwLock<HashMap<SocketAddr, ShardId>>>);

impl Addresses {
    fn owner(&self, address: SocketAddr) -> Option<ShardId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&address).copied()
    }

    fn note(&self, shard: ShardId, claim: Claim) {
        let change = |address: SocketAddr, change: fn(&mut HashMap<_, _>, SocketAddr, ShardId)| {
            change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner), address, shard);
        };
        match claim {
            // Said again with each check: readers are not kept waiting for nothing.
            Claim::Here(address) if self.owner(address) == Some(shard) => {}
            Claim::Here(address) => change(address, |owners, address, shard| {
                owners.insert(address, shard);
            }),
            Claim::Gone(address) => change(address, |owners, address, shard| {
                if owners.get(&address) == Some(&shard) {
                    owners.remove(&address);
                }
            }),
        }
    }
}

/// One shard's part in it.
pub(super) struct Handover {
    own: ShardId,
    routes: Vec<SyncSender<Stray>>,
    wakers: Vec<Arc<Waker>>,
    inlet: Receiver<Stray>,
    relayed: Receiver<Stray>,
    addresses: Addresses,
}

impl Handover {
    pub(super) fn new(
        own: ShardId,
        routes: Vec<SyncSender<Stray>>,
        wakers: Vec<Arc<Waker>>,
        inlet: Receiver<Stray>,
        relayed: Receiver<Stray>,
        addresses: Addresses,
    ) -> Self {
        Self { own, routes, wakers, inlet, relayed, addresses }
    }

    /// Tells all shards what has become of an address here.
    pub(super) fn publish(&self, claim: Claim) {
        self.addresses.note(self.own, claim);
    }

    /// The other shard that has proven to own an address.
    pub(super) fn owner(&self, source: SocketAddr) -> Option<ShardId> {
        self.addresses.owner(source).filter(|shard| *shard != self.own)
    }

    /// Hands a datagram over.
    pub(super) fn send(&self, shard: ShardId, stray: Stray) {
        send(&self.routes, &self.wakers, shard, stray);
    }

    /// The next one that others handed over.
    pub(super) fn receive(&self) -> Option<Stray> {
        self.inlet.try_recv().ok()
    }

    /// The next one that came through a relay.
    pub(super) fn receive_relayed(&self) -> Option<Stray> {
        self.relayed.try_recv().ok()
    }
}

/// Queues a datagram for a shard.
pub(super) fn send(routes: &[SyncSender<Stray>], wakers: &[Arc<Waker>], shard: ShardId, stray: Stray) {
    let index = usize::from(shard.0);
    let (Some(route), Some(waker)) = (routes.get(index), wakers.get(index)) else { return };
    if route.try_send(stray).is_ok() {
        // A shard that cannot be woken will look at its next turn.
        let _ = waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_whose_who_proved_it_last() {
        let address = SocketAddr::from(([192, 0, 2, 1], 1));
        let (here, gone) = (Claim::Here(address), Claim::Gone(address));
        let addresses = Addresses::default();
        for (shard, claim, owner) in [
            (1, gone, None),
            (1, here, Some(1)),
            (1, here, Some(1)),
            (2, gone, Some(1)),
            (2, here, Some(2)),
            (1, gone, Some(2)),
            (1, here, Some(1)),
            (1, gone, None),
        ] {
            addresses.note(ShardId(shard), claim);
            assert_eq!(addresses.owner(address), owner.map(ShardId), "after {shard} said {claim:?}");
        }
    }
}
