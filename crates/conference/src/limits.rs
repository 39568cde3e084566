//! Every bound of a meeting, in one place. What exceeds one is refused with an error; nothing is cut short.

use std::time::Duration;

/// People in one meeting at the same time, those whose connection was just lost included.
pub const PARTICIPANTS: usize = 100;
/// Seats among [`PARTICIPANTS`] that only the owner's pages may take, so that guests never crowd the host out (B6).
pub const OWNER_SEATS: usize = 4;
/// People waiting in one lobby. One more is told that the meeting is full.
pub const KNOCKS: usize = 50;
/// Seats that people of one origin may take without being admitted by a moderator: a class behind one address (D2).
pub const SEATS_PER_ORIGIN: usize = 40;
/// People of one origin waiting in one lobby.
pub const KNOCKS_PER_ORIGIN: usize = 36;
/// Identities that a meeting remembers as removed, and as turned away. The oldest is forgotten first: its link is worth nothing anyway.
pub const REMOVED: usize = 500;
/// Rotations of the link that a meeting remembers, for those who were away or waiting. Who missed more needs the
/// link anew.
pub const LINKS: usize = 16;
/// Requests that wait for one new link to be stored. One more is denied.
pub const PENDING_ROTATIONS: usize = 64;
/// Acts that one participant may ask for in a row; a long message counts as several.
pub const ACT_BURST: u32 = 20;
/// Acts that one participant may ask for in a second, over time.
pub const ACTS_PER_SECOND: u32 = 5;
/// Bytes of a body that is said in the chat.
pub const CHAT: usize = 32 * 1024;
/// Bytes of a reaction: a sign, and no way around the chat setting.
pub const REACTION: usize = 256;
/// Changes of the link, apart from removals, in a row: each costs every page that needs the password some seconds.
pub const ROTATION_BURST: u32 = 5;
/// Time that pays for one more.
pub const ROTATION_INTERVAL: Duration = Duration::from_secs(2);
/// Moderators are told who waits no more often than this: the whole list goes to each of them.
pub const LOBBY_INTERVAL: Duration = Duration::from_millis(500);
/// How long a person who was turned away in the lobby is turned away again.
pub const DENIAL: Duration = Duration::from_secs(60);
/// Video slots of one page, hence videos that one page can watch at a time.
pub const VIDEO_SLOTS: usize = 9;
/// Audio slots of one page, hence people who can be heard at the same time.
pub const AUDIO_SLOTS: usize = 25;
/// Bytes of one signalling message.
pub const MESSAGE: usize = 128 * 1024;
/// Bytes of a session description (RFC 8866).
pub const SDP: usize = 96 * 1024;
/// Bytes of the text of a state to hold.
pub const HELD_TEXT: usize = 32 * 1024;
/// Messages that wait for one connection. When the queue is full the connection is closed: the page comes back
/// and is given the state afresh.
pub const OUTBOUND_QUEUE: usize = 512;
/// How long a person whose connection was lost keeps their place.
pub const RECONNECT_GRACE: Duration = Duration::from_secs(45);
/// How long a meeting outlives its last connected participant.
pub const EMPTY_GRACE: Duration = Duration::from_secs(120);
/// How long after the server's start a held state may be handed back (B6).
pub const HANDBACK_WINDOW: Duration = Duration::from_secs(600);
/// How old a held state may be when it is handed back. The host's page signs one anew every five minutes.
pub const HELD_STATE_AGE: Duration = Duration::from_secs(30 * 60);
/// How far the host's clock may be ahead of the server's when it signs a state.
pub const HELD_STATE_AHEAD: Duration = Duration::from_secs(5 * 60);
