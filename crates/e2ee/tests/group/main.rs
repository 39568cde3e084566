//! The encrypted group, member by member: who comes in, who is refused, and that those inside agree (K2, K4, B1, B5).

mod agreement;
mod doors;
mod interop;
mod messages;
mod moderation;
mod raw;
mod support;
