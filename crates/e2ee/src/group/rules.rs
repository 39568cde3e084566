//! Which commits a member follows. MLS says whether a commit is well made; here is whether its author may.
//!
//! All members judge from what all of them have: the group's state and tree, the link, and the server's list, which
//! reaches everybody in the same order as the commits do. Otherwise some would follow and some would not.

use std::collections::BTreeSet;

use openmls::prelude::tls_codec::{Deserialize as _, Serialize as _};
use openmls::prelude::{Credential, LeafNodeIndex, PreSharedKeyProposal, Proposal, Sender, StagedCommit};
use openmls::schedule::PreSharedKeyId;
use openmls::schedule::psk::Psk;

use super::leaf::{Identity, LeafCredential};
use super::state::{Doors, GroupState};

/// Why a commit or a message is not followed. Each is a mistake or an attack by whoever sent it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum Refusal {
    /// Not a message of this group, or damaged, or not made with the epoch's keys.
    #[error("the message cannot be read")]
    Unreadable,
    /// For an epoch that is not the present one.
    #[error("the commit is for another epoch")]
    OtherEpoch,
    /// From somebody who is not in the group and does not join it.
    #[error("the sender is not a member")]
    ExternalSender,
    /// A proposal that stands alone, or something else that is no commit where one is expected.
    #[error("the proposal stands alone")]
    LooseProposal,
    /// A joiner who does not prove to know the link and its password.
    #[error("the joiner does not prove to have the link")]
    NoPsk,
    /// Somebody joins by themselves although the door is closed.
    #[error("the door is closed")]
    DoorClosed,
    /// A joiner takes somebody else's leaf away.
    #[error("the joiner removes somebody else")]
    RemovesAnother,
    /// No identity vouches for the leaf, or the host does not vouch for the identity.
    #[error("nobody vouches for the leaf")]
    NotVouched,
    /// Two leaves of one identity, or one without any.
    #[error("an identity would have two leaves")]
    TwoLeaves,
    /// Who does this is no moderator, or moderates somebody above.
    #[error("the sender may not do this")]
    NotAllowed,
    /// A kind of proposal that is not used here.
    #[error("the commit carries a proposal of another kind")]
    OtherProposal,
    /// The state in the group context is damaged, not signed, or older than the present one.
    #[error("the group's state is not genuine")]
    BadState,
    /// More members than a group may have.
    #[error("the group is full")]
    Full,
    /// A message that is for somebody else's eyes.
    #[error("the message is for somebody else")]
    ForAnother,
}

/// A role that the group itself vouches for; never the server's word (P3, B6).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum GroupRole {
    /// Takes part.
    Participant,
    /// In the host's signed list.
    CoHost,
    /// Has the host key's grant.
    Host,
}

/// Most members of a group: the most participants of a meeting, and half as many leaves of those who have just gone.
pub const MOST_MEMBERS: usize = 450;

/// One leaf and who is there.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    pub(super) leaf: LeafNodeIndex,
    pub(super) credential: LeafCredential,
}

/// What a member knows when a commit arrives.
pub(super) struct View<'a> {
    pub(super) meeting: &'a str,
    pub(super) state: &'a GroupState,
    pub(super) seats: &'a [Seat],
    pub(super) psk_id: &'a [u8],
    /// Who is in the meeting, as the server tells. It serves one purpose: anybody may take away the leaf of a person
    /// who is not. A lying server can thereby shut people out, which it can do anyway, and never let anybody in.
    pub(super) listed: &'a dyn Fn(&Identity) -> bool,
}

/// What a commit changes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Change {
    /// Who did it.
    pub by: Option<Identity>,
    /// Who is new.
    pub joined: Vec<Identity>,
    /// Whose leaf was replaced: the same person, back again.
    pub returned: Vec<Identity>,
    /// Who is gone.
    pub left: Vec<Identity>,
    /// Those of them whom a moderator removed.
    pub removed: Vec<Identity>,
    /// Whether the state changed.
    pub state: bool,
    /// Whether this member itself was removed.
    pub out: bool,
}

impl View<'_> {
    pub(super) fn role(&self, credential: &LeafCredential) -> GroupRole {
        role(self.state, credential)
    }

    fn at(&self, leaf: LeafNodeIndex) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.leaf == leaf)
    }

    /// Decides on a commit that MLS found well made.
    pub(super) fn judge(&self, sender: &Sender, commit: &StagedCommit) -> Result<Change, Refusal> {
        // A commit that refers to a proposal was not even read: none that stands alone is ever kept.
        let context = commit.group_context().extensions();
        let next = GroupState::of(context, self.meeting).ok_or(Refusal::BadState)?;
        let change = match sender {
            Sender::NewMemberCommit => self.judge_joiner(commit),
            Sender::Member(leaf) => self.judge_member(*leaf, commit, &next),
            Sender::External(_) | Sender::NewMemberProposal => Err(Refusal::ExternalSender),
        }?;
        if self.seats.len() + change.joined.len() > MOST_MEMBERS {
            return Err(Refusal::Full);
        }
        Ok(change)
    }

    /// A person who comes by the link (RFC 9420, section 12.4.3.2).
    fn judge_joiner(&self, commit: &StagedCommit) -> Result<Change, Refusal> {
        if self.state.doors == Doors::Closed {
            return Err(Refusal::DoorClosed);
        }
        let leaf = commit.update_path_leaf_node().ok_or(Refusal::NotVouched)?;
        let joiner = self.vouched(leaf.credential(), leaf.signature_key().as_slice())?;
        let mut proven = 0;
        let mut replaced = None;
        for proposal in commit.queued_proposals() {
            match proposal.proposal() {
                Proposal::ExternalInit(_) => {}
                Proposal::PreSharedKey(psk) if self.is_link(psk) => proven += 1,
                Proposal::PreSharedKey(_) => return Err(Refusal::NoPsk),
                Proposal::Remove(remove) => {
                    let seat = self.at(remove.removed()).ok_or(Refusal::RemovesAnother)?;
                    if seat.credential.identity != joiner.identity || replaced.is_some() {
                        return Err(Refusal::RemovesAnother);
                    }
                    replaced = Some(seat.leaf);
                }
                _ => return Err(Refusal::OtherProposal),
            }
        }
        if proven != 1 {
            return Err(Refusal::NoPsk);
        }
        let by = Some(joiner.identity);
        let gone: Vec<_> = replaced.into_iter().collect();
        if self.is_seated(&joiner.identity, &gone) {
            return Err(Refusal::TwoLeaves);
        }
        let person = vec![joiner.identity];
        Ok(match replaced {
            Some(_) => Change { by, returned: person, ..Change::default() },
            None => Change { by, joined: person, ..Change::default() },
        })
    }

    fn judge_member(
        &self,
        by: LeafNodeIndex,
        commit: &StagedCommit,
        next: &GroupState,
    ) -> Result<Change, Refusal> {
        let actor = &self.at(by).ok_or(Refusal::ExternalSender)?.credential;
        let role = self.role(actor);
        if let Some(path) = commit.update_path_leaf_node() {
            let renewed = self.vouched(path.credential(), path.signature_key().as_slice())?;
            if renewed != *actor {
                return Err(Refusal::NotVouched);
            }
        }
        let mut gone = Vec::new();
        let mut added = Vec::new();
        for proposal in commit.queued_proposals() {
            match proposal.proposal() {
                Proposal::Remove(remove) => gone.push(self.at(remove.removed()).ok_or(Refusal::Unreadable)?),
                Proposal::Add(add) => {
                    let leaf = add.key_package().leaf_node();
                    added.push(self.vouched(leaf.credential(), leaf.signature_key().as_slice())?);
                }
                Proposal::PreSharedKey(psk) if self.is_link(psk) => {}
                Proposal::GroupContextExtensions(_) => {}
                _ => return Err(Refusal::OtherProposal),
            }
        }
        let mut change = Change { by: Some(actor.identity), ..Change::default() };
        let leaves: Vec<_> = gone.iter().map(|seat| seat.leaf).collect();
        let mut seen = BTreeSet::new();
        for newcomer in &added {
            let identity = newcomer.identity;
            if !seen.insert(identity) || self.is_seated(&identity, &leaves) {
                return Err(Refusal::TwoLeaves);
            }
            let back = gone.iter().any(|seat| seat.credential.identity == identity);
            // The host's own word opens the door to the host, whoever holds it (B6).
            if role == GroupRole::Participant && !newcomer.is_host() {
                return Err(Refusal::NotAllowed);
            }
            let list = if back { &mut change.returned } else { &mut change.joined };
            list.push(identity);
        }
        for seat in gone {
            let identity = seat.credential.identity;
            if seen.contains(&identity) {
                continue;
            }
            let own = identity == actor.identity;
            let vanished = !(self.listed)(&identity);
            let moderates = role > GroupRole::Participant && role > self.role(&seat.credential);
            if !own && !vanished && !moderates {
                return Err(Refusal::NotAllowed);
            }
            if moderates && !vanished {
                change.removed.push(identity);
            }
            change.left.push(identity);
        }
        change.state = self.judge_state(role, next)?;
        Ok(change)
    }

    /// The host key never changes; the list of co-hosts by a newer signature of the host's; the rest by a moderator.
    fn judge_state(&self, role: GroupRole, next: &GroupState) -> Result<bool, Refusal> {
        if next.host_key != self.state.host_key {
            return Err(Refusal::BadState);
        }
        let same_list = next.co_hosts == self.state.co_hosts;
        if !same_list && next.co_hosts.sequence() <= self.state.co_hosts.sequence() {
            return Err(Refusal::BadState);
        }
        let same_rest = next.doors == self.state.doors && next.title == self.state.title;
        if !same_rest && role == GroupRole::Participant {
            return Err(Refusal::NotAllowed);
        }
        Ok(!same_list || !same_rest)
    }

    fn vouched(&self, credential: &Credential, leaf_key: &[u8]) -> Result<LeafCredential, Refusal> {
        LeafCredential::check(credential, leaf_key, self.meeting, &self.state.host_key)
            .map_err(|_| Refusal::NotVouched)
    }

    fn is_link(&self, proposal: &PreSharedKeyProposal) -> bool {
        // The library shows what a proposal names only in its encoding (RFC 9420, section 12.1.4).
        let encoded = proposal.tls_serialize_detached().unwrap_or_default();
        let id = PreSharedKeyId::tls_deserialize_exact(encoded);
        id.is_ok_and(|id| matches!(id.psk(), Psk::External(external) if external.psk_id() == self.psk_id))
    }

    fn is_seated(&self, identity: &Identity, besides: &[LeafNodeIndex]) -> bool {
        self.seats.iter().any(|seat| seat.credential.identity == *identity && !besides.contains(&seat.leaf))
    }
}

/// The role of a leaf whose credential was checked.
pub(super) fn role(state: &GroupState, credential: &LeafCredential) -> GroupRole {
    if credential.is_host() {
        GroupRole::Host
    } else if state.co_hosts.identities().contains(&credential.identity) {
        GroupRole::CoHost
    } else {
        GroupRole::Participant
    }
}
