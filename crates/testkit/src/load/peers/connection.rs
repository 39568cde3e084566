//! The participant's side of a connection with a peer.

use std::net::{IpAddr, UdpSocket};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use incamera_conference::wire::Source;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Simulcast, SimulcastLayer};
use str0m::rtp::{Extension, ExtensionMap};
use str0m::{Candidate, Rtc};

use crate::load::system::{Layer, Leg, Plan, Sends, bare};

/// A connection that has offered what it sends, and waits for the answer.
#[derive(Debug)]
pub(super) struct Publishing {
    rtc: Rtc,
    socket: UdpSocket,
    pending: SdpPendingOffer,
    offer: String,
    sends: Vec<Sends>,
}

impl Publishing {
    /// Offers what the plan publishes; `layers` is the order in which the peer wants to see them.
    pub(super) fn new(plan: &Plan, layers: &[Layer]) -> Result<Option<Self>> {
        let (mut rtc, socket) = connection()?;
        let sources =
            [(plan.audio, Source::Microphone), (plan.camera, Source::Camera), (plan.screen, Source::Screen)];
        let mut api = rtc.sdp_api();
        let mut sends = Vec::new();
        for (_, source) in sources.into_iter().filter(|(published, _)| *published) {
            let kind = if source.is_video() { MediaKind::Video } else { MediaKind::Audio };
            let camera = source == Source::Camera;
            let simulcast = camera.then(|| Simulcast {
                send: layers.iter().map(|layer| SimulcastLayer::new(layer.rid())).collect(),
                recv: Vec::new(),
            });
            let mid = api.add_media(kind, Direction::SendOnly, None, None, simulcast);
            let rids = Layer::ALL.iter().filter(|_| camera).map(|layer| layer.rid().into()).collect();
            sends.push(Sends { source, mid, rids });
        }
        let Some((offer, pending)) = api.apply() else { return Ok(None) };
        Ok(Some(Self { rtc, socket, pending, offer: offer.to_sdp_string(), sends }))
    }

    /// The offer.
    pub(super) fn offer(&self) -> &str {
        &self.offer
    }

    /// The SHA-256 fingerprint of its certificate, as an SDP has it.
    pub(super) fn fingerprint(&mut self) -> String {
        fingerprint(&mut self.rtc)
    }

    /// Takes the answer.
    pub(super) fn accept(mut self, answer: &str) -> Result<Leg> {
        ensure_loopback(answer)?;
        let answer = SdpAnswer::from_sdp_string(answer).context("the peer's answer")?;
        self.rtc.sdp_api().accept_answer(self.pending, answer).context("the peer's answer")?;
        Ok(Leg { rtc: self.rtc, socket: self.socket, sends: self.sends, receives: false })
    }
}

/// Answers the offer of a peer that sends.
pub(super) fn receiving(offer: &str) -> Result<(Leg, String)> {
    let (mut rtc, socket) = connection()?;
    ensure_loopback(offer)?;
    let offer = SdpOffer::from_sdp_string(offer).context("the peer's offer")?;
    let answer = rtc.sdp_api().accept_offer(offer).context("the peer's offer")?;
    Ok((Leg { rtc, socket, sends: Vec::new(), receives: true }, answer.to_sdp_string()))
}

/// Load must never leave the machine, also if a peer is set up wrongly.
fn ensure_loopback(sdp: &str) -> Result<()> {
    for candidate in sdp.lines().filter(|line| line.starts_with("a=candidate:")) {
        let address = candidate.split(' ').nth(4).and_then(|address| address.parse::<IpAddr>().ok());
        ensure!(address.is_some_and(|address| address.is_loopback()), "not on loopback: {candidate}");
    }
    Ok(())
}

/// The SHA-256 fingerprint of a connection's certificate, as an SDP has it.
pub(super) fn fingerprint(rtc: &mut Rtc) -> String {
    let bytes = rtc.direct_api().local_dtls_fingerprint().bytes.clone();
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// The codecs and header extensions of all measurements, and no others.
fn connection() -> Result<(Rtc, UdpSocket)> {
    let mut extensions = ExtensionMap::empty();
    extensions.set(1, Extension::TransportSequenceNumber);
    extensions.set(2, Extension::RtpMid);
    extensions.set(3, Extension::RtpStreamId);
    extensions.set(4, Extension::RepairedRtpStreamId);
    let mut rtc = bare().set_extension_map(extensions).build(Instant::now());
    let socket = UdpSocket::bind("127.0.0.1:0").context("a socket for a participant")?;
    rtc.add_local_candidate(Candidate::host(socket.local_addr()?, "udp")?);
    Ok((rtc, socket))
}
