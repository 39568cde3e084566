//! A peer as a process.

use std::net::{TcpStream, UdpSocket};
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::load::kernel;

/// How often to look whether a program has started, and how many times.
const STARTING: Duration = Duration::from_millis(100);
const TRIES: u32 = 300;

/// A process that ends with its owner.
#[derive(Debug)]
pub(super) struct Process(pub(super) Child);

impl Process {
    /// On this core, with all that it starts.
    pub(super) fn start(core: usize, command: &mut Command) -> Result<Self> {
        Ok(Self(kernel::spawn_on(core, command)?))
    }

    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that nobody uses at the moment.
pub(super) fn free_port() -> Result<u16> {
    Ok(UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Waits until somebody listens at this port.
pub(super) fn connect(port: u16) -> Result<TcpStream> {
    let stream = (0..TRIES).find_map(|_| {
        let stream = TcpStream::connect(("127.0.0.1", port)).ok();
        if stream.is_none() {
            thread::sleep(STARTING);
        }
        stream
    });
    let stream = stream.context("it does not start")?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
