//! The certificate that the server makes for itself, until somebody vouches for it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, KeyUsagePurpose};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};

use crate::clock::UnixTime;
use crate::files::{self, Readers};

/// Certificate and key, in PEM.
pub(crate) const FILE: &str = "self-signed.pem";
/// What the certificate says, so that it need not be parsed.
pub(crate) const NOTE: &str = "self-signed.json";
const LIFE: Duration = Duration::from_secs(365 * 24 * 3600);
/// A certificate with less life than this left is made anew at the start.
const RENEWAL: Duration = Duration::from_secs(30 * 24 * 3600);

#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    names: Vec<String>,
    expires: i64,
}

/// The one of the state folder; makes one where there is none that names all of `names`.
pub(super) fn self_signed(
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
    let pem = certificate.pem() + &key.serialize_pem();
    files::replace(&state.join(FILE), pem.as_bytes(), Readers::Owner)?;
    let note = Note { names: names.to_vec(), expires: expires.0 };
    files::replace(&state.join(NOTE), &serde_json::to_vec(&note)?, Readers::Owner)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
    Ok((certificate.der().clone(), key))
}

/// The day on which a moment falls, as the certificate library wants it.
fn date(unix: i64) -> anyhow::Result<time::OffsetDateTime> {
    Ok(time::OffsetDateTime::from_unix_timestamp(unix)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::own_names;

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
