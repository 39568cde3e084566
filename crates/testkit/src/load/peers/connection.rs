//! The participant's side of a connection with a peer.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use incamera_conference::wire::Source;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Simulcast, SimulcastLayer};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{Extension, ExtensionMap};
use str0m::{Candidate, Input, Output, Rtc};

use crate::load::system::{Layer, Leg, Plan, Sends, bare};

/// What `peers/apart` gives to an interface in a network of its own, for peers that take none that is loopback. It is
/// for documents (RFC 5737, section 3): no machine on a network has it.
const APART: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
/// For a connection to come about on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is waited for datagrams at a time.
const STEP: Duration = Duration::from_millis(1);

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
        ensure_all_here(answer)?;
        let answer = SdpAnswer::from_sdp_string(answer).context("the peer's answer")?;
        self.rtc.sdp_api().accept_answer(self.pending, answer).context("the peer's answer")?;
        Ok(Leg { rtc: self.rtc, socket: self.socket, sends: self.sends, receives: false })
    }
}

/// Answers the offer of a peer that sends.
pub(super) fn receiving(offer: &str) -> Result<(Leg, String)> {
    let (mut rtc, socket) = connection()?;
    ensure_all_here(offer)?;
    let offer = SdpOffer::from_sdp_string(offer).context("the peer's offer")?;
    let answer = rtc.sdp_api().accept_offer(offer).context("the peer's offer")?;
    Ok((Leg { rtc, socket, sends: Vec::new(), receives: true }, answer.to_sdp_string()))
}

/// Takes a candidate that a peer has told apart from its description.
pub(super) fn add_candidate(leg: &mut Leg, candidate: &str) -> Result<()> {
    ensure_here(candidate)?;
    leg.rtc.add_remote_candidate(Candidate::from_sdp_string(candidate).context("the peer's candidate")?);
    Ok(())
}

/// Does what the engine does later, until `done` says that it is: for peers that must have seen the first packets
/// before anybody can watch.
pub(super) fn drive(leg: &mut Leg, mut done: impl FnMut(&mut Rtc) -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let here = leg.socket.local_addr()?;
    leg.socket.set_read_timeout(Some(STEP))?;
    let mut buffer = [0; 2048];
    loop {
        loop {
            match leg.rtc.poll_output()? {
                Output::Transmit(transmit) => {
                    leg.socket.send_to(&transmit.contents, transmit.destination)?;
                }
                Output::Event(_) => {}
                Output::Timeout(_) => break,
            }
        }
        if done(&mut leg.rtc)? {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "a connection with the peer does not come about");
        match leg.socket.recv_from(&mut buffer) {
            Ok((length, from)) => {
                let receive = Receive::new(Protocol::Udp, from, here, &buffer[..length])?;
                leg.rtc.handle_input(Input::Receive(Instant::now(), receive))?;
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                leg.rtc.handle_input(Input::Timeout(Instant::now()))?;
            }
            Err(error) => bail!(error),
        }
    }
}

/// Whether the network that `peers/apart` makes is this one.
pub(super) fn ensure_apart() -> Result<()> {
    let advice = "run this as root by crates/testkit/peers/apart, which makes a network with another one";
    UdpSocket::bind((APART, 0)).map(drop).context(advice)
}

/// Load must never leave the machine, also if a peer is set up wrongly.
fn ensure_all_here(sdp: &str) -> Result<()> {
    sdp.lines().filter(|line| line.starts_with("a=candidate:")).try_for_each(ensure_here)
}

fn ensure_here(candidate: &str) -> Result<()> {
    let address = candidate.split(' ').nth(4).and_then(|address| address.parse::<IpAddr>().ok());
    let apart = address == Some(APART) && ensure_apart().is_ok();
    let here = apart || address.is_some_and(|address| address.is_loopback());
    ensure!(here, "not on loopback, nor the address that peers/apart gives: {candidate}");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_elsewhere_gets_no_load() {
        let at = |address: &str| format!("candidate:1 1 udp 2130706431 {address} 9000 typ host");
        assert!(ensure_here(&at("127.0.0.1")).is_ok());
        assert!(ensure_here(&at("::1")).is_ok());
        assert!(ensure_here(&at("192.168.0.7")).is_err());
        assert!(ensure_here(&at("printer.local")).is_err());
        assert!(ensure_here("candidate:1").is_err());
        // Where no interface has it, it would leave by the default route.
        let apart = UdpSocket::bind((APART, 0)).is_ok();
        assert_eq!(ensure_here(&at(&APART.to_string())).is_ok(), apart);
        let description = format!("v=0\r\na={}\r\na={}\r\n", at("127.0.0.1"), at("192.168.0.7"));
        assert!(ensure_all_here(&description).is_err());
    }
}
