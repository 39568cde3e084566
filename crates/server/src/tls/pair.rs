//! A certificate with its key, as files hold them.

use std::fs::File;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

use crate::clock::UnixTime;

/// Bytes of a file with certificates: a chain has a few thousand.
const FILE: u64 = 256 * 1024;
/// Certificates of a chain.
const CHAIN: usize = 10;

/// A certificate chain with the key of its first certificate.
#[derive(Clone, Debug)]
pub struct Pair {
    /// As TLS takes it.
    pub certified: Arc<CertifiedKey>,
    /// When it is good.
    pub life: Life,
    /// DNS names and IP addresses that it names, as text.
    pub names: Vec<String>,
}

/// When a certificate is good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Life {
    /// The first moment.
    pub begins: UnixTime,
    /// The last one.
    pub ends: UnixTime,
}

impl Life {
    /// As a certificate says it, in DER.
    ///
    /// # Errors
    /// It is no certificate.
    pub fn of(certificate: &CertificateDer<'_>) -> anyhow::Result<Self> {
        Facts::of(certificate).map(|facts| facts.life)
    }

    /// Whether less than a quarter of it is left.
    pub fn ends_soon(self, now: UnixTime) -> bool {
        let life = self.ends.0.saturating_sub(self.begins.0);
        self.ends.0.saturating_sub(now.0) < life / 4
    }
}

impl Pair {
    /// Reads the chain, the server's own certificate first, and the key; both from one file where no other is named. PEM
    /// (RFC 7468).
    ///
    /// # Errors
    /// In words that say which file is wrong and how: it cannot be read, has no certificate or no key, or the two do not
    /// belong together.
    pub fn read(chain: &Path, key: Option<&Path>) -> anyhow::Result<Self> {
        let chain_text = contents(chain)?;
        let key_path = key.unwrap_or(chain);
        let key_text = key.map_or_else(|| Ok(chain_text.clone()), contents)?;
        let certificates = CertificateDer::pem_slice_iter(&chain_text)
            .take(CHAIN + 1)
            .collect::<Result<Vec<_>, _>>()
            .with_context(|| format!("{} is not a certificate in PEM", chain.display()))?;
        ensure!(
            certificates.len() <= CHAIN,
            "{} holds more than {CHAIN} certificates: it should hold the server's and those that vouch for it",
            chain.display()
        );
        let key = PrivateKeyDer::from_pem_slice(&key_text)
            .with_context(|| format!("{} holds no private key in PEM", key_path.display()))?;
        Self::new(certificates, &key).with_context(|| {
            if chain == key_path {
                chain.display().to_string()
            } else {
                format!("{} with {}", chain.display(), key_path.display())
            }
        })
    }

    /// # Errors
    /// When there is no certificate, or it cannot be read, or the key is not its own.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: &PrivateKeyDer<'_>) -> anyhow::Result<Self> {
        let Some(first) = chain.first() else { bail!("there is no certificate") };
        let Facts { life, names, public_key } = Facts::of(first)?;
        let key = aws_lc_rs::sign::any_supported_type(key).context("a key of this kind cannot be used")?;
        // Not by the library's own comparison: it refuses the mark of a proof (RFC 8737, 3), which is critical.
        ensure!(
            key.public_key().is_some_and(|own| own.as_ref() == public_key),
            "the key is not the certificate's"
        );
        Ok(Self { certified: Arc::new(CertifiedKey::new(chain, key)), life, names })
    }

    /// Whether it names all of these. A name that stands for many (`*.`) stands for one label (RFC 9525, 6.3).
    pub fn covers(&self, names: &[String]) -> bool {
        names.iter().all(|name| {
            let name = name.to_ascii_lowercase();
            let parent = name.split_once('.').map(|(_, parent)| format!("*.{parent}"));
            self.names.iter().any(|own| *own == name || Some(own) == parent.as_ref())
        })
    }
}

fn contents(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    file.take(FILE + 1).read_to_end(&mut text).with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(text.len() as u64 <= FILE, "{} is too large for a certificate", path.display());
    Ok(text)
}

/// What a certificate says.
struct Facts {
    life: Life,
    names: Vec<String>,
    /// In DER, with its kind (RFC 5280, 4.1.2.7).
    public_key: Vec<u8>,
}

impl Facts {
    fn of(certificate: &CertificateDer<'_>) -> anyhow::Result<Self> {
        let Ok((_, parsed)) = parse_x509_certificate(certificate) else {
            bail!("the certificate cannot be read")
        };
        let life = parsed.validity();
        let alternatives = parsed.subject_alternative_name().ok().flatten();
        let names = alternatives.into_iter().flat_map(|extension| &extension.value.general_names);
        let names = names.filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
            GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
            _ => None,
        });
        Ok(Self {
            life: Life {
                begins: UnixTime(life.not_before.timestamp()),
                ends: UnixTime(life.not_after.timestamp()),
            },
            names: names.collect(),
            public_key: parsed.public_key().raw.to_vec(),
        })
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn make(names: &[&str], key: &KeyPair) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        CertificateParams::new(names).and_then(|params| params.self_signed(key)).expect("made").pem()
    }

    fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    #[test]
    fn a_pair_is_read_from_one_file_or_two() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = KeyPair::generate().expect("a key");
        let chain = make(&["Meet.example.org", "192.0.2.1", "*.rooms.example.org"], &key);
        let one = file(folder.path(), "one", &(chain.clone() + &key.serialize_pem()));
        let pair = Pair::read(&one, None).expect("read");
        assert!(pair.covers(&["MEET.example.org".into(), "192.0.2.1".into(), "a.rooms.example.org".into()]));
        assert!(!pair.covers(&["example.org".into()]));
        assert!(!pair.covers(&["a.b.rooms.example.org".into()]));
        let two = (file(folder.path(), "chain", &chain), file(folder.path(), "key", &key.serialize_pem()));
        assert_eq!(Pair::read(&two.0, Some(&two.1)).expect("read").names, pair.names);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_files_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let (key, other) = (KeyPair::generate().expect("a key"), KeyPair::generate().expect("a key"));
        let chain = file(folder.path(), "chain", &make(&["a.example"], &key));
        let wrong = file(folder.path(), "wrong", &other.serialize_pem());
        let empty = file(folder.path(), "empty", "");
        let said =
            |chain: &Path, key: Option<&Path>| format!("{:#}", Pair::read(chain, key).expect_err("wrong"));
        assert!(said(&chain, Some(&wrong)).contains("the key is not the certificate's"));
        assert!(said(&chain, None).contains("chain holds no private key"));
        assert!(said(&empty, Some(&wrong)).contains("there is no certificate"));
        assert!(said(&folder.path().join("nowhere"), None).contains("nowhere"));
        let large = file(folder.path(), "large", &"x".repeat(300_000));
        assert!(said(&large, None).contains("too large"));
    }

    #[test]
    fn the_last_quarter_of_its_life_is_soon() {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(["a.example".to_owned()]).expect("valid");
        params.not_before = time::OffsetDateTime::from_unix_timestamp(1_000_000).expect("a time");
        params.not_after = time::OffsetDateTime::from_unix_timestamp(1_400_000).expect("a time");
        let certificate = params.self_signed(&key).expect("made");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let pair = Pair::new(vec![certificate.der().clone()], &key).expect("a pair");
        assert!(!pair.life.ends_soon(UnixTime(1_299_999)));
        assert!(pair.life.ends_soon(UnixTime(1_300_001)));
        assert!(pair.life.ends_soon(UnixTime(2_000_000)));
    }
}
