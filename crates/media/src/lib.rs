//! The SFU: it takes packets from each participant of a room and gives every other participant those that they
//! want and can receive.
//!
//! [`Sfu`] is one shard's worth of it, without sockets, threads or a clock: datagrams and [`std::time::Instant`]s
//! go in, datagrams and events come out. A turn of the loop that drives it is
//!
//! 1. any number of control calls and [`Sfu::handle_datagram`]s;
//! 2. [`Sfu::handle_timeout`] when [`Sfu::poll_timeout`] is due;
//! 3. [`Sfu::handle_batch_end`], once, which hands out what leaves;
//! 4. [`Sfu::poll_claim`] and [`Sfu::poll_event`] until both are empty.
//!
//! The way of a packet: `demux` (whose is it), `transport` (decrypt), `router` (is its gate open, which slots want
//! this layer), `rewrite`, `transport` again (encrypt), all in one turn and on one thread.

mod bandwidth;
mod demux;
mod descriptor;
mod ids;
mod meter;
mod offer;
mod packet;
mod path;
mod random;
mod rate;
mod rewrite;
mod router;
mod rtcp;
mod sfu;
mod stun;
mod transport;
mod vp8;

pub mod parse;

pub use demux::Claim;
pub use ids::{PeerId, RoomId, ShardId};
pub use offer::OfferError;
pub use sfu::{Belongs, LINGER, Sfu, SfuConfig, SfuEvent, Transmit};
pub use stun::shard_of_check;
pub use transport::certificate::Certificate;
