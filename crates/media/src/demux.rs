//! Whose datagrams come from which address.
//!
//! An address becomes a peer's only after a connectivity check from it was authenticated, so nothing that a
//! stranger sends makes an entry for a peer. Entries for other shards are hints: they are few, they expire, and
//! a wrong one costs some datagrams until the next check.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::ids::ShardId;
use crate::router::Key;

/// Addresses of one peer at a time: several network paths and a change between them.
const ADDRESSES_PER_PEER: usize = 8;
/// Hints for other shards. When full, an old one makes room, but none that media came by just now: strangers can make
/// as many hints as they like.
const HINTS: usize = 4096;
/// How long a hint is in use after media came by it. Voices send all the time.
const HINT_USE: Duration = Duration::from_secs(10);
/// Old hints that are looked at to find one that can go.
const HINT_TRIES: usize = 8;
/// How long a hint is believed; connectivity checks renew it every few seconds (RFC 7675).
const HINT_LIFETIME: Duration = Duration::from_secs(60);

/// One way to a peer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Path {
    /// Theirs.
    pub(crate) remote: SocketAddr,
    /// Ours, where the socket tells.
    pub(crate) local: Option<IpAddr>,
}

/// The address book of a shard. Prints none of it.
pub(crate) struct Demux {
    peers: HashMap<SocketAddr, (Key, Option<IpAddr>)>,
    /// Of each peer, the one that was bound last at the end.
    addresses: HashMap<Key, VecDeque<SocketAddr>>,
    fragments: HashMap<Box<[u8]>, Key>,
    hints: HashMap<SocketAddr, Hint>,
    /// Hints in the order in which they are asked to make room.
    hint_order: VecDeque<SocketAddr>,
}

/// Where an address that is not ours talks to.
struct Hint {
    shard: ShardId,
    made: Instant,
    /// When media came by it last.
    used: Option<Instant>,
}

impl std::fmt::Debug for Demux {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Demux").finish_non_exhaustive()
    }
}

impl Demux {
    /// An empty one. Takes all the memory for hints at once: strangers' datagrams then allocate nothing.
    pub(crate) fn new() -> Self {
        Self {
            peers: HashMap::new(),
            addresses: HashMap::new(),
            fragments: HashMap::new(),
            hints: HashMap::with_capacity(HINTS + 1),
            hint_order: VecDeque::with_capacity(HINTS + 1),
        }
    }

    /// The peer that an ICE user fragment of ours was given to.
    pub(crate) fn peer_of_fragment(&self, fragment: &[u8]) -> Option<Key> {
        self.fragments.get(fragment).copied()
    }

    /// The peer that an address belongs to.
    pub(crate) fn peer_of_address(&self, address: SocketAddr) -> Option<Key> {
        self.peers.get(&address).map(|(key, _)| *key)
    }

    /// The address of ours that a peer's datagrams from `remote` arrive at.
    pub(crate) fn local_for(&self, remote: SocketAddr) -> Option<IpAddr> {
        self.peers.get(&remote).and_then(|(_, local)| *local)
    }

    /// Gives a user fragment to a peer; the former one is void.
    pub(crate) fn set_fragment(&mut self, key: Key, fragment: &str) {
        if self.peer_of_fragment(fragment.as_bytes()) == Some(key) {
            return;
        }
        self.fragments.retain(|_, owner| *owner != key);
        self.fragments.insert(fragment.as_bytes().into(), key);
    }

    /// Binds an address to the peer that proved to be there. Beyond the bound, the address bound first is forgotten.
    pub(crate) fn bind(&mut self, key: Key, path: Path) {
        let former = self.peers.insert(path.remote, (key, path.local));
        if let Some((former, _)) = former {
            if former == key {
                return;
            }
            if let Some(addresses) = self.addresses.get_mut(&former) {
                addresses.retain(|address| *address != path.remote);
            }
        }
        let addresses = self.addresses.entry(key).or_default();
        addresses.push_back(path.remote);
        if addresses.len() > ADDRESSES_PER_PEER
            && let Some(oldest) = addresses.pop_front()
        {
            self.peers.remove(&oldest);
        }
    }

    /// Forgets a peer, or its connection that is replaced.
    pub(crate) fn forget(&mut self, key: Key) {
        self.fragments.retain(|_, owner| *owner != key);
        for address in self.addresses.remove(&key).unwrap_or_default() {
            self.peers.remove(&address);
        }
    }

    /// Remembers that an address talks to another shard, if there is room or room can be made.
    pub(crate) fn hint(&mut self, now: Instant, address: SocketAddr, shard: ShardId) {
        if let Some(hint) = self.hints.get_mut(&address) {
            (hint.shard, hint.made) = (shard, now);
            return;
        }
        if self.hints.len() >= HINTS && !self.drop_a_hint(now) {
            return;
        }
        self.hints.insert(address, Hint { shard, made: now, used: None });
        self.hint_order.push_back(address);
    }

    fn drop_a_hint(&mut self, now: Instant) -> bool {
        for _ in 0..HINT_TRIES {
            let Some(oldest) = self.hint_order.pop_front() else { return false };
            let used = self.hints.get(&oldest).and_then(|hint| hint.used);
            if used.is_none_or(|used| now.saturating_duration_since(used) >= HINT_USE) {
                self.hints.remove(&oldest);
                return true;
            }
            self.hint_order.push_back(oldest);
        }
        false
    }

    /// The shard that media from an address is for.
    pub(crate) fn hinted(&mut self, now: Instant, address: SocketAddr) -> Option<ShardId> {
        let hint = self.hints.get_mut(&address)?;
        let believed = now.saturating_duration_since(hint.made) < HINT_LIFETIME;
        hint.used = Some(now);
        believed.then_some(hint.shard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    fn path(port: u16) -> Path {
        Path { remote: address(port), local: None }
    }

    #[test]
    fn a_peer_keeps_its_latest_addresses() {
        let mut demux = Demux::new();
        for port in 0..20 {
            demux.bind(Key(1), path(port));
        }
        assert_eq!(demux.peer_of_address(address(11)), None);
        assert_eq!(demux.peer_of_address(address(12)), Some(Key(1)));
        demux.bind(Key(2), path(19));
        assert_eq!(demux.peer_of_address(address(19)), Some(Key(2)), "whoever proved it last");
        demux.forget(Key(1));
        assert_eq!(demux.peer_of_address(address(12)), None);
        assert_eq!(demux.peer_of_address(address(19)), Some(Key(2)));
    }

    #[test]
    fn a_peer_has_one_fragment() {
        let mut demux = Demux::new();
        demux.set_fragment(Key(1), "00old");
        demux.set_fragment(Key(1), "00new");
        assert_eq!(demux.peer_of_fragment(b"00old"), None);
        assert_eq!(demux.peer_of_fragment(b"00new"), Some(Key(1)));
    }

    #[test]
    fn hints_are_few_and_short_lived() {
        let now = Instant::now();
        let mut demux = Demux::new();
        for index in 0..=HINTS as u32 {
            demux.hint(now, SocketAddr::from((index.to_be_bytes(), 1)), ShardId(3));
        }
        assert_eq!(demux.hints.len(), HINTS);
        assert_eq!(demux.hint_order.len(), HINTS);
        let newest = SocketAddr::from(((HINTS as u32).to_be_bytes(), 1));
        assert_eq!(demux.hinted(now, newest), Some(ShardId(3)));
        assert_eq!(demux.hinted(now + HINT_LIFETIME, newest), None);
    }

    #[test]
    fn strangers_do_not_drive_out_hints_that_are_in_use() {
        let mut now = Instant::now();
        let mut demux = Demux::new();
        for port in 0..100 {
            demux.hint(now, address(port), ShardId(3));
        }
        for stranger in 0..20 * HINTS as u32 {
            now += Duration::from_micros(500);
            if stranger % 1000 == 0 {
                assert!((0..100).all(|port| demux.hinted(now, address(port)) == Some(ShardId(3))));
            }
            demux.hint(now, SocketAddr::from((stranger.to_be_bytes(), 1)), ShardId(3));
            assert!(demux.hints.len() <= HINTS && demux.hint_order.len() == demux.hints.len());
        }
        now += HINT_USE;
        for stranger in 0..2 * HINTS as u32 {
            demux.hint(now, SocketAddr::from((stranger.to_be_bytes(), 2)), ShardId(3));
        }
        assert_eq!(demux.hinted(now, address(0)), None, "those that are not, make room");
    }
}
