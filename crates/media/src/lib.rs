//! The SFU: it takes packets from each participant of a room and gives every other participant those that they
//! want and can receive.
//!
//! [`Sfu`] is one shard's worth of it, without sockets, threads or a clock: datagrams and [`std::time::Instant`]s
//! go in, datagrams and events come out. A turn of the loop that drives it is
//!
//! 1. any number of control calls and [`Sfu::handle_datagram`]s;
//! 2. [`Sfu::handle_timeout`] when [`Sfu::poll_timeout`] is due;
//! 3. [`Sfu::handle_batch_end`], once;
//! 4. [`Sfu::poll_transmit`] and [`Sfu::poll_event`] until both are empty.

mod ids;
mod sfu;

pub use ids::{PeerId, RoomId, ShardId};
pub use sfu::{Belongs, Certificate, OfferError, Sfu, SfuConfig, SfuEvent, Transmit};
