//! The encrypted group of a meeting (RFC 9420): who is in it, and the keys that only they have.
//!
//! The server orders and relays what the members make; it can read none of it and cannot add anybody (K2, B1). What a
//! member accepts from others is in [`rules`](self), in one place.
//!
//! ```text
//! found ──► Group ◄── join (the link: an external commit with the PSK)
//!             ▲ ◄──── welcome (the lobby: a moderator adds)
//!             │
//!   commit ──►│ accepted / withdrawn       the server says which commit of an epoch counts
//!   handle ──►│                            somebody else's commit
//!   say, hear │                            messages
//!             └─► media_key, security_code, roster
//! ```
//!
//! Randomness of MLS itself (path secrets, nonces) is drawn by its library; ids and seeds are arguments.

mod code;
mod leaf;
mod message;
mod rules;
mod state;
mod suite;

use openmls::group::{CommitMessageBundle, ProcessedWelcome};
use openmls::prelude::tls_codec::{Deserialize as _, Serialize as _};
use openmls::prelude::{
    BasicCredential, GroupId, KeyPackage, LeafNodeParameters, Lifetime, MlsGroup, MlsMessageBodyIn,
    MlsMessageIn, MlsMessageOut, OpenMlsProvider, PreSharedKeyProposal, ProcessedMessageContent,
    ProtocolVersion,
};
use openmls::schedule::PreSharedKeyId;
use openmls::schedule::psk::{ExternalPsk, Psk};
use openmls_rust_crypto::OpenMlsRustCrypto;

pub use leaf::{Identity, LeafDraft, LeafSeed, NotVouched, OwnLeaf};
pub use message::Heard;
pub use rules::{Change, GroupRole, MOST_MEMBERS, Refusal};
pub use state::{CoHosts, Doors, GroupState, LONGEST_TITLE, MOST_CO_HOSTS};

use crate::link::HostHash;
use crate::meeting::ExternalPsk as LinkPsk;
use leaf::LeafCredential;
use rules::{Seat, View};

/// What the group needs of a link: it changes when the link does.
#[derive(Clone)]
pub struct LinkProof {
    /// Proves to have the link and its password.
    pub psk: LinkPsk,
    /// Names the link's generation: the hash of its admission token, which the server knows.
    pub id: [u8; 32],
}

/// What a member made for the others, to be sent to the server.
#[derive(Clone, PartialEq, Eq)]
pub struct CommitBundle {
    /// The epoch that it ends.
    pub epoch: u64,
    /// For everybody in the group.
    pub commit: Vec<u8>,
    /// For those who were added.
    pub welcome: Option<Vec<u8>>,
    /// The new epoch's public state with its tree, for the next who joins by link. To be sealed before it leaves.
    pub info: Vec<u8>,
}

/// What a commit shall do.
#[derive(Clone, Default)]
pub struct Proposals {
    /// Key packages of those to add.
    pub add: Vec<Vec<u8>>,
    /// Whose leaves to take away. A person who is also added is the same person, back again.
    pub remove: Vec<Identity>,
    /// The new state, if it changes.
    pub state: Option<GroupState>,
}

/// A line of the roster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RosterEntry {
    /// Who.
    pub identity: Identity,
    /// Their leaf: the key id of their media names it.
    pub leaf: u32,
    /// As what.
    pub role: GroupRole,
}

/// What media is encrypted with in an epoch (RFC 9605, section 5.2).
#[derive(Clone, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
pub struct MediaKey {
    /// The epoch.
    pub epoch: u64,
    /// One's own leaf.
    pub leaf: u32,
    /// The base key of every sender's key.
    pub base: [u8; 16],
}

/// A group cannot be entered, or something cannot be made in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GroupError {
    /// What was handed in is damaged or of another meeting.
    #[error("the group's public state cannot be read")]
    Unreadable,
    /// The host in the group is not the one whom the link names (K4).
    #[error("the group's host is not the one of the link")]
    OtherHost,
    /// The group contradicts what this member knew before a restart: an older list of co-hosts, or an open door.
    #[error("the group's state is older than what was agreed before")]
    OlderState,
    /// A leaf that nobody vouches for, or two of one identity.
    #[error("the group has a member that nobody vouches for")]
    NotVouched,
    /// The door is closed: a moderator has to let in.
    #[error("the door is closed")]
    DoorClosed,
    /// Whoever let this person in is no moderator.
    #[error("nobody who may let people in did so")]
    NotLetIn,
    /// A commit of one's own is still under way.
    #[error("another change is under way")]
    Busy,
    /// The library refused; the change makes no sense in this group.
    #[error("the change cannot be made")]
    Impossible,
}

/// One member's view of the group.
pub struct Group {
    provider: OpenMlsRustCrypto,
    own: OwnLeaf,
    link: LinkProof,
    mls: MlsGroup,
    state: GroupState,
    seats: Vec<Seat>,
}

/// A person who waits to be added: holds the private half of a key package.
pub struct Knocker {
    provider: OpenMlsRustCrypto,
    own: OwnLeaf,
    link: LinkProof,
    key_package: Vec<u8>,
}

/// Clocks of people's machines differ by days; a key package is used within minutes. RFC 9420 wants a lifetime.
const LIFETIME_MARGIN: u64 = 40 * 24 * 60 * 60;

impl Group {
    /// Makes a group with one member. `id` is random.
    pub fn found(own: OwnLeaf, link: LinkProof, id: [u8; 16], state: GroupState) -> Result<Self, GroupError> {
        let provider = OpenMlsRustCrypto::default();
        store(&provider, &link)?;
        let mls = MlsGroup::builder()
            .ciphersuite(suite::CIPHERSUITE)
            .with_group_id(GroupId::from_slice(&id))
            .with_wire_format_policy(openmls::prelude::MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .max_past_epochs(suite::past_epochs())
            .sender_ratchet_configuration(suite::ratchets())
            .with_capabilities(suite::capabilities())
            .with_group_context_extensions(state.to_extensions())
            .build(&provider, &own.keys, own.credential_with_key())
            .map_err(|_| GroupError::Impossible)?;
        Self::enter(provider, own, link, mls, None, None)
    }

    /// Comes in by the link: an external commit (RFC 9420, section 12.4.3.2). `info` is the group's public state, opened.
    /// A leaf of this same seed that is still there is replaced. `former` is the state before a server restart.
    pub fn join(
        own: OwnLeaf,
        link: LinkProof,
        host: &HostHash,
        info: &[u8],
        former: Option<&GroupState>,
    ) -> Result<(Self, CommitBundle), GroupError> {
        let MlsMessageBodyIn::GroupInfo(info) = body(info)? else { return Err(GroupError::Unreadable) };
        let epoch = info.epoch().as_u64();
        let state =
            GroupState::of(info.group_context().extensions(), &own.meeting).ok_or(GroupError::Unreadable)?;
        if state.doors == Doors::Closed {
            return Err(GroupError::DoorClosed);
        }
        let provider = OpenMlsRustCrypto::default();
        let psk = PreSharedKeyProposal::new(store(&provider, &link)?);
        let parameters = LeafNodeParameters::builder().with_capabilities(suite::capabilities()).build();
        let (mls, bundle) = MlsGroup::external_commit_builder()
            .with_config(suite::join_config())
            .skip_lifetime_validation()
            .build_group(&provider, info, own.credential_with_key())
            .map_err(|_| GroupError::Unreadable)?
            .add_psk_proposal(psk)
            .leaf_node_parameters(parameters)
            .load_psks(provider.storage())
            .map_err(|_| GroupError::Impossible)?
            .build(provider.rand(), provider.crypto(), &own.keys, |_| true)
            .map_err(|_| GroupError::Impossible)?
            .finalize(&provider)
            .map_err(|_| GroupError::Impossible)?;
        let group = Self::enter(provider, own, link, mls, Some(host), former)?;
        let info = group.info()?;
        let commit = bytes(&bundle.into_commit())?;
        Ok((group, CommitBundle { epoch, commit, welcome: None, info }))
    }

    /// Reads the group's context and checks everybody who is there.
    fn enter(
        provider: OpenMlsRustCrypto,
        own: OwnLeaf,
        link: LinkProof,
        mls: MlsGroup,
        host: Option<&HostHash>,
        former: Option<&GroupState>,
    ) -> Result<Self, GroupError> {
        let state = GroupState::of(mls.extensions(), &own.meeting).ok_or(GroupError::Unreadable)?;
        if host.is_some_and(|host| *host != HostHash::of(&state.host_key)) {
            return Err(GroupError::OtherHost);
        }
        let seats = seats(&mls, &own.meeting, &state)?;
        // Somebody else: a host who comes in alone makes no stranger's group a moderated one.
        let moderates = |seat: &Seat| rules::role(&state, &seat.credential) > GroupRole::Participant;
        let moderated = seats.iter().any(|seat| seat.leaf != mls.own_leaf_index() && moderates(seat));
        if let Some(former) = former {
            let opened = former.doors == Doors::Closed && state.doors == Doors::Open && !moderated;
            let older = state.co_hosts.sequence() < former.co_hosts.sequence();
            if opened || older || state.host_key != former.host_key {
                return Err(GroupError::OlderState);
            }
        }
        Ok(Self { provider, own, link, mls, state, seats })
    }

    // What the group is.

    /// The epoch: one more with every commit.
    pub fn epoch(&self) -> u64 {
        self.mls.epoch().as_u64()
    }

    /// What all members agree on.
    pub fn state(&self) -> &GroupState {
        &self.state
    }

    /// Everybody in the group, by leaf. This is the list that people are shown, never the server's.
    pub fn roster(&self) -> Vec<RosterEntry> {
        let entry = |seat: &Seat| RosterEntry {
            identity: seat.credential.identity,
            leaf: seat.leaf.u32(),
            role: rules::role(&self.state, &seat.credential),
        };
        self.seats.iter().map(entry).collect()
    }

    /// Five groups of five digits, the same for every member of this epoch.
    pub fn security_code(&self) -> String {
        code::security_code(self.mls.epoch_authenticator().as_slice())
    }

    /// The epoch's key for media.
    pub fn media_key(&self) -> MediaKey {
        let secret = self
            .mls
            .export_secret(self.provider.crypto(), "SFrame 1.0 Base Key", &[], 16)
            .expect("an active group exports secrets");
        let base = secret.as_slice().try_into().expect("16 bytes were asked for");
        MediaKey { epoch: self.epoch(), leaf: self.mls.own_leaf_index().u32(), base }
    }

    /// The present epoch's public state with its tree. To be sealed before it leaves.
    pub fn info(&self) -> Result<Vec<u8>, GroupError> {
        let info = self
            .mls
            .export_group_info(self.provider.crypto(), &self.own.keys, true)
            .map_err(|_| GroupError::Impossible)?;
        bytes(&info)
    }

    /// After a new link: joiners have to prove to have this one from now on.
    pub fn relink(&mut self, link: LinkProof) -> Result<(), GroupError> {
        store(&self.provider, &link)?;
        self.link = link;
        Ok(())
    }

    /// Whose key package this is, and what they would be in the group.
    pub fn applicant(&self, key_package: &[u8]) -> Result<(Identity, GroupRole), GroupError> {
        let package = self.key_package(key_package)?;
        let leaf = package.leaf_node();
        let key = leaf.signature_key().as_slice();
        let credential =
            LeafCredential::check(leaf.credential(), key, &self.own.meeting, &self.state.host_key)
                .map_err(|_| GroupError::NotVouched)?;
        Ok((credential.identity, rules::role(&self.state, &credential)))
    }

    // Changes.

    /// Makes a commit. It counts when the server says so: [`Self::accepted`], else [`Self::withdraw`].
    pub fn commit(&mut self, proposals: &Proposals) -> Result<CommitBundle, GroupError> {
        if self.mls.pending_commit().is_some() {
            return Err(GroupError::Busy);
        }
        let epoch = self.epoch();
        let added = proposals.add.iter().map(|one| self.key_package(one)).collect::<Result<Vec<_>, _>>()?;
        let leaf_of = |identity: &Identity| self.seat(identity).map(|seat| seat.leaf);
        let removed: Vec<_> = proposals.remove.iter().filter_map(leaf_of).collect();
        let mut builder = self.mls.commit_builder().force_self_update(true);
        if let Some(state) = &proposals.state {
            builder = builder
                .propose_group_context_extensions(state.to_extensions())
                .map_err(|_| GroupError::Impossible)?;
        }
        if !added.is_empty() {
            let psk = PreSharedKeyProposal::new(psk_id(&self.provider, &self.link)?);
            builder = builder.add_proposal(openmls::prelude::Proposal::PreSharedKey(Box::new(psk)));
        }
        let bundle = builder
            .propose_removals(removed)
            .propose_adds(added)
            .load_psks(self.provider.storage())
            .map_err(|_| GroupError::Impossible)?
            .create_group_info(true)
            .build(self.provider.rand(), self.provider.crypto(), &self.own.keys, |_| true)
            .map_err(|_| GroupError::Impossible)?
            .stage_commit(&self.provider)
            .map_err(|_| GroupError::Impossible)?;
        to_bundle(epoch, bundle)
    }

    /// The server took one's own commit: its epoch begins.
    pub fn accepted(&mut self) -> Result<Change, GroupError> {
        let before = self.roster();
        self.mls.merge_pending_commit(&self.provider).map_err(|_| GroupError::Impossible)?;
        self.refresh().map_err(|_| GroupError::NotVouched)?;
        let after = self.roster();
        let missing = |from: &[RosterEntry], list: &[RosterEntry]| {
            let is_missing = |one: &&RosterEntry| !list.iter().any(|other| other.identity == one.identity);
            from.iter().filter(is_missing).map(|one| one.identity).collect::<Vec<_>>()
        };
        Ok(Change {
            by: Some(self.own.identity()),
            joined: missing(&after, &before),
            left: missing(&before, &after),
            ..Change::default()
        })
    }

    /// The server did not take one's own commit.
    pub fn withdraw(&mut self) {
        // The only error is one of a storage that can fail; this one is memory.
        let _ = self.mls.clear_pending_commit(self.provider.storage());
    }

    /// Follows somebody else's commit, or refuses it and stays where it is. A commit of one's own that was under way
    /// is withdrawn by the other's. `listed` tells who is in the meeting by the server's list.
    pub fn handle(&mut self, commit: &[u8], listed: &dyn Fn(&Identity) -> bool) -> Result<Change, Refusal> {
        let message = body(commit).map_err(|_| Refusal::Unreadable)?;
        let message = match message {
            MlsMessageBodyIn::PublicMessage(message) => openmls::prelude::ProtocolMessage::from(message),
            MlsMessageBodyIn::PrivateMessage(message) => openmls::prelude::ProtocolMessage::from(message),
            _ => return Err(Refusal::Unreadable),
        };
        if message.content_type() != openmls::prelude::ContentType::Commit {
            return Err(Refusal::LooseProposal);
        }
        if message.epoch() != self.mls.epoch() {
            return Err(Refusal::OtherEpoch);
        }
        let message = self.mls.process_message(&self.provider, message).map_err(|_| Refusal::Unreadable)?;
        let sender = message.sender().clone();
        let ProcessedMessageContent::StagedCommitMessage(commit) = message.into_content() else {
            return Err(Refusal::Unreadable);
        };
        let view = View {
            meeting: &self.own.meeting,
            state: &self.state,
            seats: &self.seats,
            psk_id: &self.link.id,
            listed,
        };
        let mut change = view.judge(&sender, &commit)?;
        change.out = commit.self_removed();
        self.mls.merge_staged_commit(&self.provider, *commit).map_err(|_| Refusal::Unreadable)?;
        if !change.out {
            self.refresh()?;
        }
        Ok(change)
    }

    // Messages.

    /// A message to everybody in the group.
    pub fn say(&mut self, content: &[u8]) -> Result<Vec<u8>, GroupError> {
        self.send(&message::to_all(content))
    }

    /// A message that one person alone can read, whoever else gets its bytes.
    pub fn whisper(&mut self, to: &Identity, content: &[u8]) -> Result<Vec<u8>, GroupError> {
        let key = self.seat(to).ok_or(GroupError::Impossible)?.credential.whisper;
        let context = message::whisper_context(&self.own.meeting, self.epoch(), &self.own.identity(), to);
        let plaintext =
            message::to_one(&self.provider, &key, &context, content).map_err(|_| GroupError::Impossible)?;
        self.send(&plaintext)
    }

    fn send(&mut self, plaintext: &[u8]) -> Result<Vec<u8>, GroupError> {
        let message = self
            .mls
            .create_message(&self.provider, &self.own.keys, plaintext)
            .map_err(|_| GroupError::Impossible)?;
        bytes(&message)
    }

    /// Reads a message. One of a former epoch is read for a while, if its sender is still a member.
    pub fn hear(&mut self, message: &[u8]) -> Result<Heard, Refusal> {
        let MlsMessageBodyIn::PrivateMessage(message) = body(message).map_err(|_| Refusal::Unreadable)?
        else {
            return Err(Refusal::Unreadable);
        };
        let message = openmls::prelude::ProtocolMessage::from(message);
        if message.content_type() != openmls::prelude::ContentType::Application {
            return Err(Refusal::LooseProposal);
        }
        let message = self.mls.process_message(&self.provider, message).map_err(|_| Refusal::Unreadable)?;
        let credential =
            BasicCredential::try_from(message.credential().clone()).map_err(|_| Refusal::NotVouched)?;
        let epoch = message.epoch().as_u64();
        let ProcessedMessageContent::ApplicationMessage(plaintext) = message.into_content() else {
            return Err(Refusal::Unreadable);
        };
        let from = LeafCredential::identity_of(&credential).ok_or(Refusal::NotVouched)?;
        let seat = self.seat(&from).ok_or(Refusal::ExternalSender)?;
        let role = rules::role(&self.state, &seat.credential);
        let context = message::whisper_context(&self.own.meeting, epoch, &from, &self.own.identity());
        let (content, whispered) =
            message::read(&self.provider, &self.own.whisper, &context, &plaintext.into_bytes())?;
        Ok(Heard { from, role, epoch, whispered, content })
    }

    fn role_of(&self, identity: &Identity) -> Option<GroupRole> {
        self.seat(identity).map(|seat| rules::role(&self.state, &seat.credential))
    }

    fn seat(&self, identity: &Identity) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.credential.identity == *identity)
    }

    fn key_package(&self, one: &[u8]) -> Result<KeyPackage, GroupError> {
        let MlsMessageBodyIn::KeyPackage(package) = body(one)? else { return Err(GroupError::Unreadable) };
        package.validate(self.provider.crypto(), ProtocolVersion::Mls10).map_err(|_| GroupError::Unreadable)
    }

    fn refresh(&mut self) -> Result<(), Refusal> {
        self.state = GroupState::of(self.mls.extensions(), &self.own.meeting).ok_or(Refusal::BadState)?;
        self.seats = seats(&self.mls, &self.own.meeting, &self.state).map_err(|_| Refusal::NotVouched)?;
        Ok(())
    }
}

impl Knocker {
    /// Makes a key package. `now` is in seconds since the Unix epoch.
    pub fn new(own: OwnLeaf, link: LinkProof, now: u64) -> Result<Self, GroupError> {
        let provider = OpenMlsRustCrypto::default();
        store(&provider, &link)?;
        let lifetime =
            Lifetime::init(now.saturating_sub(LIFETIME_MARGIN), now.saturating_add(LIFETIME_MARGIN));
        let package = KeyPackage::builder()
            .key_package_lifetime(lifetime)
            .leaf_node_capabilities(suite::capabilities())
            .build(suite::CIPHERSUITE, &provider, &own.keys, own.credential_with_key())
            .map_err(|_| GroupError::Impossible)?;
        let key_package = bytes(&MlsMessageOut::from(package.key_package().clone()))?;
        Ok(Self { provider, own, link, key_package })
    }

    /// For whoever adds this person. To be sealed before it leaves.
    pub fn key_package(&self) -> &[u8] {
        &self.key_package
    }

    /// Comes in after having been added (RFC 9420, section 12.4.3.1) by a moderator; the host by anybody.
    pub fn welcome(
        self,
        host: &HostHash,
        welcome: &[u8],
        former: Option<&GroupState>,
    ) -> Result<Group, GroupError> {
        let MlsMessageBodyIn::Welcome(welcome) = body(welcome)? else { return Err(GroupError::Unreadable) };
        let processed = ProcessedWelcome::new_from_welcome(&self.provider, &suite::join_config(), welcome)
            .map_err(|_| GroupError::Unreadable)?;
        let proven =
            |id: &PreSharedKeyId| matches!(id.psk(), Psk::External(psk) if psk.psk_id() == self.link.id);
        if processed.psks().len() != 1 || !processed.psks().iter().all(proven) {
            return Err(GroupError::Unreadable);
        }
        let staged = openmls::group::JoinBuilder::new(&self.provider, processed)
            .skip_lifetime_validation()
            .build()
            .map_err(|_| GroupError::Unreadable)?;
        let adder = staged.welcome_sender().map_err(|_| GroupError::Unreadable)?;
        let adder =
            BasicCredential::try_from(adder.credential().clone()).map_err(|_| GroupError::NotVouched)?;
        let adder = LeafCredential::identity_of(&adder).ok_or(GroupError::NotVouched)?;
        let mls = staged.into_group(&self.provider).map_err(|_| GroupError::Unreadable)?;
        let group = Group::enter(self.provider, self.own, self.link, mls, Some(host), former)?;
        // Whoever has the link, and the server's help, could make a group of their own and let people into that one.
        let let_in = group.role_of(&adder) > Some(GroupRole::Participant);
        let is_host = group.role_of(&group.own.identity()) == Some(GroupRole::Host);
        if !let_in && !is_host {
            return Err(GroupError::NotLetIn);
        }
        Ok(group)
    }
}

/// Checks every leaf: who vouches for it, and that nobody has two.
fn seats(mls: &MlsGroup, meeting: &str, state: &GroupState) -> Result<Vec<Seat>, GroupError> {
    let mut seats: Vec<Seat> = Vec::new();
    for member in mls.members() {
        let credential =
            LeafCredential::check(&member.credential, &member.signature_key, meeting, &state.host_key)
                .map_err(|_| GroupError::NotVouched)?;
        if seats.iter().any(|seat| seat.credential.identity == credential.identity) {
            return Err(GroupError::NotVouched);
        }
        seats.push(Seat { leaf: member.index, credential });
    }
    Ok(seats)
}

fn psk_id(provider: &OpenMlsRustCrypto, link: &LinkProof) -> Result<PreSharedKeyId, GroupError> {
    let psk = Psk::External(ExternalPsk::new(link.id.to_vec()));
    PreSharedKeyId::new(suite::CIPHERSUITE, provider.rand(), psk).map_err(|_| GroupError::Impossible)
}

fn store(provider: &OpenMlsRustCrypto, link: &LinkProof) -> Result<PreSharedKeyId, GroupError> {
    let id = psk_id(provider, link)?;
    id.store(provider, link.psk.as_bytes()).map_err(|_| GroupError::Impossible)?;
    Ok(id)
}

fn to_bundle(epoch: u64, bundle: CommitMessageBundle) -> Result<CommitBundle, GroupError> {
    let (commit, welcome, info) = bundle.into_messages();
    Ok(CommitBundle {
        epoch,
        commit: bytes(&commit)?,
        welcome: welcome.as_ref().map(bytes).transpose()?,
        info: bytes(&info.ok_or(GroupError::Impossible)?)?,
    })
}

fn bytes(message: &MlsMessageOut) -> Result<Vec<u8>, GroupError> {
    message.tls_serialize_detached().map_err(|_| GroupError::Impossible)
}

fn body(message: &[u8]) -> Result<MlsMessageBodyIn, GroupError> {
    let message = MlsMessageIn::tls_deserialize_exact(message).map_err(|_| GroupError::Unreadable)?;
    Ok(message.extract())
}
