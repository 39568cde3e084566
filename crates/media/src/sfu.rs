//! The public face.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use incamera_conference::ids::ParticipantId;
use incamera_conference::wire::{Slot, Source, SourceSection, Watch};

use crate::ids::{PeerId, RoomId, ShardId};

/// The DTLS certificate (RFC 5764). Made once per process and shared by all shards.
#[derive(Clone, Debug)]
pub struct Certificate;

impl Certificate {
    /// Makes a new self-signed one. Its fingerprint goes into every answer.
    pub fn generate() -> Self {
        Self
    }
}

/// What an [`Sfu`] is made with.
#[derive(Clone, Debug)]
pub struct SfuConfig {
    /// Which one it is.
    pub shard: ShardId,
    /// Shared by all.
    pub certificate: Certificate,
    /// Randomness for where sequence numbers and timestamps begin.
    pub seed: u64,
}

/// Whose a datagram is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Belongs {
    /// It was taken.
    Here,
    /// It belongs to a peer of another shard: hand it over.
    Shard(ShardId),
    /// It is nobody's, or too much; it was dropped.
    Nobody,
}

/// A datagram to send.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transmit {
    /// Our own address to send it from, where known: the one that the peer's datagrams arrive at.
    pub source: Option<IpAddr>,
    /// Where to.
    pub destination: SocketAddr,
    /// The bytes.
    pub contents: Vec<u8>,
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
    /// No sign of life over the media path; it may come back by itself or by an ICE restart.
    Disconnected {
        /// Whose.
        peer: PeerId,
    },
}

/// Why an offer cannot be used. The connection is as it was before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfferError {
    /// It came from somebody who did not join.
    #[error("no such peer")]
    NoSuchPeer,
    /// It is longer than [`incamera_conference::limits::SDP`].
    #[error("the offer is too long")]
    TooLong,
    /// It is not a session description.
    #[error("the offer cannot be parsed")]
    Malformed,
}

/// One shard of the SFU.
#[derive(Debug)]
pub struct Sfu {}

impl Sfu {
    /// An SFU without rooms.
    pub fn new(_now: Instant, _config: SfuConfig) -> Self {
        Self {}
    }

    /// Adds a peer to a room, which comes to be with its first peer. `candidates` are the addresses at which our
    /// UDP port is reachable for this peer; they go into every answer.
    pub fn join(
        &mut self,
        _now: Instant,
        _room: RoomId,
        _peer: PeerId,
        _participant: ParticipantId,
        _candidates: Vec<SocketAddr>,
    ) {
    }

    /// Takes a page's offer and returns the answer. A new DTLS fingerprint means a new peer connection, which
    /// replaces the former; the same one means a renegotiation or an ICE restart.
    pub fn handle_offer(
        &mut self,
        _now: Instant,
        _peer: PeerId,
        _sdp: &str,
        _sources: &[SourceSection],
    ) -> Result<String, OfferError> {
        Err(OfferError::Malformed)
    }

    /// Opens or closes the gate of a source. Gates are closed at first. From this call on not one packet of a source
    /// with a closed gate is sent to anybody, retransmissions included.
    pub fn set_gate(&mut self, _now: Instant, _peer: PeerId, _source: Source, _open: bool) {}

    /// Replaces the list of videos that a peer's page shows, the most important first.
    pub fn watch(&mut self, _now: Instant, _peer: PeerId, _videos: &[Watch]) {}

    /// Removes a peer and all it sends.
    pub fn leave(&mut self, _now: Instant, _peer: PeerId) {}

    /// Takes a datagram from the socket. `local` is our own address that it arrived at, where the socket tells.
    pub fn handle_datagram(
        &mut self,
        _now: Instant,
        _source: SocketAddr,
        _local: Option<IpAddr>,
        _datagram: &[u8],
    ) -> Belongs {
        Belongs::Nobody
    }

    /// Ends a turn: drains every peer that was touched, once.
    pub fn handle_batch_end(&mut self, _now: Instant) {}

    /// Does what is due.
    pub fn handle_timeout(&mut self, _now: Instant) {}

    /// The next datagram to send. Those to one receiver come one after the other.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        None
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<SfuEvent> {
        None
    }

    /// When to call [`Self::handle_timeout`].
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}
