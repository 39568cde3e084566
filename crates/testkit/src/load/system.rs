//! What the load engine knows of a system under test.

use std::net::UdpSocket;

use incamera_conference::wire::Source;
use str0m::Rtc;
use str0m::media::{Mid, Rid};

/// Everything that the load engine needs of a system under test: incamera, or a peer SFU.
pub trait System {
    /// Name, version, how it was built, and its settings, for the report.
    fn description(&self) -> Description;

    /// The processes whose CPU time counts as the server's. Helpers that only signal are not among them;
    /// [`Description::uncounted`] names those.
    fn processes(&self) -> Vec<u32>;

    /// Negotiates what a participant publishes and, where the system has one connection for both directions, prepares
    /// what it will receive. Signalling blocks; the engine drives the returned legs afterwards.
    ///
    /// # Errors
    /// If the system refuses, or its signalling fails.
    fn enter(&mut self, room: usize, participant: usize, plan: &Plan) -> anyhow::Result<Vec<Leg>>;

    /// Called when the publishers of the room are connected: subscribes this participant to what its plan asks for.
    ///
    /// # Errors
    /// If the system refuses, or its signalling fails.
    fn watch(&mut self, room: usize, participant: usize) -> anyhow::Result<Vec<Leg>>;

    /// Keep-alives and incoming signalling; called a few times a second.
    ///
    /// # Errors
    /// If the signalling connection is lost.
    fn poll(&mut self) -> anyhow::Result<()>;
}

/// What a report says of a system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Description {
    /// As its authors write it.
    pub name: String,
    /// Of the server.
    pub version: String,
    /// Who built it, and how.
    pub build: String,
    /// What differs from its defaults, and what was negotiated.
    pub settings: Vec<String>,
    /// Processes of the system whose CPU time is left out, and why.
    pub uncounted: Option<String>,
}

/// What one participant does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Publishes Opus.
    pub audio: bool,
    /// Publishes VP8 in the three layers of [`Layer::ALL`].
    pub camera: bool,
    /// Publishes VP8 in one layer.
    pub screen: bool,
    /// How many voices of others it receives.
    pub hears: usize,
    /// How many pictures of others it receives.
    pub sees: usize,
    /// Which layer of a camera it asks for.
    pub layer: Layer,
}

/// A simulcast layer of a camera.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Layer {
    /// A quarter of the width.
    Quarter,
    /// Half the width.
    Half,
    /// All of it.
    Full,
}

impl Layer {
    /// All of them, the smallest first.
    pub const ALL: [Self; 3] = [Self::Quarter, Self::Half, Self::Full];

    /// The restriction identifier (RFC 8851) that a publisher gives it.
    pub fn rid(self) -> &'static str {
        ["q", "h", "f"][self.index()]
    }

    /// 0 is the smallest.
    pub fn index(self) -> usize {
        self as usize
    }
}

/// One negotiated peer connection: the descriptions of both sides are set, ICE and DTLS are still to be done.
#[derive(Debug)]
pub struct Leg {
    /// In RTP mode.
    pub rtc: Rtc,
    /// Bound to a loopback address, which is its candidate.
    pub socket: UdpSocket,
    /// What is to be sent on it.
    pub sends: Vec<Sends>,
    /// Whether media comes on it.
    pub receives: bool,
}

/// A source that a leg sends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sends {
    /// What it is.
    pub source: Source,
    /// On which media section.
    pub mid: Mid,
    /// Its layers, the smallest first; none if it has but one.
    pub rids: Vec<Rid>,
}
