//! The load tool: drives servers with real-shaped, end-to-end encrypted media and measures what a packet costs them.
//!
//! ```text
//! run ──► System (signalling, one adapter each) ──► legs ──► engine (a thread on the client's core)
//!  │                                                            │ sockets
//!  ├─ kernel: CPU time of the server's tasks, drops of filtered sockets
//!  └─ floor: what the kernel and AES-GCM cost alone, as one more system
//! ```
//!
//! All systems are up at once; each is visited in turn, and only its publishers send during a visit.

pub mod command;
mod engine;
pub mod filter;
pub mod floor;
pub mod frames;
mod incamera;
pub mod kernel;
mod leg;
mod marks;
mod peers;
mod picture;
pub mod report;
pub mod run;
mod stage;
pub mod statistics;
pub mod system;
pub mod workload;
