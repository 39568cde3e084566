//! The floor: what receiving once, encrypting for each receiver and sending costs, and nothing else.
//!
//! No SFU that encrypts for each receiver in software can be cheaper with the same system calls. Everything that is
//! measured is also told as a multiple of the variant that sends by `sendto`.

use std::collections::HashMap;
use std::io::{self, BufRead, IoSlice, Write};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::Context;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use quinn_udp::{Transmit, UdpSocketState};
use rustix::io::Errno;
use rustix::net::{MMsgHdr, RecvFlags, SendAncillaryBuffer, SendFlags, SocketAddrAny, recv, sendmmsg};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use super::{filter, statistics::Quartiles};

/// Bytes of the tag of AES-GCM (RFC 7714).
pub(super) const TAG: usize = 16;
/// The fixed header, and one extension block with a transport-wide sequence number and a time.
pub(super) const HEADER: usize = 12 + 12;
/// Larger than any packet here.
const PACKET: usize = 2048;
/// Packets that are read before those that came are sent.
const BATCH: usize = 64;
/// Messages of one `sendmmsg`.
const MESSAGES: usize = 64;
/// What the kernel segments at once has at most so many bytes.
const SEGMENTED: usize = 60_000;
/// Payload type of synthetic packets.
const PAYLOAD_TYPE: u8 = 96;

/// How datagrams leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// One system call for each.
    Sendto,
    /// One system call for many, each with its own way through the kernel.
    Sendmmsg,
    /// Those of one burst to one receiver as one, which the kernel takes apart at the end of its way (UDP GSO).
    Gso,
}

impl Way {
    /// All of them, the reference first.
    pub const ALL: [Self; 3] = [Self::Sendto, Self::Sendmmsg, Self::Gso];

    /// As on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sendto => "sendto",
            Self::Sendmmsg => "sendmmsg",
            Self::Gso => "gso",
        }
    }
}

/// Which receivers get which streams.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Routes {
    /// By SSRC.
    pub streams: HashMap<u32, Vec<SocketAddr>>,
}

/// The SRTP key that the floor uses for a receiver, known to both sides.
pub(super) fn key_for(receiver: SocketAddr) -> LessSafeKey {
    let mut key = [0x42; 32];
    key[..2].copy_from_slice(&receiver.port().to_be_bytes());
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).expect("a key of 32 bytes"))
}

/// SSRC and sequence number, as in RFC 7714, section 8.1, without a salt and a rollover counter.
fn nonce_of(packet: &[u8]) -> Option<Nonce> {
    let mut nonce = [0; 12];
    nonce[2..6].copy_from_slice(packet.get(8..12)?);
    nonce[10..].copy_from_slice(packet.get(2..4)?);
    Some(Nonce::assume_unique_for_key(nonce))
}

/// Opens what the floor sent; returns the payload.
pub(super) fn open<'a>(key: &LessSafeKey, packet: &'a mut [u8]) -> Option<&'a [u8]> {
    let nonce = nonce_of(packet)?;
    let (header, sealed) = packet.split_at_mut_checked(HEADER)?;
    key.open_in_place(nonce, Aad::from(header), sealed).ok().map(|payload| &*payload)
}

/// The SFU that does nothing but what it must.
pub struct Forwarder {
    way: Way,
    socket: UdpSocket,
    state: UdpSocketState,
    keys: HashMap<SocketAddr, LessSafeKey>,
    streams: HashMap<u32, Vec<SocketAddr>>,
    received: Vec<[u8; PACKET]>,
    lengths: Vec<usize>,
    /// Sealed packets, one after the other.
    sealed: Vec<u8>,
    sent: u64,
}

impl Forwarder {
    /// Forwards what arrives at a socket.
    pub fn new(way: Way, socket: UdpSocket, routes: Routes) -> anyhow::Result<Self> {
        // It asks the kernel what it can, and changes the socket that it is given: that is another one.
        let probe = UdpSocket::bind("127.0.0.1:0")?;
        let state = UdpSocketState::new((&probe).into()).context("cannot set a socket up")?;
        let receivers = routes.streams.values().flatten();
        let keys = receivers.map(|receiver| (*receiver, key_for(*receiver))).collect();
        Ok(Self {
            way,
            socket,
            state,
            keys,
            streams: routes.streams,
            received: vec![[0; PACKET]; BATCH],
            lengths: Vec::with_capacity(BATCH),
            sealed: Vec::with_capacity(SEGMENTED + PACKET),
            sent: 0,
        })
    }

    /// Waits for a packet, then forwards it and all that have come with it.
    pub fn turn(&mut self) -> io::Result<()> {
        self.lengths.clear();
        let (first, _) = recv(&self.socket, &mut self.received[0][..], RecvFlags::empty())?;
        self.lengths.push(first);
        while self.way != Way::Sendto && self.lengths.len() < BATCH {
            match recv(&self.socket, &mut self.received[self.lengths.len()][..], RecvFlags::DONTWAIT) {
                Ok((length, _)) => self.lengths.push(length),
                Err(Errno::AGAIN) => break,
                Err(error) => return Err(error.into()),
            }
        }
        self.forward()
    }

    /// Packets that were sent.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Sends the packets that were received to whom they are for, stream by stream.
    fn forward(&mut self) -> io::Result<()> {
        let mut from = 0;
        while from < self.lengths.len() {
            let stream = ssrc(&self.received[from]);
            let same = (from..self.lengths.len()).take_while(|at| ssrc(&self.received[*at]) == stream);
            let to = from + same.count();
            let Some(receivers) = self.streams.remove(&stream) else {
                from = to;
                continue;
            };
            let outcome = match self.way {
                Way::Sendto => self.send_each(from..to, &receivers),
                Way::Sendmmsg => self.send_many(from..to, &receivers),
                Way::Gso => self.send_segmented(from..to, &receivers),
            };
            self.sent += ((to - from) * receivers.len()) as u64;
            self.streams.insert(stream, receivers);
            outcome?;
            from = to;
        }
        Ok(())
    }

    fn send_each(&mut self, packets: std::ops::Range<usize>, receivers: &[SocketAddr]) -> io::Result<()> {
        for packet in packets {
            for receiver in receivers {
                self.sealed.clear();
                self.seal(packet, receiver);
                self.socket.send_to(&self.sealed, receiver)?;
            }
        }
        Ok(())
    }

    fn send_many(&mut self, packets: std::ops::Range<usize>, receivers: &[SocketAddr]) -> io::Result<()> {
        let pairs: Vec<(usize, SocketAddr)> = receivers
            .iter()
            .flat_map(|receiver| packets.clone().map(move |packet| (packet, *receiver)))
            .collect();
        for pairs in pairs.chunks(MESSAGES) {
            self.sealed.clear();
            let ends: Vec<usize> = pairs
                .iter()
                .map(|(packet, receiver)| {
                    self.seal(*packet, receiver);
                    self.sealed.len()
                })
                .collect();
            let begins = std::iter::once(0).chain(ends.iter().copied());
            let slices: Vec<[IoSlice<'_>; 1]> =
                begins.zip(&ends).map(|(begin, end)| [IoSlice::new(&self.sealed[begin..*end])]).collect();
            let addresses: Vec<SocketAddrAny> =
                pairs.iter().map(|(_, receiver)| (*receiver).into()).collect();
            let mut controls: Vec<SendAncillaryBuffer<'_, '_, '_>> =
                pairs.iter().map(|_| SendAncillaryBuffer::default()).collect();
            let mut messages: Vec<MMsgHdr<'_>> = addresses
                .iter()
                .zip(&slices)
                .zip(&mut controls)
                .map(|((address, slice), control)| MMsgHdr::new_with_addr(address, slice, control))
                .collect();
            let mut rest = &mut messages[..];
            while !rest.is_empty() {
                let sent = sendmmsg(&self.socket, rest, SendFlags::empty())?;
                rest = &mut rest[sent..];
            }
        }
        Ok(())
    }

    fn send_segmented(
        &mut self,
        packets: std::ops::Range<usize>,
        receivers: &[SocketAddr],
    ) -> io::Result<()> {
        let most = self.state.max_gso_segments();
        for receiver in receivers {
            let mut at = packets.start;
            while at < packets.end {
                // All segments have the length of the first; only the last may be shorter.
                let segment = self.lengths[at];
                let mut count = 0;
                self.sealed.clear();
                while at < packets.end && count < most && self.sealed.len() + segment <= SEGMENTED {
                    let length = self.lengths[at];
                    if length > segment {
                        break;
                    }
                    self.seal(at, receiver);
                    (at, count) = (at + 1, count + 1);
                    if length < segment {
                        break;
                    }
                }
                let transmit = Transmit {
                    destination: *receiver,
                    ecn: None,
                    contents: &self.sealed,
                    segment_size: (count > 1).then_some(segment),
                    src_ip: None,
                };
                self.state.try_send((&self.socket).into(), &transmit)?;
            }
        }
        Ok(())
    }

    /// Appends a received packet, sealed for a receiver. It arrived with a tag, whose place the new one takes.
    fn seal(&mut self, packet: usize, receiver: &SocketAddr) {
        let length = self.lengths[packet];
        let packet = &self.received[packet][..length];
        let (Some(nonce), Some(key)) = (nonce_of(packet), self.keys.get(receiver)) else { return };
        let begin = self.sealed.len();
        self.sealed.extend_from_slice(packet);
        let (header, rest) = self.sealed[begin..].split_at_mut(HEADER.min(length));
        let Some((payload, place)) = rest.split_last_chunk_mut::<TAG>() else { return };
        let tag = key.seal_in_place_separate_tag(nonce, Aad::from(header), payload).expect("a short text");
        place.copy_from_slice(tag.as_ref());
    }
}

fn ssrc(packet: &[u8]) -> u32 {
    u32::from_be_bytes([packet[8], packet[9], packet[10], packet[11]])
}

/// A packet as a publisher of the floor sends it: a header, a payload, and room for a tag.
pub(super) fn packet(
    ssrc: u32,
    payload_type: u8,
    sequence: u16,
    timestamp: u32,
    marker: bool,
    payload: &[u8],
) -> Vec<u8> {
    let mut packet = Vec::with_capacity(HEADER + payload.len() + TAG);
    packet.extend([0x90, payload_type | if marker { 0x80 } else { 0 }]);
    packet.extend(sequence.to_be_bytes());
    packet.extend(timestamp.to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend([0xbe, 0xde, 0, 2, 0x12, 0, 0, 0, 0x31, 0, 0, 0]);
    packet.extend_from_slice(payload);
    packet.extend([0; TAG]);
    packet
}

/// Forwards as the first line of the standard input says, until the process ends. The first line of the output is the
/// address to send to.
pub(super) fn serve(way: Way) -> anyhow::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0").context("cannot bind a socket")?;
    // As large as the server's.
    let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(4 << 20);
    let mut out = io::stdout();
    writeln!(out, "{}", socket.local_addr()?)?;
    out.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let mut forwarder = Forwarder::new(way, socket, serde_json::from_str(&line)?)?;
    loop {
        forwarder.turn()?;
    }
}

/// A measurement of the floor alone.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// Bytes of a packet on the wire, above UDP.
    pub size: usize,
    /// Receivers of each.
    pub fan_out: usize,
    /// Packets that arrive at once.
    pub burst: usize,
    /// How long to measure.
    pub time: Duration,
}

impl Trial {
    /// CPU nanoseconds for each packet sent, in each of ten parts of the time.
    pub fn run(&self, way: Way) -> anyhow::Result<Quartiles> {
        let receivers: Vec<UdpSocket> =
            (0..self.fan_out).map(|_| UdpSocket::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
        let mut addresses = Vec::new();
        for receiver in &receivers {
            filter::attach(receiver, &[PAYLOAD_TYPE])?;
            addresses.push(receiver.local_addr()?);
        }
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let target = socket.local_addr()?;
        let routes = Routes { streams: HashMap::from([(1, addresses)]) };
        let mut forwarder = Forwarder::new(way, socket, routes)?;
        let sender = UdpSocket::bind("127.0.0.1:0")?;
        let payload = vec![0x55; self.size.saturating_sub(HEADER + TAG)];
        let mut sequence = 0_u16;
        let mut costs = Vec::new();
        for _ in 0..10 {
            let end = Instant::now() + self.time / 10;
            let (mut spent, before) = (Duration::ZERO, forwarder.sent());
            while Instant::now() < end {
                for _ in 0..self.burst {
                    sequence = sequence.wrapping_add(1);
                    sender.send_to(&packet(1, PAYLOAD_TYPE, sequence, 0, false, &payload), target)?;
                }
                let due = forwarder.sent() + (self.burst * self.fan_out) as u64;
                let began = thread_time();
                while forwarder.sent() < due {
                    forwarder.turn()?;
                }
                spent += thread_time().saturating_sub(began);
            }
            let sent = forwarder.sent() - before;
            costs.push(spent.as_nanos() as f64 / sent.max(1) as f64);
        }
        Quartiles::of(&costs).context("no time to measure in")
    }
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_receiver_gets_what_it_can_open_whatever_the_way() {
        for way in Way::ALL {
            let receivers = [(); 3].map(|()| UdpSocket::bind("127.0.0.1:0").expect("bound"));
            let addresses = receivers.each_ref().map(|socket| socket.local_addr().expect("bound"));
            let socket = UdpSocket::bind("127.0.0.1:0").expect("bound");
            let target = socket.local_addr().expect("bound");
            let routes = Routes { streams: HashMap::from([(7, addresses.to_vec())]) };
            let mut forwarder = Forwarder::new(way, socket, routes).expect("it begins");
            let sender = UdpSocket::bind("127.0.0.1:0").expect("bound");
            let payloads = [vec![1; 900], vec![2; 900], vec![3; 900], vec![4; 300], vec![5; 1100]];
            for (sequence, payload) in (1..).zip(&payloads) {
                for ssrc in [7, 8] {
                    let packet = packet(ssrc, 96, sequence, 0, false, payload);
                    sender.send_to(&packet, target).expect("sent");
                }
            }
            while forwarder.sent() < 15 {
                forwarder.turn().expect("forwarded");
            }
            for (receiver, address) in receivers.iter().zip(addresses) {
                let key = key_for(address);
                for payload in &payloads {
                    let mut buffer = [0; PACKET];
                    let length = receiver.recv(&mut buffer).expect("received");
                    assert_eq!(open(&key, &mut buffer[..length]), Some(&payload[..]), "{way:?}");
                }
            }
        }
    }
}
