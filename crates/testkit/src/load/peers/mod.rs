//! Peer SFUs, each behind [`System`](super::system::System). `peers/README.md` of this crate says how they are
//! installed and set up.

mod connection;
pub mod janus;
pub mod mediasoup;
mod ortc;
mod process;
mod rooms;
#[cfg(test)]
mod tests;

pub use process::installed;
