//! People with keys, and a meeting that carries commits between them as the server would: in one order for everybody.

use std::collections::BTreeSet;
use std::time::SystemTime;

use ed25519_dalek::{Signer, SigningKey};
use incamera_e2ee::grant::{GrantedRole, grant_text};
use incamera_e2ee::group::{
    Change, CoHosts, CommitBundle, Doors, Group, GroupError, GroupState, Heard, Identity, Knocker, LeafDraft,
    LeafSeed, LinkProof, OwnLeaf, Proposals, Refusal,
};
use incamera_e2ee::link::{HostHash, MeetingSecret};
use incamera_e2ee::meeting::MeetingKeys;

pub(crate) const MEETING: &str = "abcdefghij234567";

/// The library reads the clock when it looks at a key package.
pub(crate) fn now() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_secs()
}

/// Somebody with an identity key. The seed is the person's number: nothing here is random.
#[derive(Clone)]
pub(crate) struct Person {
    number: u8,
    pub(crate) key: SigningKey,
}

impl Person {
    pub(crate) fn new(number: u8) -> Self {
        Self { number, key: SigningKey::from_bytes(&[number; 32]) }
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity(self.key.verifying_key().to_bytes())
    }

    fn draft(&self) -> LeafDraft {
        LeafDraft::new(MEETING, self.identity(), &LeafSeed::from_bytes([self.number ^ 0x55; 32]))
    }

    pub(crate) fn leaf(&self) -> OwnLeaf {
        let draft = self.draft();
        let binding = self.key.sign(&draft.binding_text()).to_bytes();
        draft.bind(binding, None).expect("the identity signed")
    }

    /// With the host key's word for it.
    pub(crate) fn host_leaf(&self, host: &SigningKey) -> OwnLeaf {
        let draft = self.draft();
        let binding = self.key.sign(&draft.binding_text()).to_bytes();
        let grant = host.sign(&grant_text(MEETING, GrantedRole::Host, &self.identity().0)).to_bytes();
        draft.bind(binding, Some(grant)).expect("the identity signed")
    }

    pub(crate) fn knock(&self, link: &LinkProof) -> Knocker {
        Knocker::new(self.leaf(), link.clone(), now()).expect("a key package")
    }
}

pub(crate) fn host_key() -> SigningKey {
    SigningKey::from_bytes(&[200; 32])
}

pub(crate) fn host_hash() -> HostHash {
    HostHash::of(&host_key().verifying_key().to_bytes())
}

pub(crate) fn link(secret: u8) -> LinkProof {
    let keys = MeetingKeys::derive(MEETING, &MeetingSecret::from_bytes([secret; 16]), None);
    LinkProof { id: keys.admission.hash(), psk: keys.psk }
}

pub(crate) fn state(doors: Doors) -> GroupState {
    GroupState {
        host_key: host_key().verifying_key().to_bytes(),
        doors,
        co_hosts: CoHosts::nobody(),
        title: b"Advice".to_vec(),
    }
}

/// The members, and the order of their commits.
pub(crate) struct Meeting {
    pub(crate) link: LinkProof,
    pub(crate) members: Vec<Group>,
    /// Whom the server would list.
    pub(crate) listed: BTreeSet<Identity>,
    info: Vec<u8>,
}

impl Meeting {
    /// A host, person 1, alone in a meeting.
    pub(crate) fn with_host(doors: Doors) -> Self {
        let host = Person::new(1);
        let link = link(1);
        let group =
            Group::found(host.host_leaf(&host_key()), link.clone(), [7; 16], state(doors)).expect("a group");
        Self {
            info: group.info().expect("an info"),
            link,
            listed: [host.identity()].into(),
            members: vec![group],
        }
    }

    /// A host and as many others, persons 2, 3, …
    pub(crate) fn of(people: u8, doors: Doors) -> Self {
        let mut meeting = Self::with_host(Doors::Open);
        for number in 2..=people {
            meeting.join(&Person::new(number)).expect("joins");
        }
        if doors == Doors::Closed {
            let state = GroupState { doors, ..meeting.members[0].state().clone() };
            meeting.change(1, Proposals { state: Some(state), ..Proposals::default() }).expect("closes");
        }
        meeting
    }

    pub(crate) fn member(&mut self, number: u8) -> &mut Group {
        let identity = Person::new(number).identity();
        self.members.iter_mut().find(|group| is(group, &identity)).expect("a member")
    }

    /// What one would be handed to join by the link.
    pub(crate) fn info(&self) -> &[u8] {
        &self.info
    }

    pub(crate) fn external_commit(&self, leaf: OwnLeaf) -> Result<(Group, CommitBundle), GroupError> {
        Group::join(leaf, self.link.clone(), &host_hash(), &self.info, None)
    }

    /// Comes in by the link. Everybody has to follow.
    pub(crate) fn join(&mut self, person: &Person) -> Result<Change, Refusal> {
        self.join_as(person.leaf())
    }

    pub(crate) fn join_as(&mut self, leaf: OwnLeaf) -> Result<Change, Refusal> {
        let identity = leaf.identity();
        let (group, bundle) = self.external_commit(leaf).expect("an external commit");
        // Whom the commit replaces is gone from here.
        self.members.retain(|member| !is(member, &identity));
        let change = self.deliver(&bundle, None)?;
        self.listed.insert(identity);
        self.members.push(group);
        Ok(change)
    }

    /// A member's commit: made, ordered, followed by the others.
    pub(crate) fn change(&mut self, by: u8, proposals: Proposals) -> Result<Change, Refusal> {
        let bundle = self.member(by).commit(&proposals).expect("a commit");
        let change = self.deliver(&bundle, Some(by));
        match change {
            Ok(_) => self.member(by).accepted().map(drop).expect("one's own commit"),
            Err(_) => self.member(by).withdraw(),
        }
        change
    }

    /// Adds those who knock, by a member's commit, and lets them in.
    pub(crate) fn add(
        &mut self,
        by: u8,
        people: &[Person],
        remove: Vec<Identity>,
    ) -> Result<Change, Refusal> {
        let knockers: Vec<_> = people.iter().map(|person| person.knock(&self.link)).collect();
        self.add_knockers(by, knockers, remove)
    }

    pub(crate) fn add_knockers(
        &mut self,
        by: u8,
        knockers: Vec<Knocker>,
        remove: Vec<Identity>,
    ) -> Result<Change, Refusal> {
        let add = knockers.iter().map(|knocker| knocker.key_package().to_vec()).collect();
        let bundle = self
            .member(by)
            .commit(&Proposals { add, remove: remove.clone(), state: None })
            .expect("a commit");
        self.members.retain(|member| !remove.iter().any(|gone| is(member, gone)));
        let change = self.deliver(&bundle, Some(by));
        if change.is_err() {
            self.member(by).withdraw();
            return change;
        }
        self.member(by).accepted().expect("one's own commit");
        for knocker in knockers {
            let welcome = bundle.welcome.as_ref().expect("a welcome");
            let group = knocker.welcome(&host_hash(), welcome, None).expect("is welcome");
            self.listed.extend(group.roster().iter().map(|entry| entry.identity));
            self.members.push(group);
        }
        change
    }

    /// Hands a commit to everybody but its author. All have to come to the same judgement.
    pub(crate) fn deliver(&mut self, bundle: &CommitBundle, by: Option<u8>) -> Result<Change, Refusal> {
        let author = by.map(|number| Person::new(number).identity());
        let listed = self.listed.clone();
        let mut judgements = Vec::new();
        self.members.retain_mut(|member| {
            if author.as_ref().is_some_and(|author| is(member, author)) {
                return true;
            }
            let judgement = member.handle(&bundle.commit, &|identity| listed.contains(identity));
            let out = judgement.as_ref().is_ok_and(|change| change.out);
            judgements.push(judgement.map(|change| Change { out: false, ..change }));
            !out
        });
        let first = judgements.first().cloned().unwrap_or(Ok(Change::default()));
        assert!(judgements.iter().all(|one| *one == first), "members judge differently: {judgements:?}");
        if first.is_ok() {
            self.info.clone_from(&bundle.info);
        }
        first
    }

    /// What one says and what another hears.
    pub(crate) fn tell(&mut self, from: u8, to: u8, text: &str) -> Result<Heard, Refusal> {
        let message = self.member(from).say(text.as_bytes()).expect("a message");
        self.member(to).hear(&message)
    }

    /// Everybody in the group has the same keys, code and roster.
    pub(crate) fn assert_agreement(&mut self) {
        self.assert_members_agree();
        assert_eq!(self.members[0].roster().len(), self.members.len());
    }

    /// The same, where somebody is in the group whose program is not ours.
    pub(crate) fn assert_members_agree(&mut self) {
        let first = &self.members[0];
        let (code, base, roster) = (first.security_code(), first.media_key().base, first.roster());
        for member in &self.members {
            assert_eq!(member.security_code(), code);
            assert_eq!(member.media_key().base, base);
            assert_eq!(member.roster(), roster);
        }
        let leaves: BTreeSet<_> = self.members.iter().map(|member| member.media_key().leaf).collect();
        assert_eq!(leaves.len(), self.members.len(), "two members encrypt under one leaf");
    }
}

pub(crate) fn is(group: &Group, identity: &Identity) -> bool {
    let leaf = group.media_key().leaf;
    group.roster().iter().any(|entry| entry.leaf == leaf && entry.identity == *identity)
}
