//! The signalling vocabulary: every message between a page and the server, as JSON text frames on one WebSocket.
//! `docs/protocol.md` tells the story that they make together.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{
    AdmissionHash, AdmissionToken, HostKey, IdentityKey, KnockId, MeetingId, Nonce, ParticipantId, RequestId,
    Signature,
};
use crate::private::Private;
use crate::sealed::{SealedBody, SealedLink, SealedName, SealedTitle};
use crate::settings::{MeetingSettings, Role};

mod group;
mod reasons;

pub use group::{GroupEvent, GroupMessage, GroupWelcome, PersonToAdd};
pub use reasons::{Denial, Departure, Refusal, WaitingFor};

/// The number of this vocabulary. A page of another number is told to reload.
pub const VERSION: u32 = 1;

/// From a page.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum ClientMessage {
    /// The first message of every connection; none other is read before it was accepted.
    Hello(Box<Hello>),
    /// An action, decided by the policy; the answer is [`ServerMessage::Done`] or [`ServerMessage::Denied`].
    Act {
        /// Repeated in the answer.
        request: RequestId,
        /// What is asked for.
        act: Act,
    },
    /// Something about the encrypted group; the answer is [`ServerMessage::Done`] or [`ServerMessage::Denied`].
    Group {
        /// Repeated in the answer.
        request: RequestId,
        /// What.
        message: GroupMessage,
    },
    /// A WebRTC offer (RFC 9429): the page alone makes offers. The answer is [`ServerMessage::Answer`], or
    /// [`ServerMessage::Denied`] when it cannot be used.
    Offer {
        /// Repeated in the answer.
        request: RequestId,
        /// The session description, without candidates.
        #[cfg_attr(feature = "typescript", ts(type = "string"))]
        sdp: Private,
        /// What is sent on which media section. A section that is not named here is a receive slot.
        sources: Vec<SourceSection>,
    },
    /// The videos that the page's layout shows, the most important first. Replaces the former list.
    Watch {
        /// At most [`crate::limits::VIDEO_SLOTS`].
        videos: Vec<Watch>,
    },
    /// Keeps the connection; sent every 15 s. The answer is [`ServerMessage::Pong`].
    Ping,
}

/// Who a connection is and what lets it in.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hello {
    /// [`VERSION`].
    pub version: u32,
    /// From the link's path.
    pub meeting: MeetingId,
    /// Derived from the link's fragment and the password. The owner, proven by the sign-in cookie, needs none.
    pub token: Option<AdmissionToken>,
    /// This page's key for this meeting.
    pub identity: IdentityKey,
    /// By `identity`, over [`proof_text`].
    pub proof: Signature,
    /// What moderators are shown in the lobby; it is forgotten when this person need not wait there, or not any
    /// longer (P1).
    pub name: SealedName,
    /// After a server restart: the latest state that this page was given to hold.
    pub held: Option<HeldState>,
    /// After a lost connection: the last number of the encrypted group's sequence that this page has followed. A page
    /// that is not in the group has none.
    #[serde(default)]
    pub group: Option<u32>,
}

/// The bytes that [`Hello::proof`] signs: a label, the meeting, and the server's fresh [`Nonce`].
pub fn proof_text(meeting: &MeetingId, nonce: &Nonce) -> Vec<u8> {
    let mut text = b"incamera/1 hello\0".to_vec();
    text.extend_from_slice(meeting.as_str().as_bytes());
    text.push(0);
    text.extend_from_slice(&nonce.0);
    text
}

/// A source of media: at most one of each kind per participant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The voice.
    Microphone,
    /// The camera's picture.
    Camera,
    /// The picture of a shared screen, window or tab.
    Screen,
    /// The sound that comes with it.
    ScreenAudio,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Microphone, Self::Camera, Self::Screen, Self::ScreenAudio];

    /// Whether it is a picture.
    pub fn is_video(self) -> bool {
        matches!(self, Self::Camera | Self::Screen)
    }
}

/// Which media section of an offer carries which source.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceSection {
    /// The section's `a=mid` (RFC 9143), at most 16 characters.
    pub mid: String,
    /// What is sent there.
    pub source: Source,
}

/// One video that a page wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Watch {
    /// Whose.
    pub participant: ParticipantId,
    /// [`Source::Camera`] or [`Source::Screen`].
    pub source: Source,
    /// The best layer that the tile can make use of.
    pub size: TileSize,
}

/// How large a video is shown, hence the simulcast layer that is worth sending.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TileSize {
    /// Up to 180 lines.
    Small,
    /// Up to 360 lines.
    Medium,
    /// More.
    Large,
}

/// What can be asked for. [`crate`]'s policy decides each by role and settings.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "act", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Act {
    /// Switches one's own source on or off. Switching the screen switches its sound with it, on only for those who
    /// may unmute, and as long as fewer than [`crate::limits::AUDIO_SLOTS`] sounds are on. The screen's sound alone is
    /// switched on only while the screen is shared.
    Switch {
        /// Which.
        source: Source,
        /// Whether its packets may pass.
        on: bool,
    },
    /// Tells the others how good one's own connection is.
    Quality {
        /// Measured by the page.
        quality: Quality,
    },
    /// Tells everybody, or one person, something: a name, a raised hand, a line of the chat. The server cannot tell
    /// one from another.
    Say {
        /// One participant, or everybody else.
        to: Option<ParticipantId>,
        /// For the server: bytes.
        body: SealedBody,
    },
    /// Leaves for good, without the grace of a lost connection; the connection is closed. Who waits in the lobby may
    /// send this too, and nothing else.
    Leave,

    /// Closes the gates of a person's microphone and of their screen's sound, at once.
    Mute {
        /// Whose.
        participant: ParticipantId,
    },
    /// Does so with everybody but moderators.
    MuteAll,
    /// Asks a person to switch the microphone on; never switches it on. Lets them once, where the setting would not.
    AskToUnmute {
        /// Whom.
        participant: ParticipantId,
    },
    /// Closes a person's camera gate.
    StopVideo {
        /// Whose.
        participant: ParticipantId,
    },
    /// Closes a person's screen gates.
    StopScreen {
        /// Whose.
        participant: ParticipantId,
    },
    /// Removes a person for good. The link is worth nothing from then on, until an [`Act::Rotate`] brings a new one.
    /// Done when that is on the disk.
    Remove {
        /// Whom.
        participant: ParticipantId,
        /// Of a token that nobody has.
        admission: AdmissionHash,
    },
    /// Puts a new link in force. Done when it is on the disk.
    Rotate {
        /// The new link.
        rotation: Rotation,
    },
    /// Lets a waiting person in.
    Admit {
        /// Whom.
        knock: KnockId,
    },
    /// Lets everybody in who waits, as long as there are seats.
    AdmitAll,
    /// Turns a waiting person away.
    Deny {
        /// Whom.
        knock: KnockId,
    },
    /// Puts a person into the lobby, also where the settings have none: without media, without a role, until a
    /// moderator admits them again.
    SendToLobby {
        /// Whom.
        participant: ParticipantId,
    },
    /// Gives a person the floor, or takes it back: then all that they send ends at once. Makes them a co-host, or no
    /// longer: only the host may.
    SetRole {
        /// Whom.
        participant: ParticipantId,
        /// Any but [`Role::Host`].
        role: Role,
    },
    /// Replaces the settings; locking and the lobby are among them, and the early start, which is the host's alone to
    /// change. They apply to what is asked for from then on: an open gate stays open, who waits goes on waiting.
    ChangeSettings {
        /// The new ones.
        settings: MeetingSettings,
    },
    /// Gives the members a state to hold that survives the server (B6). Only the host's page makes one.
    Hold {
        /// Signed by the host key.
        held: HeldState,
    },
    /// Ends the meeting for everybody. There is no answer but [`Refusal::Ended`].
    EndForAll,
}

/// A new link, made by a moderator's page.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rotation {
    /// Of the new token.
    pub admission: AdmissionHash,
    /// The new secret, as a message of the encrypted group.
    pub link: SealedLink,
    /// The title under the new envelope key.
    pub title: SealedTitle,
}

/// What must survive a server restart, signed by the host's page and held by every member.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeldState {
    /// A [`HeldContent`] as JSON text, kept as the text that was signed; at most [`crate::limits::HELD_TEXT`] bytes.
    pub text: String,
    /// By the host key, over `incamera/1 held`, a zero byte, and `text`.
    pub signature: Signature,
}

/// What a [`HeldState`] says.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeldContent {
    /// Whose state it is.
    pub meeting: MeetingId,
    /// Grows with each; of two, the greater is the newer.
    pub sequence: u32,
    /// Seconds since the Unix epoch.
    pub issued: u32,
    /// As they were.
    pub settings: MeetingSettings,
    /// Everybody who was in the meeting, with their role.
    pub people: Vec<HeldPerson>,
}

// Who met whom is in both of them (I3): they do not print.
impl fmt::Debug for HeldState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeldState({} bytes)", self.text.len())
    }
}

impl fmt::Debug for HeldContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeldContent(of {} people)", self.people.len())
    }
}

/// One line of [`HeldContent::people`].
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeldPerson {
    /// Who.
    pub identity: IdentityKey,
    /// As what.
    pub role: Role,
}

/// How good a person's connection is, as their own page measured it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Not measured yet.
    #[default]
    Unknown,
    /// As it should be.
    Good,
    /// Noticeable loss or delay.
    Fair,
    /// Hard to follow.
    Poor,
}

/// From the server.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum ServerMessage {
    /// The first message of every connection: what [`Hello::proof`] signs.
    Challenge {
        /// [`VERSION`].
        version: u32,
        /// Fresh.
        nonce: Nonce,
        /// Drawn once at the server's start. A page that comes back and finds another one knows that the server
        /// has no media state of it, and makes a new peer connection.
        instance: Nonce,
    },
    /// The connection is not let in, or no longer; it is closed after this.
    Refused {
        /// Why.
        reason: Refusal,
    },
    /// Not in yet. The page stays connected; a [`ServerMessage::Welcome`] or [`ServerMessage::Refused`] follows.
    Waiting {
        /// For what.
        until: WaitingFor,
    },
    /// In. Everything there is to know, afresh after every connection.
    Welcome(Box<Welcome>),
    /// A person came, or changed.
    Participant {
        /// The whole record; replaces the former.
        participant: Participant,
    },
    /// A person is gone.
    Left {
        /// Who.
        participant: ParticipantId,
        /// How.
        how: Departure,
    },
    /// New settings.
    Settings {
        /// All of them.
        settings: MeetingSettings,
    },
    /// Who waits. Sent to moderators only; a page whose person is no longer one forgets it.
    Lobby {
        /// All of them, in the order of their coming.
        knocks: Vec<Knock>,
    },
    /// Somebody said something.
    Said {
        /// Who, as the server says; the encrypted group proves it.
        from: ParticipantId,
        /// Whether it was addressed to this page's person alone.
        privately: bool,
        /// For the server: bytes.
        body: SealedBody,
    },
    /// The link changed. Only this puts a [`Rotation`] in force, for the page that asked for it too: of two that are
    /// asked for at the same time the first serves both. Where somebody was removed meanwhile, it is in force no
    /// more.
    Rotated {
        /// In the sequence of the encrypted group.
        number: u32,
        /// Its secret, as a message of the group.
        link: SealedLink,
        /// The title, under the new envelope key.
        title: SealedTitle,
    },
    /// Something about the encrypted group.
    Group {
        /// What.
        event: GroupEvent,
    },
    /// A state to hold.
    Held {
        /// Replaces the former.
        held: HeldState,
    },
    /// An [`Act`] or a [`GroupMessage`] was done.
    Done {
        /// Of the message.
        request: RequestId,
    },
    /// An [`Act`], a [`GroupMessage`] or a [`ClientMessage::Offer`] was not done.
    Denied {
        /// Of the message.
        request: RequestId,
        /// Why.
        reason: Denial,
    },
    /// To a [`ClientMessage::Offer`].
    Answer {
        /// Of the offer.
        request: RequestId,
        /// The session description.
        #[cfg_attr(feature = "typescript", ts(type = "string"))]
        sdp: Private,
    },
    /// What each receive slot of this page carries. Slots that are not named are idle.
    Slots {
        /// All of them.
        slots: Vec<Slot>,
    },
    /// How to have media relayed over TLS, for a network that lets no UDP through (B3): by TURN (RFC 8656), at the same
    /// host and port as the page. Sent before each [`ServerMessage::Welcome`], and renewed every hour. Good for two.
    Relay {
        /// Random.
        #[cfg_attr(feature = "typescript", ts(type = "string"))]
        user: Private,
        /// What goes with it.
        #[cfg_attr(feature = "typescript", ts(type = "string"))]
        password: Private,
    },
    /// The server closes, or has closed, by its opening hours. A meeting that goes on is not cut. Sent to those who are in,
    /// a quarter of an hour before.
    Closing {
        /// When no new meeting can begin any more: seconds since the Unix epoch.
        at: u32,
        /// When they can again, as far as is known: likewise.
        opens: Option<u32>,
    },
    /// To [`ClientMessage::Ping`].
    Pong,
    /// A message could not be read. The connection goes on; after several it is closed.
    Unreadable {
        /// What was wrong, in a few words for a developer's console.
        #[cfg_attr(feature = "typescript", ts(type = "string"))]
        detail: Private,
    },
}

/// All that a page needs to take part.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Welcome {
    /// Oneself.
    pub me: ParticipantId,
    /// Everybody, oneself included.
    pub participants: Vec<Participant>,
    /// The current ones.
    pub settings: MeetingSettings,
    /// The meeting's title.
    pub title: SealedTitle,
    /// Whether the token that this page showed is that of the link in force now. It is not after a removal, until a
    /// new link is stored; nor while one is being stored, where this page knows the one before, or showed none. A
    /// [`ServerMessage::Rotated`] that follows brings the link in force.
    pub linked: bool,
    /// The state to hold, where the host gave one.
    pub held: Option<HeldState>,
    /// The owner's public key; the page compares its hash with the link's.
    pub host_key: HostKey,
    /// Who waits, for moderators.
    pub knocks: Vec<Knock>,
    /// Where this page goes on in the encrypted group as it was: the newest number of the sequence; what came after
    /// [`Hello::group`] follows. `None`: it forgets its group and comes in anew.
    pub group: Option<u32>,
}

/// A person in the meeting, as all others see them.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// Their number.
    pub id: ParticipantId,
    /// Their key.
    pub identity: IdentityKey,
    /// Their part, as the server sees it; the encrypted group proves that of moderators.
    pub role: Role,
    /// The sources whose gate is open.
    pub live: Vec<Source>,
    /// Their own measure of their connection.
    pub quality: Quality,
    /// `false` while a lost connection is waited for.
    pub connected: bool,
}

/// A person in the lobby.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Knock {
    /// Their number.
    pub id: KnockId,
    /// Their key.
    pub identity: IdentityKey,
    /// Their name. `None` for a person who was put into the lobby: the server has forgotten it, those inside have not.
    pub name: Option<SealedName>,
}

/// What a receive slot carries.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Slot {
    /// The media section.
    pub mid: String,
    /// Whose.
    pub participant: ParticipantId,
    /// Which.
    pub source: Source,
    /// Whether a picture that is there is held back, because the page's connection could not carry it.
    pub paused: bool,
}
