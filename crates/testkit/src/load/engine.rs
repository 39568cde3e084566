//! The thread that drives all legs: one loop over readable sockets and due timers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context;
use mio::{Events, Interest, Poll, Token, Waker};

use super::kernel;
use super::leg::{Counters, Firsts, Leg, NewLeg, Seat};
use super::system::MediaKey;
use super::workload::Streams;

const WAKER: Token = Token(usize::MAX);
/// The loop looks for commands at least so often.
const PATIENCE: Duration = Duration::from_millis(100);

/// The handle that the run holds.
pub(super) struct Engine {
    commands: Sender<Command>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

/// How far the legs of a system are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Readiness {
    pub(super) ready: usize,
    pub(super) all: usize,
}

enum Command {
    Add(Box<NewLeg>, Streams),
    Hold(Seat, MediaKey),
    /// Only this system's publishers send, of so many of its rooms.
    Visit(Option<(usize, usize)>),
    Count(usize, Sender<Counters>),
    Readiness(usize, Sender<Readiness>),
    Firsts(Seat, Sender<Vec<Firsts>>),
    Forget(usize),
    Stop,
}

impl Engine {
    /// Starts the thread on a core.
    pub(super) fn start(core: usize) -> anyhow::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let (commands, inbox) = mpsc::channel();
        let thread = std::thread::Builder::new().name("engine".into()).spawn(move || {
            if let Err(error) = kernel::pin(core) {
                eprintln!("load: {error:#}");
            }
            Loop::new(poll, inbox).run();
        })?;
        Ok(Self { commands, waker, thread: Some(thread) })
    }

    fn tell(&self, command: Command) -> anyhow::Result<()> {
        self.commands.send(command).ok().context("the engine broke down")?;
        Ok(self.waker.wake()?)
    }

    fn ask<T>(&self, question: impl FnOnce(Sender<T>) -> Command) -> anyhow::Result<T> {
        let (sender, answer) = mpsc::channel();
        self.tell(question(sender))?;
        answer.recv().context("the engine broke down")
    }

    pub(super) fn add(&self, leg: NewLeg, streams: Streams) -> anyhow::Result<()> {
        self.tell(Command::Add(Box::new(leg), streams))
    }

    pub(super) fn hold(&self, seat: Seat, key: MediaKey) -> anyhow::Result<()> {
        self.tell(Command::Hold(seat, key))
    }

    pub(super) fn visit(&self, system: usize, rooms: usize) -> anyhow::Result<()> {
        self.tell(Command::Visit(Some((system, rooms))))
    }

    pub(super) fn silence(&self) -> anyhow::Result<()> {
        self.tell(Command::Visit(None))
    }

    /// What was counted since the last time.
    pub(super) fn count(&self, system: usize) -> anyhow::Result<Counters> {
        self.ask(|sender| Command::Count(system, sender))
    }

    pub(super) fn readiness(&self, system: usize) -> anyhow::Result<Readiness> {
        self.ask(|sender| Command::Readiness(system, sender))
    }

    /// Drops all legs of a system.
    pub(super) fn forget(&self, system: usize) -> anyhow::Result<()> {
        self.tell(Command::Forget(system))
    }

    pub(super) fn firsts(&self, seat: Seat) -> anyhow::Result<Vec<Firsts>> {
        self.ask(|sender| Command::Firsts(seat, sender))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.tell(Command::Stop);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

struct Loop {
    poll: Poll,
    inbox: Receiver<Command>,
    /// One that was forgotten leaves its place empty.
    legs: Vec<Option<Leg>>,
    counters: Vec<Counters>,
    /// The earliest deadlines; an entry that is not its leg's any more is passed over.
    deadlines: BinaryHeap<Reverse<(Instant, usize)>>,
    /// What was last put there for each leg.
    scheduled: Vec<Option<Instant>>,
    origin: Instant,
}

impl Loop {
    fn new(poll: Poll, inbox: Receiver<Command>) -> Self {
        Self {
            poll,
            inbox,
            legs: Vec::new(),
            counters: Vec::new(),
            deadlines: BinaryHeap::new(),
            scheduled: Vec::new(),
            origin: Instant::now(),
        }
    }

    fn run(mut self) {
        let mut events = Events::with_capacity(1024);
        loop {
            let now = Instant::now();
            let next = self.deadlines.peek().map(|Reverse((at, _))| at.saturating_duration_since(now));
            let wait = next.unwrap_or(PATIENCE).min(PATIENCE);
            if self.poll.poll(&mut events, Some(wait)).is_err() {
                continue;
            }
            for event in &events {
                if event.token() != WAKER {
                    self.drive(event.token().0, |leg, counters| leg.handle_readable(counters));
                }
            }
            self.run_timers();
            while let Ok(command) = self.inbox.try_recv() {
                if matches!(command, Command::Stop) {
                    return;
                }
                self.obey(command);
            }
        }
    }

    fn run_timers(&mut self) {
        let now = Instant::now();
        while let Some(Reverse((at, index))) = self.deadlines.peek().copied() {
            if at > now {
                break;
            }
            self.deadlines.pop();
            if self.scheduled[index] == Some(at) {
                self.scheduled[index] = None;
                self.drive(index, |leg, counters| leg.handle_timeout(Instant::now(), counters));
            }
        }
    }

    fn drive(&mut self, index: usize, act: impl FnOnce(&mut Leg, &mut Counters)) {
        let Some(Some(leg)) = self.legs.get_mut(index) else { return };
        act(leg, &mut self.counters[leg.seat.system]);
        let next = leg.poll_timeout();
        if let Some(at) = next
            && self.scheduled[index].is_none_or(|scheduled| at < scheduled)
        {
            self.deadlines.push(Reverse((at, index)));
            self.scheduled[index] = Some(at);
        }
    }

    fn counters(&mut self, system: usize) -> &mut Counters {
        if self.counters.len() <= system {
            self.counters.resize_with(system + 1, Counters::default);
        }
        &mut self.counters[system]
    }

    fn indices(&self, of: impl Fn(&Leg) -> bool) -> Vec<usize> {
        let of = |(index, leg): (usize, &Option<Leg>)| leg.as_ref().is_some_and(&of).then_some(index);
        self.legs.iter().enumerate().filter_map(of).collect()
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Add(leg, streams) => {
                self.counters(leg.seat.system);
                if let Err(error) = self.add(*leg, &streams) {
                    eprintln!("load: a leg cannot be driven: {error:#}");
                }
            }
            Command::Hold(seat, key) => {
                for index in self.indices(|leg| leg.seat == seat) {
                    self.drive(index, |leg, _| leg.hold(&key));
                }
            }
            Command::Visit(visited) => {
                let now = Instant::now();
                for index in 0..self.legs.len() {
                    self.drive(index, |leg, _| {
                        let here = |(system, rooms)| leg.seat.system == system && leg.seat.room < rooms;
                        leg.publish(visited.is_some_and(here), now);
                    });
                }
            }
            Command::Count(system, answer) => {
                let _ = answer.send(std::mem::take(self.counters(system)));
            }
            Command::Readiness(system, answer) => {
                let all = self.indices(|leg| leg.seat.system == system);
                let ready = self.indices(|leg| leg.seat.system == system && leg.is_ready());
                let _ = answer.send(Readiness { ready: ready.len(), all: all.len() });
            }
            Command::Firsts(seat, answer) => {
                let legs = self.legs.iter().flatten().filter(|leg| leg.seat == seat);
                let _ = answer.send(legs.map(|leg| leg.firsts).collect());
            }
            Command::Forget(system) => {
                for leg in &mut self.legs {
                    // Its socket is closed with it, and poll forgets what is closed.
                    drop(leg.take_if(|leg| leg.seat.system == system));
                }
            }
            Command::Stop => {}
        }
    }

    fn add(&mut self, leg: NewLeg, streams: &Streams) -> anyhow::Result<()> {
        let mut leg = Leg::new(leg, streams, self.origin)?;
        let index = self.legs.len();
        self.poll.registry().register(&mut leg.socket, Token(index), Interest::READABLE)?;
        self.legs.push(Some(leg));
        self.scheduled.push(None);
        self.drive(index, |leg, counters| leg.handle_timeout(Instant::now(), counters));
        Ok(())
    }
}
