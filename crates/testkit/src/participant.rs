//! A participant without a browser: its own peer connection, synthetic media, and a record of what came.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use incamera_conference::ids::ParticipantId;
use incamera_conference::wire::{Source, SourceSection};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid, Rid, Simulcast, SimulcastLayer};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Output, Rtc};

use crate::content::Tag;

/// The layers of a camera, as restriction identifier, packets per frame, and bytes per packet.
const CAMERA: [(&str, u8, usize); 3] = [("q", 1, 300), ("h", 2, 700), ("f", 4, 1100)];
/// A screen has one layer.
const SCREEN: (u8, usize) = (3, 1000);
/// A key frame is so much longer.
const KEY_FRAME_FACTOR: u8 = 4;
/// Bytes of an audio packet.
const AUDIO: usize = 80;
const AUDIO_INTERVAL: Duration = Duration::from_millis(20);
const VIDEO_INTERVAL: Duration = Duration::from_micros(33_333);
/// Timers need not be finer than this.
const GRAIN: Duration = Duration::from_micros(200);

/// How a participant comes.
#[derive(Clone, Debug)]
pub struct Options {
    /// What it is able to publish.
    pub sources: Vec<Source>,
    /// Receive slots for sound.
    pub audio_slots: usize,
    /// Receive slots for pictures.
    pub video_slots: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { sources: vec![Source::Microphone, Source::Camera], audio_slots: 8, video_slots: 9 }
    }
}

/// A packet that came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Received {
    /// When.
    pub at: Instant,
    /// In which slot.
    pub mid: String,
    /// Extended sequence number.
    pub sequence: u64,
    /// RTP timestamp.
    pub timestamp: u32,
    /// What the latest sender report said: this timestamp is this time.
    pub report: Option<(u32, SystemTime)>,
    /// Of the VP8 payload descriptor.
    pub picture: Option<u16>,
    /// What it says about itself.
    pub tag: Tag,
}

/// One participant.
pub struct Participant {
    id: ParticipantId,
    rtc: Rtc,
    address: SocketAddr,
    sources: BTreeMap<Source, Publication>,
    wanted: Options,
    added: Options,
    pending: Option<SdpPendingOffer>,
    connected: bool,
    received: Vec<Received>,
    key_frame_requests: u32,
    transmits: VecDeque<(SocketAddr, Vec<u8>)>,
    timeout: Instant,
}

impl std::fmt::Debug for Participant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Participant").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a participant sends.
#[derive(Debug)]
struct Publication {
    mid: Mid,
    on: bool,
    /// Layers beyond this are not sent, as when a browser lacks bandwidth.
    layers: usize,
    /// Whether each has temporal layers.
    temporal: bool,
    next: Option<Instant>,
    encodings: Vec<Encoding>,
}

#[derive(Debug)]
struct Encoding {
    rid: Option<Rid>,
    parts: u8,
    length: usize,
    sequence: u64,
    timestamp: u32,
    frame: u32,
    key: bool,
}

impl Participant {
    /// A participant at an address.
    pub fn new(now: Instant, id: ParticipantId, address: SocketAddr, options: Options) -> Self {
        let none = Options { sources: Vec::new(), audio_slots: 0, video_slots: 0 };
        Self {
            id,
            rtc: connection(now, address),
            address,
            sources: BTreeMap::new(),
            wanted: options,
            added: none,
            pending: None,
            connected: false,
            received: Vec::new(),
            key_frame_requests: 0,
            transmits: VecDeque::new(),
            timeout: now,
        }
    }

    /// Its number.
    pub fn id(&self) -> ParticipantId {
        self.id
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether its connection stands.
    pub fn is_connected(&self) -> bool {
        self.connected && self.rtc.is_alive()
    }

    /// How often it was asked for a key frame.
    pub fn key_frame_requests(&self) -> u32 {
        self.key_frame_requests
    }

    /// All that came, in the order of its coming.
    pub fn received(&self) -> &[Received] {
        &self.received
    }

    /// Forgets what came.
    pub fn clear_received(&mut self) {
        self.received.clear();
    }

    /// Begins a new peer connection at another address, as after a reload.
    pub fn reconnect(&mut self, now: Instant, address: SocketAddr) {
        let received = std::mem::take(&mut self.received);
        *self = Self { received, ..Self::new(now, self.id, address, self.wanted.clone()) };
    }

    /// Wants more slots; takes effect with the next offer.
    pub fn add_slots(&mut self, audio: usize, video: usize) {
        self.wanted.audio_slots += audio;
        self.wanted.video_slots += video;
    }

    /// Makes an offer with everything that is wanted, and optionally an ICE restart.
    ///
    /// # Panics
    /// If there is nothing to offer.
    pub fn offer(&mut self, restart: bool) -> (String, Vec<SourceSection>) {
        let mut api = self.rtc.sdp_api();
        if restart {
            api.ice_restart(true);
        }
        for source in &self.wanted.sources {
            if self.sources.contains_key(source) {
                continue;
            }
            let (kind, simulcast) = match source {
                Source::Microphone | Source::ScreenAudio => (MediaKind::Audio, None),
                Source::Screen => (MediaKind::Video, None),
                Source::Camera => {
                    let send = CAMERA.iter().map(|(rid, ..)| SimulcastLayer::new(rid)).collect();
                    (MediaKind::Video, Some(Simulcast { send, recv: Vec::new() }))
                }
            };
            let mid = api.add_media(kind, Direction::SendOnly, None, None, simulcast);
            self.sources.insert(*source, Publication::new(*source, mid, self.id));
        }
        for _ in self.added.audio_slots..self.wanted.audio_slots {
            api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
        }
        for _ in self.added.video_slots..self.wanted.video_slots {
            api.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
        }
        self.added = self.wanted.clone();
        let (offer, pending) = api.apply().expect("something to offer");
        self.pending = Some(pending);
        let section = |(source, publication): (&Source, &Publication)| SourceSection {
            mid: publication.mid.to_string(),
            source: *source,
        };
        (offer.to_sdp_string(), self.sources.iter().map(section).collect())
    }

    /// Takes the answer.
    ///
    /// # Panics
    /// If it does not answer the last offer.
    pub fn accept(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).expect("an answer");
        let pending = self.pending.take().expect("an offer before it");
        self.rtc.sdp_api().accept_answer(pending, answer).expect("an answer to the offer");
    }

    /// Starts or stops sending. A page keeps sending silence when muted; this is up to the test.
    pub fn send(&mut self, now: Instant, source: Source, on: bool) {
        if let Some(publication) = self.sources.get_mut(&source) {
            publication.on = on;
            publication.next = on.then_some(now);
        }
    }

    /// Sends only so many simulcast layers, the smallest first.
    pub fn limit_layers(&mut self, source: Source, layers: usize) {
        if let Some(publication) = self.sources.get_mut(&source) {
            publication.layers = layers;
        }
    }

    /// Makes temporal layers: three of four pictures are needed by no other one.
    pub fn thin(&mut self, source: Source) {
        if let Some(publication) = self.sources.get_mut(&source) {
            publication.temporal = true;
        }
    }

    /// Sends so many packets of this length for each frame, as no browser does.
    pub fn inflate(&mut self, source: Source, packets: u8, length: usize) {
        for encoding in self.sources.get_mut(&source).into_iter().flat_map(|source| &mut source.encodings) {
            (encoding.parts, encoding.length) = (packets, length);
        }
    }

    /// Takes a datagram.
    pub fn handle_datagram(&mut self, now: Instant, from: SocketAddr, contents: &[u8]) {
        let Ok(receive) = Receive::new(Protocol::Udp, from, self.address, contents) else { return };
        if self.rtc.handle_input(Input::Receive(now, receive)).is_ok() {
            self.drain();
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        for (source, publication) in &mut self.sources {
            while self.connected && publication.next.is_some_and(|next| next <= now) {
                publication.frame(&mut self.rtc, now, self.id, *source);
            }
        }
        if self.rtc.handle_input(Input::Timeout(now)).is_ok() {
            self.drain();
        }
        self.timeout = self.timeout.max(now + GRAIN);
    }

    /// When [`Self::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Instant {
        let media = self.sources.values().filter_map(|publication| publication.next);
        media.filter(|_| self.connected).chain([self.timeout]).min().unwrap_or(self.timeout)
    }

    /// The next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        self.transmits.pop_front()
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(timeout)) => {
                    self.timeout = timeout;
                    return;
                }
                Ok(Output::Transmit(transmit)) => {
                    self.transmits.push_back((transmit.destination, transmit.contents.into()));
                }
                Ok(Output::Event(event)) => self.handle_event(event),
                Err(_) => return,
            }
        }
    }

    fn handle_event(&mut self, event: Event) {
        match event {
            Event::Connected => self.connected = true,
            Event::KeyframeRequest(request) => {
                self.key_frame_requests += 1;
                let asked = self.sources.values_mut().filter(|publication| publication.mid == request.mid);
                for encoding in asked.flat_map(|publication| &mut publication.encodings) {
                    encoding.key |= encoding.rid == request.rid;
                }
            }
            Event::RtpPacket(packet) => {
                let mut api = self.rtc.direct_api();
                let Some(mid) = api.stream_rx(&packet.header.ssrc).map(|stream| stream.mid()) else { return };
                let video = self.rtc.media(mid).is_some_and(|media| media.kind().is_video());
                let Some((tag, picture)) = Tag::of(video, &packet.payload) else { return };
                self.received.push(Received {
                    at: packet.timestamp,
                    mid: mid.to_string(),
                    sequence: *packet.seq_no,
                    timestamp: packet.header.timestamp,
                    report: packet.last_sender_info.map(|info| (info.rtp_time.numer() as u32, info.ntp_time)),
                    picture,
                    tag,
                });
            }
            _ => {}
        }
    }
}

fn connection(now: Instant, address: SocketAddr) -> Rtc {
    let mut rtc = Rtc::builder().set_rtp_mode(true).build(now);
    rtc.add_local_candidate(Candidate::host(address, "udp").expect("an address of a host"));
    rtc
}

impl Publication {
    fn new(source: Source, mid: Mid, id: ParticipantId) -> Self {
        let shapes: Vec<(Option<Rid>, u8, usize)> = match source {
            Source::Camera => {
                CAMERA.iter().map(|(rid, parts, length)| (Some((*rid).into()), *parts, *length)).collect()
            }
            Source::Screen => vec![(None, SCREEN.0, SCREEN.1)],
            Source::Microphone | Source::ScreenAudio => vec![(None, 1, AUDIO)],
        };
        let encodings = shapes.into_iter().zip(1_u32..).map(|((rid, parts, length), number)| {
            // Every layer begins elsewhere, as those of a browser do; some soon wrap.
            let origin = (id.0 + 1).wrapping_mul(0x9e37_79b9).wrapping_mul(number);
            Encoding {
                rid,
                parts,
                length,
                sequence: u64::from(origin % 65_536),
                timestamp: origin,
                frame: 0,
                key: source.is_video(),
            }
        });
        let encodings: Vec<Encoding> = encodings.collect();
        Self { mid, on: false, layers: encodings.len(), temporal: false, next: None, encodings }
    }

    /// Sends one frame of each layer.
    fn frame(&mut self, rtc: &mut Rtc, now: Instant, id: ParticipantId, source: Source) {
        let video = source.is_video();
        let (interval, units, codec) = match video {
            true => (VIDEO_INTERVAL, 3000, Codec::Vp8),
            false => (AUDIO_INTERVAL, 960, Codec::Opus),
        };
        self.next = self.next.filter(|_| self.on).map(|next| next + interval);
        let params = rtc.codec_config().params();
        let Some(format) =
            params.iter().find(|params| params.spec().codec == codec).map(|params| params.pt())
        else {
            return;
        };
        for (layer, encoding) in self.encodings.iter_mut().enumerate() {
            encoding.timestamp = encoding.timestamp.wrapping_add(units);
            if layer >= self.layers {
                encoding.key = video;
                continue;
            }
            let mut api = rtc.direct_api();
            let Some(stream) = api.stream_tx_by_mid(self.mid, encoding.rid) else { continue };
            let key = std::mem::take(&mut encoding.key);
            encoding.frame += 1;
            let parts = if key { encoding.parts * KEY_FRAME_FACTOR } else { encoding.parts };
            for part in 0..parts {
                let tag = Tag {
                    participant: id,
                    source,
                    layer: layer as u8,
                    frame: encoding.frame,
                    key,
                    part,
                    parts,
                };
                let payload = tag.payload(encoding.length, self.temporal);
                encoding.sequence += 1;
                let packet =
                    RtpWrite::new(format, encoding.sequence.into(), encoding.timestamp, now, payload)
                        .marker(part + 1 == parts)
                        .nackable(video);
                stream.write_rtp(packet);
            }
        }
    }
}
