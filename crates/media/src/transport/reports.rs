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

impl AeadAes128GcmCipher for Rewriting<Box<dyn AeadAes128GcmCipher>> {
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

impl AeadAes256GcmCipher for Rewriting<Box<dyn AeadAes256GcmCipher>> {
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
