//! Who sits at a leaf of the group: the identity that people see, and the keys that it vouches for.

use ed25519_dalek::SigningKey;
use openmls::prelude::{
    BasicCredential, Credential, CredentialWithKey, OpenMlsCrypto, OpenMlsProvider, SignatureScheme,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;
use openmls_traits::types::HpkePrivateKey;
use zeroize::Zeroizing;

use super::suite;
use crate::grant::{self, GrantedRole};
use crate::key::{KeySchedule, secret_newtype};

secret_newtype! {
    /// What the keys of a leaf are made of: 32 random bytes, kept by the page for as long as its identity.
    LeafSeed, 32
}

/// A page's identity key (Ed25519, RFC 8032): what the server and the roster know a person by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(pub [u8; 32]);

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// The identity's signature over the leaf's keys is missing or wrong, or the host's over the identity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("nobody vouches for this leaf")]
pub struct NotVouched;

/// What a leaf says of itself, as the identity of a basic credential (RFC 9420, section 5.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct LeafCredential {
    pub(super) identity: Identity,
    /// X25519, for what is said to this person alone (RFC 9180).
    pub(super) whisper: [u8; 32],
    /// By the identity, over [`binding_text`].
    binding: [u8; 64],
    /// By the host key, over [`grant::grant_text`] for [`GrantedRole::Host`].
    host_grant: Option<[u8; 64]>,
}

const VERSION: u8 = 1;
const GUEST: u8 = 0;
const HOST: u8 = 1;

/// What an identity signs to vouch for a leaf's keys.
fn binding_text(meeting: &str, leaf_key: &[u8; 32], whisper: &[u8; 32]) -> Vec<u8> {
    [b"incamera/1 leaf\0", meeting.as_bytes(), &[0], leaf_key, whisper].concat()
}

impl LeafCredential {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.identity.0);
        bytes.extend_from_slice(&self.whisper);
        bytes.extend_from_slice(&self.binding);
        match &self.host_grant {
            None => bytes.push(GUEST),
            Some(grant) => {
                bytes.push(HOST);
                bytes.extend_from_slice(grant);
            }
        }
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[VERSION], rest) = bytes.split_first_chunk()? else { return None };
        let (identity, rest) = rest.split_first_chunk()?;
        let (whisper, rest) = rest.split_first_chunk()?;
        let (binding, rest) = rest.split_first_chunk()?;
        let (&[standing], rest) = rest.split_first_chunk()?;
        let host_grant = match standing {
            GUEST if rest.is_empty() => None,
            HOST => Some(rest.try_into().ok()?),
            _ => return None,
        };
        Some(Self { identity: Identity(*identity), whisper: *whisper, binding: *binding, host_grant })
    }

    /// Reads a leaf's credential and checks who vouches for it: the identity for the keys, and the host, where a
    /// grant is shown, for the identity.
    pub(super) fn check(
        credential: &Credential,
        leaf_key: &[u8],
        meeting: &str,
        host_key: &[u8; 32],
    ) -> Result<Self, NotVouched> {
        let credential = BasicCredential::try_from(credential.clone()).map_err(|_| NotVouched)?;
        let found = Self::parse(credential.identity()).ok_or(NotVouched)?;
        let leaf_key = leaf_key.try_into().map_err(|_| NotVouched)?;
        let text = binding_text(meeting, leaf_key, &found.whisper);
        grant::verify(&found.identity.0, &text, &found.binding).map_err(|_| NotVouched)?;
        if let Some(granted) = &found.host_grant {
            let text = grant::grant_text(meeting, GrantedRole::Host, &found.identity.0);
            grant::verify(host_key, &text, granted).map_err(|_| NotVouched)?;
        }
        Ok(found)
    }

    /// Whom a leaf says to be, where the leaf itself was checked before.
    pub(super) fn identity_of(credential: &BasicCredential) -> Option<Identity> {
        Some(Self::parse(credential.identity())?.identity)
    }

    /// Whether the host key names this identity a host. True only after [`Self::check`].
    pub(super) fn is_host(&self) -> bool {
        self.host_grant.is_some()
    }
}

/// A leaf's keys before the identity has vouched for them: the identity's private half need not be here.
pub struct LeafDraft {
    meeting: String,
    identity: Identity,
    keys: SignatureKeyPair,
    whisper_public: [u8; 32],
    whisper_private: HpkePrivateKey,
}

impl LeafDraft {
    /// Makes the keys of `identity`'s leaf in a meeting.
    pub fn new(meeting: &str, identity: Identity, seed: &LeafSeed) -> Self {
        let schedule = KeySchedule::extract(b"incamera/1 leaf", seed.as_bytes());
        let private = Zeroizing::new(schedule.expand("incamera/1 leaf signature"));
        let public = SigningKey::from_bytes(&private).verifying_key().to_bytes();
        let keys = SignatureKeyPair::from_raw(SignatureScheme::ED25519, private.to_vec(), public.to_vec());
        let material = Zeroizing::new(schedule.expand("incamera/1 leaf whisper"));
        let pair = OpenMlsRustCrypto::default()
            .crypto()
            .derive_hpke_keypair(suite::hpke(), &material[..])
            .expect("32 bytes make an X25519 key");
        let whisper_public = pair.public.as_slice().try_into().expect("an X25519 key has 32 bytes");
        Self { meeting: meeting.to_owned(), identity, keys, whisper_public, whisper_private: pair.private }
    }

    /// What the identity has to sign.
    pub fn binding_text(&self) -> Vec<u8> {
        let leaf_key = self.keys.public().try_into().expect("an Ed25519 key has 32 bytes");
        binding_text(&self.meeting, leaf_key, &self.whisper_public)
    }

    /// Completes the leaf. `host_grant` is the host key's signature that names the identity a host, from those who
    /// hold that key.
    pub fn bind(self, binding: [u8; 64], host_grant: Option<[u8; 64]>) -> Result<OwnLeaf, NotVouched> {
        grant::verify(&self.identity.0, &self.binding_text(), &binding).map_err(|_| NotVouched)?;
        let credential =
            LeafCredential { identity: self.identity, whisper: self.whisper_public, binding, host_grant };
        Ok(OwnLeaf { meeting: self.meeting, keys: self.keys, whisper: self.whisper_private, credential })
    }
}

/// One's own place in a group: the keys, and who vouches for them.
pub struct OwnLeaf {
    pub(super) meeting: String,
    pub(super) keys: SignatureKeyPair,
    pub(super) whisper: HpkePrivateKey,
    credential: LeafCredential,
}

impl OwnLeaf {
    /// Whose it is.
    pub fn identity(&self) -> Identity {
        self.credential.identity
    }

    pub(super) fn credential_with_key(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: BasicCredential::new(self.credential.to_bytes()).into(),
            signature_key: self.keys.public().into(),
        }
    }
}
