//! What every group of ours is made with.

use openmls::prelude::{
    Capabilities, Ciphersuite, ExtensionType, MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY, MlsGroupJoinConfig,
    SenderRatchetConfiguration,
};
use openmls_traits::types::{HpkeAeadType, HpkeConfig, HpkeKdfType, HpkeKemType};

/// The suite that every implementation of RFC 9420 must have (section 17.1).
pub(super) const CIPHERSUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

/// The group context extension that carries the group's state; of the range for private use (RFC 9420, section 17.3).
pub(super) const STATE_EXTENSION: u16 = 0xF1CA;

/// Epochs whose messages can still be read after the next one began: what was under way when somebody came or left.
const PAST_EPOCHS: usize = 2;

/// How far a sender's messages of one epoch may overtake each other, and how many may be missing.
const OUT_OF_ORDER: u32 = 16;
const MISSING: u32 = 1000;

pub(super) fn hpke() -> HpkeConfig {
    HpkeConfig(HpkeKemType::DhKem25519, HpkeKdfType::HkdfSha256, HpkeAeadType::AesGcm128)
}

pub(super) fn capabilities() -> Capabilities {
    let extensions = [ExtensionType::Unknown(STATE_EXTENSION)];
    Capabilities::new(None, Some(&[CIPHERSUITE]), Some(&extensions), None, None)
}

pub(super) fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .max_past_epochs(PAST_EPOCHS)
        .sender_ratchet_configuration(ratchets())
        .build()
}

pub(super) fn ratchets() -> SenderRatchetConfiguration {
    SenderRatchetConfiguration::new(OUT_OF_ORDER, MISSING)
}

pub(super) fn past_epochs() -> usize {
    PAST_EPOCHS
}
