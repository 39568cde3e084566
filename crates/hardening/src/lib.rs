//! The machine itself: controls that are measured, planned, brought about and taken back (T1–T5, D2, E1, I3), and the report
//! that says how each stands (B4).
//!
//! A [`Control`](control::Control) says what it [wants](want::Want) of a machine. A want is measured by its effect, and plans
//! [changes](change::Change), of which there are three kinds: a place in the file system, a kernel parameter, a program that
//! is run. Nothing is changed before the [journal](journal::Journal) says, on the disk, what was there; so a run can be
//! interrupted at any point and be continued or taken back.

pub mod apply;
pub mod audit;
#[cfg(test)]
mod bench;
pub mod benchmark;
pub mod change;
pub mod control;
mod controls;
pub mod edit;
pub mod exceptions;
pub mod facts;
pub mod family;
mod files;
mod firewall;
pub mod harden;
pub mod journal;
pub mod login;
pub mod machine;
mod mounts;
mod network;
mod packages;
mod people;
pub mod rewrite;
pub mod sockets;
pub mod sshd;
mod sudoers;
mod swap;
mod sysctl;
pub mod undo;
pub mod want;
mod way_in;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod ubuntu;
