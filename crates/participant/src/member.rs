//! One person's part in the encrypted group.

use anyhow::{Context, bail};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ed25519_dalek::{Signer, SigningKey};
use incamera_conference::sealed::{GroupBytes, SealedBody, SealedInfo, SealedPackage};
use incamera_conference::wire::{GroupEvent, GroupMessage};
use incamera_e2ee::grant::{self, GrantedRole};
use incamera_e2ee::group::{CoHosts, Doors, Group, GroupState, Identity, LeafDraft, LeafSeed, OwnLeaf};

use crate::person::Guise;
use crate::{MediaKey, Meeting, random};

const NONCE: usize = 12;

/// A member, or somebody who comes to be one, or nobody.
pub(crate) struct Member {
    meeting: Meeting,
    identity: SigningKey,
    host: Option<SigningKey>,
    wanted: bool,
    /// Whether it asked to be added.
    asked: bool,
    group: Option<Group>,
    /// The group, or the commit by which this person came in, counts.
    taken: bool,
    /// What media is sealed with, once it counts.
    key: Option<MediaKey>,
}

impl Member {
    pub(crate) fn new(meeting: Meeting, guise: &Guise) -> Self {
        Self {
            meeting,
            identity: guise.identity.clone(),
            host: guise.host.clone(),
            wanted: guise.in_group,
            asked: false,
            group: None,
            taken: false,
            key: None,
        }
    }

    pub(crate) fn key(&self) -> Option<MediaKey> {
        self.key.clone()
    }

    /// How many are in the group.
    pub(crate) fn people(&self) -> usize {
        self.group.as_ref().filter(|_| self.taken).map_or(0, |group| group.roster().len())
    }

    /// Seals what is said to all.
    pub(crate) fn say(&mut self, content: &[u8]) -> anyhow::Result<SealedBody> {
        let group = self.group.as_mut().filter(|_| self.taken).context("not in the group")?;
        SealedBody::new(group.say(content)?).context("too long to be said")
    }

    /// What somebody said, if this person can read it.
    pub(crate) fn hear(&mut self, body: &SealedBody) -> Option<Vec<u8>> {
        let group = self.group.as_mut().filter(|_| self.taken)?;
        group.hear(body.as_bytes()).ok().map(|heard| heard.content)
    }

    /// Takes an event; returns what is to be sent.
    pub(crate) fn handle(&mut self, event: GroupEvent) -> anyhow::Result<Option<GroupMessage>> {
        match event {
            GroupEvent::Found if self.wanted => self.found().map(Some),
            GroupEvent::Turn { info, .. } if self.wanted && self.group.is_none() => {
                self.join(&info).map(Some)
            }
            // Who looks at nothing that comes does not need the keys. To ask to be added, and not to be, keeps out of
            // the way of those who come by the link one after another.
            GroupEvent::Turn { .. } if !self.wanted && !self.asked => {
                self.asked = true;
                Ok(Some(GroupMessage::AskAdd {
                    key_package: SealedPackage::new(vec![0; 16]).context("short")?,
                }))
            }
            GroupEvent::Taken { .. } => {
                self.taken = true;
                self.renew();
                Ok(None)
            }
            GroupEvent::Commit { commit, .. } => {
                if let Some(group) = self.group.as_mut().filter(|_| self.taken) {
                    group.handle(commit.as_bytes(), &|_| true).context("a commit that cannot be followed")?;
                    self.renew();
                }
                Ok(None)
            }
            GroupEvent::Withdrawn { .. } => bail!("a commit was withdrawn"),
            _ => Ok(None),
        }
    }

    fn renew(&mut self) {
        self.key = self.group.as_ref().map(|group| {
            let key = group.media_key();
            MediaKey { epoch: key.epoch, leaf: key.leaf, base: key.base }
        });
    }

    fn leaf(&self) -> anyhow::Result<OwnLeaf> {
        let public = self.identity.verifying_key().to_bytes();
        let meeting = self.meeting.id.as_str();
        let draft = LeafDraft::new(meeting, Identity(public), &LeafSeed::from_bytes(random()?));
        let binding = self.identity.sign(&draft.binding_text()).to_bytes();
        let text = grant::grant_text(meeting, GrantedRole::Host, &public);
        let host_grant = self.host.as_ref().map(|host| grant::sign(host, &text));
        Ok(draft.bind(binding, host_grant)?)
    }

    fn found(&mut self) -> anyhow::Result<GroupMessage> {
        let state = GroupState {
            host_key: self.meeting.host_key,
            doors: Doors::Open,
            co_hosts: CoHosts::nobody(),
            title: self.meeting.title.as_bytes().to_vec(),
        };
        let group = Group::found(self.leaf()?, self.meeting.link.clone(), random()?, state)?;
        let info = self.seal(&group.info()?)?;
        self.group = Some(group);
        Ok(GroupMessage::Found { info })
    }

    fn join(&mut self, info: &SealedInfo) -> anyhow::Result<GroupMessage> {
        let info = self.open(info)?;
        let link = self.meeting.link.clone();
        let (group, made) = Group::join(self.leaf()?, link, &self.meeting.host, &info, None)?;
        let info = self.seal(&made.info)?;
        self.group = Some(group);
        Ok(GroupMessage::Commit {
            epoch: made.epoch.try_into()?,
            commit: GroupBytes::new(made.commit).context("a commit that is too long")?,
            info,
            welcome: None,
        })
    }

    fn envelope(&self) -> anyhow::Result<(LessSafeKey, Vec<u8>)> {
        let key = UnboundKey::new(&AES_256_GCM, self.meeting.keys.envelope.as_bytes())?;
        Ok((LessSafeKey::new(key), [b"group\0", self.meeting.id.as_str().as_bytes()].concat()))
    }

    fn seal(&self, info: &[u8]) -> anyhow::Result<SealedInfo> {
        let (key, bound_to) = self.envelope()?;
        let nonce: [u8; NONCE] = random()?;
        let mut sealed = info.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound_to), &mut sealed)?;
        SealedInfo::new([&nonce[..], &sealed].concat()).context("a state that is too long")
    }

    fn open(&self, sealed: &SealedInfo) -> anyhow::Result<Vec<u8>> {
        let (key, bound_to) = self.envelope()?;
        let (nonce, sealed) = sealed.as_bytes().split_first_chunk::<NONCE>().context("no nonce")?;
        let mut info = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = key.open_in_place(nonce, Aad::from(bound_to), &mut info)?.len();
        info.truncate(length);
        Ok(info)
    }
}
