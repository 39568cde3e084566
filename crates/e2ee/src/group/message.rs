//! What members say to each other: padded, so that the length tells little, and, where it is for one person, sealed
//! once more for that person alone.

use openmls::prelude::tls_codec::{Deserialize as _, Serialize as _};
use openmls::prelude::{OpenMlsCrypto, OpenMlsProvider};
use openmls_rust_crypto::OpenMlsRustCrypto;
use openmls_traits::types::{HpkeCiphertext, HpkePrivateKey};

use super::leaf::Identity;
use super::rules::{GroupRole, Refusal};
use super::suite;
use crate::envelope::{pad, unpadded_length};

const TO_ALL: u8 = 0;
const TO_ONE: u8 = 1;

/// A message that was read, and who said it: proven by the signature of the leaf, not by the server's word.
#[derive(Clone, PartialEq, Eq)]
pub struct Heard {
    /// Who.
    pub from: Identity,
    /// As what: an act of moderation counts only from a moderator.
    pub role: GroupRole,
    /// In which epoch: the present one, or one of those before it that can still be read.
    pub epoch: u64,
    /// Whether it was for this member alone.
    pub whispered: bool,
    /// What.
    pub content: Vec<u8>,
}

impl std::fmt::Debug for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Heard({} bytes)", self.content.len())
    }
}

/// The plaintext of a message to everybody.
pub(super) fn to_all(content: &[u8]) -> Vec<u8> {
    pad(&[&[TO_ALL], content].concat()).to_vec()
}

/// The plaintext of a message to one person, whose whisper key is `key` (RFC 9180, base mode; the MLS signature around
/// it tells whose it is).
pub(super) fn to_one(
    provider: &OpenMlsRustCrypto,
    key: &[u8; 32],
    context: &[u8],
    content: &[u8],
) -> Result<Vec<u8>, Refusal> {
    let sealed = provider
        .crypto()
        .hpke_seal(suite::hpke(), key, WHISPER, context, &pad(content))
        .map_err(|_| Refusal::NotVouched)?;
    let sealed = sealed.tls_serialize_detached().map_err(|_| Refusal::Unreadable)?;
    Ok(pad(&[&[TO_ONE][..], &sealed].concat()).to_vec())
}

const WHISPER: &[u8] = b"incamera/1 whisper";

/// What a whisper is bound to: the meeting, the epoch, who says it and to whom.
pub(super) fn whisper_context(meeting: &str, epoch: u64, from: &Identity, to: &Identity) -> Vec<u8> {
    [meeting.as_bytes(), &[0], &epoch.to_be_bytes(), &from.0, &to.0].concat()
}

/// The content of a plaintext, and whether it was whispered.
pub(super) fn read(
    provider: &OpenMlsRustCrypto,
    own: &HpkePrivateKey,
    context: &[u8],
    plaintext: &[u8],
) -> Result<(Vec<u8>, bool), Refusal> {
    let length = unpadded_length(plaintext).ok_or(Refusal::Unreadable)?;
    match plaintext[..length].split_first() {
        Some((&TO_ALL, content)) => Ok((content.to_vec(), false)),
        Some((&TO_ONE, sealed)) => {
            let sealed = HpkeCiphertext::tls_deserialize_exact(sealed).map_err(|_| Refusal::Unreadable)?;
            let padded = provider
                .crypto()
                .hpke_open(suite::hpke(), &sealed, own, WHISPER, context)
                .map_err(|_| Refusal::ForAnother)?;
            let length = unpadded_length(&padded).ok_or(Refusal::Unreadable)?;
            Ok((padded[..length].to_vec(), true))
        }
        _ => Err(Refusal::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whisper_cannot_be_passed_on_as_ones_own() {
        let provider = OpenMlsRustCrypto::default();
        let pair = provider.crypto().derive_hpke_keypair(suite::hpke(), &[1; 32]).expect("a key");
        let key = pair.public.as_slice().try_into().expect("32 bytes");
        let [ada, bob, eve] = [1, 2, 3].map(|number| Identity([number; 32]));
        let context = |from| whisper_context("abcdefghij234567", 7, from, &bob);
        let whisper = to_one(&provider, &key, &context(&ada), b"between us").expect("is sealed");
        let read = |from| read(&provider, &pair.private, &context(from), &whisper);
        assert_eq!(read(&ada), Ok((b"between us".to_vec(), true)));
        assert_eq!(read(&eve), Err(Refusal::ForAnother));
    }
}
