//! Every bound of the server that is not a meeting's own, in one place. Those of meetings are in
//! [`incamera_conference::limits`]. Rates are in [`crate::rate`].

use std::time::Duration;

/// Characters of an account's name.
pub const ACCOUNT_NAME: usize = 64;
/// Host accounts.
pub const HOSTS: u32 = 1000;
/// Meetings of one host.
pub const MEETINGS: u32 = 200;
/// Sign-ins of one host that are alive at the same time. The one that expires first makes room for a new one.
pub const SESSIONS: u32 = 20;
/// Passkeys of one host.
pub const PASSKEYS: u32 = 10;
/// How long a passkey's challenge may take to be answered: a person looks for a telephone or a key.
pub const CHALLENGE_LIFE: Duration = Duration::from_secs(300);
/// Challenges that wait for their answers. The oldest makes room for a new one.
pub const CHALLENGES: usize = 4096;
/// Bytes of a request's body.
pub const BODY: usize = 64 * 1024;
/// How long a one-time address is good.
pub const ENROLMENT_LIFE: Duration = Duration::from_secs(24 * 3600);
/// How long a sign-in lasts.
pub const SESSION_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);
/// Jobs that wait for the store. A job that finds the queue full fails; nothing waits without bound.
pub const STORE_QUEUE: usize = 256;
/// Passwords that are checked at the same time: each takes a core and some memory for a moment. The other half of the
/// cores goes on with the meetings.
pub fn password_checks() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}
/// How often an admission hash that the store did not take is tried again, before the new link counts as not stored.
pub const STORE_TRIES: u32 = 4;
/// How long to wait between two tries.
pub const STORE_RETRY: Duration = Duration::from_millis(500);
/// Password checks that wait for their turn. One more is told to come back.
pub const PASSWORD_QUEUE: usize = 32;

/// TCP connections at the same time, as far as there are file descriptors. Who gives way to one more is in
/// [`crate::places`].
pub const CONNECTIONS: usize = 4096;
/// TCP connections of one source at the same time: many people may sit behind one address.
pub const CONNECTIONS_PER_SOURCE: usize = 512;
/// How long a TLS handshake may take.
pub const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the head of a request may take to arrive; also how long an idle connection is kept.
pub const REQUEST_HEAD: Duration = Duration::from_secs(30);
/// How long the body of a request may take, and its answer.
pub const REQUEST: Duration = Duration::from_secs(60);

/// Datagrams that wait for one client of a relay: a key frame of each of a few pictures, or a second of a narrow path.
/// The newest are dropped.
pub const RELAY_QUEUE: usize = 256;
/// Allocations of one user: a browser makes one for each of its networks, and again after each change of them.
pub const RELAYS_PER_USER: usize = 16;
/// How often those who are in a meeting get new credentials for the relay, beside each time that they are let in.
pub const RELAY_RENEWAL: Duration = Duration::from_secs(3600);

/// How long an HTTP connection is used for requests before it is closed and the browser makes another one. It bounds
/// what somebody can occupy who reads an answer byte by byte.
pub const CONNECTION: Duration = Duration::from_secs(300);

/// Bytes that a WebSocket reads at once. Each has them from its beginning, also a stranger's.
pub const READ_BUFFER: usize = 2 * 1024;
/// How long a new WebSocket may take to say hello.
pub const HELLO: Duration = Duration::from_secs(10);
/// How long a WebSocket may be silent: three of the page's pings.
pub const SILENCE: Duration = Duration::from_secs(45);
/// Messages of one connection that cannot be read before it is closed.
pub const UNREADABLE: u32 = 5;
/// While the store fails: how soon to ask it again whether a host is still signed in.
pub const SECOND_LOOK: Duration = Duration::from_secs(1);
/// How soon after one word about others the next such word is sent: what comes meanwhile goes together.
pub const GATHERING: Duration = Duration::from_millis(50);
/// How long a connection may take to accept a message of ours.
pub const DELIVERY: Duration = Duration::from_secs(15);
/// How long a connection that is being closed may take to read why.
pub const FAREWELL: Duration = Duration::from_secs(2);

/// Bytes of messages that wait for one connection, beside the bound on their number. What somebody gets at once who
/// comes back must fit: the welcome, and what they missed of the encrypted group.
pub const OUTBOUND_BYTES: usize = 2 * 1024 * 1024;
// In base64, beside a long welcome and a few messages.
const _: () = assert!(incamera_conference::limits::GROUP_LOG_BYTES / 3 * 4 + 1024 * 1024 <= OUTBOUND_BYTES);
/// Commands that wait for one shard. A connection that finds the queue full waits, and reads nothing meanwhile.
pub const SHARD_QUEUE: usize = 1024;
/// Meetings that are alive on one shard. The next is refused as full.
pub const MEETINGS_PER_SHARD: usize = 1000;
/// Meetings that have a home on one shard on average, those among them that ended a moment ago. The next is refused as full.
pub const HOMES_PER_SHARD: usize = 4 * MEETINGS_PER_SHARD;
/// How long a meeting keeps its shard after everybody has left: whoever read of it in the store has come by then, and a new link was
/// stored or given up.
pub const HOME_KEPT: Duration = Duration::from_secs(300);
/// Offers that one turn of a shard's loop answers: each takes milliseconds, in which no packet moves.
pub const OFFERS_PER_TURN: usize = 2;
/// Offers that wait for a turn. One more is refused.
pub const OFFERS_WAITING: usize = 512;
/// Bytes of the database in a backup, which is made in memory. A thousand hosts with 200 meetings each have about
/// 140 MiB.
pub const BACKUP_DATABASE: u64 = 1024 * 1024 * 1024;
/// Bytes of each other file in a backup.
pub const BACKUP_FILE: u64 = 1024 * 1024;
/// Characters of a passphrase for a backup, at least.
pub const PASSPHRASE: usize = 12;

/// How long a stopping server waits for its connections.
pub const DRAIN: Duration = Duration::from_secs(5);
