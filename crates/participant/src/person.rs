//! One person's signalling.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use ed25519_dalek::{Signer, SigningKey};
use incamera_conference::ids::{AdmissionToken, IdentityKey, KnockId, ParticipantId, RequestId, Signature};
use incamera_conference::sealed::{SealedBody, SealedName};
use incamera_conference::wire::{
    Act, ClientMessage, Hello, ServerMessage, SourceSection, VERSION, proof_text,
};
use incamera_e2ee::envelope::Label;

use crate::connector::Channel;
use crate::member::Member;
use crate::{MediaKey, Meeting, random};

/// As pages do.
const PING: Duration = Duration::from_secs(15);

/// How long to wait before looking at a connection again.
const PAUSE: Duration = Duration::from_micros(100);
/// Of what others said and nobody has looked at, the newest.
const HEARD: usize = 64;

/// As whom somebody comes.
pub struct Guise {
    /// By which the meeting knows them.
    pub identity: SigningKey,
    /// As people in the lobby are called.
    pub name: SealedName,
    /// The host's key, for the host.
    pub host: Option<SigningKey>,
    /// Whether they come into the encrypted group.
    pub in_group: bool,
}

impl Guise {
    /// A person of this name with a new identity, who comes into the group.
    ///
    /// # Errors
    /// A name that is too long.
    pub fn new(meeting: &Meeting, name: &str, host: Option<SigningKey>) -> anyhow::Result<Self> {
        let identity = SigningKey::from_bytes(&random()?);
        let label = Label::Name { identity: identity.verifying_key().to_bytes() };
        let sealed = meeting.keys.envelope.seal(label, meeting.id.as_str(), name.as_bytes(), random()?);
        let name = SealedName::new(sealed).context("a name that is too long")?;
        Ok(Self { identity, name, host, in_group: true })
    }
}

/// A page without a view.
pub struct Person {
    channel: Channel,
    meeting: Meeting,
    guise: Guise,
    requests: u32,
    pinged: Instant,
    member: Member,
    /// The number that the server gave, when it let them in.
    pub me: Option<ParticipantId>,
    /// Who waits in the lobby, for somebody who may let them in.
    pub knocks: Vec<KnockId>,
    /// To the last offer.
    answer: Option<String>,
    /// What others said in the group, opened.
    pub heard: Vec<Vec<u8>>,
}

impl Person {
    /// Somebody whose connection was just opened.
    pub fn new(channel: Channel, meeting: Meeting, guise: Guise) -> Self {
        let member = Member::new(meeting.clone(), &guise);
        Self {
            channel,
            meeting,
            guise,
            requests: 0,
            pinged: Instant::now(),
            member,
            me: None,
            knocks: Vec::new(),
            answer: None,
            heard: Vec::new(),
        }
    }

    /// Whether this person comes into the encrypted group.
    pub fn in_group(&self) -> bool {
        self.guise.in_group
    }

    /// How many are in the encrypted group, as far as this person knows.
    pub fn people(&self) -> usize {
        self.member.people()
    }

    /// Says something to all in the group, and gives what the server was handed of it.
    ///
    /// # Errors
    /// Not in the group, or the connection was lost.
    pub fn tell(&mut self, content: &[u8]) -> anyhow::Result<SealedBody> {
        let body = self.member.say(content)?;
        self.act(Act::Say { to: None, body: body.clone() })?;
        Ok(body)
    }

    /// The media key of the group as this person follows it.
    pub fn key(&self) -> Option<MediaKey> {
        self.member.key()
    }

    /// A number for the next request.
    fn request(&mut self) -> RequestId {
        self.requests += 1;
        RequestId(self.requests)
    }

    /// Sends a message.
    ///
    /// # Errors
    /// The connection was lost.
    pub fn say(&mut self, message: &ClientMessage) -> anyhow::Result<()> {
        self.channel.say(serde_json::to_string(message)?)
    }

    /// Asks for something.
    ///
    /// # Errors
    /// The connection was lost.
    pub fn act(&mut self, act: Act) -> anyhow::Result<()> {
        let request = self.request();
        self.say(&ClientMessage::Act { request, act })
    }

    /// Hands in an offer, and waits for its answer.
    ///
    /// # Errors
    /// There is none in time; the connection was lost; the server refused.
    pub fn offer(
        &mut self,
        sdp: &str,
        sources: Vec<SourceSection>,
        patience: Duration,
    ) -> anyhow::Result<String> {
        let request = self.request();
        self.say(&ClientMessage::Offer { request, sdp: sdp.into(), sources })?;
        self.wait(patience, |person| person.answer.is_some()).context("no answer to the offer")?;
        self.answer.take().context("no answer")
    }

    /// Reads what has come until something is the case.
    ///
    /// # Errors
    /// It is not in time; the connection was lost; the server refused something.
    pub fn wait(&mut self, patience: Duration, is: impl Fn(&Self) -> bool) -> anyhow::Result<()> {
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
    ///
    /// # Errors
    /// The connection was lost; the server refused something.
    pub fn poll(&mut self) -> anyhow::Result<()> {
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
                    identity: IdentityKey(self.guise.identity.verifying_key().to_bytes()),
                    proof: Signature(
                        self.guise.identity.sign(&proof_text(&self.meeting.id, &nonce)).to_bytes(),
                    ),
                    name: self.guise.name.clone(),
                    held: None,
                    group: None,
                };
                self.say(&ClientMessage::Hello(Box::new(hello)))?;
            }
            ServerMessage::Refused { reason } => bail!("refused: {reason:?}"),
            ServerMessage::Welcome(welcome) => self.me = Some(welcome.me),
            ServerMessage::Lobby { knocks } => {
                self.knocks = knocks.into_iter().map(|knock| knock.id).collect();
            }
            ServerMessage::Answer { sdp, .. } => self.answer = Some((*sdp).to_string()),
            ServerMessage::Denied { reason, .. } => bail!("denied: {reason:?}"),
            ServerMessage::Said { body, .. } => {
                if let Some(content) = self.member.hear(&body) {
                    self.heard.truncate(HEARD - 1);
                    self.heard.insert(0, content);
                }
            }
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
