//! Sockets: one TCP port and the same UDP port, for IPv6 and IPv4 at once where the machine can.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use anyhow::{Context, bail};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// Asked of the kernel for each UDP socket: half a second of a large meeting. It gives what it allows.
const UDP_BUFFER: usize = 4 << 20;
/// TCP connections that wait to be accepted.
const BACKLOG: i32 = 1024;
/// Attempts to find a port that is free for both TCP and UDP.
const ATTEMPTS: usize = 32;

/// All sockets of the server, bound and not blocking.
pub struct Sockets {
    /// For HTTPS.
    pub tcp: std::net::TcpListener,
    /// One for each shard, on the same port as [`Self::tcp`].
    pub udp: Vec<UdpSocket>,
    /// Where they are bound.
    pub address: SocketAddr,
}

impl Sockets {
    /// Takes over sockets that were bound by somebody else, all to one port.
    ///
    /// # Errors
    /// Sockets of different ports or addresses.
    pub fn inherited(tcp: std::net::TcpListener, udp: Vec<UdpSocket>) -> anyhow::Result<Self> {
        let address = tcp.local_addr()?;
        tcp.set_nonblocking(true)?;
        for socket in &udp {
            let other = socket.local_addr()?;
            if other != address {
                bail!(
                    "the sockets for TCP and UDP must have one address and port, not {address} and {other}"
                );
            }
            socket.set_nonblocking(true)?;
            make_room(&SockRef::from(socket));
        }
        Ok(Self { tcp, udp, address })
    }
}

/// Binds everything. Falls back to IPv4 alone on a machine without IPv6.
pub fn bind(listen: SocketAddr, shards: u8) -> anyhow::Result<Sockets> {
    let attempts = if listen.port() == 0 { ATTEMPTS } else { 1 };
    let mut outcome = bind_once(listen, shards);
    for _ in 1..attempts {
        match &outcome {
            // The port that TCP was given is taken for UDP: another one.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => outcome = bind_once(listen, shards),
            _ => break,
        }
    }
    if let Err(error) = &outcome
        && listen.ip() == IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED)
        && no_ipv6(error)
    {
        return bind(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), listen.port()), shards);
    }
    outcome.with_context(|| advice(listen))
}

fn no_ipv6(error: &io::Error) -> bool {
    // EAFNOSUPPORT and EADDRNOTAVAIL: IPv6 is not in the kernel, or switched off.
    matches!(error.raw_os_error(), Some(97)) || error.kind() == io::ErrorKind::AddrNotAvailable
}

fn advice(listen: SocketAddr) -> String {
    format!(
        "cannot listen on {listen}: if another program (or another incamera) uses the port, stop it, or choose \
         another with --listen [::]:PORT; ports below 1024 need the right to use them"
    )
}

fn bind_once(listen: SocketAddr, shards: u8) -> io::Result<Sockets> {
    let tcp = socket(listen, Type::STREAM, Protocol::TCP)?;
    tcp.set_reuse_address(true)?;
    tcp.bind(&listen.into())?;
    tcp.listen(BACKLOG)?;
    let tcp: std::net::TcpListener = tcp.into();
    let address = tcp.local_addr()?;
    // The first one alone, so that a port that another process shares with itself is not taken for free.
    drop(udp(address, false)?);
    let udp = (0..shards).map(|_| udp(address, shards > 1)).collect::<io::Result<_>>()?;
    Ok(Sockets { tcp, udp, address })
}

fn udp(address: SocketAddr, shared: bool) -> io::Result<UdpSocket> {
    let socket = socket(address, Type::DGRAM, Protocol::UDP)?;
    #[cfg(unix)]
    if shared {
        socket.set_reuse_port(true)?;
    }
    make_room(&SockRef::from(&socket));
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// Best effort: a smaller buffer drops packets sooner under load, and WebRTC repairs that.
fn make_room(socket: &SockRef<'_>) {
    let _ = socket.set_recv_buffer_size(UDP_BUFFER);
    let _ = socket.set_send_buffer_size(UDP_BUFFER);
}

fn socket(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// An address as people write it: an IPv4 address that arrived at an IPv6 socket is an IPv4 address.
pub fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// An address as a socket of this family wants it: the inverse of [`canonical`].
pub fn for_socket(address: SocketAddr, socket_is_ipv6: bool) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if socket_is_ipv6 => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
        _ => address,
    }
}

/// The addresses by which this machine would reach the outside, found without sending a packet.
pub fn outward_addresses() -> Vec<IpAddr> {
    // Addresses for documentation (RFC 5737, RFC 3849): connecting a UDP socket only looks up the route.
    [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")]
        .into_iter()
        .filter_map(|(from, to)| {
            let socket = UdpSocket::bind(from).ok()?;
            socket.connect(to).ok()?;
            Some(socket.local_addr().ok()?.ip())
        })
        .filter(|address| !address.is_unspecified())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_zero_finds_one_that_is_free_for_both() {
        let sockets = bind("127.0.0.1:0".parse().expect("an address"), 2).expect("bound");
        assert_ne!(sockets.address.port(), 0);
        assert_eq!(sockets.udp.len(), 2);
        for udp in &sockets.udp {
            assert_eq!(udp.local_addr().expect("bound"), sockets.address);
        }
    }

    #[test]
    fn sockets_of_two_ports_are_not_taken_over() {
        let bound = || bind("127.0.0.1:0".parse().expect("an address"), 1).expect("bound");
        let (one, other) = (bound(), bound());
        let port = other.address.port();
        let error = Sockets::inherited(one.tcp, other.udp).err().expect("refused").to_string();
        assert!(error.contains(&port.to_string()), "{error}");
    }

    #[test]
    fn a_taken_port_is_an_error_that_says_what_to_do() {
        let taken = bind("127.0.0.1:0".parse().expect("an address"), 1).expect("bound");
        let error = bind(taken.address, 1).err().expect("taken");
        assert!(format!("{error:#}").contains("--listen"), "{error:#}");
        let udp = UdpSocket::bind("127.0.0.1:0").expect("bound");
        assert!(bind(udp.local_addr().expect("bound"), 1).is_err(), "UDP counts as well");
    }

    #[test]
    fn mapped_addresses_go_there_and_back() {
        let v4: SocketAddr = "192.0.2.1:5".parse().expect("an address");
        let mapped = for_socket(v4, true);
        assert!(mapped.is_ipv6());
        assert_eq!(canonical(mapped), v4);
        assert_eq!(for_socket(v4, false), v4);
    }
}
