//! The meeting as its users see it: inputs in, effects out, on a virtual clock.

mod audience;
mod entry;
mod group;
mod harness;
mod held;
mod histories;
mod history;
mod host;
mod limits;
mod lobby;
mod model;
mod moderation;
mod removal;
mod sequence;
mod talking;
