//! A client of our protocol that keeps none of its rules: made with the MLS library alone.

use ed25519_dalek::{Signer, SigningKey};
use incamera_e2ee::grant::{GrantedRole, grant_text};
use incamera_e2ee::group::{CommitBundle, LinkProof};
use openmls::prelude::tls_codec::{Deserialize as _, Serialize as _};
use openmls::prelude::*;
use openmls::schedule::PreSharedKeyId;
use openmls::schedule::psk::{ExternalPsk, Psk};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;

use crate::support::{MEETING, Person, host_key};

pub(crate) fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[91; 32])
}

/// The credential of a guest, as docs/protocol.md lays it out, and the keys of its leaf.
pub(crate) fn credential(person: &Person) -> (CredentialWithKey, SignatureKeyPair) {
    credential_signed_by(person, &person.key, &[0])
}

/// The same, with the binding by `signer`, and another end.
pub(crate) fn credential_signed_by(
    person: &Person,
    signer: &SigningKey,
    standing: &[u8],
) -> (CredentialWithKey, SignatureKeyPair) {
    let key = signing_key();
    let public = key.verifying_key().to_bytes();
    let keys = SignatureKeyPair::from_raw(SignatureScheme::ED25519, key.to_bytes().to_vec(), public.to_vec());
    let whisper = [8; 32];
    let text = [b"incamera/1 leaf\0", MEETING.as_bytes(), &[0], &public, &whisper].concat();
    let binding = signer.sign(&text).to_bytes();
    let bytes = [&[1][..], &person.identity().0, &whisper, &binding, standing].concat();
    let credential = CredentialWithKey {
        credential: BasicCredential::new(bytes).into(),
        signature_key: public[..].into(),
    };
    (credential, keys)
}

/// Joins by an external commit whatever the group's state says, with the PSK or without.
pub(crate) fn external_commit(
    info: &[u8],
    person: &Person,
    link: &LinkProof,
    with_psk: bool,
) -> CommitBundle {
    external_commit_as(credential(person), info, link, with_psk)
}

/// The same as anybody.
pub(crate) fn external_commit_as(
    (credential, keys): (CredentialWithKey, SignatureKeyPair),
    info: &[u8],
    link: &LinkProof,
    with_psk: bool,
) -> CommitBundle {
    let provider = OpenMlsRustCrypto::default();
    let message = MlsMessageIn::tls_deserialize_exact(info).expect("an info");
    let MlsMessageBodyIn::GroupInfo(info) = message.extract() else { panic!("an info") };
    let epoch = info.epoch().as_u64();
    let suite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;
    let extensions = [ExtensionType::Unknown(0xF1CA)];
    let capabilities = Capabilities::new(None, Some(&[suite]), Some(&extensions), None, None);
    let mut builder = MlsGroup::external_commit_builder()
        .build_group(&provider, info, credential)
        .expect("a group")
        .leaf_node_parameters(LeafNodeParameters::builder().with_capabilities(capabilities).build());
    if with_psk {
        let psk = Psk::External(ExternalPsk::new(link.id.to_vec()));
        let id = PreSharedKeyId::new(suite, provider.rand(), psk).expect("an id");
        id.store(&provider, link.psk.as_bytes()).expect("is stored");
        builder = builder.add_psk_proposal(PreSharedKeyProposal::new(id));
    }
    let (_, bundle) = builder
        .load_psks(provider.storage())
        .expect("psks")
        .build(provider.rand(), provider.crypto(), &keys, |_| true)
        .expect("a commit")
        .finalize(&provider)
        .expect("a group");
    let commit = bundle.into_commit().tls_serialize_detached().expect("bytes");
    CommitBundle { epoch, commit, welcome: None, info: Vec::new() }
}

/// A group of the host's that adds somebody without asking for the PSK, and its Welcome.
pub(crate) fn welcome_without_psk(host: &Person, key_package: &[u8]) -> Vec<u8> {
    let provider = OpenMlsRustCrypto::default();
    let grant = host_key().sign(&grant_text(MEETING, GrantedRole::Host, &host.identity().0)).to_bytes();
    let (credential, keys) = credential_signed_by(host, &host.key, &[&[1][..], &grant].concat());
    let types = [ExtensionType::Unknown(0xF1CA)];
    let suite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;
    // The door closed, nobody in the list, no title.
    let state = [&[1][..], host_key().verifying_key().as_bytes(), &[1], &[0; 4 + 2 + 64 + 2]].concat();
    let context = Extensions::from_vec(vec![
        Extension::RequiredCapabilities(RequiredCapabilitiesExtension::new(&types, &[], &[])),
        Extension::Unknown(0xF1CA, UnknownExtension(state)),
    ]);
    let mut group = MlsGroup::builder()
        .ciphersuite(suite)
        .use_ratchet_tree_extension(true)
        .with_capabilities(Capabilities::new(None, Some(&[suite]), Some(&types), None, None))
        .with_group_context_extensions(context.expect("a context"))
        .build(&provider, &keys, credential)
        .expect("a group");
    let message = MlsMessageIn::tls_deserialize_exact(key_package).expect("a key package");
    let MlsMessageBodyIn::KeyPackage(package) = message.extract() else { panic!("a key package") };
    let package = package.validate(provider.crypto(), ProtocolVersion::Mls10).expect("a key package");
    let (_, welcome, _) = group.add_members(&provider, &keys, &[package]).expect("adds");
    welcome.tls_serialize_detached().expect("bytes")
}
