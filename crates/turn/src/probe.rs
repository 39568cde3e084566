//! What a stranger would ask of a relay, and how it was answered: for whoever looks at one from outside.

use std::net::SocketAddr;

use crate::credentials::Key;
use crate::stun::{Class, Message, Writer, attribute, method};

/// UDP, as Requested-Transport has it (RFC 8656, section 18.8).
const UDP: [u8; 4] = [17, 0, 0, 0];
/// A key that comes from no password.
const NO_KEY: Key = Key([0; 16]);

/// A wish.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    /// An address at the relay (RFC 8656, section 7).
    Allocation,
    /// To be reached from this address, and to reach it (section 9).
    Permission(SocketAddr),
}

/// The nonce and the realm of a refusal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Challenge {
    realm: Vec<u8>,
    nonce: Vec<u8>,
}

/// What a relay answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It is done.
    Done,
    /// It is not, for this reason (RFC 8489, section 14.8); 0 where none was told.
    Refused(u16, Challenge),
}

/// The bytes of a wish: without a name, or where there is a challenge, with a name and a password that nobody gave out.
pub fn request(wish: Wish, transaction: [u8; 12], challenge: Option<&Challenge>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let writer = match wish {
        Wish::Allocation => Writer::new(&mut bytes, Class::Request, method::ALLOCATE, transaction)
            .with(attribute::REQUESTED_TRANSPORT, &UDP),
        Wish::Permission(peer) => {
            Writer::new(&mut bytes, Class::Request, method::CREATE_PERMISSION, transaction)
                .with_address(attribute::XOR_PEER_ADDRESS, peer)
        }
    };
    if let Some(Challenge { realm, nonce }) = challenge {
        writer
            .with(attribute::USERNAME, b"nobody")
            .with(attribute::REALM, realm)
            .with(attribute::NONCE, nonce)
            .sign(&NO_KEY);
    }
    bytes
}

/// Reads an answer. `None`: it is none.
pub fn answer(bytes: &[u8]) -> Option<Answer> {
    let message = Message::read(bytes)?;
    match message.class {
        Class::Success => Some(Answer::Done),
        Class::Error => {
            let code = message.get(attribute::ERROR_CODE).and_then(|value| value.get(2..4));
            let code = code.map_or(0, |code| u16::from(code[0] & 7) * 100 + u16::from(code[1]));
            let text = |kind| message.get(kind).unwrap_or_default().to_vec();
            let challenge = Challenge { realm: text(attribute::REALM), nonce: text(attribute::NONCE) };
            Some(Answer::Refused(code, challenge))
        }
        Class::Request | Class::Indication => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::{Family, Issuer, Relay, Relayed, Setup};

    #[test]
    fn a_stranger_gets_nothing_of_our_relay_k8_b3() {
        let now = Instant::now();
        let issuer = Issuer::new(now, [1; 32]);
        let peers = vec!["198.51.100.1:443".parse().expect("an address")];
        let setup = Setup { peers, relayed: Relayed::new(5), family: Family::V4, nonce: [2; 16] };
        let mut relay = Relay::new(now, setup);
        let mut ask = |wish, challenge: Option<&Challenge>| {
            relay
                .handle_bytes(now, &issuer, &request(wish, [3; 12], challenge), |_, _| panic!("it relays"))
                .expect("well-formed");
            answer(&relay.poll_transmit().expect("an answer")).expect("an answer")
        };
        let Answer::Refused(401, challenge) = ask(Wish::Allocation, None) else { panic!("it is done") };
        assert_eq!(challenge.realm, b"incamera");
        assert!(matches!(ask(Wish::Allocation, Some(&challenge)), Answer::Refused(401, _)));
        let peer = Wish::Permission("192.0.2.1:9".parse().expect("an address"));
        for challenge in [None, Some(&challenge)] {
            assert!(matches!(ask(peer, challenge), Answer::Refused(..)));
        }
    }

    #[test]
    fn an_answer_is_known_from_what_is_none_k8() {
        let written = |class| {
            let mut bytes = Vec::new();
            let _ = Writer::new(&mut bytes, class, method::ALLOCATE, [3; 12]);
            answer(&bytes)
        };
        assert_eq!(written(Class::Success), Some(Answer::Done));
        assert!(matches!(written(Class::Error), Some(Answer::Refused(0, _))));
        assert_eq!(written(Class::Request), None);
        assert_eq!(answer(b"HTTP/1.1 400 Bad Request"), None);
    }
}
