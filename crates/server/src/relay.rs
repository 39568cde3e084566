//! Media over TLS (B3): what comes out of a TURN connection goes to a shard as a datagram from an address that nobody
//! has, and what a shard sends to such an address goes back into the connection. No socket is involved.

mod connection;
mod pace;

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use incamera_conference::wire::ServerMessage;
use incamera_media::Transmit;
use incamera_turn::{Issuer, Relayed, User};
use tokio::sync::mpsc;

pub use connection::RelayConnection;

use crate::{bytes, limits};

/// All connections that relay. All clones are the same.
#[derive(Clone)]
pub struct Relays(Arc<Shared>);

struct Shared {
    issuer: Issuer,
    /// The ways back to the clients.
    ways: RwLock<HashMap<Relayed, mpsc::Sender<Returning>>>,
    /// Allocations of each user.
    users: Mutex<HashMap<User, usize>>,
}

/// A datagram on its way to a client.
struct Returning {
    /// Which address of the media it leaves from.
    from: Option<IpAddr>,
    bytes: Vec<u8>,
}

/// A relayed address that is one connection's for as long as this is kept.
struct Seat {
    relays: Relays,
    relayed: Relayed,
}

/// One of the allocations that a user may have.
struct Share {
    relays: Relays,
    user: User,
}

impl Relays {
    /// None. Credentials of another run of the server are good for nothing here.
    pub fn new() -> Self {
        let issuer = Issuer::new(Instant::now(), bytes::random());
        Self(Arc::new(Shared { issuer, ways: RwLock::default(), users: Mutex::default() }))
    }

    /// New credentials, for somebody who is let in.
    pub fn issue(&self) -> ServerMessage {
        let credentials = self.0.issuer.issue(Instant::now(), bytes::random());
        ServerMessage::Relay { user: credentials.user.into(), password: credentials.password.into() }
    }

    /// Sends datagrams to a relayed address. Where nobody is behind it, or the queue is full, they are dropped: WebRTC
    /// repairs that.
    pub fn send(&self, transmit: &Transmit<'_>) {
        let Some(relayed) = Relayed::at(transmit.destination) else { return };
        let ways = self.0.ways.read().unwrap_or_else(PoisonError::into_inner);
        let Some(way) = ways.get(&relayed) else { return };
        for datagram in transmit.contents.chunks(transmit.segment.max(1)) {
            let returning = Returning { from: transmit.source, bytes: datagram.to_vec() };
            if way.try_send(returning).is_err() {
                return;
            }
        }
    }

    /// Gives a connection an address that no other one has.
    fn enter(&self) -> (Seat, mpsc::Receiver<Returning>) {
        let (way, returning) = mpsc::channel(limits::RELAY_QUEUE);
        let mut ways = self.0.ways.write().unwrap_or_else(PoisonError::into_inner);
        // Of 16 million a few thousand are taken.
        let relayed = loop {
            let relayed = Relayed::new(u32::from_be_bytes(bytes::random()));
            if !ways.contains_key(&relayed) {
                break relayed;
            }
        };
        ways.insert(relayed, way);
        (Seat { relays: self.clone(), relayed }, returning)
    }

    /// Counts an allocation. `None`: its user has enough.
    fn share(&self, user: User) -> Option<Share> {
        let mut users = self.users();
        let count = users.entry(user).or_default();
        if *count >= limits::RELAYS_PER_USER {
            return None;
        }
        *count += 1;
        Some(Share { relays: self.clone(), user })
    }

    fn users(&self) -> MutexGuard<'_, HashMap<User, usize>> {
        self.0.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Relays {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.relays.0.ways.write().unwrap_or_else(PoisonError::into_inner).remove(&self.relayed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        leave(&mut self.relays.users(), self.user);
    }
}

fn leave<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use incamera_turn::Family;

    use super::*;

    fn transmit<'a>(destination: Relayed, segment: usize, contents: &'a [u8]) -> Transmit<'a> {
        Transmit { source: None, destination: destination.address(Family::V4), segment, contents }
    }

    #[test]
    fn who_does_not_read_loses_datagrams_and_others_do_not() {
        let relays = Relays::new();
        let (slow, mut slow_inbox) = relays.enter();
        let (quick, mut quick_inbox) = relays.enter();
        for _ in 0..limits::RELAY_QUEUE {
            relays.send(&transmit(slow.relayed, 10, &[1; 25]));
        }
        relays.send(&transmit(quick.relayed, 10, &[2; 25]));
        let lengths = |inbox: &mut mpsc::Receiver<Returning>| {
            std::iter::from_fn(|| inbox.try_recv().ok())
                .map(|returning| returning.bytes.len())
                .collect::<Vec<_>>()
        };
        assert_eq!(lengths(&mut slow_inbox).len(), limits::RELAY_QUEUE, "so many wait, and no more");
        assert_eq!(lengths(&mut quick_inbox), [10, 10, 5], "one by one, however they were joined");
    }

    #[test]
    fn an_address_leads_nowhere_once_its_connection_is_gone() {
        let relays = Relays::new();
        let (seat, mut inbox) = relays.enter();
        let relayed = seat.relayed;
        drop(seat);
        relays.send(&transmit(relayed, 10, &[1; 10]));
        assert!(inbox.try_recv().is_err());
        assert!(relays.0.ways.read().expect("unpoisoned").is_empty());
    }

    #[test]
    fn one_user_has_so_many_allocations_d2() {
        let relays = Relays::new();
        let user = incamera_turn::parse::user(b"AAAAAAAAAAAAAAAA").expect("one");
        let other = incamera_turn::parse::user(b"AAAAAAAAAAAAAAAB").expect("one");
        let mut shares: Vec<_> = (0..100).map_while(|_| relays.share(user)).collect();
        assert_eq!(shares.len(), limits::RELAYS_PER_USER);
        assert!(relays.share(other).is_some());
        shares.pop();
        assert!(relays.share(user).is_some());
        drop(shares);
        assert!(relays.users().is_empty());
    }
}
