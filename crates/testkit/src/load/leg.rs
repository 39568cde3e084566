//! One participant's connection: publishes by the clock, receives, counts, and opens what it is to check.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use aws_lc_rs::aead::LessSafeKey;
use incamera_conference::wire::Source;
use incamera_participant::sframe::Sealer;
use mio::net::UdpSocket;
use str0m::format::Codec;
use str0m::media::{Mid, Pt, Rid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Event, Input, Output, Rtc};

use super::frames::FrameSizes;
use super::marks::{self, Mark, Part, Reader};
use super::system::{Layer, MediaKey};
use super::workload::{self, Streams};
use super::{filter, floor};

/// Timers need not be finer than this.
const GRAIN: Duration = Duration::from_millis(1);
/// `str0m` may release one packet at each timeout and ask for the next one a moment later.
const STEP: Duration = Duration::from_micros(1);
/// Payload types of the floor.
const FLOOR_AUDIO: u8 = 111;
const FLOOR_VIDEO: u8 = 96;

/// Where a leg belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Seat {
    pub(super) system: usize,
    pub(super) room: usize,
    pub(super) participant: usize,
}

/// What is counted of one system.
#[derive(Clone, Debug, Default)]
pub(super) struct Counters {
    /// Packets that its publishers sent.
    pub(super) sent: u64,
    /// Packets that its receivers should get of them.
    pub(super) expected: u64,
    /// Packets that came to receivers which read them.
    pub(super) received: u64,
    /// Frames that were opened and are what was sent.
    pub(super) opened: u64,
    /// Frames that could not be opened, or say something else.
    pub(super) faults: u64,
    /// Of these, frames of cameras by layer.
    pub(super) layers: [u64; 3],
    /// From sending a frame to having it whole, in milliseconds.
    pub(super) delays: Vec<f64>,
    /// The latest that a frame was sent after it was due, in milliseconds.
    pub(super) late: f64,
}

/// When something happened to a leg for the first time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Firsts {
    pub(super) connected: Option<Instant>,
    pub(super) packet: Option<Instant>,
    pub(super) frame: Option<Instant>,
}

/// How a leg comes to the engine.
pub(super) struct NewLeg {
    pub(super) seat: Seat,
    pub(super) connection: Connection,
    pub(super) socket: std::net::UdpSocket,
    pub(super) sends: Vec<Sending>,
    pub(super) receiving: Receiving,
}

/// What carries the media.
pub(super) enum Connection {
    /// WebRTC.
    Rtc(Box<Rtc>),
    /// A sender to the floor.
    FloorSender(SocketAddr),
    /// A receiver of the floor.
    FloorReceiver,
}

/// What becomes of media that arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Receiving {
    /// The kernel counts and drops it.
    Filtered,
    /// It is read and counted.
    Counted,
    /// It is opened and checked as well.
    Opened,
}

/// A source with what the engine has to know of it.
pub(super) struct Sending {
    pub(super) source: Source,
    /// Its section; the floor has none.
    pub(super) mid: Option<Mid>,
    pub(super) rids: Vec<Rid>,
    /// Receivers of each layer.
    pub(super) fan_out: [u64; 3],
    /// For the floor: the SSRC of the first layer.
    pub(super) ssrc: u32,
}

pub(super) struct Leg {
    pub(super) seat: Seat,
    pub(super) socket: UdpSocket,
    pub(super) timeout: Instant,
    pub(super) firsts: Firsts,
    connection: State,
    address: SocketAddr,
    sources: Vec<Publication>,
    receiving: Receiving,
    reader: Option<Reader>,
    origin: Instant,
}

enum State {
    Rtc { rtc: Box<Rtc>, audio: Option<Pt>, video: Option<Pt> },
    FloorSender(SocketAddr),
    FloorReceiver(LessSafeKey),
}

struct Publication {
    source: Source,
    mid: Option<Mid>,
    sealer: Option<Sealer>,
    encodings: Vec<Encoding>,
    interval: Duration,
    next: Option<Instant>,
}

struct Encoding {
    layer: Layer,
    rid: Option<Rid>,
    ssrc: u32,
    sizes: Option<FrameSizes>,
    fan_out: u64,
    sequence: u64,
    timestamp: u32,
    step: u32,
    frame: u32,
    key: bool,
}

impl Leg {
    pub(super) fn new(new: NewLeg, streams: &Streams, origin: Instant) -> anyhow::Result<Self> {
        let now = Instant::now();
        new.socket.set_nonblocking(true)?;
        let address = new.socket.local_addr()?;
        let connection = match new.connection {
            Connection::Rtc(rtc) => {
                let formats = rtc.codec_config().params();
                let of = |codec| {
                    formats.iter().find(|format| format.spec().codec == codec).map(|format| format.pt())
                };
                let (audio, video) = (of(Codec::Opus), of(Codec::Vp8));
                State::Rtc { rtc, audio, video }
            }
            Connection::FloorSender(to) => State::FloorSender(to),
            Connection::FloorReceiver => State::FloorReceiver(floor::key_for(address)),
        };
        if new.receiving == Receiving::Filtered {
            let types: Vec<u8> = match &connection {
                State::Rtc { audio, video, .. } => {
                    [audio, video].into_iter().flatten().map(|pt| **pt).collect()
                }
                State::FloorSender(_) | State::FloorReceiver(_) => vec![FLOOR_AUDIO, FLOOR_VIDEO],
            };
            filter::attach(&new.socket, &types)?;
        } else {
            // So that a burst of frames is not lost on the client's side.
            let _ = socket2::SockRef::from(&new.socket).set_recv_buffer_size(1 << 20);
        }
        let mut firsts = Firsts::default();
        if let State::Rtc { rtc, .. } = &connection {
            firsts.connected = rtc.is_connected().then_some(now);
        }
        let seat = new.seat;
        let sources = new.sends.into_iter().map(|sending| Publication::new(sending, seat, streams)).collect();
        Ok(Self {
            seat,
            socket: UdpSocket::from_std(new.socket),
            timeout: now,
            firsts,
            connection,
            address,
            sources,
            receiving: new.receiving,
            reader: (new.receiving == Receiving::Opened).then(Reader::default),
            origin,
        })
    }

    /// Whether it can carry media.
    pub(super) fn is_ready(&self) -> bool {
        !matches!(self.connection, State::Rtc { .. }) || self.firsts.connected.is_some()
    }

    /// Seals with this key from now on, and opens what is sealed with it.
    pub(super) fn hold(&mut self, key: &MediaKey) {
        for publication in &mut self.sources {
            publication.sealer = Some(Sealer::new(key, publication.source));
        }
        if let Some(reader) = &mut self.reader {
            reader.opener.hold(key);
        }
    }

    /// Begins to publish, or ends.
    pub(super) fn publish(&mut self, on: bool, now: Instant) {
        for (number, publication) in self.sources.iter_mut().enumerate() {
            let share = workload::phase(self.seat, number);
            publication.next = on.then(|| now + publication.interval.mul_f64(share));
        }
    }

    /// When [`Self::handle_timeout`] is due.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let media = self.sources.iter().filter_map(|publication| publication.next);
        let timer = matches!(self.connection, State::Rtc { .. }).then_some(self.timeout);
        media.filter(|_| self.is_ready()).chain(timer).min()
    }

    /// Reads all that has come.
    pub(super) fn handle_readable(&mut self, counters: &mut Counters) {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = self.socket.recv_from(&mut buffer) {
            let now = Instant::now();
            match &mut self.connection {
                State::FloorSender(_) => {}
                State::FloorReceiver(key) => {
                    let Some(part) = floor_part(key, &mut buffer[..length]) else {
                        counters.faults += 1;
                        continue;
                    };
                    take(&mut self.reader, &mut self.firsts, self.origin, now, &part, counters);
                }
                State::Rtc { rtc, .. } => {
                    let Ok(receive) = Receive::new(Protocol::Udp, from, self.address, &buffer[..length])
                    else {
                        continue;
                    };
                    if rtc.handle_input(Input::Receive(now, receive)).is_ok() {
                        self.drain(counters);
                    }
                }
            }
        }
    }

    /// Publishes what is due, and lets the connection do what is due.
    pub(super) fn handle_timeout(&mut self, now: Instant, counters: &mut Counters) {
        if self.is_ready() {
            let mut sources = std::mem::take(&mut self.sources);
            for publication in &mut sources {
                while let Some(due) = publication.next.filter(|next| *next <= now) {
                    counters.late = counters.late.max((now - due).as_secs_f64() * 1000.0);
                    publication.next = Some(due + publication.interval);
                    self.send_frame(publication, counters);
                }
            }
            self.sources = sources;
        }
        let mut now = now;
        while let State::Rtc { rtc, .. } = &mut self.connection {
            if rtc.handle_input(Input::Timeout(now)).is_err() {
                return;
            }
            let sent = self.drain(counters);
            if !sent || self.timeout > now + STEP {
                break;
            }
            now += STEP;
        }
        self.timeout = self.timeout.max(now + GRAIN);
    }

    /// One frame of each layer.
    fn send_frame(&mut self, publication: &mut Publication, counters: &mut Counters) {
        let source = publication.source;
        let video = source.is_video();
        let Some(sealer) = &mut publication.sealer else { return };
        for encoding in &mut publication.encodings {
            let now = Instant::now();
            let key = std::mem::take(&mut encoding.key) && video;
            encoding.frame += 1;
            encoding.timestamp = encoding.timestamp.wrapping_add(encoding.step);
            let length = encoding.sizes.as_mut().map_or(marks::SOUND, |sizes| sizes.next(key));
            let mark = Mark {
                sent: now.saturating_duration_since(self.origin),
                room: self.seat.room as u16,
                participant: self.seat.participant as u16,
                source,
                layer: encoding.layer,
                frame: encoding.frame,
            };
            let sealed = sealer.seal(key, &mark.frame(length));
            let payloads = marks::payloads(video, key, encoding.frame as u16, &sealed);
            counters.sent += payloads.len() as u64;
            counters.expected += payloads.len() as u64 * encoding.fan_out;
            let last = payloads.len() - 1;
            for (position, payload) in payloads.into_iter().enumerate() {
                encoding.sequence += 1;
                let marker = video && position == last;
                match &mut self.connection {
                    State::Rtc { rtc, audio, video: format } => {
                        let format = if video { *format } else { *audio };
                        let (Some(format), Some(mid)) = (format, publication.mid) else { continue };
                        let mut api = rtc.direct_api();
                        let Some(stream) = api.stream_tx_by_mid(mid, encoding.rid) else { continue };
                        let (sequence, timestamp) = (encoding.sequence.into(), encoding.timestamp);
                        let write = RtpWrite::new(format, sequence, timestamp, now, payload);
                        stream.write_rtp(write.marker(marker).nackable(video));
                    }
                    State::FloorSender(to) => {
                        let format = if video { FLOOR_VIDEO } else { FLOOR_AUDIO };
                        let sequence = encoding.sequence as u16;
                        let packet = floor::packet(
                            encoding.ssrc,
                            format,
                            sequence,
                            encoding.timestamp,
                            marker,
                            &payload,
                        );
                        let _ = self.socket.send_to(&packet, *to);
                    }
                    State::FloorReceiver(_) => {}
                }
            }
        }
    }

    /// Whether something was sent.
    fn drain(&mut self, counters: &mut Counters) -> bool {
        let mut sent = false;
        loop {
            let State::Rtc { rtc, .. } = &mut self.connection else { return sent };
            match rtc.poll_output() {
                Ok(Output::Timeout(timeout)) => {
                    self.timeout = timeout;
                    return sent;
                }
                Ok(Output::Transmit(transmit)) => {
                    sent = true;
                    // What a full socket does not take is lost, as on any network.
                    let _ = self.socket.send_to(&transmit.contents, transmit.destination);
                }
                Ok(Output::Event(event)) => self.handle_event(event, counters),
                Err(_) => return sent,
            }
        }
    }

    fn handle_event(&mut self, event: Event, counters: &mut Counters) {
        match event {
            Event::Connected => {
                self.firsts.connected.get_or_insert_with(Instant::now);
            }
            Event::KeyframeRequest(request) => {
                let asked = self.sources.iter_mut().filter(|source| source.mid == Some(request.mid));
                for encoding in asked.flat_map(|source| &mut source.encodings) {
                    encoding.key |= request.rid.is_none() || encoding.rid == request.rid;
                }
            }
            Event::RtpPacket(packet) => {
                // Where the kernel counts, what comes all the same is a retransmission, by which the server probes.
                let State::Rtc { audio, video, .. } = &self.connection else { return };
                if self.receiving == Receiving::Filtered {
                    return;
                }
                let format = Some(packet.header.payload_type);
                let is_video = format == *video;
                if (!is_video && format != *audio) || packet.payload.is_empty() {
                    return;
                }
                let part = Part {
                    ssrc: *packet.header.ssrc,
                    timestamp: packet.header.timestamp,
                    sequence: *packet.seq_no,
                    marker: packet.header.marker,
                    video: is_video,
                    payload: &packet.payload,
                };
                take(&mut self.reader, &mut self.firsts, self.origin, packet.timestamp, &part, counters);
            }
            _ => {}
        }
    }
}

/// What the floor sent.
fn floor_part<'a>(key: &LessSafeKey, packet: &'a mut [u8]) -> Option<Part<'a>> {
    let header = *packet.first_chunk::<12>()?;
    let word = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    Some(Part {
        ssrc: word(8),
        timestamp: word(4),
        sequence: u64::from(u16::from_be_bytes([header[2], header[3]])),
        marker: header[1] & 0x80 != 0,
        video: header[1] & 0x7f == FLOOR_VIDEO,
        payload: floor::open(key, packet)?,
    })
}

/// Counts a packet, and opens the frame that it completes where somebody is to look.
fn take(
    reader: &mut Option<Reader>,
    firsts: &mut Firsts,
    origin: Instant,
    now: Instant,
    part: &Part<'_>,
    counters: &mut Counters,
) {
    counters.received += 1;
    firsts.packet.get_or_insert(now);
    let Some(outcome) = reader.as_mut().and_then(|reader| reader.take(part)) else { return };
    match outcome {
        Ok(mark) => {
            firsts.frame.get_or_insert_with(Instant::now);
            counters.opened += 1;
            if mark.source == Source::Camera {
                counters.layers[mark.layer as usize] += 1;
            }
            let took = now.saturating_duration_since(origin).saturating_sub(mark.sent);
            counters.delays.push(took.as_secs_f64() * 1000.0);
        }
        Err(_) => counters.faults += 1,
    }
}

impl Publication {
    fn new(sending: Sending, seat: Seat, streams: &Streams) -> Self {
        let rate = |layer| streams.rate(sending.source, layer);
        let layers: Vec<(Layer, Option<Rid>)> = match &sending.rids[..] {
            [] if sending.source == Source::Camera => Layer::ALL.map(|layer| (layer, None)).to_vec(),
            [] => vec![(Layer::Full, None)],
            rids => Layer::ALL.into_iter().zip(rids.iter().copied().map(Some)).collect(),
        };
        let origin = (seat.room * 1000 + seat.participant * 10 + sending.source as usize + 1) as u32;
        let encodings = (0_u32..).zip(layers).map(|(number, (layer, rid))| {
            let seed = origin.wrapping_mul(4).wrapping_add(number);
            let rate = rate(layer);
            Encoding {
                layer,
                rid,
                ssrc: sending.ssrc + number,
                sizes: rate.map(|rate| FrameSizes::new(rate, u64::from(seed))),
                fan_out: sending.fan_out[layer as usize],
                sequence: u64::from(seed.wrapping_mul(0x9e37_79b9) % 30_000),
                timestamp: seed.wrapping_mul(0x9e37_79b9),
                step: rate.map_or(960, |rate| 90_000 / rate.frames.max(1)),
                frame: 0,
                key: true,
            }
        });
        let interval = match rate(Layer::Full) {
            None => workload::SOUND_INTERVAL,
            Some(rate) => Duration::from_secs(1) / rate.frames.max(1),
        };
        Self {
            source: sending.source,
            mid: sending.mid,
            sealer: None,
            encodings: encodings.collect(),
            interval,
            next: None,
        }
    }
}
