//! Every bound of a meeting, in one place. What exceeds one is refused with an error; nothing is cut short.

use std::time::Duration;

/// People in one meeting at the same time, those whose connection was just lost included. What a larger meeting would
/// cost each of them is in `docs/decisions/0012-audiences.md`.
pub const PARTICIPANTS: usize = 300;
/// Seats among [`PARTICIPANTS`] that only the owner's pages may take, so that guests never crowd the host out (B6).
pub const OWNER_SEATS: usize = 4;
/// People waiting in one lobby: a whole audience that comes before its host. One more is told that the meeting is full.
pub const KNOCKS: usize = PARTICIPANTS;
/// Seats that people of one origin may take without being admitted by a moderator: a school behind one address (D2).
pub const SEATS_PER_ORIGIN: usize = 120;
/// People of one origin waiting in one lobby.
pub const KNOCKS_PER_ORIGIN: usize = 120;
/// Identities that a meeting remembers as removed, and as turned away. The oldest is forgotten first: its link is worth nothing anyway.
pub const REMOVED: usize = 500;
/// Former links that a meeting remembers, to tell who comes back with one of them from a stranger.
pub const LINKS: usize = 16;
/// Requests that wait until changes of the link are stored: new links and removals. One more is denied.
pub const PENDING_ROTATIONS: usize = 64;
/// Acts that one participant may ask for in a row.
pub const ACT_BURST: u32 = 20;
/// Acts that one participant may ask for in a second, over time.
pub const ACTS_PER_SECOND: u32 = 5;
/// Short messages that one participant may say in a row, apart from the acts.
pub const SAY_BURST: u32 = 40;
/// Short messages that one participant may say in a second, over time.
pub const SAYS_PER_SECOND: u32 = 8;
/// Bytes of a message that count as one more: what is said is multiplied by the number of listeners.
pub const SAY_BYTES: usize = 8 * 1024;
/// New links in a row: each costs every page that needs the password some seconds.
pub const ROTATION_BURST: u32 = 5;
/// Time that pays for one more.
pub const ROTATION_INTERVAL: Duration = Duration::from_secs(2);
/// Moderators are told who waits no more often than this: the whole list goes to each of them.
pub const LOBBY_INTERVAL: Duration = Duration::from_millis(500);
/// How long a person who was turned away in the lobby is turned away again.
pub const DENIAL: Duration = Duration::from_secs(60);
/// Video slots of one page, hence videos that one page can watch at a time.
pub const VIDEO_SLOTS: usize = 9;
/// Audio slots of one page, hence sounds of a meeting that are on at the same time, microphones and those of shared
/// screens: one more is denied, for some would not hear it.
pub const AUDIO_SLOTS: usize = 25;
/// Bytes of one signalling message of somebody who is not in.
pub const MESSAGE: usize = 128 * 1024;
/// Bytes of one signalling message of somebody who is in: a commit comes with the state of its epoch.
pub const MESSAGE_INSIDE: usize = 640 * 1024;
/// Bytes of a session description (RFC 8866).
pub const SDP: usize = 96 * 1024;
/// Bytes of the text of a state to hold.
pub const HELD_TEXT: usize = 32 * 1024;
/// Messages that wait for one connection. When the queue is full the connection is closed: the page comes back
/// and is given the state afresh.
pub const OUTBOUND_QUEUE: usize = 1024;
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

/// People whom one commit adds to the encrypted group, as far as the server has a part in it.
pub const ADDED_AT_ONCE: usize = 16;
/// How long somebody may take to make the group before somebody else is asked.
pub const FOUNDING: Duration = Duration::from_secs(10);
/// Where people are admitted by moderators, one of those makes the group. How long they are waited for.
pub const FOUNDING_BY_MODERATOR: Duration = Duration::from_secs(15);
/// How long somebody may take to come in by the link before it is the next one's turn.
pub const TURN: Duration = Duration::from_secs(5);
/// How long a member may take to add those who wait before another one is asked.
pub const ADDING: Duration = Duration::from_secs(5);
/// How long after a commit it can be refused.
pub const REFUSING: Duration = Duration::from_secs(15);
/// Changes of the group that are kept for those whose connection was lost. The oldest is forgotten first.
pub const GROUP_LOG: usize = 256;
/// Bytes of them. They must fit into the queue of the one connection that gets them all.
pub const GROUP_LOG_BYTES: usize = 512 * 1024;
/// Changes of the group by one person, and refusals, in a row and in a second, over time.
pub const COMMIT_BURST: u32 = 10;
/// See [`COMMIT_BURST`].
pub const COMMITS_PER_SECOND: u32 = 2;
/// Times that one person wants in, in a row.
pub const ENTRY_BURST: u32 = 5;
/// Time that pays for one more.
pub const ENTRY_INTERVAL: Duration = Duration::from_secs(1);
/// Bytes of one person's changes of the group, in a row and in a second, over time: they go to every member. A welcome,
/// which goes to a few, has the whole tree of the group in it.
pub const COMMIT_BYTES_BURST: u32 = 1024 * 1024;
/// See [`COMMIT_BYTES_BURST`].
pub const COMMIT_BYTES_PER_SECOND: u32 = 128 * 1024;
