//! Who may do what in a meeting.
//!
//! A pure state machine: [`Meeting::handle`] takes what happened, [`Meeting::poll_effect`] yields what must be done
//! about it, [`Meeting::poll_timeout`] says when to call again. Nothing here reads a clock, draws a random number,
//! opens a socket or knows a name: titles, and what people say, are opaque bytes, see [`sealed`].

pub mod effect;
pub mod ids;
pub mod limits;
mod meeting;
mod policy;
pub mod private;
pub mod sealed;
pub mod settings;
pub mod text;
#[cfg(feature = "typescript")]
pub mod typescript;
pub mod wire;

pub use meeting::Meeting;
