//! The shard's UDP socket: many datagrams with one call, in both directions.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};

use incamera_media::Transmit;
use mio::net::UdpSocket;
use mio::{Interest, Registry};
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSockRef, UdpSocketState};

use super::SOCKET;
use crate::net;

/// Room for the datagrams that the kernel joins into one (GRO).
const SLICE: usize = 64 * 1024;
/// The most bytes that the kernel takes apart again (GSO): one IP packet's worth.
const JOINED: usize = 64_000;

/// The socket with its buffers.
pub(super) struct Packets {
    socket: UdpSocket,
    state: UdpSocketState,
    is_ipv6: bool,
    buffer: Vec<u8>,
    joined: Joined,
}

impl Packets {
    pub(super) fn new(socket: std::net::UdpSocket, registry: &Registry) -> io::Result<Self> {
        let is_ipv6 = socket.local_addr()?.is_ipv6();
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        let mut socket = UdpSocket::from_std(socket);
        registry.register(&mut socket, SOCKET, Interest::READABLE)?;
        Ok(Self { socket, state, is_ipv6, buffer: vec![0; SLICE * BATCH_SIZE], joined: Joined::default() })
    }

    /// Reads one batch. `false`: there is nothing more to read for now.
    pub(super) fn receive(&mut self, mut take: impl FnMut(SocketAddr, Option<IpAddr>, &[u8])) -> bool {
        let mut metas = [RecvMeta::default(); BATCH_SIZE];
        let mut slices: Vec<_> = self.buffer.chunks_mut(SLICE).map(IoSliceMut::new).collect();
        let received = match self.state.recv(UdpSockRef::from(&self.socket), &mut slices, &mut metas) {
            Ok(received) => received,
            // Nothing is there. Or something is wrong with one datagram: those behind it are read with the next.
            Err(_) => return false,
        };
        drop(slices);
        for (meta, slice) in metas[..received].iter().zip(self.buffer.chunks(SLICE)) {
            let source = net::canonical(meta.addr);
            let local = meta.dst_ip.map(|ip| ip.to_canonical());
            let length = meta.len.min(SLICE);
            for datagram in slice[..length].chunks(meta.stride.max(1)) {
                take(source, local, datagram);
            }
        }
        true
    }

    /// Sends a datagram, perhaps together with those that follow. [`Self::flush`] sends what was held back.
    pub(super) fn send(&mut self, transmit: &Transmit) {
        let most = self.state.max_gso_segments();
        if !self.joined.takes(transmit, most) {
            self.flush();
        }
        self.joined.push(transmit);
    }

    /// Sends what was held back. Where the kernel's buffer is full the datagrams are dropped: WebRTC repairs that.
    pub(super) fn flush(&mut self) {
        let Some(destination) = self.joined.destination.take() else { return };
        let transmit = quinn_udp::Transmit {
            destination: net::for_socket(destination, self.is_ipv6),
            ecn: None,
            contents: &self.joined.bytes,
            segment_size: (self.joined.count > 1).then_some(self.joined.segment),
            src_ip: self.joined.source,
        };
        let _ = self.state.try_send(UdpSockRef::from(&self.socket), &transmit);
        self.joined.clear();
    }
}

/// Datagrams of one size for one destination; the last may be shorter.
#[derive(Default)]
struct Joined {
    destination: Option<SocketAddr>,
    source: Option<IpAddr>,
    bytes: Vec<u8>,
    segment: usize,
    count: usize,
    closed: bool,
}

impl Joined {
    fn takes(&self, transmit: &Transmit, most: usize) -> bool {
        let Some(destination) = self.destination else { return true };
        !self.closed
            && destination == transmit.destination
            && self.source == transmit.source
            && self.count < most
            && transmit.contents.len() <= self.segment
            && self.bytes.len() + transmit.contents.len() <= JOINED
    }

    fn push(&mut self, transmit: &Transmit) {
        if self.destination.is_none() {
            self.destination = Some(transmit.destination);
            self.source = transmit.source;
            self.segment = transmit.contents.len();
        }
        self.closed = transmit.contents.len() < self.segment;
        self.bytes.extend_from_slice(&transmit.contents);
        self.count += 1;
    }

    fn clear(&mut self) {
        self.destination = None;
        self.bytes.clear();
        self.count = 0;
        self.closed = false;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn transmit(to: SocketAddr, size: usize) -> Transmit {
        Transmit { source: None, destination: to, contents: vec![size as u8; size] }
    }

    #[test]
    fn datagrams_arrive_one_by_one_however_they_were_joined() {
        let poll = mio::Poll::new().expect("a poll");
        let bound = net::bind("127.0.0.1:0".parse().expect("an address"), 1).expect("bound");
        let mut packets =
            Packets::new(bound.udp.into_iter().next().expect("one"), poll.registry()).expect("usable");
        let receiver = std::net::UdpSocket::bind("127.0.0.1:0").expect("bound");
        receiver.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
        let other = std::net::UdpSocket::bind("127.0.0.1:0").expect("bound");
        other.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
        let (to, to_other) = (receiver.local_addr().expect("bound"), other.local_addr().expect("bound"));

        for size in [100, 100, 100, 40, 100, 120] {
            packets.send(&transmit(to, size));
        }
        packets.send(&transmit(to_other, 120));
        packets.flush();

        let mut buffer = [0; 2000];
        for size in [100, 100, 100, 40, 100, 120] {
            assert_eq!(receiver.recv(&mut buffer).expect("received"), size);
            assert_eq!(buffer[0], size as u8);
        }
        assert_eq!(other.recv(&mut buffer).expect("received"), 120);
    }

    #[test]
    fn the_kernel_is_never_handed_more_than_it_takes_apart() {
        let to = "192.0.2.1:1".parse().expect("an address");
        let mut joined = Joined::default();
        joined.push(&transmit(to, 1200));
        assert!(joined.takes(&transmit(to, 1200), 2));
        assert!(!joined.takes(&transmit(to, 1201), 2), "segments are of one size");
        joined.push(&transmit(to, 1200));
        assert!(!joined.takes(&transmit(to, 1200), 2), "the kernel's number of segments");
        joined.push(&transmit(to, 10));
        assert!(!joined.takes(&transmit(to, 10), 64), "only the last may be shorter");
    }
}
