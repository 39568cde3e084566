//! Frames sealed and opened as the page does it: SFrame (RFC 9605) with AES_128_GCM_SHA256_128, in the profile of
//! `docs/protocol.md`, "Media encryption".

use std::collections::HashMap;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use hkdf::Hkdf;
use incamera_conference::wire::Source;
use sha2::Sha256;

use crate::MediaKey;

const SUITE: u16 = 4;
const KEY: usize = 16;
const NONCE: usize = 12;
const TAG: usize = 16;
/// Seven bytes of header always: three of key id, three of counter.
const CONFIGURATION: u8 = 0xaa;
const HEADER: usize = 7;
const FIRST_COUNTER: u32 = 1 << 16;
const CLEAR_KEY_FRAME: u8 = 0x10;
const CLEAR_OTHER_FRAME: u8 = 0x11;
/// Room for one sound.
const SOUND: usize = 120;
const MARK: u8 = 0x80;

/// Why a frame was not opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It has another form.
    NotSFrame,
    /// Its epoch is not known.
    UnknownEpoch,
    /// It does not open.
    NotGenuine,
    /// What was opened is not what was sent.
    OtherContent,
}

/// What one key id encrypts with.
struct FrameKey {
    key: LessSafeKey,
    salt: [u8; NONCE],
}

impl FrameKey {
    /// RFC 9605, section 4.4.2.
    fn derive(base: &[u8; KEY], kid: u64) -> Self {
        let schedule = Hkdf::<Sha256>::new(None, base);
        let mut key = [0; KEY];
        let mut salt = [0; NONCE];
        for (purpose, out) in [("key", &mut key[..]), ("salt", &mut salt[..])] {
            let label =
                [b"SFrame 1.0 Secret ", purpose.as_bytes(), b" ", &kid.to_be_bytes(), &SUITE.to_be_bytes()]
                    .concat();
            schedule.expand(&label, out).expect("one block of SHA-256");
        }
        let key = UnboundKey::new(&AES_128_GCM, &key).expect("a key of sixteen bytes");
        Self { key: LessSafeKey::new(key), salt }
    }

    /// RFC 9605, section 4.4.3.
    fn nonce(&self, counter: u64) -> Nonce {
        let mut nonce = self.salt;
        for (byte, more) in nonce[NONCE - 8..].iter_mut().zip(counter.to_be_bytes()) {
            *byte ^= more;
        }
        Nonce::assume_unique_for_key(nonce)
    }

    fn seal(&self, counter: u64, aad: &[u8], mut plaintext: Vec<u8>) -> Vec<u8> {
        self.key
            .seal_in_place_append_tag(self.nonce(counter), Aad::from(aad), &mut plaintext)
            .expect("a frame in memory");
        plaintext
    }

    fn open(&self, counter: u64, aad: &[u8], mut ciphertext: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = self.nonce(counter);
        let length = self.key.open_in_place(nonce, Aad::from(aad), &mut ciphertext).ok()?.len();
        ciphertext.truncate(length);
        Some(ciphertext)
    }
}

/// The sealing end of one source. All its layers share the key and the counter.
pub struct Sealer {
    source: Source,
    kid: u64,
    key: FrameKey,
    counter: u32,
}

impl Sealer {
    /// Under one epoch's key.
    pub fn new(key: &MediaKey, source: Source) -> Self {
        let kid = key_id(source, key.leaf, key.epoch);
        Self { source, kid, key: FrameKey::derive(&key.base, kid), counter: FIRST_COUNTER }
    }

    /// Seals an encoded frame, with its padding. A sound has a bound, as it has in the page.
    ///
    /// # Panics
    /// If a sound is longer than that.
    pub fn seal(&mut self, is_key_frame: bool, frame: &[u8]) -> Vec<u8> {
        let counter = self.counter;
        self.counter += 1;
        let video = self.source.is_video();
        let size = if video { padme(frame.len() + 1) } else { SOUND };
        assert!(frame.len() < size, "a sound that is too long");
        let mut plaintext = Vec::with_capacity(size + TAG);
        plaintext.extend_from_slice(frame);
        plaintext.push(MARK);
        plaintext.resize(size, 0);

        let clear = if is_key_frame { CLEAR_KEY_FRAME } else { CLEAR_OTHER_FRAME };
        let metadata: &[u8] = if video { &[clear] } else { &[] };
        let mut header = [CONFIGURATION; HEADER];
        header[1..4].copy_from_slice(&self.kid.to_be_bytes()[5..]);
        header[4..].copy_from_slice(&counter.to_be_bytes()[1..]);
        let aad = [&header[..], metadata].concat();
        let sealed = self.key.seal(u64::from(counter), &aad, plaintext);
        [metadata, &header[..], &sealed[..]].concat()
    }
}

/// The opening end of one participant, for whatever comes.
#[derive(Default)]
pub struct Opener {
    /// By the epoch's low byte.
    bases: HashMap<u8, [u8; KEY]>,
    keys: HashMap<u64, FrameKey>,
}

impl Opener {
    /// Holds one more epoch's key.
    pub fn hold(&mut self, key: &MediaKey) {
        let byte = key.epoch as u8;
        if self.bases.insert(byte, key.base) != Some(key.base) {
            self.keys.retain(|kid, _| *kid as u8 != byte);
        }
    }

    /// Opens a frame and takes the padding off.
    pub fn open(&mut self, video: bool, frame: &[u8]) -> Result<Vec<u8>, Fault> {
        let (metadata, sealed) = frame.split_at_checked(usize::from(video)).ok_or(Fault::NotSFrame)?;
        let (header, ciphertext) = sealed.split_first_chunk::<HEADER>().ok_or(Fault::NotSFrame)?;
        let [CONFIGURATION, k0, k1, k2, c0, c1, c2] = *header else { return Err(Fault::NotSFrame) };
        let kid = u64::from(u32::from_be_bytes([0, k0, k1, k2]));
        let counter = u64::from(u32::from_be_bytes([0, c0, c1, c2]));
        let base = self.bases.get(&k2).ok_or(Fault::UnknownEpoch)?;
        let key = self.keys.entry(kid).or_insert_with(|| FrameKey::derive(base, kid));
        let aad = [&header[..], metadata].concat();
        let padded = key.open(counter, &aad, ciphertext.to_vec()).ok_or(Fault::NotGenuine)?;
        let mark = padded.iter().rposition(|byte| *byte != 0).ok_or(Fault::NotGenuine)?;
        Ok(padded[..mark].to_vec())
    }
}

fn key_id(source: Source, leaf: u32, epoch: u64) -> u64 {
    let context = match source {
        Source::Microphone => 4,
        Source::Camera => 5,
        Source::Screen => 6,
        Source::ScreenAudio => 7,
    };
    context << 20 | u64::from(leaf) << 8 | u64::from(epoch as u8)
}

/// As many significant bits as the exponent has (Nikitin et al., 2019, section 4).
fn padme(length: usize) -> usize {
    if length < 2 {
        return length;
    }
    let exponent = length.ilog2();
    let low_bits = exponent - (exponent.ilog2() + 1);
    length.next_multiple_of(1 << low_bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(epoch: u64, leaf: u32) -> MediaKey {
        MediaKey { epoch, leaf, base: [7; KEY] }
    }

    fn bytes(hexadecimal: &str) -> Vec<u8> {
        let pair = |at: usize| u8::from_str_radix(&hexadecimal[at..at + 2], 16).expect("hexadecimal");
        (0..hexadecimal.len()).step_by(2).map(pair).collect()
    }

    #[test]
    fn the_vector_of_the_standard_is_sealed_alike() {
        let vectors = include_str!("../../../web/src/sframe/vectors.json");
        let vectors: serde_json::Value = serde_json::from_str(vectors).expect("JSON");
        let value = |name: &str| vectors["suite4"][name].as_str().expect("a text").to_owned();
        let number = |name: &str| u64::from_str_radix(&value(name), 16).expect("a number");
        let base = bytes(&value("baseKey")).try_into().expect("sixteen bytes");
        let key = FrameKey::derive(&base, number("kid"));
        assert_eq!(key.salt[..], bytes(&value("salt")));
        let sealed = key.seal(number("counter"), &bytes(&value("aad")), bytes(&value("plaintext")));
        let ciphertext = bytes(&value("ciphertext"));
        assert!(ciphertext.ends_with(&sealed));
    }

    #[test]
    fn what_is_sealed_is_opened_with_the_epochs_key_alone() {
        for source in [Source::Microphone, Source::Camera, Source::Screen] {
            let mut sealer = Sealer::new(&key(3, 9), source);
            let sealed = sealer.seal(true, b"a frame");
            let mut opener = Opener::default();
            assert_eq!(opener.open(source.is_video(), &sealed), Err(Fault::UnknownEpoch));
            opener.hold(&MediaKey { base: [8; KEY], ..key(3, 0) });
            assert_eq!(opener.open(source.is_video(), &sealed), Err(Fault::NotGenuine));
            opener.hold(&key(3, 0));
            assert_eq!(opener.open(source.is_video(), &sealed), Ok(b"a frame".to_vec()));
        }
    }

    #[test]
    fn sizes_are_those_of_the_page() {
        let mut sound = Sealer::new(&key(1, 1), Source::Microphone);
        assert_eq!(sound.seal(false, &[1; 119]).len(), 143);
        let mut picture = Sealer::new(&key(1, 1), Source::Camera);
        let sealed = picture.seal(true, &[1; 5000]);
        assert_eq!(sealed.len(), 1 + HEADER + 5120 + TAG);
        assert_eq!(sealed[0], CLEAR_KEY_FRAME);
        assert_eq!([padme(1), padme(9), padme(1024), padme(1025)], [1, 10, 1024, 1088]);
    }
}
