//! What carries media to and from one peer.
//!
//! [`Transport`] is all that the router knows of it. [`webrtc`] is the real one; the library behind it appears in
//! no other file.

pub(crate) mod certificate;
mod clock;
mod extension;
mod paths;
pub(crate) mod webrtc;

#[cfg(test)]
pub(crate) mod fake;

use crate::packet::{Layer, Outgoing, Packet, Section};
use crate::rate::Bitrate;

/// What a new peer's path is taken to carry until it is measured.
pub(crate) const FIRST_ESTIMATE: Bitrate = Bitrate::kbps(800);

/// One peer's transport, as the router sees it.
pub(crate) trait Transport {
    /// Queues a packet for a receive slot of the peer. It leaves when the turn ends.
    fn send(&mut self, section: Section, packet: Outgoing);

    /// Forgets every packet of this slot: those that wait, and those kept for retransmission. After this nothing
    /// of them is sent, whatever the peer asks for.
    fn forget(&mut self, section: Section);

    /// Asks the peer for a key frame of what it publishes.
    fn request_key_frame(&mut self, section: Section, layer: Layer);

    /// Tells how much is to be sent to the peer, so that its path is measured for it.
    fn set_wanted_rates(&mut self, rates: WantedRates);
}

/// What a path is measured for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct WantedRates {
    /// Filled up with padding as far as the estimate goes: enough for the next better layer. An estimate hardly rises
    /// above what is sent, so that without this a path which was narrow for a moment would seem narrow for ever.
    /// Zero where everything wanted is sent.
    pub(crate) sustained: Bitrate,
    /// What would be sent if the path were good enough; it is probed for.
    pub(crate) desired: Bitrate,
}

impl WantedRates {
    /// Whether the difference is not worth telling.
    pub(crate) fn is_near(self, other: Self) -> bool {
        let near = |rate: Bitrate, other: Bitrate| rate <= other.percent(110) && rate >= other.percent(90);
        near(self.sustained, other.sustained) && near(self.desired, other.desired)
    }
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
    /// How much the path to the peer can carry.
    Estimate(Bitrate),
    /// It ended and will not come back.
    Closed,
}
