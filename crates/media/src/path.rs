//! One way to a peer.

use std::net::{IpAddr, SocketAddr};

/// Both its ends. Prints neither.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Path {
    /// Theirs.
    pub(crate) remote: SocketAddr,
    /// Ours, where the socket tells.
    pub(crate) local: Option<IpAddr>,
}
