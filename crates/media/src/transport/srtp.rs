//! SRTP and SRTCP (RFC 3711, RFC 7714), for what is sent and for reports that come in.
//!
//! Ciphers and hashes are the library's; this file lays out what they are given. The library goes on to protect what
//! it sends itself with the same keys, so no two packets may share a nonce: it never sends RTP on our streams, and
//! our SRTCP counts from [`FIRST_REPORT`], which the library's count from zero does not reach.

use std::collections::VecDeque;

use str0m::crypto::dtls::SrtpProfile;
use str0m::crypto::{
    AeadAes128Gcm, AeadAes128GcmCipher, AeadAes256Gcm, AeadAes256GcmCipher, Aes128CmSha1_80,
    Aes128CmSha1_80Cipher, CryptoProvider, Sha1HmacProvider,
};

/// The index of our first SRTCP packet: half of the 31 bits.
const FIRST_REPORT: u32 = 1 << 30;
/// Bytes of an SRTCP packet that stay in clear: the header and the sender's SSRC (RFC 3711, 3.4).
const CLEAR: usize = 8;
/// The encryption flag before the SRTCP index.
const ENCRYPTED: u32 = 1 << 31;
/// Senders of reports whose counts are remembered against replay. A page reports under one SSRC.
const REPORTERS: usize = 32;
/// The output that CTR mode needs beyond its input.
const CTR_ROOM: usize = 15;

/// Labels of the key derivation (RFC 3711, 4.3.1 and 4.3.2).
#[derive(Clone, Copy)]
enum Label {
    RtpKey = 0,
    RtpAuthentication = 1,
    RtpSalt = 2,
    RtcpKey = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
}

/// The contexts of one connection, one for each direction.
#[derive(Debug)]
pub(super) struct Contexts {
    pub(super) outbound: Outbound,
    pub(super) inbound: Inbound,
}

/// Protects what is sent.
pub(super) struct Outbound {
    rtp: Cipher,
    rtcp: Cipher,
    report: u32,
    scratch: Vec<u8>,
}

/// Opens reports that come in.
pub(super) struct Inbound {
    rtcp: Cipher,
    /// The window of each reporter, the one heard last at the end.
    windows: VecDeque<(u32, Window)>,
}

enum Cipher {
    Gcm128 {
        cipher: Box<dyn AeadAes128GcmCipher>,
        salt: [u8; 12],
    },
    Gcm256 {
        cipher: Box<dyn AeadAes256GcmCipher>,
        salt: [u8; 12],
    },
    Cm {
        cipher: Box<dyn Aes128CmSha1_80Cipher>,
        salt: [u8; 14],
        key: [u8; 20],
        hmac: &'static dyn Sha1HmacProvider,
    },
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbound(…)")
    }
}

impl std::fmt::Debug for Inbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inbound(…)")
    }
}

impl Contexts {
    /// From what DTLS exported (RFC 5764, 4.2). `client`: whether we were its client. Nothing for a profile that is
    /// unknown.
    pub(super) fn new(
        crypto: &CryptoProvider,
        profile: SrtpProfile,
        material: &[u8],
        client: bool,
    ) -> Option<Self> {
        let (key, salt) = match profile {
            SrtpProfile::AEAD_AES_256_GCM => (AeadAes256Gcm::KEY_LEN, AeadAes256Gcm::SALT_LEN),
            SrtpProfile::AEAD_AES_128_GCM => (AeadAes128Gcm::KEY_LEN, AeadAes128Gcm::SALT_LEN),
            SrtpProfile::AES128_CM_SHA1_80 => (Aes128CmSha1_80::KEY_LEN, Aes128CmSha1_80::SALT_LEN),
            _ => return None,
        };
        if material.len() < 2 * (key + salt) {
            return None;
        }
        let (keys, salts) = material.split_at(2 * key);
        let master = |client: bool| {
            let side = usize::from(!client);
            Master { crypto, key: &keys[side * key..][..key], salt: &salts[side * salt..][..salt] }
        };
        let (ours, theirs) = (master(client), master(!client));
        let scratch = Vec::new();
        Some(Self {
            outbound: Outbound {
                rtp: ours.cipher(profile, Label::RtpKey, Label::RtpAuthentication, Label::RtpSalt, true),
                rtcp: ours.cipher(profile, Label::RtcpKey, Label::RtcpAuthentication, Label::RtcpSalt, true),
                report: FIRST_REPORT,
                scratch,
            },
            inbound: Inbound {
                rtcp: theirs.cipher(
                    profile,
                    Label::RtcpKey,
                    Label::RtcpAuthentication,
                    Label::RtcpSalt,
                    false,
                ),
                windows: VecDeque::new(),
            },
        })
    }
}

/// A master key and its salt.
struct Master<'a> {
    crypto: &'a CryptoProvider,
    key: &'a [u8],
    salt: &'a [u8],
}

impl Master<'_> {
    /// The session's key of this label: AES in counter mode over the salt (RFC 3711, 4.3.3; RFC 6188 for 256 bits;
    /// RFC 7714, 11 for shorter salts), with a key derivation rate of zero.
    fn derive<const N: usize>(&self, label: Label) -> [u8; N] {
        let mut block = [0; 16];
        block[..self.salt.len()].copy_from_slice(self.salt);
        block[7] ^= label as u8;
        let mut derived = [0; N];
        for (counter, part) in derived.chunks_mut(16).enumerate() {
            block[14..].copy_from_slice(&(counter as u16).to_be_bytes());
            // Padded by the cipher; the first half is the block.
            let mut output = [0; 32];
            let srtp = self.crypto.srtp_provider;
            match self.key.len() {
                AeadAes256Gcm::KEY_LEN => srtp.srtp_aes_256_ecb_round(self.key, &block, &mut output),
                _ => srtp.srtp_aes_128_ecb_round(self.key, &block, &mut output),
            }
            part.copy_from_slice(&output[..part.len()]);
        }
        derived
    }

    fn cipher(
        &self,
        profile: SrtpProfile,
        key: Label,
        authentication: Label,
        salt: Label,
        encrypt: bool,
    ) -> Cipher {
        let srtp = self.crypto.srtp_provider;
        match profile {
            SrtpProfile::AEAD_AES_256_GCM => Cipher::Gcm256 {
                cipher: srtp.aead_aes_256_gcm().create_cipher(self.derive(key), encrypt),
                salt: self.derive(salt),
            },
            SrtpProfile::AEAD_AES_128_GCM => Cipher::Gcm128 {
                cipher: srtp.aead_aes_128_gcm().create_cipher(self.derive(key), encrypt),
                salt: self.derive(salt),
            },
            _ => Cipher::Cm {
                cipher: srtp.aes_128_cm_sha1_80().create_cipher(self.derive(key), encrypt),
                salt: self.derive(salt),
                key: self.derive(authentication),
                hmac: self.crypto.sha1_hmac_provider,
            },
        }
    }
}

impl Outbound {
    /// Appends the SRTP packet of a header, which ends `out` from `start` on, and a payload. `index`: the extended
    /// sequence number (RFC 3711, 3.3.1). On an error, which no correct call meets, `out` is as it was before the
    /// header.
    pub(super) fn protect_rtp(
        &mut self,
        out: &mut Vec<u8>,
        start: usize,
        ssrc: u32,
        index: u64,
        payload: &[u8],
    ) {
        let header = out.len() - start;
        match &mut self.rtp {
            Cipher::Gcm256 { cipher, salt } => {
                let iv = AeadAes256Gcm::rtp_iv(*salt, ssrc, (index >> 16) as u32, index as u16);
                out.resize(start + header + payload.len() + AeadAes256Gcm::TAG_LEN, 0);
                let (header, body) = out[start..].split_at_mut(header);
                let sealed = cipher.encrypt(&iv, header, payload, body);
                truncate_unless(sealed.is_ok(), out, start);
            }
            Cipher::Gcm128 { cipher, salt } => {
                let iv = AeadAes128Gcm::rtp_iv(*salt, ssrc, (index >> 16) as u32, index as u16);
                out.resize(start + header + payload.len() + AeadAes128Gcm::TAG_LEN, 0);
                let (header, body) = out[start..].split_at_mut(header);
                let sealed = cipher.encrypt(&iv, header, payload, body);
                truncate_unless(sealed.is_ok(), out, start);
            }
            Cipher::Cm { cipher, salt, key, hmac } => {
                let iv = Aes128CmSha1_80::rtp_iv(*salt, ssrc, index);
                let end = start + header + payload.len();
                out.resize(end + CTR_ROOM, 0);
                let sealed = cipher.encrypt(&iv, payload, &mut out[start + header..]);
                out.truncate(end + Aes128CmSha1_80::HMAC_TAG_LEN);
                let sha1 = |key: &[u8], parts: &[&[u8]]| hmac.sha1_hmac(key, parts);
                Aes128CmSha1_80::rtp_hmac(sha1, &*key, &mut out[start..], index, end - start);
                truncate_unless(sealed.is_ok(), out, start);
            }
        }
    }

    /// Appends the SRTCP packet of a compound packet (RFC 3550, 6.1), which ends `out` from `start` on.
    pub(super) fn protect_rtcp(&mut self, out: &mut Vec<u8>, start: usize) {
        let Some([_, _, _, _, s0, s1, s2, s3]) = out.get(start..).and_then(|packet| packet.first_chunk())
        else {
            return out.truncate(start);
        };
        let ssrc = u32::from_be_bytes([*s0, *s1, *s2, *s3]);
        let index = self.report;
        self.report += 1;
        let trailer = (ENCRYPTED | index).to_be_bytes();
        self.scratch.clear();
        self.scratch.extend_from_slice(&out[start + CLEAR..]);
        let body = start + CLEAR;
        let end = out.len();
        match &mut self.rtcp {
            Cipher::Gcm256 { cipher, salt } => {
                let iv = AeadAes256Gcm::rtcp_iv(*salt, ssrc, index);
                let associated = associated(&out[start..body], trailer);
                out.resize(end + AeadAes256Gcm::TAG_LEN, 0);
                let sealed = cipher.encrypt(&iv, &associated, &self.scratch, &mut out[body..]);
                out.extend_from_slice(&trailer);
                truncate_unless(sealed.is_ok(), out, start);
            }
            Cipher::Gcm128 { cipher, salt } => {
                let iv = AeadAes128Gcm::rtcp_iv(*salt, ssrc, index);
                let associated = associated(&out[start..body], trailer);
                out.resize(end + AeadAes128Gcm::TAG_LEN, 0);
                let sealed = cipher.encrypt(&iv, &associated, &self.scratch, &mut out[body..]);
                out.extend_from_slice(&trailer);
                truncate_unless(sealed.is_ok(), out, start);
            }
            Cipher::Cm { cipher, salt, key, hmac } => {
                let iv = Aes128CmSha1_80::rtp_iv(*salt, ssrc, u64::from(index));
                out.resize(end + CTR_ROOM, 0);
                let sealed = cipher.encrypt(&iv, &self.scratch, &mut out[body..]);
                out.truncate(end);
                out.extend_from_slice(&trailer);
                let signed = out.len();
                out.resize(signed + Aes128CmSha1_80::HMAC_TAG_LEN, 0);
                let sha1 = |key: &[u8], parts: &[&[u8]]| hmac.sha1_hmac(key, parts);
                Aes128CmSha1_80::rtcp_hmac(sha1, &*key, &mut out[start..], signed - start);
                truncate_unless(sealed.is_ok(), out, start);
            }
        }
    }
}

/// A packet that could not be sealed is not sent.
fn truncate_unless(sealed: bool, out: &mut Vec<u8>, start: usize) {
    debug_assert!(sealed, "the lengths are right");
    if !sealed {
        out.truncate(start);
    }
}

/// What an SRTCP packet is authenticated with beside its text (RFC 7714, 9.2).
fn associated(clear: &[u8], trailer: [u8; 4]) -> [u8; CLEAR + 4] {
    let mut associated = [0; CLEAR + 4];
    associated[..CLEAR].copy_from_slice(clear);
    associated[CLEAR..].copy_from_slice(&trailer);
    associated
}

impl Inbound {
    /// Opens an SRTCP packet into `out`. Nothing of a packet that is forged, not encrypted, or was there before.
    pub(super) fn unprotect_rtcp(&mut self, packet: &[u8], out: &mut Vec<u8>) -> Option<()> {
        out.clear();
        let ssrc = u32::from_be_bytes(*packet.get(4..CLEAR)?.first_chunk()?);
        let tag_at_end = match &self.rtcp {
            Cipher::Cm { .. } => Aes128CmSha1_80::HMAC_TAG_LEN,
            Cipher::Gcm128 { .. } | Cipher::Gcm256 { .. } => 0,
        };
        let signed = packet.len().checked_sub(tag_at_end)?;
        let (text, trailer) = packet.get(..signed)?.split_last_chunk::<4>()?;
        let body = text.get(CLEAR..)?;
        let flag_and_index = u32::from_be_bytes(*trailer);
        if flag_and_index & ENCRYPTED == 0 {
            return None;
        }
        let index = flag_and_index & !ENCRYPTED;
        if !self.window(ssrc).is_none_or(|window| window.is_new(index)) {
            return None;
        }
        out.extend_from_slice(&text[..CLEAR]);
        match &mut self.rtcp {
            Cipher::Gcm256 { cipher, salt } => {
                let length = body.len().checked_sub(AeadAes256Gcm::TAG_LEN)?;
                out.resize(CLEAR + length, 0);
                let iv = AeadAes256Gcm::rtcp_iv(*salt, ssrc, index);
                let associated = associated(&text[..CLEAR], *trailer);
                cipher.decrypt(&iv, &[&associated], body, &mut out[CLEAR..]).ok()?;
            }
            Cipher::Gcm128 { cipher, salt } => {
                let length = body.len().checked_sub(AeadAes128Gcm::TAG_LEN)?;
                out.resize(CLEAR + length, 0);
                let iv = AeadAes128Gcm::rtcp_iv(*salt, ssrc, index);
                let associated = associated(&text[..CLEAR], *trailer);
                cipher.decrypt(&iv, &[&associated], body, &mut out[CLEAR..]).ok()?;
            }
            Cipher::Cm { cipher, salt, key, hmac } => {
                let sha1 = |key: &[u8], parts: &[&[u8]]| hmac.sha1_hmac(key, parts);
                if !Aes128CmSha1_80::rtcp_verify(sha1, &*key, &packet[..signed], &packet[signed..]) {
                    return None;
                }
                out.resize(CLEAR + body.len() + CTR_ROOM, 0);
                let iv = Aes128CmSha1_80::rtp_iv(*salt, ssrc, u64::from(index));
                cipher.decrypt(&iv, body, &mut out[CLEAR..]).ok()?;
                out.truncate(CLEAR + body.len());
            }
        }
        self.note(ssrc, index);
        Some(())
    }

    fn window(&self, ssrc: u32) -> Option<&Window> {
        self.windows.iter().find(|(known, _)| *known == ssrc).map(|(_, window)| window)
    }

    /// Remembers an authenticated packet.
    fn note(&mut self, ssrc: u32, index: u32) {
        let known = self.windows.iter().position(|(known, _)| *known == ssrc);
        let mut window = match known.and_then(|at| self.windows.remove(at)) {
            Some((_, window)) => window,
            None => Window::default(),
        };
        window.note(index);
        if self.windows.len() == REPORTERS {
            self.windows.pop_front();
        }
        self.windows.push_back((ssrc, window));
    }
}

/// Which of the latest packets have come (RFC 3711, 3.3.2).
#[derive(Clone, Copy, Default)]
struct Window {
    /// One more than the highest.
    next: u32,
    /// Bit n: the one n below the highest.
    seen: u64,
}

impl Window {
    fn is_new(self, index: u32) -> bool {
        match self.next.checked_sub(1).and_then(|highest| highest.checked_sub(index)) {
            None => true,
            Some(behind) => behind < u64::BITS && self.seen >> behind & 1 == 0,
        }
    }

    fn note(&mut self, index: u32) {
        if index >= self.next {
            let ahead = index - self.next + 1;
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            self.next = index + 1;
        } else {
            let behind = self.next - 1 - index;
            self.seen |= 1_u64.checked_shl(behind).unwrap_or(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crypto() -> CryptoProvider {
        str0m::crypto::from_feature_flags()
    }

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(byte).collect()
    }

    /// A context whose session keys are these, as in the vectors.
    fn gcm128(key: &str, salt: &str, encrypt: bool) -> Cipher {
        let key: [u8; 16] = hex(key).try_into().unwrap();
        Cipher::Gcm128 {
            cipher: crypto().srtp_provider.aead_aes_128_gcm().create_cipher(key, encrypt),
            salt: hex(salt).try_into().unwrap(),
        }
    }

    fn gcm256(key: &str, salt: &str, encrypt: bool) -> Cipher {
        let key: [u8; 32] = hex(key).try_into().unwrap();
        Cipher::Gcm256 {
            cipher: crypto().srtp_provider.aead_aes_256_gcm().create_cipher(key, encrypt),
            salt: hex(salt).try_into().unwrap(),
        }
    }

    const KEY: &str = "000102030405060708090a0b0c0d0e0f";
    const LONG_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const SALT: &str = "517569642070726f2071756f";

    fn outbound(rtp: Cipher, rtcp: Cipher, report: u32) -> Outbound {
        Outbound { rtp, rtcp, report, scratch: Vec::new() }
    }

    fn pair(profile: SrtpProfile) -> (Contexts, Contexts) {
        let material: Vec<u8> = (0..128_u8).map(|byte| byte.wrapping_mul(3)).collect();
        let side = |client| Contexts::new(&crypto(), profile, &material, client).unwrap();
        (side(false), side(true))
    }

    const PROFILES: [SrtpProfile; 3] =
        [SrtpProfile::AEAD_AES_256_GCM, SrtpProfile::AEAD_AES_128_GCM, SrtpProfile::AES128_CM_SHA1_80];

    #[test]
    fn keys_are_derived_as_rfc_3711_says() {
        // Appendix B.3.
        let crypto = crypto();
        let (key, salt) = (hex("E1F97A0D3E018BE0D64FA32C06DE4139"), hex("0EC675AD498AFEEBB6960B3AABE6"));
        let master = Master { crypto: &crypto, key: &key, salt: &salt };
        assert_eq!(master.derive::<16>(Label::RtpKey)[..], hex("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(master.derive::<14>(Label::RtpSalt)[..], hex("30CBBC08863D8C85D49DB34A9AE1"));
        let authentication = master.derive::<20>(Label::RtpAuthentication);
        assert_eq!(authentication[..], hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
    }

    #[test]
    fn keys_of_256_bits_are_derived_as_rfc_6188_says() {
        // Section 7.2.
        let crypto = crypto();
        let key = hex("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6");
        let salt = hex("3b04803de51ee7c96423ab5b78d2");
        let master = Master { crypto: &crypto, key: &key, salt: &salt };
        let expected = hex("5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4");
        assert_eq!(master.derive::<32>(Label::RtpKey)[..], expected);
        assert_eq!(master.derive::<14>(Label::RtpSalt)[..], hex("fa31791685ca444a9e07c6c64e93"));
    }

    const RTP: &str = "8040f17b 8041f8d3 5501a0b2";
    const PAYLOAD: &str = "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";

    #[test]
    fn rtp_is_sealed_as_rfc_7714_says() {
        // Section 16.1.1 and 16.2.1.
        for (cipher, expected) in [
            (
                gcm128(KEY, SALT, true),
                "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
            ),
            (
                gcm256(LONG_KEY, SALT, true),
                "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
            ),
        ] {
            let mut out = vec![1, 2, 3];
            out.extend(hex(RTP));
            let mut outbound = outbound(cipher, gcm128(KEY, SALT, true), 0);
            outbound.protect_rtp(&mut out, 3, 0x5501_a0b2, 0xf17b, &hex(PAYLOAD));
            assert_eq!(out[3..15], hex(RTP));
            assert_eq!(out[15..], hex(expected));
        }
    }

    /// The reference packet that libsrtp and others check themselves against.
    #[test]
    fn rtp_is_sealed_in_counter_mode_as_other_implementations_do() {
        let material = [
            hex("e1f97a0d3e018be0d64fa32c06de4139"),
            vec![0; 16],
            hex("0ec675ad498afeebb6960b3aabe6"),
            vec![0; 14],
        ]
        .concat();
        let mut ours = Contexts::new(&crypto(), SrtpProfile::AES128_CM_SHA1_80, &material, true).unwrap();
        let header = hex("800f1234decafbadcafebabe");
        let mut out = header.clone();
        ours.outbound.protect_rtp(&mut out, 0, 0xcafe_babe, 0x1234, &[0xab; 16]);
        assert_eq!(out[..12], header);
        assert_eq!(out[12..], hex("4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb"));
    }

    #[test]
    fn rtcp_is_sealed_and_opened_as_rfc_7714_says() {
        // Section 17.1 and 17.3: a sender report with the index 0x5d4.
        let clear = hex(
            "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef",
        );
        let cases = [
            (
                gcm128 as fn(&str, &str, bool) -> Cipher,
                KEY,
                "63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade",
            ),
            (
                gcm256,
                LONG_KEY,
                "d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be",
            ),
        ];
        for (cipher, key, expected) in cases {
            let mut out = clear.clone();
            outbound(gcm128(KEY, SALT, true), cipher(key, SALT, true), 0x5d4).protect_rtcp(&mut out, 0);
            let mut packet = clear[..8].to_vec();
            packet.extend(hex(expected));
            packet.extend(hex("800005d4"));
            assert_eq!(out, packet);

            let mut inbound = Inbound { rtcp: cipher(key, SALT, false), windows: VecDeque::new() };
            let mut opened = Vec::new();
            inbound.unprotect_rtcp(&packet, &mut opened).expect("authentic");
            assert_eq!(opened, clear);
            assert!(inbound.unprotect_rtcp(&packet, &mut opened).is_none(), "a replay");
        }
    }

    #[test]
    fn every_profile_is_opened_by_the_other_side_and_no_bent_byte_is() {
        let report = hex("80c90001 00000007");
        for profile in PROFILES {
            let (mut ours, mut theirs) = pair(profile);
            let mut packet = report.clone();
            packet.extend([7; 40]);
            let clear = packet.clone();
            ours.outbound.protect_rtcp(&mut packet, 0);
            let mut opened = Vec::new();
            for at in 0..packet.len() {
                let mut bent = packet.clone();
                bent[at] ^= 1;
                assert!(theirs.inbound.unprotect_rtcp(&bent, &mut opened).is_none(), "{profile} byte {at}");
            }
            assert!(theirs.inbound.unprotect_rtcp(&packet, &mut opened).is_some(), "{profile}");
            assert_eq!(opened, clear);
            assert!(ours.inbound.unprotect_rtcp(&packet, &mut opened).is_none(), "a reflection");
            for length in 0..packet.len() {
                assert!(theirs.inbound.unprotect_rtcp(&packet[..length], &mut opened).is_none());
            }
        }
    }

    #[test]
    fn reports_count_where_the_library_does_not() {
        let (mut ours, _) = pair(SrtpProfile::AEAD_AES_256_GCM);
        let mut packet = hex("80c90001 00000007");
        ours.outbound.protect_rtcp(&mut packet, 0);
        let index = u32::from_be_bytes(*packet.last_chunk().unwrap());
        assert_eq!(index, 0xc000_0000, "encrypted, and half of what can be counted away from zero");
    }

    #[test]
    fn a_window_knows_what_came() {
        let mut window = Window::default();
        for index in [5, 3, 70, 7] {
            assert!(window.is_new(index));
            window.note(index);
        }
        assert!(!window.is_new(70) && !window.is_new(7));
        assert!(!window.is_new(5), "too old to know");
        assert!(window.is_new(8) && window.is_new(1 << 30));
        window.note(1 << 30);
        assert!(!window.is_new(70));
    }
}
