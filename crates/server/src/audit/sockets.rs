//! What listens on this machine (B3, K8), as the kernel lists it.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use incamera_hardening::machine::Machine;
use incamera_hardening::sockets::{self, Listening, Transport};
use incamera_hardening::sshd;

use super::{ASK_ROOT, Outcome};
use crate::setup::is_root;

/// The port of meetings.
const MEETINGS: u16 = 443;
/// Of administration, where nothing else was said.
const SSH: u16 = 22;
/// By which a machine gets its own address (RFC 2131, RFC 8415).
const ADDRESSES: [u16; 2] = [68, 546];
/// SIP, by which telephones call (RFC 3261, section 19.1.2), and the usual ports of what connects them: H.323, IAX, MGCP.
const TELEPHONES: [u16; 6] = [5060, 5061, 1720, 4569, 2427, 2727];
/// All that listen; `None`: the kernel does not tell.
pub(super) fn listening() -> Option<BTreeSet<Listening>> {
    sockets::listening(&Machine::this())
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
}
