//! Our DTLS certificate.

use str0m::config::DtlsCert;

/// The DTLS certificate (RFC 5764), self-signed: its fingerprint in the answer, which travels by TLS, is what
/// vouches for it. Made once per process and shared by all shards.
#[derive(Clone)]
pub struct Certificate(pub(super) DtlsCert);

impl Certificate {
    /// Makes a new one.
    ///
    /// # Panics
    /// If the machine has no randomness.
    pub fn generate() -> Self {
        let provider = str0m::crypto::from_feature_flags();
        let certificate = provider.dtls_provider.generate_certificate();
        Self(certificate.expect("this cryptography provider makes certificates"))
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certificate(…)")
    }
}
