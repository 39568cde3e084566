//! Addresses that nobody has: where a relayed participant seems to be.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Ports below are left alone, as browsers do with candidates.
const FIRST_PORT: u32 = 1024;
const PORTS: u32 = 65_536 - FIRST_PORT;
/// The last byte of an address: not that of a network, and not a broadcast.
const HOSTS: u32 = 254;

/// IPv4 or IPv6.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Of an address. One that is mapped (RFC 4291, 2.5.5.2) counts as what it stands for.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }
}

/// A relayed transport address (RFC 8656, section 3), of both families at once: in 192.88.99.0/24, which belonged
/// to relays of another kind and is nobody's since (RFC 7526), and in 100::/64, where everything is discarded (RFC 6666). The
/// addresses for documentation will not do: networks of containers use them. No machine has one of these, and
/// no packet to one of these arrives anywhere. That somebody can still *write* one as the source of a datagram is
/// for whoever reads datagrams from a network: what [`Relayed::at`] recognises never came from there.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Relayed(u32);

// Where somebody is, were it only by name.
impl fmt::Debug for Relayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Relayed(…)")
    }
}

impl Relayed {
    /// One of 16 million, by a random number.
    pub fn new(random: u32) -> Self {
        Self(random % (HOSTS * PORTS))
    }

    /// Which one is at this address. `None`: it is an ordinary one.
    pub fn at(address: SocketAddr) -> Option<Self> {
        let host = match address.ip().to_canonical() {
            IpAddr::V4(ip) => match ip.octets() {
                [192, 88, 99, host] => u32::from(host),
                _ => return None,
            },
            IpAddr::V6(ip) => match ip.segments() {
                [0x100, 0, 0, 0, 0, 0, 0, host] => u32::from(host),
                _ => return None,
            },
        };
        let port = u32::from(address.port());
        let is_ours = (1..=HOSTS).contains(&host) && port >= FIRST_PORT;
        is_ours.then(|| Self((host - 1) * PORTS + port - FIRST_PORT))
    }

    /// As a client of this family sees it.
    pub fn address(self, family: Family) -> SocketAddr {
        let host = (self.0 / PORTS + 1) as u8;
        let port = (self.0 % PORTS + FIRST_PORT) as u16;
        let ip = match family {
            Family::V4 => Ipv4Addr::new(192, 88, 99, host).into(),
            Family::V6 => Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, host.into()).into(),
        };
        SocketAddr::new(ip, port)
    }

    /// Whether a network could have such an address among those that are set aside here. More than those that
    /// [`Self::at`] recognises: a whole range is easier to keep out.
    pub fn is_set_aside(address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(ip) => matches!(ip.octets(), [192, 88, 99, _]),
            IpAddr::V6(ip) => matches!(ip.segments(), [0x100, 0, 0, 0, ..]),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_has_an_address_of_each_family_that_leads_back_to_it(random: u32) {
            let relayed = Relayed::new(random);
            for family in [Family::V4, Family::V6] {
                let address = relayed.address(family);
                prop_assert_eq!(Relayed::at(address), Some(relayed));
                prop_assert!(Relayed::is_set_aside(address.ip()));
                prop_assert_eq!(Family::of(address.ip()), family);
            }
        }

        #[test]
        fn what_is_one_is_set_aside(bytes: [u8; 16], v4: [u8; 4], port: u16) {
            for ip in [IpAddr::from(bytes), IpAddr::from(v4), IpAddr::from([192, 88, 99, v4[0]])] {
                let address = SocketAddr::new(ip, port);
                prop_assert!(Relayed::at(address).is_none() || Relayed::is_set_aside(ip));
            }
        }
    }

    #[test]
    fn real_addresses_are_none() {
        for address in
            ["192.88.98.1:5000", "[2001:db8::1]:5000", "127.0.0.1:22", "192.88.99.255:5000", "192.88.99.1:22"]
        {
            assert_eq!(Relayed::at(address.parse().expect("an address")), None, "{address}");
        }
        let mapped = "[::ffff:192.88.99.1]:5000".parse().expect("an address");
        assert!(Relayed::at(mapped).is_some(), "a mapped one is what it stands for");
    }
}
