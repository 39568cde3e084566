//! The public face: one shard's SFU.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use incamera_conference::ids::ParticipantId;
use incamera_conference::limits;
use incamera_conference::wire::{Slot, Source, SourceSection, Watch};

use crate::demux::{Claim, Demux};
use crate::ids::{PeerId, RoomId, ShardId};
use crate::meter::Meter;
use crate::offer::{Offer, OfferError};
use crate::path::Path;
use crate::random::Random;
use crate::router::{Key, Router};
use crate::stun::{self, Datagram};
use crate::transport::certificate::Certificate;
use crate::transport::webrtc::{WebRtc, Yield};

/// What one peer may send in a second. A camera in three layers and a screen, with retransmissions, is about 1,000
/// datagrams and 1 MB.
const PEER_PACKETS: u32 = 5_000;
const PEER_BYTES: u32 = 5_000_000;
/// Connectivity checks from addresses that are not bound yet, in a second: each costs an HMAC. Those that name one peer
/// are few, so that whoever knows its user fragment, itself included, uses up its own allowance only; the one over all
/// peers bounds what the shard spends on them together.
const PEER_STRANGERS: u32 = 50;
const ALL_STRANGERS: u32 = 20_000;
/// Checks for other shards, in a second, that are handed over whoever sent them. Those from addresses that are known
/// to belong there go by that.
const FOREIGN: u32 = 5_000;
/// Addresses of our own that a peer is told about.
const CANDIDATES: usize = 8;

/// How long it pays to wait for the rest of a frame. Encoders send a frame's packets at once; those that pace them further
/// apart than this are not waited for.
pub const LINGER: Duration = Duration::from_micros(150);

/// What an [`Sfu`] is made with.
#[derive(Clone)]
pub struct SfuConfig {
    /// Which one it is.
    pub shard: ShardId,
    /// Shared by all.
    pub certificate: Certificate,
    /// Where its randomness comes from, ICE passwords included: a secret from the operating system, another for each
    /// shard.
    pub seed: [u8; 32],
}

/// Whose a datagram is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Belongs {
    /// It was taken.
    Here,
    /// It names another shard: hand it over. That proves nothing about its sender.
    Shard(ShardId),
    /// It is nobody's here, or too much. If another shard has claimed its sender, hand it over.
    Nobody,
}

/// Datagrams to send to one destination.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Transmit<'a> {
    /// Our own address to send them from, where known: the one that the peer's datagrams arrive at.
    pub source: Option<IpAddr>,
    /// Where to.
    pub destination: SocketAddr,
    /// Bytes of each datagram; the last one may be shorter.
    pub segment: usize,
    /// All bytes: at most 64 datagrams and 64,000 bytes.
    pub contents: &'a [u8],
}

/// Something that the server should know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SfuEvent {
    /// What a peer's receive slots carry has changed.
    SlotsChanged {
        /// Whose slots.
        peer: PeerId,
        /// All that are not idle.
        slots: Vec<Slot>,
    },
    /// Media flows for the first time, or again after it was lost.
    Connected {
        /// Whose.
        peer: PeerId,
    },
    /// No sign of life over the media path; it may come back by itself, by an ICE restart or by a new connection.
    Disconnected {
        /// Whose.
        peer: PeerId,
    },
}

/// One shard of the SFU.
pub struct Sfu {
    config: SfuConfig,
    router: Router<WebRtc>,
    demux: Demux,
    members: HashMap<PeerId, Key>,
    /// By [`Key`].
    edges: Vec<Edge>,
    strangers: Meter,
    foreign: Meter,
    /// When a peer's transport has something to do. An entry that is not [`Edge::scheduled`] is void.
    timers: BinaryHeap<Reverse<(Instant, Key)>>,
    /// What transports yield; datagrams stay there until the turn ends.
    yielded: Yield,
}

/// What is known of a peer at the edge to the network.
struct Edge {
    meter: Meter,
    /// For checks from where the peer is not known to be.
    strangers: Meter,
    candidates: Vec<SocketAddr>,
    /// Its timer.
    scheduled: Option<Instant>,
}

// What follows is secret, or tells where people are: it prints as its name.

impl fmt::Debug for SfuConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SfuConfig").field("shard", &self.shard).finish_non_exhaustive()
    }
}

impl fmt::Debug for Transmit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transmit").field("bytes", &self.contents.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Sfu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sfu").field("shard", &self.config.shard).finish_non_exhaustive()
    }
}

impl Edge {
    fn new(candidates: Vec<SocketAddr>) -> Self {
        Self {
            meter: Meter::new(PEER_PACKETS, PEER_BYTES),
            strangers: Meter::new(PEER_STRANGERS, u32::MAX),
            candidates,
            scheduled: None,
        }
    }
}

impl Sfu {
    /// An SFU without rooms.
    pub fn new(_now: Instant, config: SfuConfig) -> Self {
        Self {
            router: Router::new(Random::new(config.seed)),
            config,
            demux: Demux::new(),
            members: HashMap::new(),
            edges: Vec::new(),
            strangers: Meter::new(ALL_STRANGERS, u32::MAX),
            foreign: Meter::new(FOREIGN, u32::MAX),
            timers: BinaryHeap::new(),
            yielded: Yield::default(),
        }
    }

    /// Adds a peer to a room, which comes to be with its first peer. `candidates` are the addresses at which our
    /// UDP port is reachable for this peer, the best first; up to eight of them go into every answer. A peer that is
    /// already there stays as it is, save for the candidates of its next connection.
    pub fn join(
        &mut self,
        _now: Instant,
        room: RoomId,
        peer: PeerId,
        participant: ParticipantId,
        mut candidates: Vec<SocketAddr>,
    ) {
        candidates.truncate(CANDIDATES);
        if let Some(key) = self.members.get(&peer) {
            self.edges[key.0 as usize].candidates = candidates;
            return;
        }
        let key = self.router.join(room, peer, participant);
        self.members.insert(peer, key);
        let edge = Edge::new(candidates);
        match self.edges.get_mut(key.0 as usize) {
            Some(former) => *former = edge,
            None => self.edges.push(edge),
        }
    }

    /// Takes a page's offer and returns the answer. A new DTLS fingerprint means a new peer connection, which
    /// replaces the former; the same one means a renegotiation or an ICE restart.
    pub fn handle_offer(
        &mut self,
        now: Instant,
        peer: PeerId,
        sdp: &str,
        sources: &[SourceSection],
    ) -> Result<String, OfferError> {
        let key = *self.members.get(&peer).ok_or(OfferError::NoSuchPeer)?;
        let offer = Offer::parse(sdp, sources)?;
        let mut random = self.router.random().fork();
        let present = self.router.transport_mut(key).filter(|transport| transport.is_of(&offer));
        let answer = match present {
            Some(transport) => {
                let answer = transport.renegotiate(now, &mut random, offer)?;
                let sections = transport.sections().to_vec();
                self.demux.set_fragment(key, transport.fragment());
                self.router.renegotiated(key, &sections);
                answer
            }
            None => {
                let Self { config, edges, .. } = self;
                let candidates = &edges[key.0 as usize].candidates;
                let (transport, answer) =
                    WebRtc::answer(now, config.shard, &config.certificate, candidates, &mut random, offer)?;
                let sections = transport.sections().to_vec();
                self.demux.forget(key);
                self.demux.set_fragment(key, transport.fragment());
                self.router.connect(key, transport, &sections);
                answer
            }
        };
        self.reschedule(key);
        Ok(answer)
    }

    /// Opens or closes the gate of a source. Gates are closed at first. From this call on not one packet of a source
    /// with a closed gate leaves, retransmissions included; what [`Self::poll_transmit`] has yet to hand out was sent
    /// before.
    pub fn set_gate(&mut self, now: Instant, peer: PeerId, source: Source, open: bool) {
        if let Some(key) = self.members.get(&peer) {
            self.router.set_gate(now, *key, source, open);
        }
    }

    /// Replaces the list of videos that a peer's page shows, the most important first. What is beyond
    /// [`limits::VIDEO_SLOTS`] is not seen.
    pub fn watch(&mut self, _now: Instant, peer: PeerId, videos: &[Watch]) {
        if let Some(key) = self.members.get(&peer) {
            self.router.watch(*key, &videos[..videos.len().min(limits::VIDEO_SLOTS)]);
        }
    }

    /// Removes a peer and all it sends.
    pub fn leave(&mut self, _now: Instant, peer: PeerId) {
        if let Some(key) = self.members.remove(&peer) {
            self.demux.forget(key);
            self.router.leave(key);
            self.edges[key.0 as usize] = Edge::new(Vec::new());
        }
    }

    /// Takes a datagram from the socket, or from another shard that it did not belong to. `local` is our own address
    /// that it arrived at, where the socket tells.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        source: SocketAddr,
        local: Option<IpAddr>,
        datagram: &[u8],
    ) -> Belongs {
        let key = match Datagram::read(datagram) {
            Datagram::Check { fragment } => {
                match self.checked(now, Path { remote: source, local }, fragment, datagram) {
                    Ok(key) => key,
                    Err(belongs) => return belongs,
                }
            }
            Datagram::Media => match self.demux.peer_of_address(source) {
                Some(key) => key,
                None => return Belongs::Nobody,
            },
            Datagram::Other => return Belongs::Nobody,
        };
        if !self.edges[key.0 as usize].meter.admits(now, datagram.len()) {
            return Belongs::Nobody;
        }
        self.drive(now, key, |transport, now, out| transport.handle_datagram(now, source, datagram, out));
        Belongs::Here
    }

    /// Finds the peer of a connectivity check, and binds its address to that peer once it is proven.
    fn checked(&mut self, now: Instant, path: Path, fragment: &[u8], check: &[u8]) -> Result<Key, Belongs> {
        match stun::shard_of(fragment) {
            None => return Err(Belongs::Nobody),
            Some(shard) if shard != self.config.shard => {
                let admitted = self.foreign.admits(now, check.len());
                return Err(if admitted { Belongs::Shard(shard) } else { Belongs::Nobody });
            }
            Some(_) => {}
        }
        let key = self.demux.peer_of_fragment(fragment).ok_or(Belongs::Nobody)?;
        let known = self.demux.peer_of_address(path.remote) == Some(key);
        let edge = &mut self.edges[key.0 as usize];
        let mut admitted =
            || edge.strangers.admits(now, check.len()) && self.strangers.admits(now, check.len());
        if !known && !admitted() {
            return Err(Belongs::Nobody);
        }
        let transport = self.router.transport_mut(key).ok_or(Belongs::Nobody)?;
        if !transport.authenticates(now, path, check) {
            return Err(Belongs::Nobody);
        }
        self.demux.bind(key, path.remote);
        Ok(key)
    }

    /// Whether the rest of a frame for many receivers is under way. To take it in the same turn, if it comes within
    /// [`LINGER`], costs far less: its packets then leave for each receiver together. Nobody can decode the part alone.
    pub fn expects_more(&self) -> bool {
        self.router.is_unfinished()
    }

    /// Ends a turn: decides what is to be decided, drains every peer that was touched, once, and hands what leaves to
    /// `send`. What is for one receiver is handed out together.
    pub fn handle_batch_end(&mut self, now: Instant, mut send: impl FnMut(Transmit<'_>)) {
        self.router.give_up_waiting();
        self.transmit(&mut send);
        // Draining one peer can touch others, by a request for a key frame; that settles in a second round.
        for _ in 0..4 {
            self.router.settle(now);
            let touched = self.router.take_touched();
            if touched.is_empty() {
                break;
            }
            for key in &touched {
                self.drive(now, *key, WebRtc::flush);
                self.transmit(&mut send);
            }
            self.router.recycle(touched);
        }
    }

    fn transmit(&mut self, send: &mut impl FnMut(Transmit<'_>)) {
        self.yielded.datagrams.drain(|path, segment, contents| {
            send(Transmit { source: path.local, destination: path.remote, segment, contents });
        });
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.router.handle_timeout(now);
        while let Some(Reverse((due, key))) = self.timers.peek().copied()
            && due <= now
        {
            self.timers.pop();
            if self.edges[key.0 as usize].scheduled == Some(due) {
                self.edges[key.0 as usize].scheduled = None;
                self.drive(now, key, WebRtc::handle_timeout);
            }
        }
    }

    /// Lets a peer's transport do something.
    fn drive(&mut self, now: Instant, key: Key, act: impl FnOnce(&mut WebRtc, Instant, &mut Yield)) {
        let mut out = std::mem::take(&mut self.yielded);
        if let Some(transport) = self.router.transport_mut(key) {
            act(transport, now, &mut out);
        }
        for event in out.events.drain(..) {
            self.router.handle_event(now, key, event);
        }
        self.yielded = out;
        self.reschedule(key);
    }

    /// Sets a peer's timer, unless it goes off early enough: it is looked at again then.
    fn reschedule(&mut self, key: Key) {
        let timeout = self.router.transport_mut(key).and_then(|transport| transport.poll_timeout());
        let edge = &mut self.edges[key.0 as usize];
        if let Some(timeout) = timeout
            && edge.scheduled.is_none_or(|scheduled| timeout < scheduled)
        {
            edge.scheduled = Some(timeout);
            self.timers.push(Reverse((timeout, key)));
        }
    }

    /// The next thing that other shards should know, so that they hand over what is ours. Nothing but an
    /// authenticated check makes one.
    pub fn poll_claim(&mut self) -> Option<Claim> {
        self.demux.poll_claim()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<SfuEvent> {
        self.router.poll_event()
    }

    /// When to call [`Self::handle_timeout`].
    pub fn poll_timeout(&self) -> Option<Instant> {
        let timer = self.timers.peek().map(|Reverse((due, _))| *due);
        timer.into_iter().chain(self.router.poll_timeout()).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_addresses_do_not_print() {
        let now = Instant::now();
        let (theirs, ours) = (SocketAddr::from(([203, 0, 113, 7], 50_123)), IpAddr::from([198, 51, 100, 9]));
        let transmit = Transmit { source: Some(ours), destination: theirs, segment: 3, contents: &[171; 3] };
        let config = SfuConfig { shard: ShardId(1), certificate: Certificate::generate(), seed: [171; 32] };
        let mut sfu = Sfu::new(now, config.clone());
        sfu.join(now, RoomId(1), PeerId(1), ParticipantId(1), vec![theirs]);
        sfu.demux.bind(Key(0), theirs);
        let claim = sfu.poll_claim().expect("of the address");
        let printed = format!("{transmit:?} {config:?} {sfu:?} {:?} {claim:?}", sfu.demux);
        for told in ["203", "198", "50123", "171"] {
            assert!(!printed.contains(told), "{told} in {printed}");
        }
    }
}
