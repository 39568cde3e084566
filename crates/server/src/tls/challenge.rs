//! The proof that we answer for a name (TLS-ALPN-01, RFC 8737): a certificate of its own, shown to nobody but who asks
//! for it by its protocol. Whoever orders certificates puts it into a folder, for as long as it is asked for.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::sign::CertifiedKey;

use super::pair::Pair;
use crate::files::{self, Readers};

/// The protocol (RFC 8737, 6.2).
pub const CHALLENGE_ALPN: &[u8] = b"acme-tls/1";
/// Characters of a DNS name (RFC 1035, 3.1).
const NAME: usize = 253;

/// In the state folder: the folder with proofs.
pub(crate) const FOLDER: &str = "challenges";

/// The folder in which proofs are found by the name that is asked for.
#[derive(Clone, Debug)]
pub struct Challenges {
    folder: PathBuf,
}

impl Challenges {
    /// Those of this state folder.
    pub fn of(state: &Path) -> Self {
        Self { folder: state.join(FOLDER) }
    }

    /// The proof for the name that a client asks for.
    pub fn answer(&self, server_name: &str) -> Option<Arc<CertifiedKey>> {
        let path = self.path(server_name)?;
        Some(Pair::read(&path, None).ok()?.certified)
    }

    /// Shows this certificate and key, in PEM, to who asks for this name or address. It goes with the guard.
    pub fn show(&self, identifier: &str, pem: &str) -> io::Result<Shown> {
        let path = self.path(&server_name(identifier)).ok_or(io::ErrorKind::InvalidInput)?;
        fs::create_dir_all(&self.folder)?;
        files::replace(&path, pem.as_bytes(), Readers::Owner)?;
        Ok(Shown { path })
    }

    /// A name that somebody sent is a file's name only if it can be nothing else.
    fn path(&self, server_name: &str) -> Option<PathBuf> {
        let name = server_name.to_ascii_lowercase();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.' || byte == b'_';
        let is_name =
            !name.is_empty() && name.len() <= NAME && name.bytes().all(plain) && !name.starts_with('.');
        is_name.then(|| self.folder.join(format!("{name}.pem")))
    }
}

/// A proof that is being shown.
#[derive(Debug)]
pub struct Shown {
    path: PathBuf,
}

impl Drop for Shown {
    fn drop(&mut self) {
        // What is left behind is good for nothing, and is written over the next time.
        let _ = fs::remove_file(&self.path);
    }
}

/// As it is asked for in TLS: an address by its name for reverse lookups (RFC 8738, 6).
fn server_name(identifier: &str) -> String {
    match identifier.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        Ok(IpAddr::V6(address)) => {
            let nibbles = address.octets().into_iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
            nibbles.map(|nibble| format!("{nibble:x}.")).collect::<String>() + "ip6.arpa"
        }
        Err(_) => identifier.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, CustomExtension, KeyPair};

    use super::*;

    #[test]
    fn a_proof_is_found_by_its_name_while_it_is_shown() {
        let state = tempfile::tempdir().expect("a folder");
        let challenges = Challenges::of(state.path());
        assert!(challenges.answer("meet.example.org").is_none());
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(["meet.example.org".to_owned()]).expect("valid");
        // A critical extension, which readers of certificates refuse that do not know it.
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(&[7; 32])];
        let pem = params.self_signed(&key).expect("made").pem() + &key.serialize_pem();
        let shown = challenges.show("Meet.Example.org", &pem).expect("shown");
        assert!(challenges.answer("meet.example.ORG").is_some());
        assert!(challenges.answer("other.example.org").is_none());
        drop(shown);
        assert!(challenges.answer("meet.example.org").is_none());
        let _shown = challenges.show("192.0.2.1", &pem).expect("shown");
        assert!(challenges.answer("1.2.0.192.in-addr.arpa").is_some());
    }

    #[test]
    fn a_name_from_outside_leads_nowhere_else() {
        let state = tempfile::tempdir().expect("a folder");
        let challenges = Challenges::of(state.path());
        for name in ["", ".", "..", "../certificate", "a/b", "a\0b", &"a".repeat(300)] {
            assert_eq!(challenges.path(name), None, "{name:?}");
        }
    }

    #[test]
    fn addresses_are_asked_for_backwards() {
        assert_eq!(server_name("203.0.113.7"), "7.113.0.203.in-addr.arpa");
        let name = server_name("2001:db8::1");
        assert!(name.starts_with("1.0.0.0.") && name.ends_with("8.b.d.0.1.0.0.2.ip6.arpa"), "{name}");
    }
}
