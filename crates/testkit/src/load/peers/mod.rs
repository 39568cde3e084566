//! Peer SFUs, each behind [`System`](super::system::System). `peers/README.md` of this crate says how they are
//! installed and set up.

mod connection;
pub(super) mod galene;
mod galene_client;
pub(super) mod janus;
pub(super) mod mediasoup;
mod ortc;
mod process;
mod rooms;
#[cfg(test)]
mod tests;
