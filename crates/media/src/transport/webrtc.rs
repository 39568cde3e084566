//! The real transport: `str0m`, driven packet by packet. No other file names it, save for the header extensions and
//! the certificate beside it.
//!
//! The library does ICE, DTLS and receiving; what is forwarded to the peer goes through [`Sender`], which costs a
//! fraction of its sending. It knows none of our streams and so sends no RTP: two senders under one key would repeat
//! nonces.
//!
//! What must be known about it: it holds one received packet at a time, so it is drained after every datagram; what it
//! is asked to send leaves only with the next timeout. Packets for the peer wait in an outbox until the turn ends, and
//! a gate that closes meanwhile finds them there.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::change::SdpOffer;
use str0m::config::DtlsVersion;
use str0m::format::Codec;
use str0m::media::{KeyframeRequestKind, Mid, Rid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpPacket, Ssrc};
use str0m::{Candidate, Event, IceConnectionState, IceCreds, Input, Output, Rtc};

use super::clock::{Report, SenderClock};
use super::datagrams::Datagrams;
use super::pacer::Pacer;
use super::paths::Paths;
use super::sender::{Feedback, Sender, StreamConfig};
use super::{Transport, TransportEvent, answer, certificate::Certificate, extension, keys};
use crate::descriptor::Descriptor;
use crate::ids::ShardId;
use crate::offer::{Offer, OfferError, OfferedSection};
use crate::packet::{Kind, Layer, Outgoing, Packet, Section};
use crate::path::Path;
use crate::random::Random;
use crate::rate::Bitrate;
use crate::{rtcp, stun};

/// `str0m` releases one packet at each timeout and asks for the next one a microsecond later.
const STEP: Duration = Duration::from_micros(1);
/// Timers are not kept more precisely than this.
const TIMER_GRAIN: Duration = Duration::from_millis(1);
/// What a packet is longer by on the path than its payload, about.
const PACKET_OVERHEAD: usize = 72;
/// How often a peer is told of the loss of its sound: see [`super::reports`].
const REPORTS_OF_SOUND: Duration = Duration::from_secs(1);
/// Streams of one peer whose place is remembered: sources, layers, and changes of SSRC.
const STREAMS: usize = 32;

/// Packets of one turn that there is always room for.
const OUTBOX: usize = 16;

/// Where a transport puts what it has.
#[derive(Default)]
pub(crate) struct Yield {
    /// What happened, in order.
    pub(crate) events: Vec<TransportEvent>,
    /// What leaves.
    pub(crate) datagrams: Datagrams,
}

/// One peer connection.
pub(crate) struct WebRtc {
    /// Large, and not needed to forward a packet: elsewhere, so that what is needed lies close together.
    rtc: Box<Rtc>,
    shard: ShardId,
    candidates: Vec<SocketAddr>,
    sections: Vec<OfferedSection>,
    mids: Vec<Mid>,
    /// Sections that the library sees.
    seen: answer::Seen,
    fingerprint: String,
    state: State,
    clock: SenderClock,
    paths: Paths,
    /// The place of each stream, by SSRC.
    streams: Vec<(Ssrc, Section, Layer)>,
    sender: Sender,
    outbox: Vec<Waiting>,
    /// Pictures that a narrow path makes wait beyond the turn.
    pacer: Pacer<Waiting>,
    /// Where media goes, once that is known.
    path: Option<Path>,
    /// Whether the library was asked for something that leaves with its next timeout.
    asked: bool,
    /// Ours, since the last ICE restart.
    credentials: IceCreds,
    /// The user fragment that the library made up and that still stands in its candidates.
    placeholder: Option<String>,
    now: Instant,
    /// The library's.
    timeout: Instant,
    /// When the last timeout was handled.
    handled: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// No keys yet.
    New,
    /// Media can flow.
    Connected,
    /// It could.
    Disconnected,
    /// Over.
    Closed,
}

/// A packet that leaves when the turn ends.
struct Waiting {
    section: Section,
    packet: Outgoing,
    /// Whether it was sent before.
    again: bool,
}

impl std::fmt::Debug for WebRtc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebRtc").field("state", &self.state).finish_non_exhaustive()
    }
}

impl WebRtc {
    /// A new connection as the offer proposes it, with the answer.
    pub(crate) fn answer(
        now: Instant,
        shard: ShardId,
        certificate: &Certificate,
        candidates: &[SocketAddr],
        random: &mut Random,
        offer: Offer,
    ) -> Result<(Self, String), OfferError> {
        let credentials = credentials(shard, random);
        let mut rtc = Rtc::builder()
            .set_crypto_provider(keys::provider())
            .set_rtp_mode(true)
            .set_ice_lite(true)
            .set_local_ice_credentials(credentials.clone())
            .set_dtls_cert(certificate.0.clone())
            // The library's DTLS 1.3 server would choose an SRTP profile with SHA-1.
            .set_dtls_version(DtlsVersion::Dtls12)
            .set_extension_map(extension::map())
            .set_rtcp_report_interval_audio(REPORTS_OF_SOUND)
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .build(now);
        for address in candidates {
            let candidate = Candidate::host(*address, "udp").map_err(|_| OfferError::Unanswerable)?;
            rtc.add_local_candidate(candidate);
        }
        let mut transport = Self {
            rtc: Box::new(rtc),
            shard,
            candidates: candidates.to_vec(),
            sections: Vec::new(),
            mids: Vec::new(),
            seen: answer::Seen::default(),
            fingerprint: offer.fingerprint.clone(),
            state: State::New,
            clock: SenderClock::default(),
            paths: Paths::default(),
            streams: Vec::new(),
            sender: Sender::new(now),
            outbox: Vec::new(),
            pacer: Pacer::new(now),
            path: None,
            asked: false,
            credentials,
            placeholder: None,
            now,
            timeout: now,
            handled: now,
        };
        let answer = transport.accept(random, offer)?;
        Ok((transport, answer))
    }

    /// Whether an offer comes from the same peer connection of the page.
    pub(crate) fn is_of(&self, offer: &Offer) -> bool {
        self.fingerprint == offer.fingerprint
    }

    /// Changes this connection as the offer proposes, ICE restarts included, and returns the answer.
    pub(crate) fn renegotiate(
        &mut self,
        now: Instant,
        random: &mut Random,
        offer: Offer,
    ) -> Result<String, OfferError> {
        if self.state == State::Closed {
            return Err(OfferError::Unanswerable);
        }
        offer.continues(&self.sections)?;
        self.now = self.now.max(now);
        self.accept(random, offer).inspect_err(|_| {
            // Half of the offer may be in force, and we cannot tell which.
            self.state = State::Closed;
        })
    }

    fn accept(&mut self, random: &mut Random, offer: Offer) -> Result<String, OfferError> {
        // The library numbers our streams and writes that into the answer. It is told of those that it knew before.
        let former: Vec<StreamConfig> = self.sender.configs().collect();
        for config in former.iter().filter(|config| self.seen.contains(config.section)) {
            if let Some(mid) = self.mids.get(usize::from(config.section.0)) {
                let repair = config.repair.map(|(ssrc, _)| ssrc.into());
                self.rtc.direct_api().declare_stream_tx(config.ssrc.into(), repair, *mid, None);
            }
        }
        let split = self.seen.split(&offer);
        let parsed = SdpOffer::from_sdp_string(&split.offer).map_err(|_| OfferError::Malformed)?;
        let accepted = self.rtc.sdp_api().accept_offer(parsed);
        self.mids = offer.sections.iter().map(|section| section.mid.as_str().into()).collect();
        self.sections = offer.sections;
        self.streams.clear();
        let mut streams = self.take_streams();
        let answered = accepted.map_err(|_| OfferError::Unanswerable)?;
        let answered = self.with_our_credentials(random, answered.to_sdp_string());
        let answered = answer::with_constant_opus(&answered);
        let whole = self.seen.complete(&answered, &split, &self.sections, &mut streams, &former, random);
        self.sender.configure(answer::extensions_in(&answered), answer::name_in(&answered), &streams);
        self.asked = true;
        Ok(whole)
    }

    /// Takes the streams away from the library that it would send on.
    fn take_streams(&mut self) -> Vec<StreamConfig> {
        let params = self.rtc.codec_config().params().to_vec();
        let mut streams = Vec::new();
        for (section, mid) in self.sections.iter().zip(&self.mids) {
            let mut api = self.rtc.direct_api();
            let Some(stream) = api.stream_tx_by_mid(*mid, None) else { continue };
            let (ssrc, repair) = (stream.ssrc(), stream.rtx());
            api.remove_stream_tx(ssrc);
            let codec = match section.kind {
                Kind::Audio => Codec::Opus,
                Kind::Video => Codec::Vp8,
            };
            let Some(params) = params.iter().find(|params| params.spec().codec == codec) else { continue };
            let repair = repair.zip(params.resend());
            streams.push(StreamConfig {
                section: section.section,
                kind: section.kind,
                ssrc: *ssrc,
                format: *params.pt(),
                repair: repair.map(|(ssrc, format)| (*ssrc, *format)),
            });
        }
        streams
    }

    /// The library makes up new credentials at every ICE restart, without the shard and not secret enough. They are
    /// replaced, here and in the answer.
    fn with_our_credentials(&mut self, random: &mut Random, mut answer: String) -> String {
        let present = self.rtc.direct_api().local_ice_credentials();
        if present != self.credentials {
            self.credentials = credentials(self.shard, random);
            self.rtc.direct_api().set_local_ice_credentials(self.credentials.clone());
            answer = answer.replace(&present.pass, &self.credentials.pass);
            self.placeholder = Some(present.ufrag);
        }
        match &self.placeholder {
            Some(placeholder) => answer.replace(placeholder, &self.credentials.ufrag),
            None => answer,
        }
    }

    /// What stands before the colon of the user name in this peer's connectivity checks.
    pub(crate) fn fragment(&self) -> &str {
        &self.credentials.ufrag
    }

    /// The media sections as they were last agreed on.
    pub(crate) fn sections(&self) -> &[OfferedSection] {
        &self.sections
    }

    /// When [`Self::handle_timeout`] is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let ready = self.state == State::Connected && self.path.is_some();
        let due = self.sender.poll_timeout().into_iter().chain(self.pacer.poll_timeout()).min();
        let due = due.filter(|_| ready);
        // Whatever could not be done is not tried again at once.
        let due = due.map(|due| due.max(self.handled + TIMER_GRAIN));
        let timeout = due.map_or(self.timeout, |due| due.min(self.timeout));
        (self.state != State::Closed).then_some(timeout)
    }

    /// Whether a connectivity check was made with this connection's password.
    pub(crate) fn authenticates(&mut self, now: Instant, path: Path, check: &[u8]) -> bool {
        let Some(receive) = self.receive(path.remote, check) else { return false };
        if !self.rtc.accepts(&Input::Receive(now, receive)) {
            return false;
        }
        self.paths.checked(now, path, check);
        self.path = self.paths.current(now);
        true
    }

    /// All our candidates are one socket, so any of the right family will do.
    fn receive<'a>(&self, source: SocketAddr, datagram: &'a [u8]) -> Option<Receive<'a>> {
        let same_family = |address: &&SocketAddr| address.is_ipv4() == source.is_ipv4();
        let destination = self.candidates.iter().find(same_family)?;
        Receive::new(Protocol::Udp, source, *destination, datagram).ok()
    }

    /// Takes a datagram.
    pub(crate) fn handle_datagram(
        &mut self,
        now: Instant,
        source: SocketAddr,
        datagram: &[u8],
        out: &mut Yield,
    ) {
        if self.state == State::Closed {
            return;
        }
        self.now = self.now.max(now);
        if rtcp::is_rtcp(datagram) && !self.handle_rtcp(datagram, out) {
            return;
        }
        let Some(receive) = self.receive(source, datagram) else { return };
        keys::forget();
        if self.rtc.handle_input(Input::Receive(self.now, receive)).is_err() {
            return self.close(out);
        }
        self.drain(out);
    }

    /// Takes reports. Tells whether the library must see them, too.
    fn handle_rtcp(&mut self, datagram: &[u8], out: &mut Yield) -> bool {
        let of_sender = self.sender.handle_rtcp(self.now, datagram, |feedback| {
            out.events.push(match feedback {
                Feedback::Lost(section, sequence) => TransportEvent::Lost { section, sequence },
                Feedback::KeyFrameWanted(section) => TransportEvent::KeyFrameWanted { section },
            });
        });
        if let Some(estimate) = self.sender.bandwidth().take_change() {
            self.pacer.set_estimate(self.now, estimate);
            out.events.push(TransportEvent::Estimate(estimate));
        }
        of_sender
    }

    /// Ends a turn: sends what waits, and what the library was asked for.
    pub(crate) fn flush(&mut self, now: Instant, out: &mut Yield) {
        if self.state == State::Closed {
            return;
        }
        self.now = self.now.max(now);
        self.send_waiting(out);
        if self.asked {
            self.handle_timeout(now, out);
        }
    }

    fn send_waiting(&mut self, out: &mut Yield) {
        let Some(to) = self.path.filter(|_| self.state == State::Connected) else {
            self.pacer.retain(|_| false);
            return self.outbox.clear();
        };
        if self.pacer.is_open() {
            for Waiting { section, packet, again } in self.outbox.drain(..) {
                self.sender.write(self.now, to, section, &packet, again, &mut out.datagrams);
            }
            // A key frame now and then needs more.
            return self.outbox.shrink_to(OUTBOX);
        }
        for waiting in self.outbox.drain(..) {
            let bytes = waiting.packet.payload.len() + PACKET_OVERHEAD;
            let section = self.sections.get(usize::from(waiting.section.0));
            if section.is_some_and(|section| section.kind == Kind::Video) {
                self.pacer.push(self.now, bytes, waiting);
            } else {
                self.pacer.spend(bytes);
                let Waiting { section, packet, again } = waiting;
                self.sender.write(self.now, to, section, &packet, again, &mut out.datagrams);
            }
        }
        while let Some(Waiting { section, packet, again }) = self.pacer.pop(self.now) {
            self.sender.write(self.now, to, section, &packet, again, &mut out.datagrams);
        }
    }

    /// Does what is due.
    pub(crate) fn handle_timeout(&mut self, now: Instant, out: &mut Yield) {
        if self.state == State::Closed {
            return;
        }
        self.now = self.now.max(now);
        self.handled = self.now;
        self.path = self.paths.current(self.now);
        if let Some(to) = self.path.filter(|_| self.state == State::Connected) {
            self.send_waiting(out);
            self.sender.write_reports(self.now, to, &mut out.datagrams);
            self.sender.write_padding(self.now, to, &mut out.datagrams);
        }
        if self.timeout > self.now && !self.asked {
            return;
        }
        self.asked = false;
        keys::forget();
        loop {
            if self.rtc.handle_input(Input::Timeout(self.now)).is_err() {
                return self.close(out);
            }
            let sent = out.datagrams.count();
            self.drain(out);
            let again = out.datagrams.count() > sent && self.timeout <= self.now + STEP;
            if !again || self.state == State::Closed {
                break;
            }
            self.now += STEP;
        }
        self.timeout = self.timeout.max(self.now + TIMER_GRAIN);
    }

    fn drain(&mut self, out: &mut Yield) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(timeout)) => {
                    self.timeout = timeout;
                    break;
                }
                Ok(Output::Transmit(transmit)) => {
                    let is_answer = matches!(transmit.contents.first(), Some(0..=3));
                    let current = self.paths.current(self.now).filter(|_| !is_answer);
                    let path = current.unwrap_or_else(|| self.paths.to(transmit.destination));
                    out.datagrams.push(path, &transmit.contents);
                }
                Ok(Output::Event(event)) => self.translate(event, out),
                Err(_) => return self.close(out),
            }
        }
        if let Some(contexts) = keys::take() {
            self.sender.set_contexts(contexts);
        }
        if !self.rtc.is_alive() {
            self.close(out);
        }
    }

    fn close(&mut self, out: &mut Yield) {
        if self.state != State::Closed {
            self.state = State::Closed;
            self.outbox.clear();
            out.events.push(TransportEvent::Closed);
        }
    }

    fn translate(&mut self, event: Event, out: &mut Yield) {
        let event = match event {
            Event::Connected if self.state == State::New => {
                self.state = State::Connected;
                TransportEvent::Connected
            }
            Event::IceConnectionStateChange(IceConnectionState::Disconnected)
                if self.state == State::Connected =>
            {
                self.state = State::Disconnected;
                TransportEvent::Disconnected
            }
            Event::IceConnectionStateChange(state)
                if state.is_connected() && self.state == State::Disconnected =>
            {
                self.state = State::Connected;
                TransportEvent::Connected
            }
            Event::RtpPacket(packet) => match self.read(packet) {
                Some((section, packet)) => TransportEvent::Packet { section, packet },
                None => return,
            },
            Event::Closed => return self.close(out),
            _ => return,
        };
        out.events.push(event);
    }

    fn section_of(&self, mid: Mid) -> Option<Section> {
        let position = self.mids.iter().position(|known| *known == mid)?;
        u8::try_from(position).ok().map(Section)
    }

    fn kind_of(&self, section: Section) -> Option<Kind> {
        self.sections.get(usize::from(section.0)).map(|section| section.kind)
    }

    /// Finds where a packet belongs by the library's own binding of its SSRC: the identifying extensions are absent
    /// from most packets.
    fn place_of(&mut self, ssrc: Ssrc) -> Option<(Section, Layer)> {
        if let Some((_, section, layer)) = self.streams.iter().find(|(known, ..)| *known == ssrc) {
            return Some((*section, *layer));
        }
        let mut api = self.rtc.direct_api();
        let stream = api.stream_rx(&ssrc)?;
        let (mid, rid) = (stream.mid(), stream.rid());
        let layer = match rid {
            None => Layer::Full,
            Some(rid) => Layer::from_rid(&rid.to_string())?,
        };
        let section = self.section_of(mid)?;
        if self.streams.len() == STREAMS {
            self.streams.clear();
        }
        self.streams.push((ssrc, section, layer));
        Some((section, layer))
    }

    fn read(&mut self, packet: RtpPacket) -> Option<(Section, Packet)> {
        let (section, layer) = self.place_of(packet.header.ssrc)?;
        let timestamp = packet.header.timestamp;
        let clock_rate = self.kind_of(section)?.clock_rate();
        let captured = match packet.last_sender_info {
            None => packet.timestamp,
            Some(info) => {
                let report = Report { time: info.ntp_time, timestamp: info.rtp_time.numer() as u32 };
                self.clock.captured(packet.timestamp, report, timestamp, clock_rate)
            }
        };
        let descriptor = packet.header.ext_vals.user_values.get::<Descriptor>().cloned();
        let packet = Packet {
            layer,
            sequence: *packet.seq_no,
            timestamp,
            marker: packet.header.marker,
            captured,
            descriptor,
            payload: packet.payload,
        };
        Some((section, packet))
    }
}

impl Transport for WebRtc {
    fn send(&mut self, section: Section, packet: Outgoing) {
        self.outbox.push(Waiting { section, packet, again: false });
    }

    fn send_again(&mut self, section: Section, packet: Outgoing) {
        self.outbox.push(Waiting { section, packet, again: true });
    }

    fn forget(&mut self, section: Section) {
        self.outbox.retain(|waiting| waiting.section != section);
        self.pacer.retain(|waiting| waiting.section != section);
    }

    fn backlog(&self, now: Instant) -> Duration {
        self.pacer.backlog(now)
    }

    fn request_key_frame(&mut self, section: Section, layer: Layer) {
        let Some(mid) = self.mids.get(usize::from(section.0)).copied() else { return };
        let rid: Option<Rid> = match layer {
            Layer::Quarter => Some("q".into()),
            Layer::Half => Some("h".into()),
            Layer::Full => Some("f".into()),
        };
        let mut api = self.rtc.direct_api();
        let rid = if api.stream_rx_by_mid(mid, rid).is_some() { rid } else { None };
        if let Some(stream) = api.stream_rx_by_mid(mid, rid) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
            self.asked = true;
        }
    }

    fn set_wanted_rate(&mut self, rate: Bitrate) {
        self.sender.bandwidth().set_desired(rate);
    }
}

/// New credentials: at least 24 and 128 random bits (RFC 8445, 5.3).
fn credentials(shard: ShardId, random: &mut Random) -> IceCreds {
    IceCreds { ufrag: stun::fragment_of(shard, &random.text(14)), pass: random.text(32) }
}
