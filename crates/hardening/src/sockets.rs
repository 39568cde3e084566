//! What listens on a machine, as the kernel lists it.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::machine::Machine;

/// Tables of sockets (proc(5)), and the state of one that waits for whoever comes: for TCP `TCP_LISTEN`, for UDP one that is
/// connected to nobody.
const TABLES: [(&str, Transport, &str); 4] = [
    ("tcp", Transport::Tcp, "0A"),
    ("tcp6", Transport::Tcp, "0A"),
    ("udp", Transport::Udp, "07"),
    ("udp6", Transport::Udp, "07"),
];
/// How the kernel writes the words of an address.
const WORD: usize = 8;

/// By what a socket is reached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// One that waits for whoever comes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Listening {
    /// By what it is reached.
    pub transport: Transport,
    /// Its port.
    pub port: u16,
    /// At which address of this machine.
    pub ip: IpAddr,
}

impl fmt::Display for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = if self.transport == Transport::Tcp { "TCP" } else { "UDP" };
        write!(f, "{transport} port {}", self.port)?;
        if self.ip.is_unspecified() { Ok(()) } else { write!(f, " at {}", self.ip) }
    }
}

/// All of them; `None`: the kernel does not tell.
#[must_use]
pub fn listening(machine: &Machine) -> Option<BTreeSet<Listening>> {
    let tables = TABLES.map(|(name, transport, state)| {
        machine.read(&format!("/proc/net/{name}")).map(|table| (table, transport, state))
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
