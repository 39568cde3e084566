//! TURN (RFC 8656) over one TLS connection, for those whose network lets nothing else through (B3).
//!
//! It is no relay to the world: the only peer is the media server of the same process, there is no socket behind a
//! relayed address, and whatever names another peer is refused. Bytes, datagrams and [`std::time::Instant`]s go in,
//! bytes and datagrams come out. One [`Relay`] serves one connection:
//!
//! 1. [`Relay::handle_bytes`] with what the client sent, which hands out the datagrams for the media;
//! 2. [`Relay::handle_datagram`] with each datagram of the media for the relayed address;
//! 3. [`Relay::handle_timeout`] when [`Relay::poll_timeout`] is due;
//! 4. [`Relay::poll_transmit`], which has what is to be sent to the client.
//!
//! An error of any of them ends the connection. No address of a client ever comes in here.

mod address;
mod credentials;
mod frames;
mod relay;
mod stun;

pub mod parse;
pub mod probe;

pub use address::{Family, Relayed};
pub use credentials::{Credentials, Issuer, User};
pub use relay::{Fault, Relay, Setup};
