//! What carries media to and from one peer.
//!
//! [`Transport`] is all that the router knows of it. [`webrtc`] is the real one; the library behind it appears in
//! no other file.

mod answer;
pub(crate) mod certificate;
mod clock;
pub(crate) mod datagrams;
mod extension;
mod keys;
mod pacer;
mod paths;
mod reports;
mod sender;
mod srtp;
pub(crate) mod webrtc;

#[cfg(test)]
pub(crate) mod fake;

use std::time::{Duration, Instant};

use crate::packet::{Layer, Outgoing, Packet, Section};
use crate::rate::Bitrate;

/// What a new peer's path is taken to carry until it is measured.
pub(crate) const FIRST_ESTIMATE: Bitrate = Bitrate::kbps(800);

/// One peer's transport, as the router sees it.
pub(crate) trait Transport {
    /// Queues a packet for a receive slot of the peer. It leaves when the turn ends.
    fn send(&mut self, section: Section, packet: Outgoing);

    /// Queues a packet that was sent before: the peer misses it.
    fn send_again(&mut self, section: Section, packet: Outgoing);

    /// Forgets every packet of this slot that waits. After this nothing of them is sent.
    fn forget(&mut self, section: Section);

    /// Asks the peer for a key frame of what it publishes.
    fn request_key_frame(&mut self, section: Section, layer: Layer);

    /// Tells how much would be sent if the path were good enough: it is probed for.
    fn set_wanted_rate(&mut self, rate: Bitrate);

    /// How long what waits to leave has waited.
    fn backlog(&self, now: Instant) -> Duration;
}

/// What a transport reports.
#[derive(Clone, Debug)]
pub(crate) enum TransportEvent {
    /// Media can flow.
    Connected,
    /// The path is lost; it may come back.
    Disconnected,
    /// A packet came.
    Packet {
        /// The section on which the peer publishes.
        section: Section,
        /// What came.
        packet: Packet,
    },
    /// The peer cannot go on without a key frame.
    KeyFrameWanted {
        /// The receive slot.
        section: Section,
    },
    /// A packet did not come to the peer.
    Lost {
        /// The receive slot.
        section: Section,
        /// Its sequence number.
        sequence: u16,
    },
    /// How much the path to the peer can carry.
    Estimate(Bitrate),
    /// It ended and will not come back.
    Closed,
}
