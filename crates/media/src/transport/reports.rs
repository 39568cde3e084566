//! What a peer is told of the loss of what it sends.
//!
//! Opus puts a coarse copy of each frame into the next one (in-band forward error correction, RFC 6716, 2.1.7), but only
//! while its encoder believes that packets get lost. Encoders take that from the reports about their own way to us. What
//! is lost between us and a receiver they never hear of; and if they did, the sound of the whole meeting would tell how
//! good somebody's connection is (K5). So every encoder is told the same at all times: that a tenth is lost. The rate
//! and the size of its packets are constant, so they stay what they are.
//!
//! Only the share in a report is constant. The sum of lost packets beside it, the jitter and the times are what they
//! were measured as: estimates of bandwidth and the page's own judgement rest on them.
//!
//! The library makes these reports and seals them; there is no way to it but the cipher that it seals them with.

use std::borrow::Cow;

use str0m::crypto::{
    AeadAes128GcmCipher, AeadAes256GcmCipher, CryptoError, SrtpProvider, SupportedAeadAes128Gcm,
    SupportedAeadAes256Gcm, SupportedAes128CmSha1_80,
};

use super::keys::LIBRARY;
use crate::rtcp;

/// The share that is told, in 256ths: a tenth.
const TOLD_LOSS: u8 = 26;
/// Of a compound packet, what is authenticated and not sealed (RFC 7714, 9.2); the index follows it.
const CLEAR: usize = 8;
const CLEAR_AND_INDEX: usize = 12;

/// The library's ciphers for SRTP, with what AES-GCM seals rewritten; every browser takes one of its two profiles.
#[derive(Debug)]
pub(super) struct ConstantLoss;

impl SrtpProvider for ConstantLoss {
    fn aes_128_cm_sha1_80(&self) -> &'static dyn SupportedAes128CmSha1_80 {
        LIBRARY.srtp_provider.aes_128_cm_sha1_80()
    }

    fn aead_aes_128_gcm(&self) -> &'static dyn SupportedAeadAes128Gcm {
        &Self
    }

    fn aead_aes_256_gcm(&self) -> &'static dyn SupportedAeadAes256Gcm {
        &Self
    }

    fn srtp_aes_128_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        LIBRARY.srtp_provider.srtp_aes_128_ecb_round(key, input, output);
    }

    fn srtp_aes_256_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        LIBRARY.srtp_provider.srtp_aes_256_ecb_round(key, input, output);
    }
}

impl SupportedAeadAes128Gcm for ConstantLoss {
    fn create_cipher(&self, key: [u8; 16], encrypt: bool) -> Box<dyn AeadAes128GcmCipher> {
        Box::new(Rewriting(LIBRARY.srtp_provider.aead_aes_128_gcm().create_cipher(key, encrypt)))
    }
}

impl SupportedAeadAes256Gcm for ConstantLoss {
    fn create_cipher(&self, key: [u8; 32], encrypt: bool) -> Box<dyn AeadAes256GcmCipher> {
        Box::new(Rewriting(LIBRARY.srtp_provider.aead_aes_256_gcm().create_cipher(key, encrypt)))
    }
}

/// A cipher of the library's.
#[derive(Debug)]
struct Rewriting<C>(C);

macro_rules! rewriting {
    ($cipher:ident) => {
        impl $cipher for Rewriting<Box<dyn $cipher>> {
            fn encrypt(
                &mut self,
                iv: &[u8; 12],
                aad: &[u8],
                input: &[u8],
                output: &mut [u8],
            ) -> Result<(), CryptoError> {
                self.0.encrypt(iv, aad, &rewritten(aad, input), output)
            }

            fn decrypt(
                &mut self,
                iv: &[u8; 12],
                aads: &[&[u8]],
                input: &[u8],
                output: &mut [u8],
            ) -> Result<usize, CryptoError> {
                self.0.decrypt(iv, aads, input, output)
            }
        }
    };
}

rewriting!(AeadAes128GcmCipher);
rewriting!(AeadAes256GcmCipher);

/// What is sealed of a compound packet, telling the constant loss; anything else as it is.
fn rewritten<'a>(aad: &[u8], sealed: &'a [u8]) -> Cow<'a, [u8]> {
    if aad.len() != CLEAR_AND_INDEX || !rtcp::is_rtcp(aad) {
        return Cow::Borrowed(sealed);
    }
    let mut compound = [&aad[..CLEAR], sealed].concat();
    rtcp::tell_loss(&mut compound, TOLD_LOSS);
    compound.drain(..CLEAR);
    Cow::Owned(compound)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A receiver report with one block that tells a loss of 3.
    fn report() -> Vec<u8> {
        let mut report = vec![0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 9, 3];
        report.resize(32, 0x11);
        report
    }

    /// What a peer reads of what is sealed under the authenticated bytes.
    fn opened(aad: &[u8], sealed: &[u8]) -> [Vec<u8>; 2] {
        let (short, long, iv) = ([7; 16], [8; 32], [9; 12]);
        let mut out = [vec![0; sealed.len() + 16], vec![0; sealed.len() + 16]];
        let ours = &ConstantLoss;
        ours.aead_aes_128_gcm().create_cipher(short, true).encrypt(&iv, aad, sealed, &mut out[0]).unwrap();
        ours.aead_aes_256_gcm().create_cipher(long, true).encrypt(&iv, aad, sealed, &mut out[1]).unwrap();
        let theirs = LIBRARY.srtp_provider;
        let mut plain = [vec![0; sealed.len() + 16], vec![0; sealed.len() + 16]];
        let length = [
            theirs.aead_aes_128_gcm().create_cipher(short, false).decrypt(
                &iv,
                &[aad],
                &out[0],
                &mut plain[0],
            ),
            theirs.aead_aes_256_gcm().create_cipher(long, false).decrypt(&iv, &[aad], &out[1], &mut plain[1]),
        ];
        for (plain, length) in plain.iter_mut().zip(length) {
            plain.truncate(length.unwrap());
        }
        plain
    }

    #[test]
    fn a_report_tells_the_constant_loss_and_all_else_is_sealed_as_it_is() {
        let report = report();
        let aad = [&report[..CLEAR], &[0x80, 0, 0, 1]].concat();
        let mut expected = report[CLEAR..].to_vec();
        expected[4] = TOLD_LOSS;
        assert_eq!(opened(&aad, &report[CLEAR..]), [expected.clone(), expected]);
        // Media has another header.
        let media = [0x90, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 9, 3, 3, 3, 3];
        assert_eq!(opened(&media, &report), [report.clone(), report.clone()]);
        assert_eq!(opened(&[0x80, 96, 0, 7, 0, 0, 0, 1, 0, 0, 0, 9], &report), [report.clone(), report]);
    }
}
