// Generated from the crate incamera-conference by `cargo xtask generate`. Do not edit.

/** The number of this vocabulary. */
export const VERSION = 1;

/** People in one meeting at the same time. */
export const PARTICIPANTS = 300;

/** People waiting in one lobby. */
export const KNOCKS = 300;

/** Videos that one page can watch at a time. */
export const VIDEO_SLOTS = 9;

/** Sounds of a meeting that are on at the same time. */
export const AUDIO_SLOTS = 25;

/** Bytes of one signalling message of somebody who is not in. */
export const MAX_MESSAGE = 131072;

/** Bytes of one signalling message of somebody who is in. */
export const MAX_MESSAGE_INSIDE = 655360;

/** Bytes of a session description. */
export const MAX_SDP = 98304;

/** Bytes of a state to hold. */
export const MAX_HELD_TEXT = 32768;

/** Bytes of a sealed name. */
export const MAX_SEALED_NAME = 512;

/** Bytes of a sealed title. */
export const MAX_SEALED_TITLE = 1024;

/** Bytes of a sealed body. */
export const MAX_SEALED_BODY = 73728;

/** Bytes of a sealed link. */
export const MAX_SEALED_LINK = 1024;

/** Bytes of a message of the group itself. */
export const MAX_GROUP_BYTES = 196608;

/** Bytes of a group's sealed state. */
export const MAX_SEALED_INFO = 196608;

/** Bytes of a sealed key package. */
export const MAX_SEALED_PACKAGE = 4096;

/** People whom one commit adds. */
export const ADDED_AT_ONCE = 16;

/**
 * A participant, numbered by the server in the order of joining, unique for the life of a meeting.
 */
export type ParticipantId = number;

/**
 * A person who waits in the lobby, numbered like [`ParticipantId`] and out of the same sequence.
 */
export type KnockId = number;

/**
 * The request number that a page gives to a message; the reply repeats it.
 */
export type RequestId = number;

/**
 * The public name of a meeting in its link: 16 characters of `a-z2-7` (80 random bits), made in the host's page.
 */
export type MeetingId = string;

/**
 * What the page derives from the link's secret and the meeting password, and shows to be let in (B2).
 * Sent once per connection; the server keeps only its [`AdmissionHash`].
 */
export type AdmissionToken = string;

/**
 * SHA-256 of an [`AdmissionToken`].
 */
export type AdmissionHash = string;

/**
 * A participant's Ed25519 public key (RFC 8032), made in the page for one meeting. It is who a connection is:
 * a reconnecting page proves the same key again.
 */
export type IdentityKey = string;

/**
 * An Ed25519 signature (RFC 8032).
 */
export type Signature = string;

/**
 * A host account's Ed25519 public key. Its hash stands in every link of that host.
 */
export type HostKey = string;

/**
 * What a connection signs to prove its [`IdentityKey`]: fresh for every connection.
 */
export type Nonce = string;

/**
 * The name of somebody who waits, sealed with the meeting's envelope key.
 */
export type SealedName = string;

/**
 * A meeting's title, sealed with the meeting's envelope key.
 */
export type SealedTitle = string;

/**
 * What a participant tells others: a message of the encrypted group.
 */
export type SealedBody = string;

/**
 * The secret of a meeting's new link: a message of the encrypted group.
 */
export type SealedLink = string;

/**
 * A message of the encrypted group itself (RFC 9420): a commit, or a welcome.
 */
export type GroupBytes = string;

/**
 * The public state of an epoch of the encrypted group with its tree, sealed with the meeting's envelope key.
 */
export type SealedInfo = string;

/**
 * What it takes to add a person to the encrypted group, sealed with the meeting's knock key.
 */
export type SealedPackage = string;

/**
 * The part that a person plays. The order is that of authority.
 */
export type Role = "participant" | "speaker" | "co_host" | "host";

/**
 * What a participant who has neither the floor nor a moderating role may do, and how people get in.
 */
export type MeetingSettings = {
/**
 * People wait until a moderator admits them.
 */
lobby: boolean,
/**
 * Nobody new gets in, not even to the lobby.
 */
locked: boolean,
/**
 * The meeting may begin before the host has come.
 */
earlyStart: boolean,
/**
 * Participants may switch their own microphone on, and share the sound of their screen.
 */
unmute: boolean,
/**
 * Participants may switch their own camera on.
 */
video: boolean,
/**
 * Participants may share their screen.
 */
screen: boolean,
/**
 * Participants may write in the chat.
 */
chat: boolean,
/**
 * Participants may change their name during the meeting.
 */
rename: boolean,
/**
 * Cameras send as much for a still picture as for a moving one (K5). Settings from before there was a choice are
 * without it.
 */
strict: boolean, };

/** What a meeting begins with where its host chooses nothing else. */
export const USUAL_SETTINGS: MeetingSettings = {"lobby":false,"locked":false,"earlyStart":false,"unmute":true,"video":true,"screen":true,"chat":true,"rename":true,"strict":false};

/**
 * From a page.
 */
export type ClientMessage = { "type": "hello" } & Hello | { "type": "act",
/**
 * Repeated in the answer.
 */
request: RequestId,
/**
 * What is asked for.
 */
act: Act, } | { "type": "group",
/**
 * Repeated in the answer.
 */
request: RequestId,
/**
 * What.
 */
message: GroupMessage, } | { "type": "offer",
/**
 * Repeated in the answer.
 */
request: RequestId,
/**
 * The session description, without candidates.
 */
sdp: string,
/**
 * What is sent on which media section. A section that is not named here is a receive slot.
 */
sources: Array<SourceSection>, } | { "type": "watch",
/**
 * At most [`crate::limits::VIDEO_SLOTS`].
 */
videos: Array<Watch>, } | { "type": "ping" };

/**
 * Who a connection is and what lets it in.
 */
export type Hello = {
/**
 * [`VERSION`].
 */
version: number,
/**
 * From the link's path.
 */
meeting: MeetingId,
/**
 * Derived from the link's fragment and the password. The owner, proven by the sign-in cookie, needs none.
 */
token: AdmissionToken | null,
/**
 * This page's key for this meeting.
 */
identity: IdentityKey,
/**
 * By `identity`, over [`proof_text`].
 */
proof: Signature,
/**
 * What moderators are shown in the lobby; it is forgotten when this person need not wait there, or not any
 * longer (P1).
 */
name: SealedName,
/**
 * After a server restart: the latest state that this page was given to hold.
 */
held: HeldState | null,
/**
 * After a lost connection: the last number of the encrypted group's sequence that this page has followed. A page
 * that is not in the group has none.
 */
group: number | null, };

/**
 * A source of media: at most one of each kind per participant.
 */
export type Source = "microphone" | "camera" | "screen" | "screen_audio";

/**
 * Which media section of an offer carries which source.
 */
export type SourceSection = {
/**
 * The section's `a=mid` (RFC 9143), at most 16 characters.
 */
mid: string,
/**
 * What is sent there.
 */
source: Source, };

/**
 * One video that a page wants.
 */
export type Watch = {
/**
 * Whose.
 */
participant: ParticipantId,
/**
 * [`Source::Camera`] or [`Source::Screen`].
 */
source: Source,
/**
 * The best layer that the tile can make use of.
 */
size: TileSize, };

/**
 * How large a video is shown, hence the simulcast layer that is worth sending.
 */
export type TileSize = "small" | "medium" | "large";

/**
 * What can be asked for. [`crate`]'s policy decides each by role and settings.
 */
export type Act = { "act": "switch",
/**
 * Which.
 */
source: Source,
/**
 * Whether its packets may pass.
 */
on: boolean, } | { "act": "quality",
/**
 * Measured by the page.
 */
quality: Quality, } | { "act": "say",
/**
 * One participant, or everybody else.
 */
to: ParticipantId | null,
/**
 * For the server: bytes.
 */
body: SealedBody, } | { "act": "leave" } | { "act": "mute",
/**
 * Whose.
 */
participant: ParticipantId, } | { "act": "mute_all" } | { "act": "ask_to_unmute",
/**
 * Whom.
 */
participant: ParticipantId, } | { "act": "stop_video",
/**
 * Whose.
 */
participant: ParticipantId, } | { "act": "stop_screen",
/**
 * Whose.
 */
participant: ParticipantId, } | { "act": "remove",
/**
 * Whom.
 */
participant: ParticipantId,
/**
 * Of a token that nobody has.
 */
admission: AdmissionHash, } | { "act": "rotate",
/**
 * The new link.
 */
rotation: Rotation, } | { "act": "admit",
/**
 * Whom.
 */
knock: KnockId, } | { "act": "admit_all" } | { "act": "deny",
/**
 * Whom.
 */
knock: KnockId, } | { "act": "send_to_lobby",
/**
 * Whom.
 */
participant: ParticipantId, } | { "act": "set_role",
/**
 * Whom.
 */
participant: ParticipantId,
/**
 * Any but [`Role::Host`].
 */
role: Role, } | { "act": "change_settings",
/**
 * The new ones.
 */
settings: MeetingSettings, } | { "act": "hold",
/**
 * Signed by the host key.
 */
held: HeldState, } | { "act": "end_for_all" };

/**
 * A new link, made by a moderator's page.
 */
export type Rotation = {
/**
 * Of the new token.
 */
admission: AdmissionHash,
/**
 * The new secret, as a message of the encrypted group.
 */
link: SealedLink,
/**
 * The title under the new envelope key.
 */
title: SealedTitle, };

/**
 * What must survive a server restart, signed by the host's page and held by every member.
 */
export type HeldState = {
/**
 * A [`HeldContent`] as JSON text, kept as the text that was signed; at most [`crate::limits::HELD_TEXT`] bytes.
 */
text: string,
/**
 * By the host key, over `incamera/1 held`, a zero byte, and `text`.
 */
signature: Signature, };

/**
 * What a [`HeldState`] says.
 */
export type HeldContent = {
/**
 * Whose state it is.
 */
meeting: MeetingId,
/**
 * Grows with each; of two, the greater is the newer.
 */
sequence: number,
/**
 * Seconds since the Unix epoch.
 */
issued: number,
/**
 * As they were.
 */
settings: MeetingSettings,
/**
 * Everybody who was in the meeting, with their role.
 */
people: Array<HeldPerson>, };

/**
 * One line of [`HeldContent::people`].
 */
export type HeldPerson = {
/**
 * Who.
 */
identity: IdentityKey,
/**
 * As what.
 */
role: Role, };

/**
 * How good a person's connection is, as their own page measured it.
 */
export type Quality = "unknown" | "good" | "fair" | "poor";

/**
 * From the server.
 */
export type ServerMessage = { "type": "challenge",
/**
 * [`VERSION`].
 */
version: number,
/**
 * Fresh.
 */
nonce: Nonce,
/**
 * Drawn once at the server's start. A page that comes back and finds another one knows that the server
 * has no media state of it, and makes a new peer connection.
 */
instance: Nonce, } | { "type": "refused",
/**
 * Why.
 */
reason: Refusal, } | { "type": "waiting",
/**
 * For what.
 */
until: WaitingFor, } | { "type": "welcome" } & Welcome | { "type": "participant",
/**
 * The whole record; replaces the former.
 */
participant: Participant, } | { "type": "left",
/**
 * Who.
 */
participant: ParticipantId,
/**
 * How.
 */
how: Departure, } | { "type": "settings",
/**
 * All of them.
 */
settings: MeetingSettings, } | { "type": "lobby",
/**
 * All of them, in the order of their coming.
 */
knocks: Array<Knock>, } | { "type": "said",
/**
 * Who, as the server says; the encrypted group proves it.
 */
from: ParticipantId,
/**
 * Whether it was addressed to this page's person alone.
 */
privately: boolean,
/**
 * For the server: bytes.
 */
body: SealedBody, } | { "type": "rotated",
/**
 * In the sequence of the encrypted group.
 */
number: number,
/**
 * Its secret, as a message of the group.
 */
link: SealedLink,
/**
 * The title, under the new envelope key.
 */
title: SealedTitle, } | { "type": "group",
/**
 * What.
 */
event: GroupEvent, } | { "type": "held",
/**
 * Replaces the former.
 */
held: HeldState, } | { "type": "done",
/**
 * Of the message.
 */
request: RequestId, } | { "type": "denied",
/**
 * Of the message.
 */
request: RequestId,
/**
 * Why.
 */
reason: Denial, } | { "type": "answer",
/**
 * Of the offer.
 */
request: RequestId,
/**
 * The session description.
 */
sdp: string, } | { "type": "slots",
/**
 * All of them.
 */
slots: Array<Slot>, } | { "type": "relay",
/**
 * Random.
 */
user: string,
/**
 * What goes with it.
 */
password: string, } | { "type": "closing",
/**
 * When no new meeting can begin any more: seconds since the Unix epoch.
 */
at: number,
/**
 * When they can again, as far as is known: likewise.
 */
opens: number | null, } | { "type": "pong" } | { "type": "unreadable",
/**
 * What was wrong, in a few words for a developer's console.
 */
detail: string, };

/**
 * All that a page needs to take part.
 */
export type Welcome = {
/**
 * Oneself.
 */
me: ParticipantId,
/**
 * Everybody, oneself included.
 */
participants: Array<Participant>,
/**
 * The current ones.
 */
settings: MeetingSettings,
/**
 * The meeting's title.
 */
title: SealedTitle,
/**
 * Whether the token that this page showed is that of the link in force now. It is not after a removal, until a
 * new link is stored; nor while one is being stored, where this page knows the one before, or showed none. A
 * [`ServerMessage::Rotated`] that follows brings the link in force.
 */
linked: boolean,
/**
 * The state to hold, where the host gave one.
 */
held: HeldState | null,
/**
 * The owner's public key; the page compares its hash with the link's.
 */
hostKey: HostKey,
/**
 * Who waits, for moderators.
 */
knocks: Array<Knock>,
/**
 * Where this page goes on in the encrypted group as it was: the newest number of the sequence; what came after
 * [`Hello::group`] follows. `None`: it forgets its group and comes in anew.
 */
group: number | null, };

/**
 * A person in the meeting, as all others see them.
 */
export type Participant = {
/**
 * Their number.
 */
id: ParticipantId,
/**
 * Their key.
 */
identity: IdentityKey,
/**
 * Their part, as the server sees it; the encrypted group proves that of moderators.
 */
role: Role,
/**
 * The sources whose gate is open.
 */
live: Array<Source>,
/**
 * Their own measure of their connection.
 */
quality: Quality,
/**
 * `false` while a lost connection is waited for.
 */
connected: boolean, };

/**
 * A person in the lobby.
 */
export type Knock = {
/**
 * Their number.
 */
id: KnockId,
/**
 * Their key.
 */
identity: IdentityKey,
/**
 * Their name. `None` for a person who was put into the lobby: the server has forgotten it, those inside have not.
 */
name: SealedName | null, };

/**
 * What a receive slot carries.
 */
export type Slot = {
/**
 * The media section.
 */
mid: string,
/**
 * Whose.
 */
participant: ParticipantId,
/**
 * Which.
 */
source: Source,
/**
 * Whether a picture that is there is held back, because the page's connection could not carry it.
 */
paused: boolean, };

/**
 * Why a connection is not, or no longer, let in.
 */
export type Refusal = "not_admitted" | "unproven" | "outdated" | "locked" | "link_changed" | "full" | "denied" | "removed" | "ended" | "replaced" | "signed_out" | "flooding" | "too_slow" | "group_fault" | "stopping" | "closed";

/**
 * What a person waits for.
 */
export type WaitingFor = "host" | "admission";

/**
 * How a person left.
 */
export type Departure = "left" | "lost" | "removed" | "sent_to_lobby";

/**
 * Why something was not done.
 */
export type Denial = "not_moderator" | "not_host" | "switched_off" | "too_many_sounds" | "protected" | "full" | "no_such_person" | "oneself" | "invalid_state" | "not_stored" | "unusable_offer" | "too_often" | "stale_epoch" | "out_of_turn";

/**
 * What a page does about the group. Answered by [`super::ServerMessage::Done`] or [`super::ServerMessage::Denied`].
 */
export type GroupMessage = { "group": "found",
/**
 * Of epoch 0.
 */
info: SealedInfo, } | { "group": "commit",
/**
 * Which epoch it ends.
 */
epoch: number,
/**
 * For the members.
 */
commit: GroupBytes,
/**
 * Of the epoch that it begins.
 */
info: SealedInfo,
/**
 * For those whom it adds.
 */
welcome: GroupWelcome | null, } | { "group": "ask_add",
/**
 * For whoever adds them.
 */
keyPackage: SealedPackage, } | { "group": "again" } | { "group": "refuse",
/**
 * The commit's number.
 */
number: number, };

/**
 * What a commit has for those whom it adds.
 */
export type GroupWelcome = {
/**
 * The same for all of them.
 */
message: GroupBytes,
/**
 * At most [`ADDED_AT_ONCE`]. Who does not wait to be added any more is passed over.
 */
to: Array<ParticipantId>, };

/**
 * What a page is told about the group. What has a `number` stands in one sequence, in which every member sees it.
 */
export type GroupEvent = { "event": "found" } | { "event": "turn",
/**
 * The present epoch.
 */
epoch: number,
/**
 * Of this epoch.
 */
info: SealedInfo, } | { "event": "taken",
/**
 * In the sequence.
 */
number: number, } | { "event": "commit",
/**
 * In the sequence.
 */
number: number,
/**
 * Which epoch it ends.
 */
epoch: number,
/**
 * Whose it is.
 */
from: ParticipantId,
/**
 * For the group.
 */
commit: GroupBytes, } | { "event": "welcome",
/**
 * Of the commit that added them.
 */
number: number,
/**
 * For them.
 */
message: GroupBytes, } | { "event": "add",
/**
 * At most [`ADDED_AT_ONCE`].
 */
people: Array<PersonToAdd>, } | { "event": "withdrawn",
/**
 * In the sequence.
 */
number: number,
/**
 * The commit's number.
 */
commit: number, };

/**
 * Somebody who waits to be added.
 */
export type PersonToAdd = {
/**
 * Who.
 */
participant: ParticipantId,
/**
 * Theirs.
 */
keyPackage: SealedPackage, };
