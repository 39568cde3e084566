//! The shard's UDP socket: many datagrams with one call, in both directions.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};

use incamera_media::Transmit;
use incamera_turn::Relayed;
use mio::net::UdpSocket;
use mio::{Interest, Registry};
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSockRef, UdpSocketState};

use super::SOCKET;
use crate::net;

/// Room for the datagrams that the kernel joins into one (GRO).
const SLICE: usize = 64 * 1024;

/// The socket with its buffers.
pub(super) struct Packets {
    socket: UdpSocket,
    state: UdpSocketState,
    is_ipv6: bool,
    buffer: Vec<u8>,
}

impl Packets {
    pub(super) fn new(socket: std::net::UdpSocket, registry: &Registry) -> io::Result<Self> {
        let is_ipv6 = socket.local_addr()?.is_ipv6();
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        let mut socket = UdpSocket::from_std(socket);
        registry.register(&mut socket, SOCKET, Interest::READABLE)?;
        Ok(Self { socket, state, is_ipv6, buffer: vec![0; SLICE * BATCH_SIZE] })
    }

    /// Reads one batch. Where somebody claims to be at an address that relays give, nothing is taken: the source of a
    /// datagram is whatever its sender wrote there. `false`: there is nothing more to read for now.
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
            let Some(source) = sender(meta.addr) else { continue };
            let local = meta.dst_ip.map(|ip| ip.to_canonical());
            let length = meta.len.min(SLICE);
            for datagram in slice[..length].chunks(meta.stride.max(1)) {
                take(source, local, datagram);
            }
        }
        true
    }

    /// Sends datagrams, with one call where the kernel takes them apart (GSO). Where its buffer is full they are dropped:
    /// WebRTC repairs that.
    pub(super) fn send(&self, transmit: &Transmit<'_>) {
        let together = self.state.max_gso_segments().max(1) * transmit.segment.max(1);
        for contents in transmit.contents.chunks(together) {
            let transmit = quinn_udp::Transmit {
                destination: net::for_socket(transmit.destination, self.is_ipv6),
                ecn: None,
                contents,
                segment_size: (contents.len() > transmit.segment).then_some(transmit.segment),
                src_ip: transmit.source,
            };
            let _ = self.state.try_send(UdpSockRef::from(&self.socket), &transmit);
        }
    }
}

/// Who sent a datagram. `None`: whoever it was forged the address, for no network leads there.
fn sender(address: SocketAddr) -> Option<SocketAddr> {
    Some(net::canonical(address)).filter(|source| !Relayed::is_set_aside(source.ip()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_datagram_of_a_network_comes_from_a_relayed_address_b3() {
        use incamera_turn::Family;
        for random in [0, 1, 70_000, u32::MAX] {
            for family in [Family::V4, Family::V6] {
                let forged = Relayed::new(random).address(family);
                assert_eq!(sender(forged), None);
                assert_eq!(
                    sender(net::for_socket(forged, true)),
                    None,
                    "as a socket of both families has it"
                );
            }
        }
        for real in ["127.0.0.1:5000", "192.0.2.2:5000", "[2001:db8::1]:5000"] {
            let real = real.parse().expect("an address");
            assert_eq!(sender(real), Some(real));
        }
    }

    #[test]
    fn datagrams_arrive_one_by_one_however_they_were_joined() {
        let poll = mio::Poll::new().expect("a poll");
        let bound = net::bind("127.0.0.1:0".parse().expect("an address"), 1).expect("bound");
        let packets =
            Packets::new(bound.udp.into_iter().next().expect("one"), poll.registry()).expect("usable");
        let receiver = std::net::UdpSocket::bind("127.0.0.1:0").expect("bound");
        receiver.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
        let destination = receiver.local_addr().expect("bound");

        for (segment, length) in [(100, 340), (100, 100), (120, 20), (10, 640)] {
            let contents: Vec<u8> = (0..length).map(|at| (at / segment) as u8).collect();
            packets.send(&Transmit { source: None, destination, segment, contents: &contents });
            let mut buffer = [0; 2000];
            for (number, expected) in contents.chunks(segment).enumerate() {
                assert_eq!(receiver.recv(&mut buffer).expect("received"), expected.len());
                assert_eq!(buffer[0], number as u8);
            }
        }
    }
}
