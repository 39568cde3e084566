//! TLS (I2): 1.2 and 1.3, forward-secret suites with authenticated encryption, and nothing else.

mod challenge;
mod pair;
mod self_signed;
mod served;

use std::fs;
use std::net::IpAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};

pub(crate) use self::challenge::FOLDER as CHALLENGES;
pub use self::challenge::{CHALLENGE_ALPN, Challenges, Shown};
pub use self::pair::{Life, Pair};
pub(crate) use self::self_signed::{FILE as SELF_SIGNED, NOTE as SELF_SIGNED_NOTE};
pub use self::served::{Ending, Files, Served, Voucher};
pub(crate) use self::served::{HANDED, ORDERED};

/// The TLS side of the listener.
///
/// # Errors
/// None that a release can have: the suites and the versions fit each other.
pub fn server_config(served: Arc<Served>) -> Result<Arc<ServerConfig>, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(served);
    // The second one is for those who say that they relay (RFC 7443); most say nothing, or the first.
    config.alpn_protocols = vec![b"http/1.1".to_vec(), b"stun.turn".to_vec(), CHALLENGE_ALPN.to_vec()];
    Ok(Arc::new(config))
}

/// What is offered. Written out, so that an update of the library adds nothing by itself.
pub fn provider() -> CryptoProvider {
    use aws_lc_rs::cipher_suite as suite;
    use aws_lc_rs::kx_group as group;
    CryptoProvider {
        cipher_suites: vec![
            suite::TLS13_AES_256_GCM_SHA384,
            suite::TLS13_AES_128_GCM_SHA256,
            suite::TLS13_CHACHA20_POLY1305_SHA256,
            suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ],
        kx_groups: vec![group::X25519MLKEM768, group::X25519, group::SECP256R1, group::SECP384R1],
        ..aws_lc_rs::default_provider()
    }
}

/// The names of a certificate that no one else vouches for: this machine's, and those of the configuration.
pub fn own_names(configured: &[String], addresses: &[IpAddr]) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    if !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)) {
        names.push(host.to_owned());
    }
    names.extend(addresses.iter().map(IpAddr::to_string));
    names.extend(configured.iter().cloned());
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use rustls::{CipherSuite, ProtocolVersion};

    use super::*;

    #[test]
    fn every_suite_is_forward_secret_and_authenticated_i2() {
        for suite in provider().cipher_suites {
            let name = format!("{:?}", suite.suite());
            let forward_secret = name.starts_with("TLS13_") || name.starts_with("TLS_ECDHE_");
            let authenticated = name.contains("_GCM_") || name.contains("_POLY1305_");
            assert!(forward_secret && authenticated, "{name}");
            assert!(matches!(suite.version().version, ProtocolVersion::TLSv1_2 | ProtocolVersion::TLSv1_3));
            assert_ne!(suite.suite(), CipherSuite::TLS_RSA_WITH_AES_256_GCM_SHA384);
        }
    }
}
