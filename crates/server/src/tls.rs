//! TLS (I2): 1.2 and 1.3, forward-secret suites with authenticated encryption, and nothing else.

use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};

use crate::clock::UnixTime;

/// Certificate and key, in PEM.
const FILE: &str = "self-signed.pem";
/// What the certificate says, so that it need not be parsed.
const NOTE: &str = "self-signed.json";
const LIFE: Duration = Duration::from_secs(365 * 24 * 3600);
/// A certificate with less life than this left is made anew at the start.
const RENEWAL: Duration = Duration::from_secs(30 * 24 * 3600);

#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    names: Vec<String>,
    expires: i64,
}

/// The TLS side of the listener, with the self-signed certificate of the state folder; makes one where there is none
/// that names all of `names`.
pub fn server_config(state: &Path, names: &[String]) -> anyhow::Result<Arc<ServerConfig>> {
    let (certificate, key) = self_signed(state, names)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
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

fn self_signed(
    state: &Path,
    names: &[String],
) -> anyhow::Result<(CertificateDer<'static>, PrivateKeyDer<'static>)> {
    let path = state.join(FILE);
    if is_current(state, names)
        && let Ok(pem) = fs::read(&path)
        && let (Ok(certificate), Ok(key)) =
            (CertificateDer::from_pem_slice(&pem), PrivateKeyDer::from_pem_slice(&pem))
    {
        return Ok((certificate, key));
    }
    make(state, names).with_context(|| format!("cannot make the certificate {}", path.display()))
}

fn is_current(state: &Path, names: &[String]) -> bool {
    let note = fs::read(state.join(NOTE)).ok().and_then(|text| serde_json::from_slice::<Note>(&text).ok());
    note.is_some_and(|note| {
        UnixTime(note.expires) > UnixTime::now().after(RENEWAL)
            && names.iter().all(|name| note.names.contains(name))
    })
}

fn make(state: &Path, names: &[String]) -> anyhow::Result<(CertificateDer<'static>, PrivateKeyDer<'static>)> {
    let expires = UnixTime::now().after(LIFE);
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "incamera (self-signed)");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.insert_extended_key_usage(rcgen::ExtendedKeyUsagePurpose::ServerAuth);
    // A clock that is a little behind must not make it invalid.
    params.not_before = date(UnixTime::now().after(Duration::ZERO).0 - 24 * 3600)?;
    params.not_after = date(expires.0)?;
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let certificate = params.self_signed(&key)?;
    write_private(&state.join(FILE), (certificate.pem() + &key.serialize_pem()).as_bytes())?;
    let note = Note { names: names.to_vec(), expires: expires.0 };
    write_private(&state.join(NOTE), &serde_json::to_vec(&note)?)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
    Ok((certificate.der().clone(), key))
}

/// The day on which a moment falls, as the certificate library wants it.
fn date(unix: i64) -> anyhow::Result<time::OffsetDateTime> {
    Ok(time::OffsetDateTime::from_unix_timestamp(unix)?)
}

/// Writes a file that only its owner can read, wholly or not at all.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let new = path.with_extension("new");
    let _ = fs::remove_file(&new);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(new, path)
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

    #[test]
    fn a_certificate_is_kept_while_it_names_everything() {
        let state = tempfile::tempdir().expect("a folder");
        let names = own_names(&[], &[]);
        let (first, _) = self_signed(state.path(), &names).expect("made");
        let (same, _) = self_signed(state.path(), &names).expect("read");
        assert_eq!(first, same);
        let more = own_names(&["meet.example.org".to_owned()], &[]);
        let (other, _) = self_signed(state.path(), &more).expect("made");
        assert_ne!(first, other);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_the_key() {
        use std::os::unix::fs::PermissionsExt;
        let state = tempfile::tempdir().expect("a folder");
        self_signed(state.path(), &own_names(&[], &[])).expect("made");
        let mode = fs::metadata(state.path().join(FILE)).expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
