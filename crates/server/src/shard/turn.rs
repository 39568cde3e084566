//! The loop of a shard.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use incamera_media::{Belongs, LINGER, Sfu};
use incamera_turn::Relayed;
use mio::{Events, Poll};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

use super::handover::{Handover, Stray};
use super::packets::Packets;
use super::rooms::Rooms;
use super::{Command, SOCKET, WAKE};
use crate::relay::Relays;

/// Commands of one turn. More wait for the next, so that media goes on.
const COMMANDS: usize = 256;
/// Batches of datagrams of one turn. More wait for the next, so that acts go on.
const BATCHES: usize = 8;
/// Datagrams of one turn that other shards handed over, and as many that came through relays.
const STRAYS: usize = 256;
/// Never sleep longer than this: a timer that somebody forgot is late, not lost.
const NAP: Duration = Duration::from_secs(1);

/// Whether to go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Stop,
}

/// Whether there may be more to take without being woken again.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Pending {
    commands: bool,
    datagrams: bool,
}

/// A shard, on its own thread.
pub(super) struct Shard {
    pub(super) poll: Poll,
    pub(super) queue: mpsc::Receiver<Command>,
    pub(super) sfu: Sfu,
    pub(super) rooms: Rooms,
    pub(super) packets: Packets,
    pub(super) handover: Handover,
    pub(super) relays: Relays,
}

impl Shard {
    /// Runs until it is told to stop.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(8);
        let mut pending = Pending::default();
        loop {
            if let Err(error) = self.poll.poll(&mut events, Some(self.patience(pending)))
                && error.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!("the kernel gives no events: {error}");
                return;
            }
            for event in &events {
                match event.token() {
                    WAKE => pending.commands = true,
                    SOCKET => pending.datagrams = true,
                    _ => {}
                }
            }
            if self.turn(&mut pending) == Flow::Stop {
                return;
            }
        }
    }

    fn patience(&self, pending: Pending) -> Duration {
        if pending != Pending::default() {
            return Duration::ZERO;
        }
        let due = [self.sfu.poll_timeout(), self.rooms.poll_timeout()].into_iter().flatten().min();
        due.map_or(NAP, |due| due.saturating_duration_since(Instant::now()).min(NAP))
    }

    /// Commands first: a gate that closes in this turn lets none of its packets pass.
    fn turn(&mut self, pending: &mut Pending) -> Flow {
        let now = Instant::now();
        let mut flow = Flow::On;
        if pending.commands {
            flow = self.take_commands(now, pending);
            self.take_strays(now, pending);
        }
        self.rooms.handle_timeout(now, &mut self.sfu);
        self.rooms.handle_offers(now, &mut self.sfu);
        if pending.datagrams {
            self.take_datagrams(now, pending);
            if !pending.datagrams && self.sfu.expects_more() {
                thread::sleep(LINGER);
                self.take_datagrams(now, pending);
            }
        }
        if self.sfu.poll_timeout().is_some_and(|due| due <= now) {
            self.sfu.handle_timeout(now);
        }
        let (packets, relays) = (&self.packets, &self.relays);
        self.sfu.handle_batch_end(now, |transmit| {
            // Nothing for such an address ever leaves by the socket.
            if Relayed::is_set_aside(transmit.destination.ip()) {
                relays.send(&transmit);
            } else {
                packets.send(&transmit);
            }
        });
        while let Some(claim) = self.sfu.poll_claim() {
            self.handover.publish(claim);
        }
        while let Some(event) = self.sfu.poll_event() {
            self.rooms.handle_sfu_event(event);
        }
        flow
    }

    fn take_commands(&mut self, now: Instant, pending: &mut Pending) -> Flow {
        for _ in 0..COMMANDS {
            match self.queue.try_recv() {
                Ok(Command::Stop) => {
                    self.rooms.stop(now, &mut self.sfu);
                    return Flow::Stop;
                }
                Ok(command) => self.rooms.handle(now, &mut self.sfu, command),
                Err(TryRecvError::Empty) => {
                    pending.commands = false;
                    return Flow::On;
                }
                // Everybody who could tell us to stop is gone.
                Err(TryRecvError::Disconnected) => return Flow::Stop,
            }
        }
        Flow::On
    }

    fn take_strays(&mut self, now: Instant, pending: &mut Pending) {
        for _ in 0..STRAYS {
            let (stray, relayed) = (self.handover.receive(), self.handover.receive_relayed());
            if stray.is_none() && relayed.is_none() {
                return;
            }
            // Whatever it says now, it is not handed on again: two shards could play with it for ever.
            for stray in [stray, relayed].into_iter().flatten() {
                self.sfu.handle_datagram(now, stray.source, stray.local, &stray.bytes);
            }
        }
        pending.commands = true;
    }

    fn take_datagrams(&mut self, now: Instant, pending: &mut Pending) {
        let Self { packets, sfu, handover, .. } = self;
        for _ in 0..BATCHES {
            let more = packets.receive(|source, local, datagram| {
                let shard = match sfu.handle_datagram(now, source, local, datagram) {
                    Belongs::Here => return,
                    Belongs::Shard(shard) => Some(shard),
                    Belongs::Nobody => handover.owner(source),
                };
                if let Some(shard) = shard {
                    handover.send(shard, Stray { source, local, bytes: datagram.to_vec() });
                }
            });
            if !more {
                pending.datagrams = false;
                return;
            }
        }
    }
}
