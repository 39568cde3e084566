//! A meeting's media without a network, a browser or a clock.
//!
//! [`World`] joins native participants to an [`incamera_media::Sfu`] through a simulated [`Network`]. Time jumps
//! from one event to the next, so a minute of meeting takes as long as its packets take to compute. Loss, order,
//! duplicates and delay come from a seed.
//!
//! With the feature `load`, the module `load` measures servers over real sockets.

mod certificate;
mod content;
#[cfg(all(feature = "load", target_os = "linux"))]
pub mod load;
mod network;
mod participant;
mod world;

pub use certificate::AnyCertificate;
pub use content::Tag;
pub use network::{Link, Network};
pub use participant::{Options, Participant, Received};
pub use world::{Person, World};
