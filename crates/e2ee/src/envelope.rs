//! Envelopes: text that only those can read who have the link (P1).
//!
//! AES-256-GCM with a random nonce in front. The text is padded to a few sizes, so that the length of a sealed name
//! tells little about the name. What an envelope is for, and in which meeting, is authenticated: the server cannot show
//! a title as somebody's name, nor one person's name as another's.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use zeroize::Zeroizing;

use crate::key::secret_newtype;

secret_newtype! {
    /// Seals and opens the envelopes of a meeting.
    EnvelopeKey, 32
}

/// Bytes of a nonce. Twelve random ones for each envelope.
pub const NONCE: usize = 12;
/// Bytes that AES-GCM adds.
const TAG: usize = 16;
/// The smallest padded size. Each next one is twice as large.
const SMALLEST: usize = 64;

/// What an envelope is for.
#[derive(Clone, Copy)]
pub enum Label {
    /// A person's name.
    Name {
        /// Whose: the person's identity key.
        identity: [u8; 32],
    },
    /// The meeting's title.
    Title,
    /// What a host's page notes about a meeting, for that host alone.
    Record,
}

impl Label {
    fn text(self) -> &'static str {
        match self {
            Self::Name { .. } => "name",
            Self::Title => "title",
            Self::Record => "record",
        }
    }

    /// What is authenticated beside the text.
    fn bound_to(self, meeting: &str) -> Vec<u8> {
        let bound_to = [self.text().as_bytes(), &[0], meeting.as_bytes()].concat();
        match self {
            Self::Name { identity } => [&bound_to[..], &[0], &identity].concat(),
            Self::Title | Self::Record => bound_to,
        }
    }
}

/// The envelope was not sealed by this key, for this purpose, in this meeting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this envelope does not open")]
pub struct DoesNotOpen;

impl EnvelopeKey {
    /// Puts `text` into an envelope. `nonce` must be fresh and random.
    pub fn seal(&self, label: Label, meeting: &str, text: &[u8], nonce: [u8; NONCE]) -> Vec<u8> {
        let padded = pad(text);
        encrypt(self.as_bytes(), &label.bound_to(meeting), &padded, nonce)
    }

    /// Takes the text out again.
    pub fn open(
        &self,
        label: Label,
        meeting: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        let mut text = decrypt(self.as_bytes(), &label.bound_to(meeting), sealed)?;
        let length = unpadded_length(&text).ok_or(DoesNotOpen)?;
        text.truncate(length);
        Ok(text)
    }
}

/// AES-256-GCM with the nonce in front.
pub(crate) fn encrypt(key: &[u8; 32], bound_to: &[u8], text: &[u8], nonce: [u8; NONCE]) -> Vec<u8> {
    let payload = Payload { msg: text, aad: bound_to };
    // The only error is a text of more than 64 GiB.
    let ciphertext =
        Aes256Gcm::new(key.into()).encrypt(&Nonce::from(nonce), payload).expect("a text in memory");
    [&nonce[..], &ciphertext].concat()
}

/// The inverse of [`encrypt`].
pub(crate) fn decrypt(
    key: &[u8; 32],
    bound_to: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE>().ok_or(DoesNotOpen)?;
    if ciphertext.len() < TAG {
        return Err(DoesNotOpen);
    }
    let payload = Payload { msg: ciphertext, aad: bound_to };
    let text = Aes256Gcm::new(key.into()).decrypt(&Nonce::from(*nonce), payload).map_err(|_| DoesNotOpen)?;
    Ok(Zeroizing::new(text))
}

/// ISO/IEC 7816-4: a mark, then zeros, to the next size. At least the mark is added.
pub(crate) fn pad(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let size = (text.len() + 1).next_power_of_two().max(SMALLEST);
    let mut padded = Zeroizing::new(Vec::with_capacity(size));
    padded.extend_from_slice(text);
    padded.push(0x80);
    padded.resize(size, 0);
    padded
}

pub(crate) fn unpadded_length(padded: &[u8]) -> Option<usize> {
    let mark = padded.iter().rposition(|byte| *byte != 0)?;
    (padded[mark] == 0x80).then_some(mark)
}
