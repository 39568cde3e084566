//! When the server is open, and when its port is shut (T6).
//!
//! The schedule is the owner's: hours of the week, a calendar, or both. Hosts add stretches outside of it. Root's helper,
//! `incamera hours apply`, puts both together, opens and shuts the doors, and hangs out a [`Sign`] that the service reads:
//! the service itself can open nothing.

pub mod calendar;
#[cfg(target_os = "linux")]
pub mod command;
#[cfg(target_os = "linux")]
mod doors;
#[cfg(target_os = "linux")]
mod night;
pub mod openings;
#[cfg(target_os = "linux")]
mod power;
mod schedule;
mod sign;
mod spans;
pub mod weekly;
#[cfg(target_os = "linux")]
mod words;

#[cfg(target_os = "linux")]
pub use doors::{FOLDERS, SERVER, Trial, apply_now, is_shut, next_change, stay_open};
#[cfg(target_os = "linux")]
pub use night::{clocks, closed_at};
#[cfg(target_os = "linux")]
pub use power::{Wakes, wakes};
pub use schedule::{Power, Schedule, Settings, zone};
pub use sign::{SIGN, Sign, Signs, follow};
pub use spans::{Span, Spans};
