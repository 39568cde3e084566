//! The group as the page sees it: the same code, called from TypeScript.
//!
//! Bytes go in and out as `Uint8Array`, identities as base64url text as everywhere in the page. An error is thrown with
//! the name of its variant as its message, in snake case.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use wasm_bindgen::prelude::*;

use crate::group;
use crate::link::HostHash;
use crate::meeting::ExternalPsk;

/// What went wrong, for the page to tell apart.
fn thrown(error: impl std::fmt::Debug) -> JsError {
    let mut name = String::new();
    for letter in format!("{error:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    JsError::new(&name)
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], JsError> {
    bytes.try_into().map_err(|_| JsError::new("length"))
}

fn identity(text: &str) -> Result<group::Identity, JsError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| JsError::new("identity"))?;
    Ok(group::Identity(fixed(&bytes)?))
}

fn text(identity: &group::Identity) -> String {
    URL_SAFE_NO_PAD.encode(identity.0)
}

fn texts(identities: &[group::Identity]) -> Vec<String> {
    identities.iter().map(text).collect()
}

fn role(role: group::GroupRole) -> String {
    match role {
        group::GroupRole::Host => "host",
        group::GroupRole::CoHost => "co_host",
        group::GroupRole::Participant => "participant",
    }
    .to_owned()
}

/// A leaf's keys before the identity has vouched for them.
#[wasm_bindgen]
pub struct LeafDraft(group::LeafDraft);

#[wasm_bindgen]
impl LeafDraft {
    /// `identity` is base64url, `seed` 32 random bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(meeting: &str, identity: &str, seed: &[u8]) -> Result<LeafDraft, JsError> {
        let seed = group::LeafSeed::from_bytes(fixed(seed)?);
        Ok(Self(group::LeafDraft::new(meeting, self::identity(identity)?, &seed)))
    }

    /// What the identity has to sign.
    #[wasm_bindgen(js_name = bindingText)]
    pub fn binding_text(&self) -> Vec<u8> {
        self.0.binding_text()
    }

    /// Completes the leaf; `hostGrant` by those who hold the host key.
    pub fn bind(self, binding: &[u8], host_grant: Option<Vec<u8>>) -> Result<OwnLeaf, JsError> {
        let grant = host_grant.map(|grant| fixed(&grant)).transpose()?;
        Ok(OwnLeaf(self.0.bind(fixed(binding)?, grant).map_err(thrown)?))
    }
}

/// One's own place. Used up by entering a group.
#[wasm_bindgen]
pub struct OwnLeaf(group::OwnLeaf);

/// What the group needs of a link.
#[wasm_bindgen]
#[derive(Clone)]
pub struct LinkProof(group::LinkProof);

#[wasm_bindgen]
impl LinkProof {
    /// The external PSK, and the hash of the admission token.
    #[wasm_bindgen(constructor)]
    pub fn new(psk: &[u8], id: &[u8]) -> Result<LinkProof, JsError> {
        let psk = ExternalPsk::from_bytes(fixed(psk)?);
        Ok(Self(group::LinkProof { psk, id: fixed(id)? }))
    }
}

/// What all members agree on.
#[wasm_bindgen]
#[derive(Clone)]
pub struct GroupState(group::GroupState);

#[wasm_bindgen]
impl GroupState {
    /// Of a fresh group: nobody moderates beside the host.
    #[wasm_bindgen(constructor)]
    pub fn new(host_key: &[u8], closed: bool, title: &str) -> Result<GroupState, JsError> {
        if title.len() > group::LONGEST_TITLE {
            return Err(JsError::new("length"));
        }
        let doors = doors(closed);
        let co_hosts = group::CoHosts::nobody();
        let title = title.as_bytes().to_vec();
        Ok(Self(group::GroupState { host_key: fixed(host_key)?, doors, co_hosts, title }))
    }

    /// Whether the door is closed.
    #[wasm_bindgen(getter)]
    pub fn closed(&self) -> bool {
        self.0.doors == group::Doors::Closed
    }

    /// The title.
    #[wasm_bindgen(getter)]
    pub fn title(&self) -> String {
        String::from_utf8_lossy(&self.0.title).into_owned()
    }

    /// The number of the host's list of co-hosts.
    #[wasm_bindgen(getter)]
    pub fn sequence(&self) -> u32 {
        self.0.co_hosts.sequence()
    }

    /// The host's list.
    #[wasm_bindgen(getter, js_name = coHosts)]
    pub fn co_hosts(&self) -> Vec<String> {
        texts(self.0.co_hosts.identities())
    }

    /// The same with the door open or closed.
    #[wasm_bindgen(js_name = withDoor)]
    pub fn with_door(&self, closed: bool) -> GroupState {
        Self(group::GroupState { doors: doors(closed), ..self.0.clone() })
    }

    /// The same with another list of co-hosts, which the host key signed over [`co_hosts_text`].
    #[wasm_bindgen(js_name = withCoHosts)]
    pub fn with_co_hosts(
        &self,
        sequence: u32,
        identities: Vec<String>,
        signature: &[u8],
    ) -> Result<GroupState, JsError> {
        let co_hosts = group::CoHosts::signed(sequence, list(&identities)?, fixed(signature)?);
        Ok(Self(group::GroupState { co_hosts, ..self.0.clone() }))
    }
}

/// What the host key signs to make a list of co-hosts.
#[wasm_bindgen(js_name = coHostsText)]
pub fn co_hosts_text(meeting: &str, sequence: u32, identities: Vec<String>) -> Result<Vec<u8>, JsError> {
    Ok(group::CoHosts::text(meeting, sequence, &list(&identities)?))
}

fn doors(closed: bool) -> group::Doors {
    if closed { group::Doors::Closed } else { group::Doors::Open }
}

fn list(identities: &[String]) -> Result<Vec<group::Identity>, JsError> {
    if identities.len() > group::MOST_CO_HOSTS {
        return Err(JsError::new("length"));
    }
    identities.iter().map(|one| identity(one)).collect()
}

/// What a member made for the others.
#[wasm_bindgen(getter_with_clone)]
pub struct CommitBundle {
    /// The epoch that it ends.
    pub epoch: f64,
    /// For everybody in the group.
    pub commit: Vec<u8>,
    /// For those who were added.
    pub welcome: Option<Vec<u8>>,
    /// To be sealed before it leaves.
    pub info: Vec<u8>,
}

impl From<group::CommitBundle> for CommitBundle {
    fn from(bundle: group::CommitBundle) -> Self {
        let group::CommitBundle { epoch, commit, welcome, info } = bundle;
        Self { epoch: epoch as f64, commit, welcome, info }
    }
}

/// What a commit changed; identities.
#[wasm_bindgen(getter_with_clone)]
pub struct Change {
    /// Who did it.
    pub by: Option<String>,
    /// Who is new.
    pub joined: Vec<String>,
    /// Who is back again.
    pub returned: Vec<String>,
    /// Who is gone.
    pub left: Vec<String>,
    /// Those of them whom a moderator removed.
    pub removed: Vec<String>,
    /// Whether the state changed.
    pub state: bool,
    /// Whether this member itself was removed.
    pub out: bool,
}

impl From<group::Change> for Change {
    fn from(change: group::Change) -> Self {
        Self {
            by: change.by.as_ref().map(text),
            joined: texts(&change.joined),
            returned: texts(&change.returned),
            left: texts(&change.left),
            removed: texts(&change.removed),
            state: change.state,
            out: change.out,
        }
    }
}

/// A line of the roster.
#[wasm_bindgen(getter_with_clone)]
pub struct RosterEntry {
    /// Who.
    pub identity: String,
    /// Their leaf.
    pub leaf: u32,
    /// `host`, `co_host` or `participant`.
    pub role: String,
}

/// Somebody who asks to be added.
#[wasm_bindgen(getter_with_clone)]
pub struct Applicant {
    /// Who.
    pub identity: String,
    /// As what: `host`, `co_host` or `participant`.
    pub role: String,
}

/// A message that was read.
#[wasm_bindgen(getter_with_clone)]
pub struct Heard {
    /// Who said it.
    pub from: String,
    /// As what.
    pub role: String,
    /// In which epoch.
    pub epoch: f64,
    /// Whether it was for this member alone.
    pub whispered: bool,
    /// What.
    pub content: Vec<u8>,
}

/// What media is encrypted with in an epoch.
#[wasm_bindgen(getter_with_clone)]
pub struct MediaKey {
    /// The epoch.
    pub epoch: f64,
    /// One's own leaf.
    pub leaf: u32,
    /// 16 bytes.
    pub base: Vec<u8>,
}

/// A group that was entered by an external commit, which the server has yet to take.
#[wasm_bindgen]
pub struct Joined {
    group: Option<group::Group>,
    bundle: group::CommitBundle,
}

#[wasm_bindgen]
impl Joined {
    /// For the server.
    pub fn bundle(&self) -> CommitBundle {
        self.bundle.clone().into()
    }

    /// The group; once.
    pub fn group(&mut self) -> Result<Group, JsError> {
        self.group.take().map(Group).ok_or_else(|| JsError::new("used_up"))
    }
}

/// One member's view of the group.
#[wasm_bindgen]
pub struct Group(group::Group);

#[wasm_bindgen]
impl Group {
    /// Makes a group with one member. `id` is 16 random bytes.
    pub fn found(leaf: OwnLeaf, link: &LinkProof, id: &[u8], state: &GroupState) -> Result<Group, JsError> {
        let made = group::Group::found(leaf.0, link.0.clone(), fixed(id)?, state.0.clone());
        Ok(Self(made.map_err(thrown)?))
    }

    /// Comes in by the link. `host` is the host key's hash from the link.
    pub fn join(
        leaf: OwnLeaf,
        link: &LinkProof,
        host: &[u8],
        info: &[u8],
        former: Option<GroupState>,
    ) -> Result<Joined, JsError> {
        let host = HostHash::from_bytes(fixed(host)?);
        let former = former.as_ref().map(|state| &state.0);
        let (group, bundle) =
            group::Group::join(leaf.0, link.0.clone(), &host, info, former).map_err(thrown)?;
        Ok(Joined { group: Some(group), bundle })
    }

    /// The epoch.
    #[wasm_bindgen(getter)]
    pub fn epoch(&self) -> f64 {
        self.0.epoch() as f64
    }

    /// What all members agree on.
    #[wasm_bindgen(getter)]
    pub fn state(&self) -> GroupState {
        GroupState(self.0.state().clone())
    }

    /// Everybody in the group.
    pub fn roster(&self) -> Vec<RosterEntry> {
        let entry = |one: group::RosterEntry| RosterEntry {
            identity: text(&one.identity),
            leaf: one.leaf,
            role: role(one.role),
        };
        self.0.roster().into_iter().map(entry).collect()
    }

    /// Five groups of five digits.
    #[wasm_bindgen(js_name = securityCode)]
    pub fn security_code(&self) -> String {
        self.0.security_code()
    }

    /// The epoch's key for media.
    #[wasm_bindgen(js_name = mediaKey)]
    pub fn media_key(&self) -> MediaKey {
        let key = self.0.media_key();
        MediaKey { epoch: key.epoch as f64, leaf: key.leaf, base: key.base.to_vec() }
    }

    /// The public state, to be sealed before it leaves.
    pub fn info(&self) -> Result<Vec<u8>, JsError> {
        self.0.info().map_err(thrown)
    }

    /// After a new link.
    pub fn relink(&mut self, link: &LinkProof) -> Result<(), JsError> {
        self.0.relink(link.0.clone()).map_err(thrown)
    }

    /// Whose key package this is.
    pub fn applicant(&self, key_package: &[u8]) -> Result<Applicant, JsError> {
        let (who, part) = self.0.applicant(key_package).map_err(thrown)?;
        Ok(Applicant { identity: text(&who), role: role(part) })
    }

    /// Makes a commit: key packages to add, identities to remove, and a new state if it changes.
    pub fn commit(
        &mut self,
        add: Vec<js_sys::Uint8Array>,
        remove: Vec<String>,
        state: Option<GroupState>,
    ) -> Result<CommitBundle, JsError> {
        let proposals = group::Proposals {
            add: add.iter().map(js_sys::Uint8Array::to_vec).collect(),
            remove: remove.iter().map(|one| identity(one)).collect::<Result<_, _>>()?,
            state: state.map(|state| state.0),
        };
        Ok(self.0.commit(&proposals).map_err(thrown)?.into())
    }

    /// The server took one's own commit.
    pub fn accepted(&mut self) -> Result<Change, JsError> {
        Ok(self.0.accepted().map_err(thrown)?.into())
    }

    /// The server did not.
    pub fn withdraw(&mut self) {
        self.0.withdraw();
    }

    /// Follows somebody else's commit, or refuses it. `listed` are the identities on the server's list.
    pub fn handle(&mut self, commit: &[u8], listed: Vec<String>) -> Result<Change, JsError> {
        let listed = listed.iter().map(|one| identity(one)).collect::<Result<Vec<_>, _>>()?;
        Ok(self.0.handle(commit, &|one| listed.contains(one)).map_err(thrown)?.into())
    }

    /// A message to everybody.
    pub fn say(&mut self, content: &[u8]) -> Result<Vec<u8>, JsError> {
        self.0.say(content).map_err(thrown)
    }

    /// A message that one person alone can read.
    pub fn whisper(&mut self, to: &str, content: &[u8]) -> Result<Vec<u8>, JsError> {
        self.0.whisper(&identity(to)?, content).map_err(thrown)
    }

    /// Reads a message.
    pub fn hear(&mut self, message: &[u8]) -> Result<Heard, JsError> {
        let heard = self.0.hear(message).map_err(thrown)?;
        Ok(Heard {
            from: text(&heard.from),
            role: role(heard.role),
            epoch: heard.epoch as f64,
            whispered: heard.whispered,
            content: heard.content,
        })
    }
}

/// A person who waits to be added.
#[wasm_bindgen]
pub struct Knocker(group::Knocker);

#[wasm_bindgen]
impl Knocker {
    /// `now` is in seconds since the Unix epoch.
    #[wasm_bindgen(constructor)]
    pub fn new(leaf: OwnLeaf, link: &LinkProof, now: f64) -> Result<Knocker, JsError> {
        Ok(Self(group::Knocker::new(leaf.0, link.0.clone(), now as u64).map_err(thrown)?))
    }

    /// To be sealed before it leaves.
    #[wasm_bindgen(js_name = keyPackage)]
    pub fn key_package(&self) -> Vec<u8> {
        self.0.key_package().to_vec()
    }

    /// Comes in after having been added.
    pub fn welcome(self, host: &[u8], welcome: &[u8], former: Option<GroupState>) -> Result<Group, JsError> {
        let host = HostHash::from_bytes(fixed(host)?);
        let former = former.as_ref().map(|state| &state.0);
        Ok(Group(self.0.welcome(&host, welcome, former).map_err(thrown)?))
    }
}
