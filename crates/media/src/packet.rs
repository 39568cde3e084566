//! Media packets, apart from how they travel.

use std::sync::Arc;
use std::time::Instant;

use crate::descriptor::Descriptor;

/// A media section of a peer's session description, by its position. All sections share one transport (RFC 8843).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Section(pub(crate) u8);

/// What a media section carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Opus.
    Audio,
    /// VP8.
    Video,
}

impl Kind {
    /// RTP timestamp units per second.
    pub(crate) fn clock_rate(self) -> u32 {
        match self {
            Self::Audio => 48_000,
            Self::Video => 90_000,
        }
    }
}

/// A simulcast layer (RFC 8853), told by its restriction identifier. What is sent once only is [`Layer::Full`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Layer {
    /// `q`: a quarter of the width and height of a large picture.
    Quarter,
    /// `h`: half of them. What is too small to be halved twice is sent whole in a lower layer than [`Self::Full`].
    Half,
    /// `f`, or no simulcast.
    Full,
}

impl Layer {
    /// All of them, the smallest first.
    pub(crate) const ALL: [Self; 3] = [Self::Quarter, Self::Half, Self::Full];

    /// Reads an `a=rid` identifier (RFC 8851).
    pub(crate) fn from_rid(rid: &str) -> Option<Self> {
        match rid {
            "q" => Some(Self::Quarter),
            "h" => Some(Self::Half),
            "f" => Some(Self::Full),
            _ => None,
        }
    }

    /// Position in [`Self::ALL`].
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// A packet that a publisher sent.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    /// Of the simulcast.
    pub(crate) layer: Layer,
    /// Extended beyond 16 bits.
    pub(crate) sequence: u64,
    /// In units of [`Kind::clock_rate`], with a random origin per layer.
    pub(crate) timestamp: u32,
    /// Last packet of a video frame.
    pub(crate) marker: bool,
    /// When it was captured, on our clock, as the publisher's sender reports tell (RFC 3550, 6.4.1); else when it came.
    pub(crate) captured: Instant,
    /// From the header extension, where the publisher sends it.
    pub(crate) descriptor: Option<Descriptor>,
    /// Opaque save for the payload descriptor at its beginning.
    pub(crate) payload: Arc<[u8]>,
}

/// A packet for a receiver, rewritten so that it continues what the slot carried before.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    /// Without gaps of our making.
    pub(crate) sequence: u64,
    /// Continuous over layers and sources.
    pub(crate) timestamp: u32,
    /// As it was.
    pub(crate) marker: bool,
    /// As it was.
    pub(crate) captured: Instant,
    /// With a continuous frame number.
    pub(crate) descriptor: Option<Descriptor>,
    /// What the payload descriptor shall say instead.
    pub(crate) picture: Option<Picture>,
    /// As it was.
    pub(crate) payload: Arc<[u8]>,
}

/// The running numbers of a VP8 payload descriptor (RFC 7741, 4.2), where it has them.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Picture {
    /// `PictureID`; 15 bits, or 7 in the short form.
    pub(crate) id: Option<u16>,
    /// `TL0PICIDX`.
    pub(crate) base_layer: Option<u8>,
}
