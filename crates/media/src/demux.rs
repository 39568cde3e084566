//! Whose datagrams come from which address.
//!
//! An address becomes a peer's only after a connectivity check from it was authenticated, so nothing that a
//! stranger sends makes an entry, here or at another shard: the others are told what is bound here, and nothing else.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::net::SocketAddr;

use crate::router::Key;

/// Addresses of one peer at a time: several network paths and a change between them.
const ADDRESSES_PER_PEER: usize = 8;

/// What other shards should know about an address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// A peer of this shard has just proven to be there.
    Here(SocketAddr),
    /// No peer of this shard is there any more.
    Gone(SocketAddr),
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Here(_) => "Here(…)",
            Self::Gone(_) => "Gone(…)",
        })
    }
}

/// The address book of a shard. Prints none of it.
pub(crate) struct Demux {
    peers: HashMap<SocketAddr, Key>,
    /// Of each peer, the one that was bound last at the end.
    addresses: HashMap<Key, VecDeque<SocketAddr>>,
    fragments: HashMap<Box<[u8]>, Key>,
    /// For the other shards, until they are fetched.
    claims: VecDeque<Claim>,
}

impl fmt::Debug for Demux {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Demux").finish_non_exhaustive()
    }
}

impl Demux {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self {
            peers: HashMap::new(),
            addresses: HashMap::new(),
            fragments: HashMap::new(),
            claims: VecDeque::new(),
        }
    }

    /// The peer that an ICE user fragment of ours was given to.
    pub(crate) fn peer_of_fragment(&self, fragment: &[u8]) -> Option<Key> {
        self.fragments.get(fragment).copied()
    }

    /// The peer that an address belongs to.
    pub(crate) fn peer_of_address(&self, address: SocketAddr) -> Option<Key> {
        self.peers.get(&address).copied()
    }

    /// Gives a user fragment to a peer; the former one is void.
    pub(crate) fn set_fragment(&mut self, key: Key, fragment: &str) {
        if self.peer_of_fragment(fragment.as_bytes()) == Some(key) {
            return;
        }
        self.fragments.retain(|_, owner| *owner != key);
        self.fragments.insert(fragment.as_bytes().into(), key);
    }

    /// Binds an address to the peer that proved to be there, whoever was there before. Beyond the bound, the address
    /// bound first is forgotten.
    pub(crate) fn bind(&mut self, key: Key, remote: SocketAddr) {
        // Each time: meanwhile it may have been proven at another shard.
        self.claims.push_back(Claim::Here(remote));
        let former = self.peers.insert(remote, key);
        if let Some(former) = former {
            if former == key {
                return;
            }
            if let Some(addresses) = self.addresses.get_mut(&former) {
                addresses.retain(|address| *address != remote);
            }
        }
        let addresses = self.addresses.entry(key).or_default();
        addresses.push_back(remote);
        if addresses.len() > ADDRESSES_PER_PEER
            && let Some(oldest) = addresses.pop_front()
        {
            self.release(oldest);
        }
    }

    /// Forgets a peer, or its connection that is replaced.
    pub(crate) fn forget(&mut self, key: Key) {
        self.fragments.retain(|_, owner| *owner != key);
        for address in self.addresses.remove(&key).unwrap_or_default() {
            self.release(address);
        }
    }

    fn release(&mut self, address: SocketAddr) {
        self.peers.remove(&address);
        self.claims.push_back(Claim::Gone(address));
    }

    /// The next thing to tell the other shards.
    pub(crate) fn poll_claim(&mut self) -> Option<Claim> {
        self.claims.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    #[test]
    fn a_peer_keeps_its_latest_addresses() {
        let mut demux = Demux::new();
        for port in 0..20 {
            demux.bind(Key(1), address(port));
        }
        assert_eq!(demux.peer_of_address(address(11)), None);
        assert_eq!(demux.peer_of_address(address(12)), Some(Key(1)));
        demux.bind(Key(2), address(19));
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
    fn other_shards_are_told_of_every_proof_and_every_end() {
        let mut demux = Demux::new();
        let claims = |demux: &mut Demux| std::iter::from_fn(|| demux.poll_claim()).collect::<Vec<_>>();
        demux.set_fragment(Key(1), "00fragment");
        assert_eq!(claims(&mut demux), [], "a fragment proves nothing");
        demux.bind(Key(1), address(1));
        demux.bind(Key(1), address(1));
        assert_eq!(claims(&mut demux), [Claim::Here(address(1)); 2]);
        for port in 2..=9 {
            demux.bind(Key(1), address(port));
        }
        assert!(claims(&mut demux).contains(&Claim::Gone(address(1))), "it was one too many");
        demux.bind(Key(2), address(9));
        demux.forget(Key(1));
        let told = claims(&mut demux);
        assert!(told.contains(&Claim::Gone(address(8))) && !told.contains(&Claim::Gone(address(9))));
    }
}
