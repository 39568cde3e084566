//! What listens on this machine (B3, K8), as the kernel lists it.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use incamera_hardening::machine::Machine;
use incamera_hardening::sshd;

use super::{ASK_ROOT, Outcome};
use crate::setup::is_root;

/// Tables of sockets (proc(5)), and the state of one that waits for whoever comes: for TCP `TCP_LISTEN`, for UDP one that is
/// connected to nobody.
const TABLES: [(&str, Transport, &str); 4] = [
    ("tcp", Transport::Tcp, "0A"),
    ("tcp6", Transport::Tcp, "0A"),
    ("udp", Transport::Udp, "07"),
    ("udp6", Transport::Udp, "07"),
];
/// The port of meetings.
const MEETINGS: u16 = 443;
/// Of administration, where nothing else was said.
const SSH: u16 = 22;
/// By which a machine gets its own address (RFC 2131, RFC 8415).
const ADDRESSES: [u16; 2] = [68, 546];
/// SIP, by which telephones call (RFC 3261, section 19.1.2), and the usual ports of what connects them: H.323, IAX, MGCP.
const TELEPHONES: [u16; 6] = [5060, 5061, 1720, 4569, 2427, 2727];
/// How the kernel writes the words of an address.
const WORD: usize = 8;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Transport {
    Tcp,
    Udp,
}

/// One that waits for whoever comes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Listening {
    transport: Transport,
    port: u16,
    ip: IpAddr,
}

impl fmt::Display for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = if self.transport == Transport::Tcp { "TCP" } else { "UDP" };
        write!(f, "{transport} port {}", self.port)?;
        if self.ip.is_unspecified() { Ok(()) } else { write!(f, " at {}", self.ip) }
    }
}

/// All of them; `None`: the kernel does not tell.
pub(super) fn listening() -> Option<BTreeSet<Listening>> {
    let tables = TABLES.map(|(name, transport, state)| {
        fs::read_to_string(format!("/proc/net/{name}")).map(|table| (table, transport, state))
    });
    // Without IPv6 there are two.
    let tables: Vec<_> = tables.into_iter().flatten().collect();
    let sockets = tables.iter().flat_map(|(table, transport, state)| {
        table.lines().filter_map(|line| of_line(line, *transport, state)).collect::<Vec<_>>()
    });
    (!tables.is_empty()).then(|| sockets.collect())
}

/// `0: 00000000:01BB 00000000:0000 0A …`
fn of_line(line: &str, transport: Transport, state: &str) -> Option<Listening> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let (ip, port) = words.next()?.split_once(':')?;
    let is_waiting = words.nth(1)? == state;
    let ip = address(ip)?;
    is_waiting.then_some(Listening { transport, port: u16::from_str_radix(port, 16).ok()?, ip })
}

/// Words of 32 bits, each as this machine has it in memory.
fn address(text: &str) -> Option<IpAddr> {
    if !text.is_ascii() || !text.len().is_multiple_of(WORD) {
        return None;
    }
    let word = |at: usize| u32::from_str_radix(text.get(at..at + WORD)?, 16).ok().map(u32::to_ne_bytes);
    let bytes: Vec<u8> = (0..text.len()).step_by(WORD).map(word).collect::<Option<Vec<_>>>()?.concat();
    let four = <[u8; 4]>::try_from(bytes.as_slice()).map(|bytes| Ipv4Addr::from(bytes).into());
    four.or_else(|_| <[u8; 16]>::try_from(bytes.as_slice()).map(|bytes| Ipv6Addr::from(bytes).to_canonical()))
        .ok()
}

/// The ports of ssh, by what sshd says of itself; `None`: it says so to root alone.
pub(super) fn ssh_ports() -> Option<Vec<u16>> {
    let ports = sshd::ports(&Machine::this());
    (!ports.is_empty() || is_root()).then_some(ports)
}

/// Nothing waits for strangers but meetings and ssh.
pub(super) fn ports(listening: Option<&BTreeSet<Listening>>, ssh: Option<&[u16]>) -> Outcome {
    let Some(listening) = listening else { return Outcome::Unknown(UNTOLD.to_owned()) };
    let outside = listening.iter().filter(|socket| !socket.ip.is_loopback());
    let (fit, other): (Vec<&Listening>, Vec<&Listening>) =
        outside.partition(|socket| match socket.transport {
            Transport::Tcp => socket.port == MEETINGS || ssh.unwrap_or(&[SSH]).contains(&socket.port),
            Transport::Udp => socket.port == MEETINGS || ADDRESSES.contains(&socket.port),
        });
    if ssh.is_none() && other.iter().any(|socket| socket.transport == Transport::Tcp) {
        return Outcome::Unknown(format!("which port is that of ssh, {ASK_ROOT}"));
    }
    let fit: BTreeSet<_> = fit
        .iter()
        .map(|socket| Listening { ip: Ipv4Addr::UNSPECIFIED.into(), ..**socket }.to_string())
        .collect();
    let fit: Vec<_> = fit.into_iter().collect();
    Outcome::judged(
        other.iter().map(|socket| format!("a program waits for strangers at {socket}")).collect(),
        format!(
            "Waiting for whoever comes: {}.",
            if fit.is_empty() { "nothing".to_owned() } else { fit.join(", ") }
        ),
    )
}

/// Nothing waits for telephones.
pub(super) fn telephone(listening: Option<&BTreeSet<Listening>>) -> Outcome {
    let Some(listening) = listening else { return Outcome::Unknown(UNTOLD.to_owned()) };
    let rings = listening.iter().filter(|socket| TELEPHONES.contains(&socket.port));
    Outcome::judged(
        rings.map(|socket| format!("a program waits at {socket}, where telephone calls come in")).collect(),
        "Nothing waits where telephone calls come in, and the program has no part that could take one.",
    )
}

const UNTOLD: &str = "the kernel does not say here what listens";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n";

    fn tcp(address: &str, state: &str) -> Option<Listening> {
        of_line(
            &format!("   0: {address} 00000000:0000 {state} 00000000:00000000 00:00000000"),
            Transport::Tcp,
            "0A",
        )
    }

    fn set(sockets: &[(Transport, &str, u16)]) -> BTreeSet<Listening> {
        let socket = |(transport, ip, port): &(Transport, &str, u16)| Listening {
            transport: *transport,
            port: *port,
            ip: ip.parse().expect("an address"),
        };
        sockets.iter().map(socket).collect()
    }

    fn found(outcome: Outcome) -> Vec<String> {
        outcome.found().to_vec()
    }

    #[test]
    fn the_kernels_tables_are_read_b3() {
        assert_eq!(HEAD.lines().find_map(|line| of_line(line, Transport::Tcp, "0A")), None);
        let any = tcp("00000000:01BB", "0A").expect("it listens");
        assert_eq!((any.port, any.ip), (443, "0.0.0.0".parse().expect("an address")));
        let own = tcp("0100007F:0016", "0A").expect("it listens");
        assert!(own.ip.is_loopback());
        let mapped = tcp("0000000000000000FFFF00000100007F:0016", "0A").expect("it listens");
        assert!(mapped.ip.is_loopback());
        let six = tcp("B80D0120000000000000000001000000:01BB", "0A").expect("it listens");
        assert_eq!(six.ip, "2001:db8::1".parse::<IpAddr>().expect("an address"));
        assert_eq!(tcp("00000000:01BB", "01"), None, "a connection is no door");
    }

    #[test]
    fn a_door_that_nobody_needs_is_found_b3() {
        let (tcp, udp) = (Transport::Tcp, Transport::Udp);
        let ours = [
            (tcp, "::", 443),
            (udp, "::", 443),
            (tcp, "0.0.0.0", 22),
            (tcp, "127.0.0.1", 25),
            (udp, "10.0.0.2", 68),
        ];
        assert_eq!(found(ports(Some(&set(&ours)), Some(&[22]))), [""; 0]);
        for other in [(tcp, "0.0.0.0", 80), (udp, "::", 22), (tcp, "10.0.0.2", 5432), (udp, "0.0.0.0", 5353)]
        {
            let all = [ours.as_slice(), &[other]].concat();
            let told = found(ports(Some(&set(&all)), Some(&[22])));
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].contains(&other.2.to_string()));
        }
        assert_eq!(found(ports(Some(&set(&ours)), Some(&[2222]))).len(), 1, "ssh is elsewhere");
        assert!(matches!(ports(None, Some(&[22])), Outcome::Unknown(_)));
        let elsewhere = set(&[(tcp, "::", 443), (tcp, "0.0.0.0", 2222)]);
        assert!(matches!(ports(Some(&elsewhere), None), Outcome::Unknown(_)), "it may be ssh");
    }

    #[test]
    fn a_telephone_is_found_also_where_only_the_machine_reaches_it_k8() {
        assert_eq!(found(telephone(Some(&set(&[(Transport::Tcp, "::", 443)])))), [""; 0]);
        for transport in [Transport::Tcp, Transport::Udp] {
            assert_eq!(found(telephone(Some(&set(&[(transport, "127.0.0.1", 5060)])))).len(), 1);
        }
    }

    proptest! {
        #[test]
        fn a_strange_line_is_no_socket(line in "[ 0-9A-F:é]{0,60}", state in "(0A|07)") {
            if let Some(socket) = of_line(&line, Transport::Udp, &state) {
                let port = format!(":{:04X}", socket.port);
                prop_assert!(line.contains(&state) && (line.contains(&port) || line.contains(&port[1..])));
            }
        }
    }
}
