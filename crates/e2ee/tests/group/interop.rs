//! Another implementation of RFC 9420, `mls-rs`, as a member beside ours: both must agree, and what it is free to do
//! wrong, ours must refuse.

use incamera_e2ee::group::{CommitBundle, Doors, LinkProof, Proposals, Refusal};
use mls_rs::client_builder::MlsConfig;
use mls_rs::extension::built_in::ExternalSendersExt;
use mls_rs::group::ReceivedMessage;
use mls_rs::identity::basic::{BasicCredential, BasicIdentityProvider, BasicIdentityProviderError};
use mls_rs::identity::{CredentialType, SigningIdentity};
use mls_rs::psk::{ExternalPskId, PreSharedKey};
use mls_rs::time::MlsTime;
use mls_rs::{CipherSuite, Client, ExtensionList, IdentityProvider, MlsMessage};
use mls_rs_core::identity::MemberValidationContext;
use mls_rs_crypto_rustcrypto::RustCryptoProvider;

use crate::raw;
use crate::support::{Meeting, Person};

const STATE_EXTENSION: u16 = 0xF1CA;

/// Lets a joiner take the place of anybody, which an honest program would not.
#[derive(Clone, Copy)]
struct Lenient;

impl IdentityProvider for Lenient {
    type Error = BasicIdentityProviderError;

    fn validate_member(
        &self,
        identity: &SigningIdentity,
        time: Option<MlsTime>,
        context: MemberValidationContext<'_>,
    ) -> Result<(), Self::Error> {
        BasicIdentityProvider.validate_member(identity, time, context)
    }

    fn validate_external_sender(
        &self,
        identity: &SigningIdentity,
        time: Option<MlsTime>,
        extensions: Option<&ExtensionList>,
    ) -> Result<(), Self::Error> {
        BasicIdentityProvider.validate_external_sender(identity, time, extensions)
    }

    fn identity(
        &self,
        identity: &SigningIdentity,
        extensions: &ExtensionList,
    ) -> Result<Vec<u8>, Self::Error> {
        BasicIdentityProvider.identity(identity, extensions)
    }

    fn valid_successor(
        &self,
        _: &SigningIdentity,
        _: &SigningIdentity,
        _: &ExtensionList,
    ) -> Result<bool, Self::Error> {
        Ok(true)
    }

    fn supported_types(&self) -> Vec<CredentialType> {
        BasicIdentityProvider.supported_types()
    }
}

/// Somebody whose program is the other implementation. The credential is laid out by hand.
fn client(person: &Person, link: &LinkProof) -> Client<impl MlsConfig + use<>> {
    let (credential, keys) = raw::credential(person);
    let identity = credential.credential.serialized_content();
    let bytes = openmls::prelude::BasicCredential::try_from(credential.credential.clone()).expect("basic");
    assert!(identity.ends_with(bytes.identity()));
    let credential = BasicCredential::new(bytes.identity().to_vec()).into_credential();
    let identity = SigningIdentity::new(credential, keys.public().to_vec().into());
    let secret = raw::signing_key().to_keypair_bytes().to_vec();
    Client::builder()
        .identity_provider(Lenient)
        .crypto_provider(RustCryptoProvider::new())
        .extension_type(STATE_EXTENSION.into())
        .psk(ExternalPskId::new(link.id.to_vec()), PreSharedKey::new(link.psk.as_bytes().to_vec()))
        .signing_identity(identity, secret.into(), CipherSuite::CURVE25519_AES128)
        .build()
}

/// Carries a message of the other implementation to all of ours.
fn carry(meeting: &mut Meeting, message: &MlsMessage) -> Result<(), Refusal> {
    let commit = message.to_bytes().expect("bytes");
    let bundle = CommitBundle { epoch: 0, commit, welcome: None, info: Vec::new() };
    meeting.deliver(&bundle, None).map(drop)
}

fn join<C: MlsConfig>(
    client: &Client<C>,
    meeting: &Meeting,
    psk: bool,
    remove: Option<u32>,
) -> (mls_rs::Group<C>, MlsMessage) {
    let mut builder = client.external_commit_builder().expect("a builder");
    if psk {
        builder = builder.with_external_psk(ExternalPskId::new(meeting.link.id.to_vec()));
    }
    if let Some(leaf) = remove {
        builder = builder.with_removal(leaf);
    }
    builder.build(MlsMessage::from_bytes(meeting.info()).expect("an info")).expect("an external commit")
}

fn base_key<C: MlsConfig>(group: &mls_rs::Group<C>) -> Vec<u8> {
    group.export_secret(b"SFrame 1.0 Base Key", b"", 16).expect("a secret").as_bytes().to_vec()
}

#[test]
fn b1_the_other_joins_by_link_and_both_agree() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let client = client(&Person::new(6), &meeting.link);
    let (mut other, commit) = join(&client, &meeting, true, None);
    carry(&mut meeting, &commit).expect("is followed");
    assert_eq!(base_key(&other), meeting.member(1).media_key().base);

    // Ours changes the keys, and removes exactly one; the other follows.
    let remove = vec![Person::new(3).identity()];
    let bundle = meeting.member(1).commit(&Proposals { remove, ..Proposals::default() }).expect("a commit");
    meeting.deliver(&bundle, Some(1)).expect("is followed");
    meeting.member(1).accepted().expect("one's own");
    let message = MlsMessage::from_bytes(&bundle.commit).expect("a message");
    assert!(matches!(other.process_incoming_message(message), Ok(ReceivedMessage::Commit(_))));
    assert_eq!(base_key(&other), meeting.member(2).media_key().base);
    assert_eq!(other.roster().members().len(), 3);

    // The other renews its leaf; ours follow.
    let update = other.commit(Vec::new()).expect("a commit");
    other.apply_pending_commit().expect("applies");
    carry(&mut meeting, &update.commit_message).expect("is followed");
    assert_eq!(base_key(&other), meeting.member(1).media_key().base);

    // And what ours say is read by the other.
    let said = meeting.member(1).say(b"across").expect("a message");
    let said = other.process_incoming_message(MlsMessage::from_bytes(&said).expect("a message"));
    let Ok(ReceivedMessage::ApplicationMessage(said)) = said else { panic!("a message") };
    assert!(said.data().starts_with(b"\0across\x80"), "padded, and marked as for all");
}

#[test]
fn b1_the_other_is_added_through_a_closed_door() {
    let mut meeting = Meeting::of(2, Doors::Closed);
    let client = client(&Person::new(6), &meeting.link);
    let package = client
        .generate_key_package_message(ExtensionList::default(), ExtensionList::default(), None)
        .expect("a key package");
    let add = vec![package.to_bytes().expect("bytes")];
    let bundle = meeting.member(1).commit(&Proposals { add, ..Proposals::default() }).expect("a commit");
    meeting.deliver(&bundle, Some(1)).expect("is followed");
    meeting.member(1).accepted().expect("one's own");
    let welcome = MlsMessage::from_bytes(bundle.welcome.as_ref().expect("a welcome")).expect("a welcome");
    let (other, _) = client.join_group(None, &welcome, None).expect("is welcome");
    assert_eq!(base_key(&other), meeting.member(2).media_key().base);
}

#[test]
fn b1_an_external_commit_without_the_psk_is_refused_from_the_other_as_well() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let client = client(&Person::new(6), &meeting.link);
    let (_, commit) = join(&client, &meeting, false, None);
    assert_eq!(carry(&mut meeting, &commit), Err(Refusal::NoPsk));
    meeting.assert_agreement();
}

#[test]
fn b1_an_external_commit_that_removes_another_identity_is_refused() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let victim = meeting.member(2).media_key().leaf;
    let client = client(&Person::new(6), &meeting.link);
    let (_, commit) = join(&client, &meeting, true, Some(victim));
    assert_eq!(carry(&mut meeting, &commit), Err(Refusal::RemovesAnother));
    meeting.assert_agreement();
}

#[test]
fn b1_a_proposal_alone_is_refused() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let client = client(&Person::new(6), &meeting.link);
    let (mut other, commit) = join(&client, &meeting, true, None);
    carry(&mut meeting, &commit).expect("is followed");
    let proposal = other.propose_remove(0, Vec::new()).expect("a proposal");
    assert_eq!(carry(&mut meeting, &proposal), Err(Refusal::LooseProposal));
    // And whoever commits to what stands alone is not followed either.
    let commit = other.commit(Vec::new()).expect("a commit").commit_message;
    assert!(carry(&mut meeting, &commit).is_err());
    meeting.assert_members_agree();
}

#[test]
fn b1_nobody_joins_by_a_proposal_from_outside() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let client = client(&Person::new(6), &meeting.link);
    let info = MlsMessage::from_bytes(meeting.info()).expect("an info");
    let proposal = client
        .external_add_proposal(
            &info,
            None,
            Vec::new(),
            ExtensionList::default(),
            ExtensionList::default(),
            None,
        )
        .expect("a proposal");
    assert_eq!(carry(&mut meeting, &proposal), Err(Refusal::LooseProposal));
    meeting.assert_agreement();
}

#[test]
fn b1_nothing_else_gets_into_the_group_context_least_of_all_an_external_sender() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let client = client(&Person::new(6), &meeting.link);
    let (mut other, commit) = join(&client, &meeting, true, None);
    carry(&mut meeting, &commit).expect("is followed");
    let mut context = other.context().extensions().clone();
    let (sender, _) = client.signing_identity().expect("an identity");
    context.set_from(ExternalSendersExt::new(vec![sender.clone()])).expect("an extension");
    let builder = other.commit_builder().set_group_context_ext(context).expect("a proposal");
    let commit = builder.build().expect("a commit").commit_message;
    assert_eq!(carry(&mut meeting, &commit), Err(Refusal::BadState));
    meeting.assert_members_agree();
}
