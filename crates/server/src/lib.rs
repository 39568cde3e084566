//! The server: everything of incamera that touches the network, the disk or the clock.
//!
//! [`server::Server`] is the whole of it in one process; [`cli`] is the program around it.

pub mod accounts;
pub mod acme;
pub mod allowance;
pub mod app;
#[cfg(target_os = "linux")]
pub mod audit;
pub mod audited;
pub mod backup;
pub mod bytes;
pub mod cli;
pub mod clock;
pub mod config;
pub mod data;
pub mod descriptors;
pub mod doors;
mod files;
pub mod folder;
#[cfg(target_os = "linux")]
pub mod hardening;
pub mod hours;
pub mod http;
#[cfg(debug_assertions)]
mod leak;
pub mod limits;
pub mod listener;
pub mod logging;
pub mod net;
mod papers;
pub mod places;
mod prefixed;
#[cfg(target_os = "linux")]
pub mod proof;
pub mod rate;
pub mod relay;
pub mod server;
#[cfg(target_os = "linux")]
pub mod setup;
pub mod shard;
pub mod store;
pub mod systemd;
pub mod tls;
#[cfg(feature = "typescript")]
pub mod typescript;
pub mod verify;
pub mod ws;
