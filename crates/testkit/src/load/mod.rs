//! Load on a server over real sockets, and the same load on its peers.

pub mod peers;
pub mod system;
