//! What media is sealed and opened with.

/// Of one epoch (RFC 9605, section 5.2).
#[derive(Clone, PartialEq, Eq)]
pub struct MediaKey {
    /// The epoch.
    pub epoch: u64,
    /// The own leaf.
    pub leaf: u32,
    /// The base key.
    pub base: [u8; 16],
}
