//! One person's signalling.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use ed25519_dalek::{Signer, SigningKey};
use incamera_conference::ids::{AdmissionToken, IdentityKey, ParticipantId, RequestId, Signature};
use incamera_conference::sealed::SealedName;
use incamera_conference::wire::{Act, ClientMessage, Hello, ServerMessage, VERSION, proof_text};

use super::member::Member;
use super::{Meeting, PAUSE};
use crate::load::system::MediaKey;
use crate::load::tls::Channel;

/// As pages do.
const PING: Duration = Duration::from_secs(15);

/// A page without a view.
pub(super) struct Person {
    channel: Channel,
    meeting: Meeting,
    identity: SigningKey,
    requests: u32,
    pinged: Instant,
    /// Whether this person comes into the encrypted group.
    pub(super) in_group: bool,
    member: Member,
    /// The number that the server gave, when it let them in.
    pub(super) me: Option<ParticipantId>,
    /// To the last offer.
    pub(super) answer: Option<String>,
}

impl Person {
    /// Somebody whose connection was just opened.
    pub(super) fn new(channel: Channel, meeting: Meeting, identity: SigningKey, in_group: bool) -> Self {
        let member = Member::new(meeting.clone(), &identity, in_group);
        Self {
            channel,
            meeting,
            identity,
            requests: 0,
            pinged: Instant::now(),
            in_group,
            member,
            me: None,
            answer: None,
        }
    }

    /// The media key of the group as this person follows it.
    pub(super) fn key(&self) -> Option<MediaKey> {
        self.member.key()
    }

    pub(super) fn request(&mut self) -> RequestId {
        self.requests += 1;
        RequestId(self.requests)
    }

    pub(super) fn say(&mut self, message: &ClientMessage) -> anyhow::Result<()> {
        self.channel.say(serde_json::to_string(message)?)
    }

    pub(super) fn act(&mut self, act: Act) -> anyhow::Result<()> {
        let request = self.request();
        self.say(&ClientMessage::Act { request, act })
    }

    /// Reads what has come until something is the case.
    pub(super) fn wait(&mut self, patience: Duration, is: impl Fn(&Self) -> bool) -> anyhow::Result<()> {
        let deadline = Instant::now() + patience;
        loop {
            self.poll()?;
            if is(self) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("the server did not answer in time");
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Reads all that has come.
    pub(super) fn poll(&mut self) -> anyhow::Result<()> {
        while let Some(text) = self.channel.poll()? {
            let message = serde_json::from_str(&text).context("a message that cannot be read")?;
            self.handle(message)?;
        }
        if self.pinged.elapsed() > PING {
            self.pinged = Instant::now();
            self.say(&ClientMessage::Ping)?;
        }
        Ok(())
    }

    fn handle(&mut self, message: ServerMessage) -> anyhow::Result<()> {
        match message {
            ServerMessage::Challenge { nonce, .. } => {
                let hello = Hello {
                    version: VERSION,
                    meeting: self.meeting.id.clone(),
                    token: Some(AdmissionToken(*self.meeting.keys.admission.as_bytes())),
                    identity: IdentityKey(self.identity.verifying_key().to_bytes()),
                    proof: Signature(self.identity.sign(&proof_text(&self.meeting.id, &nonce)).to_bytes()),
                    name: SealedName::new(vec![7; 92]).context("a short name")?,
                    held: None,
                    group: None,
                };
                self.say(&ClientMessage::Hello(Box::new(hello)))?;
            }
            ServerMessage::Refused { reason } => bail!("refused: {reason:?}"),
            ServerMessage::Welcome(welcome) => self.me = Some(welcome.me),
            ServerMessage::Answer { sdp, .. } => self.answer = Some((*sdp).to_string()),
            ServerMessage::Denied { reason, .. } => bail!("denied: {reason:?}"),
            ServerMessage::Group { event } => {
                if let Some(message) = self.member.handle(event)? {
                    let request = self.request();
                    self.say(&ClientMessage::Group { request, message })?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}
