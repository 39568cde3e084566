//! A peer as a process.

use std::net::UdpSocket;
use std::process::{Child, Command};

use anyhow::Result;

use crate::load::kernel;

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
