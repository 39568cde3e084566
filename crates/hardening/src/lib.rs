//! The machine itself: controls that are measured, planned, brought about and taken back (T1–T5, D2, E1, I3), and the report
//! that says how each stands (B4).
//!
//! A [`Control`](control::Control) says what it [wants](want::Want) of a machine. A want is measured by its effect, and plans
//! [changes](change::Change), of which there are three kinds: a place in the file system, a kernel parameter, a program that
//! is run. Nothing is changed before the [journal](journal::Journal) says, on the disk, what was there; so a run can be
//! interrupted at any point and be continued or taken back.

pub mod apply;
pub mod benchmark;
pub mod change;
pub mod control;
mod controls;
pub mod edit;
pub mod exceptions;
pub mod facts;
pub mod family;
pub mod journal;
pub mod machine;
mod people;
pub mod rewrite;
mod sudoers;
mod swap;
pub mod undo;
pub mod want;

#[cfg(test)]
mod played;
#[cfg(test)]
mod tests;
