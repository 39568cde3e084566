//! The server: everything of incamera that touches the network, the disk or the clock.

pub mod bytes;
pub mod http {
    //! HTTP.
    pub mod api;
}
pub mod limits;
#[cfg(feature = "typescript")]
pub mod typescript;
