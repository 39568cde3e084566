//! What all members agree on beside the membership: who the host is, who moderates, and whether the door is open.
//!
//! It is an extension of the group context (RFC 9420, section 8.1): every epoch's keys depend on it, so that two members
//! who decrypt each other's messages have the same state.

use ed25519_dalek::SigningKey;

use super::leaf::Identity;
use super::suite::STATE_EXTENSION;
use crate::grant;
use openmls::prelude::{
    Extension, ExtensionType, Extensions, GroupContext, RequiredCapabilitiesExtension, UnknownExtension,
};

/// Whether those who have the link come in by themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Doors {
    /// By an external commit with the link's PSK.
    Open,
    /// Only a moderator lets in (the lobby). Every external commit is refused: the link alone opens nothing.
    Closed,
}

/// Who moderates beside the host: a list that the host key signed. Of two, the one with the greater number counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CoHosts {
    sequence: u32,
    identities: Vec<Identity>,
    signature: [u8; 64],
}

/// More than one host needs to help; bounds what a commit can carry.
pub const MOST_CO_HOSTS: usize = 64;
/// Bytes of a title.
pub const LONGEST_TITLE: usize = 512;

impl CoHosts {
    /// Nobody: the list of a fresh group. It needs no signature.
    pub fn nobody() -> Self {
        Self { sequence: 0, identities: Vec::new(), signature: [0; 64] }
    }

    /// What the host key signs.
    pub fn text(meeting: &str, sequence: u32, identities: &[Identity]) -> Vec<u8> {
        let mut text =
            [b"incamera/1 roles\0", meeting.as_bytes(), &[0], &sequence.to_be_bytes()[..]].concat();
        for identity in identities {
            text.extend_from_slice(&identity.0);
        }
        text
    }

    /// A list as the host's page made it: `signature` is over [`Self::text`]; `sequence` is greater than the one before.
    pub fn signed(sequence: u32, identities: Vec<Identity>, signature: [u8; 64]) -> Self {
        Self { sequence, identities, signature }
    }

    /// Signs a list, where the host key is at hand.
    pub fn sign(host: &SigningKey, meeting: &str, sequence: u32, identities: Vec<Identity>) -> Self {
        let signature = grant::sign(host, &Self::text(meeting, sequence, &identities));
        Self { sequence, identities, signature }
    }

    /// Its number.
    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    /// Who is in it.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    fn is_genuine(&self, meeting: &str, host_key: &[u8; 32]) -> bool {
        if self.sequence == 0 {
            return self.identities.is_empty();
        }
        let text = Self::text(meeting, self.sequence, &self.identities);
        grant::verify(host_key, &text, &self.signature).is_ok()
    }
}

/// What the members agree on.
#[derive(Clone, PartialEq, Eq)]
pub struct GroupState {
    /// The host's public key. Its hash is in the link, and it never changes.
    pub host_key: [u8; 32],
    /// The door.
    pub doors: Doors,
    /// Who moderates beside the host.
    pub co_hosts: CoHosts,
    /// The meeting's title, UTF-8; at most [`LONGEST_TITLE`] bytes.
    pub title: Vec<u8>,
}

impl std::fmt::Debug for GroupState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GroupState").field("doors", &self.doors).finish_non_exhaustive()
    }
}

const VERSION: u8 = 1;

fn required() -> Extension {
    let types = [ExtensionType::Unknown(STATE_EXTENSION)];
    Extension::RequiredCapabilities(RequiredCapabilitiesExtension::new(&types, &[], &[]))
}

impl GroupState {
    /// The whole group context: the state, and that everybody has to understand it (RFC 9420, section 11.1).
    pub(super) fn to_extensions(&self) -> Extensions<GroupContext> {
        let state = Extension::Unknown(STATE_EXTENSION, UnknownExtension(self.to_bytes()));
        Extensions::from_vec(vec![required(), state]).expect("two extensions for the group context")
    }

    /// Reads the state out of a group context and checks that nothing else is in it: no external senders above all.
    pub(super) fn of(extensions: &Extensions<GroupContext>, meeting: &str) -> Option<Self> {
        let state = Self::parse(&extensions.unknown(STATE_EXTENSION)?.0)?;
        let only_ours = *extensions == state.to_extensions();
        (only_ours && state.co_hosts.is_genuine(meeting, &state.host_key)).then_some(state)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let count = u16::try_from(self.co_hosts.identities.len()).expect("a bounded list");
        let title = u16::try_from(self.title.len()).expect("a bounded title");
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.host_key);
        bytes.push(match self.doors {
            Doors::Open => 0,
            Doors::Closed => 1,
        });
        bytes.extend_from_slice(&self.co_hosts.sequence.to_be_bytes());
        bytes.extend_from_slice(&count.to_be_bytes());
        for identity in &self.co_hosts.identities {
            bytes.extend_from_slice(&identity.0);
        }
        bytes.extend_from_slice(&self.co_hosts.signature);
        bytes.extend_from_slice(&title.to_be_bytes());
        bytes.extend_from_slice(&self.title);
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[VERSION], rest) = bytes.split_first_chunk()? else { return None };
        let (host_key, rest) = rest.split_first_chunk()?;
        let (&[doors], rest) = rest.split_first_chunk()?;
        let doors = match doors {
            0 => Doors::Open,
            1 => Doors::Closed,
            _ => return None,
        };
        let (sequence, rest) = rest.split_first_chunk()?;
        let (count, rest) = rest.split_first_chunk()?;
        let count = usize::from(u16::from_be_bytes(*count));
        if count > MOST_CO_HOSTS {
            return None;
        }
        let (list, rest) = rest.split_at_checked(count * 32)?;
        let identities = list.as_chunks().0.iter().map(|one| Identity(*one)).collect();
        let (signature, rest) = rest.split_first_chunk()?;
        let (length, title) = rest.split_first_chunk()?;
        if title.len() != usize::from(u16::from_be_bytes(*length)) || title.len() > LONGEST_TITLE {
            return None;
        }
        let co_hosts = CoHosts { sequence: u32::from_be_bytes(*sequence), identities, signature: *signature };
        Some(Self { host_key: *host_key, doors, co_hosts, title: title.to_vec() })
    }
}
