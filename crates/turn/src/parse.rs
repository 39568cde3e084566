//! Doors to the parsers for fuzzing and tests. Each takes anything and must return.

use std::time::{Duration, Instant};

use crate::{Family, Issuer, Relay, Relayed, Setup, User};

/// A user name.
pub fn user(name: &[u8]) -> Option<User> {
    Issuer::read(name)
}

/// A client's stream, in pieces of up to 256 bytes: the first byte of each says how long it is. Returns how many
/// datagrams it brought to the media.
pub fn stream(bytes: &[u8]) -> usize {
    let boot = Instant::now();
    let issuer = Issuer::new(boot, [1; 32]);
    let peers = vec!["198.51.100.1:443".parse().expect("an address")];
    let setup = Setup { peers, relayed: Relayed::new(5), family: Family::V4, nonce: [2; 16] };
    let (mut relay, mut now, mut delivered, mut rest) = (Relay::new(boot, setup), boot, 0, bytes);
    while let Some((length, later)) = rest.split_first() {
        let (piece, later) = later.split_at(usize::from(*length).min(later.len()));
        rest = later;
        now += Duration::from_millis(100);
        let outcome = relay.handle_bytes(now, &issuer, piece, |_, _| delivered += 1);
        relay.handle_datagram(now, None, piece);
        let over = outcome.and(relay.handle_timeout(now)).is_err();
        while relay.poll_transmit().is_some() {}
        if over {
            break;
        }
    }
    delivered
}
