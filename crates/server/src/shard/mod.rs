//! Shards: threads that each own whole meetings, their people's media included. They share nothing but a small
//! table of addresses.
//!
//! A turn of the loop is in [`turn`]; [`rooms`] ties the meetings' state machines to the SFU; [`packets`] and
//! [`handover`] move datagrams.

mod ended;
mod handover;
mod homes;
mod packets;
mod rooms;
mod turn;

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::Context;
use axum::extract::ws::Utf8Bytes;
use incamera_conference::effect::{Founding, Origin, Standing, Ticket};
use incamera_conference::ids::{AdmissionHash, ConnectionId, MeetingId};
use incamera_conference::sealed::SealedTitle;
use incamera_conference::wire::{ClientMessage, Hello, ServerMessage};
use incamera_media::{Certificate, RoomId, ShardId};
use mio::{Poll, Token, Waker};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use crate::rate::Rate;
use crate::relay::Relays;
use crate::store::Store;
use crate::{bytes, limits};

pub use handover::Stray;
pub use homes::Seat;

/// The waker's place in a shard's poll.
const WAKE: Token = Token(0);
/// The UDP socket's.
const SOCKET: Token = Token(1);

/// Something for a shard to do.
#[derive(Debug)]
pub enum Command {
    /// A connection wants in.
    Arrive(Box<Arrival>),
    /// A connection that arrived says something.
    Say {
        /// Which.
        connection: ConnectionId,
        /// What; never a second hello.
        message: ClientMessage,
    },
    /// A connection is gone.
    Gone {
        /// Which.
        connection: ConnectionId,
    },
    /// The sign-in that made a connection the owner's was ended.
    SignedOut {
        /// Which.
        connection: ConnectionId,
    },
    /// The store failed: once more, a little later.
    StoreAgain(Box<NewAdmission>),
    /// The store has answered.
    AdmissionStored {
        /// Whose admission.
        room: RoomId,
        /// From the effect.
        ticket: Ticket,
        /// Whether it is on the disk.
        stored: bool,
    },
    /// A meeting was deleted.
    Withdraw {
        /// Which.
        meeting: MeetingId,
    },
    /// Somebody asks whether the shard is still at work.
    Answer(oneshot::Sender<()>),
    /// The server stops.
    Stop,
}

/// A new link's admission, on its way to the disk.
#[derive(Clone, Debug)]
pub struct NewAdmission {
    room: RoomId,
    meeting: MeetingId,
    ticket: Ticket,
    admission: AdmissionHash,
    title: SealedTitle,
    /// How often it was tried.
    tries: u32,
}

/// A connection that said hello.
pub struct Arrival {
    /// Its number.
    pub connection: ConnectionId,
    /// What the edge found out.
    pub standing: Standing,
    /// From where it comes.
    pub origin: Origin,
    /// What it says. Its proof was checked.
    pub hello: Box<Hello>,
    /// What the meeting is made of where it is not alive. Only from the owner, or somebody with the right token: a
    /// stranger cannot occupy memory (D1).
    pub founding: Option<Box<Founding>>,
    /// The store was asked for it after this moment.
    pub read: Instant,
    /// Where messages for it go.
    pub outbox: Outbox,
    /// The addresses at which our UDP port is reachable for it.
    pub candidates: Vec<SocketAddr>,
}

// By which of our addresses somebody came is theirs.
impl std::fmt::Debug for Arrival {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arrival").field("connection", &self.connection).finish_non_exhaustive()
    }
}

/// The way back to one connection.
#[derive(Debug)]
pub struct Outbox {
    messages: mpsc::Sender<Arc<Outgoing>>,
    /// Of those that wait.
    bytes: Arc<AtomicUsize>,
    /// Spent when the queue overflowed.
    cut: Option<oneshot::Sender<TooSlow>>,
}

/// The other end of an [`Outbox`].
#[derive(Debug)]
pub struct Inbox {
    /// What to send; `None` when the connection is to be closed after what was sent.
    pub messages: Messages,
    /// Resolves to [`TooSlow`] when the connection is to be closed at once.
    pub cut: oneshot::Receiver<TooSlow>,
}

/// A message and its text, written once for all who get it.
pub struct Outgoing {
    /// What it says.
    pub message: ServerMessage,
    /// As it is sent.
    pub text: Utf8Bytes,
}

// The text says what the types of the message do not.
impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing").field("message", &self.message).finish_non_exhaustive()
    }
}

impl Outgoing {
    /// Writes a message.
    pub fn new(message: ServerMessage) -> Arc<Self> {
        // Our own types: strings, numbers, and maps of them.
        let text = serde_json::to_string(&message).expect("a message can be written as JSON").into();
        Arc::new(Self { message, text })
    }
}

/// The messages that wait for one connection.
#[derive(Debug)]
pub struct Messages {
    queue: mpsc::Receiver<Arc<Outgoing>>,
    bytes: Arc<AtomicUsize>,
}

impl Messages {
    /// The next one.
    pub async fn recv(&mut self) -> Option<Arc<Outgoing>> {
        let next = self.queue.recv().await?;
        self.bytes.fetch_sub(next.text.len(), Ordering::Relaxed);
        Some(next)
    }
}

/// The queue to a connection was full.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooSlow;

impl Outbox {
    /// A queue of [`incamera_conference::limits::OUTBOUND_QUEUE`] messages and [`limits::OUTBOUND_BYTES`].
    pub fn new() -> (Self, Inbox) {
        let (sender, receiver) = mpsc::channel(incamera_conference::limits::OUTBOUND_QUEUE);
        let (cut, was_cut) = oneshot::channel();
        let bytes = Arc::new(AtomicUsize::new(0));
        let messages = Messages { queue: receiver, bytes: Arc::clone(&bytes) };
        (Self { messages: sender, bytes, cut: Some(cut) }, Inbox { messages, cut: was_cut })
    }

    /// Queues a message. Where the queue is full the connection is over: its task closes it and says so, and the page
    /// comes back for everything afresh.
    fn send(&mut self, message: Arc<Outgoing>) {
        let length = message.text.len();
        let waiting = self.bytes.fetch_add(length, Ordering::Relaxed);
        let fits = waiting + length <= limits::OUTBOUND_BYTES;
        let full = !fits || matches!(self.messages.try_send(message), Err(TrySendError::Full(_)));
        if full && let Some(cut) = self.cut.take() {
            let _ = cut.send(TooSlow);
        }
    }
}

/// The way to one shard.
#[derive(Clone, Debug)]
pub struct ShardHandle {
    commands: mpsc::Sender<Command>,
    waker: Arc<Waker>,
}

impl ShardHandle {
    /// Queues a command. While the queue is full, the caller waits, and with it only its own connection.
    pub async fn send(&self, command: Command) {
        // A shard that has ended took its connections with it: there is nobody to tell.
        if self.commands.send(command).await.is_ok() {
            self.wake();
        }
    }

    /// As [`Self::send`], from a thread that may wait.
    fn send_blocking(&self, command: Command) {
        if self.commands.blocking_send(command).is_ok() {
            self.wake();
        }
    }

    fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::error!("a shard cannot be woken: {error}");
        }
    }
}

/// All shards.
#[derive(Clone, Debug)]
pub struct Shards {
    handles: Arc<[ShardHandle]>,
    /// The queues for what comes through relays.
    relayed: Arc<[SyncSender<Stray>]>,
    wakers: Arc<[Arc<Waker>]>,
    homes: Arc<homes::Homes>,
}

impl Shards {
    /// A seat in a meeting, for one connection. `may_begin`: it can bring the meeting to life. `None`: there are too many meetings.
    pub fn seat(&self, meeting: &MeetingId, may_begin: bool) -> Option<Seat> {
        self.homes.seat(Instant::now(), meeting, may_begin)
    }

    /// The shard of a seat.
    pub fn of(&self, seat: &Seat) -> &ShardHandle {
        &self.handles[seat.shard]
    }

    /// Hands a datagram over that came through a relay. Dropped where the queue is full.
    pub fn relay(&self, shard: ShardId, stray: Stray) {
        handover::send(&self.relayed, &self.wakers, shard, stray);
    }

    /// Ends a meeting that was deleted. Where it is nowhere, every shard hears of it: somebody may be on the way to any of them who
    /// read of the meeting before.
    pub async fn withdraw(&self, meeting: MeetingId) {
        let home = self.homes.of(Instant::now(), &meeting);
        let handles = home.map_or(&self.handles[..], |home| std::slice::from_ref(&self.handles[home]));
        for handle in handles {
            handle.send(Command::Withdraw { meeting: meeting.clone() }).await;
        }
    }

    /// Resolves when every shard has come to what it was asked.
    pub async fn answer(&self) {
        for handle in self.handles.iter() {
            let (answer, answered) = oneshot::channel();
            handle.send(Command::Answer(answer)).await;
            if answered.await.is_err() {
                // It has ended, and never will.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Ends them all, with a word to everybody.
    pub async fn stop(&self) {
        for handle in self.handles.iter() {
            handle.send(Command::Stop).await;
        }
    }
}

/// The meetings that are alive, for the edge to look up.
#[derive(Clone, Debug, Default)]
pub struct LiveMeetings(Arc<Mutex<HashMap<MeetingId, bool>>>);

impl LiveMeetings {
    /// Whether anybody is in it.
    pub fn has_people(&self, meeting: &MeetingId) -> bool {
        self.lock().get(meeting).copied().unwrap_or(false)
    }

    /// Those that have a state machine, with people or without.
    pub fn all(&self) -> Vec<MeetingId> {
        self.lock().keys().cloned().collect()
    }

    fn is_alive(&self, meeting: &MeetingId) -> bool {
        self.lock().contains_key(meeting)
    }

    fn note(&self, meeting: &MeetingId, has_people: bool) {
        self.lock().insert(meeting.clone(), has_people);
    }

    fn forget(&self, meeting: &MeetingId) {
        self.lock().remove(meeting);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<MeetingId, bool>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The running threads.
pub struct ShardThreads {
    threads: Vec<thread::JoinHandle<()>>,
    /// Gives something when one has ended.
    ended: mpsc::Receiver<()>,
}

/// Says that a thread has ended, however it did.
struct Farewell(mpsc::Sender<()>);

impl Drop for Farewell {
    fn drop(&mut self) {
        // Where one has said so before, nothing is new.
        let _ = self.0.try_send(());
    }
}

impl ShardThreads {
    /// One thread for each of these.
    fn spawn(runs: Vec<Box<dyn FnOnce() + Send>>) -> io::Result<Self> {
        let (end, ended) = mpsc::channel(1);
        let mut threads = Vec::new();
        for (index, run) in runs.into_iter().enumerate() {
            let farewell = Farewell(end.clone());
            let run = move || {
                let _farewell = farewell;
                run();
            };
            threads.push(thread::Builder::new().name(format!("shard {index}")).spawn(run)?);
        }
        Ok(Self { threads, ended })
    }

    /// Resolves when a shard ended that nobody stopped: a fault of ours.
    pub async fn failed(&mut self) {
        let _ = self.ended.recv().await;
    }

    /// Blocks until they have ended.
    pub fn join(self) {
        for thread in self.threads {
            // Its panic message is out already.
            let _ = thread.join();
        }
    }
}

/// Starts one thread for each socket. `offers`: how many one participant may make.
pub fn start(
    sockets: Vec<UdpSocket>,
    store: &Store,
    live: &LiveMeetings,
    relays: &Relays,
    offers: Rate,
) -> anyhow::Result<(Shards, ShardThreads)> {
    let certificate = Certificate::generate();
    let boot = Instant::now();
    let (routes, inlets) = handover::routes(sockets.len());
    let (relayed, relayed_inlets) = handover::routes(sockets.len());
    let addresses = handover::Addresses::default();
    let homes = homes::Homes::new(sockets.len(), live.clone());
    let mut handles = Vec::new();
    let mut seats = Vec::new();
    let inlets = inlets.into_iter().zip(relayed_inlets);
    for (index, (socket, inlets)) in sockets.into_iter().zip(inlets).enumerate() {
        let poll = Poll::new().context("cannot ask the kernel for events")?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE).context("cannot make a waker")?);
        let (commands, queue) = mpsc::channel(limits::SHARD_QUEUE);
        let handle = ShardHandle { commands, waker };
        handles.push(handle.clone());
        let id = ShardId(u8::try_from(index).context("at most 256 shards")?);
        seats.push((id, socket, inlets, poll, queue, handle));
    }
    let wakers: Vec<_> = handles.iter().map(|handle| Arc::clone(&handle.waker)).collect();
    let mut runs: Vec<Box<dyn FnOnce() + Send>> = Vec::new();
    for (id, socket, (inlet, relayed), poll, queue, handle) in seats {
        let sfu = incamera_media::Sfu::new(
            boot,
            incamera_media::SfuConfig { shard: id, certificate: certificate.clone(), seed: bytes::random() },
        );
        let rooms = rooms::Rooms::new(boot, handle, store.clone(), live.clone(), Arc::clone(&homes), offers);
        let (routes, wakers, addresses) = (routes.clone(), wakers.clone(), addresses.clone());
        let handover = handover::Handover::new(id, routes, wakers, inlet, relayed, addresses);
        let relays = relays.clone();
        let packets = packets::Packets::new(socket, poll.registry()).context("cannot use the UDP socket")?;
        runs.push(Box::new(|| turn::Shard { poll, queue, sfu, rooms, packets, handover, relays }.run()));
    }
    let threads = ShardThreads::spawn(runs).context("cannot start the shards' threads")?;
    let (relayed, wakers) = (relayed.into(), wakers.into());
    Ok((Shards { handles: handles.into(), relayed, wakers, homes }, threads))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A different one for each number.
    pub(super) fn meeting(number: usize) -> MeetingId {
        // In letters: not every digit is in the alphabet.
        let digits = format!("{number:016b}");
        let text = digits.chars().map(|digit| if digit == '1' { 'b' } else { 'a' });
        MeetingId::parse(&text.collect::<String>()).expect("valid")
    }

    #[test]
    fn a_connection_that_does_not_read_is_cut_and_costs_only_itself() {
        let (mut outbox, mut inbox) = Outbox::new();
        for _ in 0..incamera_conference::limits::OUTBOUND_QUEUE {
            outbox.send(Outgoing::new(ServerMessage::Pong));
        }
        assert!(inbox.cut.try_recv().is_err(), "a full queue is no offence");
        outbox.send(Outgoing::new(ServerMessage::Pong));
        assert_eq!(inbox.cut.try_recv(), Ok(TooSlow));
        outbox.send(Outgoing::new(ServerMessage::Pong));
    }

    #[tokio::test]
    async fn few_messages_that_are_long_fill_a_queue_too_d2() {
        let long = Outgoing::new(ServerMessage::Unreadable {
            detail: "x".repeat(limits::OUTBOUND_BYTES / 2).into(),
        });
        let (mut outbox, mut inbox) = Outbox::new();
        for _ in 0..10 {
            outbox.send(Arc::clone(&long));
            inbox.messages.recv().await.expect("sent");
        }
        assert!(inbox.cut.try_recv().is_err(), "what was read waits no longer");
        outbox.send(Arc::clone(&long));
        outbox.send(long);
        assert_eq!(inbox.cut.try_recv(), Ok(TooSlow));
    }

    #[tokio::test]
    async fn a_fault_in_one_shard_is_noticed_while_others_go_on_b6() {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let fault: Box<dyn FnOnce() + Send> = Box::new(|| panic!("a fault, for the test"));
        let others = Box::new(move || {
            let _ = stopped.recv();
        });
        let mut threads = ShardThreads::spawn(vec![others, fault]).expect("threads");
        let noticed = tokio::time::timeout(std::time::Duration::from_secs(30), threads.failed()).await;
        assert!(noticed.is_ok());
        drop(stop);
        threads.join();
    }
}
