//! What a system under test is to the engine: a signalling that hands out negotiated peer connections.

use std::net::UdpSocket;

use incamera_conference::wire::Source;
pub use incamera_participant::MediaKey;
use serde::{Deserialize, Serialize};
use str0m::media::{Mid, Rid};
use str0m::{Rtc, RtcConfig};

/// Everything that the engine needs of a system under test: incamera, or another SFU.
///
/// Rooms and participants are numbered from 0. Who watches whom is a rule, the same for all systems: a participant sees
/// the cameras (or screens) of the next `sees` publishers after its own number, in a ring over those of its room, and hears
/// up to `hears` others.
pub trait System {
    /// Name, version, how it was built, and its settings, for the report.
    fn description(&self) -> Description;

    /// The processes whose CPU time counts as the server's. Helpers such as a main thread that only signals may be left
    /// out; the description says which.
    fn processes(&self) -> Vec<u32>;

    /// Negotiates what a participant publishes and, where the system has one connection for both directions, prepares
    /// what it will receive. Blocks while it signals; the engine drives the returned legs afterwards.
    fn enter(&mut self, room: usize, participant: usize, plan: &Plan) -> anyhow::Result<Vec<Leg>>;

    /// Called when the publishers of the room are connected: subscribes this participant to what its plan asked for.
    fn watch(&mut self, room: usize, participant: usize) -> anyhow::Result<Vec<Leg>>;

    /// Keep-alives and incoming signalling; called a few times a second.
    fn poll(&mut self) -> anyhow::Result<()>;

    /// Everybody leaves. Blocks until that was said.
    fn empty(&mut self) -> anyhow::Result<()> {
        anyhow::bail!("nobody can leave it yet")
    }

    /// The end-to-end key that a participant has now, where the system brings people into an encrypted group. Where there
    /// is none, the engine encrypts with a key of its own.
    fn media_key(&self, _room: usize, _participant: usize) -> Option<MediaKey> {
        None
    }
}

/// How a system was built and set, in words.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Description {
    /// As in the report.
    pub name: String,
    /// As it calls itself.
    pub version: String,
    /// From what, with which compiler and flags.
    pub build: String,
    /// Whatever differs from its defaults, and what the numbers do not include.
    pub settings: String,
}

/// What one participant does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Plan {
    /// Publishes sound.
    pub audio: bool,
    /// Publishes a camera in the simulcast layers `q`, `h` and `f`.
    pub camera: bool,
    /// Publishes a screen in one layer.
    pub screen: bool,
    /// How many others it hears.
    pub hears: usize,
    /// How many videos it sees.
    pub sees: usize,
    /// Which simulcast layer it asks for.
    pub layer: Layer,
    /// Whether what it receives is opened and checked, so that it needs the keys.
    pub sampled: bool,
}

/// A simulcast layer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// `q`.
    #[default]
    Quarter,
    /// `h`.
    Half,
    /// `f`.
    Full,
}

/// What all participants of all systems begin with: they offer nothing that no workload uses, as pages do.
pub fn bare() -> RtcConfig {
    Rtc::builder().clear_codecs().enable_opus(true, false).enable_vp8(true).set_rtp_mode(true)
}

impl Layer {
    /// The smallest first.
    pub const ALL: [Self; 3] = [Self::Quarter, Self::Half, Self::Full];

    /// Its restriction identifier.
    pub fn rid(self) -> &'static str {
        match self {
            Self::Quarter => "q",
            Self::Half => "h",
            Self::Full => "f",
        }
    }
}

/// One negotiated peer connection: both descriptions are set. Most have not begun with ICE and DTLS; some stand already.
pub struct Leg {
    /// The connection, in RTP mode.
    pub rtc: Rtc,
    /// Bound in 127.0.0.0/8; its address is a candidate of `rtc`.
    pub socket: UdpSocket,
    /// What is sent on it.
    pub sends: Vec<Sends>,
    /// Whether media may come on it.
    pub receives: bool,
}

/// A source that a leg sends.
#[derive(Clone, Debug)]
pub struct Sends {
    /// Which.
    pub source: Source,
    /// Its media section.
    pub mid: Mid,
    /// Its simulcast layers, the smallest first; none where there is one stream.
    pub rids: Vec<Rid>,
}

/// The publishers, by their number, that a participant of this number sees: the next ones after it in a ring.
pub fn seen_by(participant: usize, publishers: &[usize], sees: usize) -> Vec<usize> {
    let after = publishers.iter().copied().filter(|other| *other > participant);
    let before = publishers.iter().copied().filter(|other| *other < participant);
    after.chain(before).take(sees).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_see_those_after_them_and_never_themselves() {
        let publishers = [0, 1, 2, 3];
        assert_eq!(seen_by(1, &publishers, 2), [2, 3]);
        assert_eq!(seen_by(3, &publishers, 2), [0, 1]);
        assert_eq!(seen_by(9, &publishers, 9), [0, 1, 2, 3]);
        assert_eq!(seen_by(2, &publishers, 9), [3, 0, 1]);
    }
}
