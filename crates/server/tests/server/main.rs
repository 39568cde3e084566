//! The whole server, started in this process on the loopback, and used as pages use it.

mod accounts;
mod audit;
mod authenticator;
mod backup;
mod certificate;
mod data;
mod disk;
mod door;
mod harness;
mod hosts;
mod hours;
mod kill;
mod liar;
mod logs;
mod media;
mod meetings;
mod passkeys;
mod prints;
#[cfg(target_os = "linux")]
mod proof;
mod relay;
mod restart;
mod verify;
