//! systemd, where it starts us: its sockets (sd_listen_fds(3)), and what it wants to know (sd_notify(3)).
//!
//! Without it every function here does nothing.

use std::time::Duration;

use crate::net::Sockets;
use crate::server::Pulse;

/// The sockets that were opened for us: one for TCP, and for UDP one or more. `None`: there are none.
///
/// # Errors
/// Sockets that cannot be used, in words for whoever wrote the unit.
#[cfg(unix)]
pub fn sockets() -> anyhow::Result<Option<Sockets>> {
    use anyhow::{Context as _, bail};

    let mut inherited = listenfd::ListenFd::from_env();
    let (mut tcp, mut udp) = (None, Vec::new());
    for index in 0..inherited.len() {
        if let Ok(Some(listener)) = inherited.take_tcp_listener(index) {
            if tcp.replace(listener).is_some() {
                bail!("systemd handed over two sockets for TCP: name one port with ListenStream=");
            }
        } else if let Ok(Some(socket)) = inherited.take_udp_socket(index) {
            udp.push(socket);
        } else {
            bail!("systemd handed over a socket that is neither for TCP nor for UDP");
        }
    }
    if tcp.is_none() && udp.is_empty() {
        return Ok(None);
    }
    let tcp = tcp.context("systemd handed over no socket for TCP: the .socket unit needs ListenStream=")?;
    if udp.is_empty() {
        bail!("systemd handed over no socket for UDP: the .socket unit needs ListenDatagram=");
    }
    Sockets::inherited(tcp, udp).map(Some)
}

/// There is no systemd.
#[cfg(not(unix))]
pub fn sockets() -> anyhow::Result<Option<Sockets>> {
    Ok(None)
}

/// Whether it started us, and waits for [`is_ready`].
pub fn started_us() -> bool {
    std::env::var_os("NOTIFY_SOCKET").is_some()
}

/// Whether what we print is written down: it says so by the device and inode number of the stream that it reads
/// (systemd.exec(5), `JOURNAL_STREAM`). A program that was started by hand may have inherited the variable, but not the
/// stream.
#[cfg(unix)]
pub fn keeps_what_is_printed() -> bool {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::MetadataExt as _;
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    let stdout = std::io::stdout().as_fd().try_clone_to_owned().map(std::fs::File::from);
    let metadata = stdout.and_then(|stdout| stdout.metadata());
    metadata.is_ok_and(|metadata| stream == format!("{}:{}", metadata.dev(), metadata.ino()))
}

/// There is no such stream.
#[cfg(not(unix))]
pub fn keeps_what_is_printed() -> bool {
    false
}

/// People can connect.
pub fn is_ready() {
    #[cfg(unix)]
    tell(&[sd_notify::NotifyState::Ready, sd_notify::NotifyState::Status("Meetings can be held.")]);
}

/// It was told to stop.
pub fn is_stopping() {
    #[cfg(unix)]
    tell(&[sd_notify::NotifyState::Stopping]);
}

/// It ends, and why. `systemctl status` shows it, though nothing that the service prints is kept.
pub fn has_failed(why: &str) {
    #[cfg(unix)]
    tell(&[sd_notify::NotifyState::Status(&why.replace('\n', " "))]);
    #[cfg(not(unix))]
    let _ = why;
}

#[cfg(unix)]
fn tell(states: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!("systemd cannot be told anything: {error}");
    }
}

/// As long as there are signs of life, says so as often as systemd wants to hear it (`WatchdogSec=`). Without them it
/// starts the service anew.
pub async fn reassure(pulse: Pulse) {
    #[cfg(unix)]
    if let Some(patience) = sd_notify::watchdog_enabled() {
        let mut ticks = tokio::time::interval(pause(patience));
        loop {
            ticks.tick().await;
            pulse.beat().await;
            tell(&[sd_notify::NotifyState::Watchdog]);
        }
    }
    drop(pulse);
}

/// Three times before its patience ends.
#[cfg(unix)]
fn pause(patience: Duration) -> Duration {
    (patience / 3).max(Duration::from_millis(100))
}
