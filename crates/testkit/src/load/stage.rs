//! Systems on their places: started on the server's core, with all people of a workload in their meetings.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::floor::{Routes, Way};
use super::incamera::Incamera;
use super::kernel::{self, Meter};
use super::leg::{Connection, NewLeg, Receiving, Seat, Sending};
use super::peers::galene::{Galene, Sockets};
use super::peers::janus::{Janus, Libsrtp};
use super::peers::mediasoup::Mediasoup;
use super::system::{Description, Leg, MediaKey, System};
use super::workload::{Streams, Workload};

/// How long connections may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Connections settle for so long before what joining cost is read.
const REST: Duration = Duration::from_millis(500);
/// People who have entered and not connected yet: others stop there.
const UNDER_WAY: usize = 16;

/// Where things run, and what is started.
#[derive(Clone, Debug)]
pub struct Places {
    /// Servers run here, and nothing else.
    pub server_core: usize,
    /// The client runs here.
    pub client_core: usize,
    /// The server's program, where it is measured.
    pub incamera: Option<PathBuf>,
    /// The folder of other SFUs.
    pub peers: PathBuf,
}

/// What it cost that people came.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Setup {
    /// People in all rooms.
    pub people: usize,
    /// Resident bytes before anybody came.
    pub memory_before: u64,
    /// And with everybody in.
    pub memory_after: u64,
    /// CPU nanoseconds of all joins, connections included.
    pub joining: u64,
    /// CPU nanoseconds in a second in which nobody sends.
    pub silent: u64,
}

impl Setup {
    /// CPU nanoseconds of a join.
    pub fn joining_each(&self) -> f64 {
        self.joining as f64 / self.people.max(1) as f64
    }

    /// Resident bytes that a person adds.
    pub fn memory_each(&self) -> f64 {
        self.memory_after.saturating_sub(self.memory_before) as f64 / self.people.max(1) as f64
    }
}

/// One system with its people.
pub(super) struct Staged {
    pub(super) name: String,
    pub(super) number: usize,
    pub(super) setup: Setup,
    kind: Kind,
    /// Receivers whose media the kernel drops.
    filtered: Vec<SocketAddr>,
    keys: HashMap<(usize, usize), MediaKey>,
}

enum Kind {
    Real(Box<dyn System>),
    Floor { way: Way, child: Child },
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Kind::Floor { child, .. } = &mut self.kind {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The floor that sends in this way, by its name as a system.
fn floor_of(name: &str) -> Option<Way> {
    let way = name.strip_prefix("floor")?;
    match way.strip_prefix('-') {
        None => way.is_empty().then_some(Way::Sendto),
        Some(way) => Way::ALL.into_iter().find(|known| known.name() == way),
    }
}

/// Whether people come and leave: nobody joins the floor.
pub(super) fn has_people(name: &str) -> bool {
    floor_of(name).is_none()
}

/// Starts a system that is not the floor.
fn start(name: &str, places: &Places, number: usize) -> anyhow::Result<Box<dyn System>> {
    // Each system's people have a network of their own.
    let network = 10 + number as u8;
    match name {
        "incamera" => {
            let binary = places.incamera.as_deref().context("--incamera names no program")?;
            Ok(Box::new(Incamera::start(binary, places.server_core, network)?))
        }
        "mediasoup" => Ok(Box::new(Mediasoup::start(&places.peers, places.server_core)?)),
        "janus" => Ok(Box::new(Janus::start(&places.peers, places.server_core, Libsrtp::OpenSsl)?)),
        "janus-packaged" => Ok(Box::new(Janus::start(&places.peers, places.server_core, Libsrtp::Packaged)?)),
        "galene" => Ok(Box::new(Galene::start(&places.peers, places.server_core, Sockets::One)?)),
        "galene-ports" => Ok(Box::new(Galene::start(&places.peers, places.server_core, Sockets::Each)?)),
        _ => bail!("there is no system {name:?}"),
    }
}

impl Staged {
    /// Starts a system, without people.
    pub(super) fn start(name: &str, number: usize, places: &Places) -> anyhow::Result<Self> {
        let kind = match floor_of(name) {
            None => Kind::Real(start(name, places, number)?),
            Some(way) => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["floor-serve", "--send", way.name()]);
                command.stdin(Stdio::piped()).stdout(Stdio::piped());
                Kind::Floor { way, child: kernel::spawn_on(places.server_core, &mut command)? }
            }
        };
        let mut staged = Self {
            name: name.to_owned(),
            number,
            setup: Setup::default(),
            kind,
            filtered: Vec::new(),
            keys: HashMap::new(),
        };
        std::thread::sleep(REST);
        staged.setup.memory_before = kernel::resident(&staged.processes())?;
        Ok(staged)
    }

    pub(super) fn processes(&self) -> Vec<u32> {
        match &self.kind {
            Kind::Real(system) => system.processes(),
            Kind::Floor { child, .. } => vec![child.id()],
        }
    }

    pub(super) fn meter(&self) -> anyhow::Result<Meter> {
        Meter::read(&self.processes())
    }

    pub(super) fn description(&self) -> Description {
        match &self.kind {
            Kind::Real(system) => system.description(),
            Kind::Floor { way, .. } => Description {
                name: self.name.clone(),
                version: format!("AES-256-GCM once for each receiver, sent by {}", way.name()),
                build: "with the load tool".into(),
                settings: "no signalling, no ICE, no DTLS, no feedback; arriving packets are not decrypted"
                    .into(),
            },
        }
    }

    /// Packets that receivers' kernels have dropped so far.
    pub(super) fn dropped(&self) -> anyhow::Result<u64> {
        let drops = kernel::drops()?;
        Ok(self.filtered.iter().filter_map(|address| drops.get(address)).sum())
    }

    /// Everybody of a workload comes in.
    pub(super) fn fill(&mut self, engine: &Engine, workload: &Workload) -> anyhow::Result<()> {
        let before = self.meter()?;
        match &self.kind {
            Kind::Floor { .. } => self.fill_floor(engine, workload)?,
            Kind::Real(_) => {
                for room in 0..workload.rooms {
                    for participant in 0..workload.people {
                        self.enter(engine, workload, room, participant)?;
                        self.wait(engine, UNDER_WAY)?;
                    }
                }
                self.wait(engine, 0)?;
                for room in 0..workload.rooms {
                    for participant in 0..workload.people {
                        self.watch(engine, workload, room, participant)?;
                    }
                }
                self.wait(engine, 0)?;
            }
        }
        self.tend(engine)?;
        std::thread::sleep(REST);
        self.tend(engine)?;
        self.setup.people = workload.rooms * workload.people;
        self.setup.joining = self.meter()?.since(&before).total;
        self.setup.memory_after = kernel::resident(&self.processes())?;
        Ok(())
    }

    /// Everybody leaves, and what they took should be free again.
    pub(super) fn empty(&mut self, engine: &Engine) -> anyhow::Result<u64> {
        if let Kind::Real(system) = &mut self.kind {
            system.empty()?;
        }
        engine.forget(self.number)?;
        self.filtered.clear();
        self.keys.clear();
        std::thread::sleep(REST);
        kernel::resident(&self.processes())
    }

    /// One person comes in.
    pub(super) fn enter(
        &mut self,
        engine: &Engine,
        workload: &Workload,
        room: usize,
        participant: usize,
    ) -> anyhow::Result<()> {
        let Kind::Real(system) = &mut self.kind else { return Ok(()) };
        let legs = system
            .enter(room, participant, &workload.plan(participant))
            .with_context(|| format!("{}: participant {participant} of room {room}", self.name))?;
        self.add(engine, workload, room, participant, legs)?;
        self.tend(engine)
    }

    /// One person subscribes.
    pub(super) fn watch(
        &mut self,
        engine: &Engine,
        workload: &Workload,
        room: usize,
        participant: usize,
    ) -> anyhow::Result<()> {
        let Kind::Real(system) = &mut self.kind else { return Ok(()) };
        let legs = system
            .watch(room, participant)
            .with_context(|| format!("{}: participant {participant} of room {room} watches", self.name))?;
        self.add(engine, workload, room, participant, legs)
    }

    fn add(
        &mut self,
        engine: &Engine,
        workload: &Workload,
        room: usize,
        participant: usize,
        legs: Vec<Leg>,
    ) -> anyhow::Result<()> {
        let seat = Seat { system: self.number, room, participant };
        let receiving = receiving(workload, participant);
        for Leg { rtc, socket, sends, receives } in legs {
            if receives && receiving == Receiving::Filtered {
                self.filtered.push(socket.local_addr()?);
            }
            let sends = sends.into_iter().map(|sends| Sending {
                source: sends.source,
                mid: Some(sends.mid),
                rids: sends.rids,
                fan_out: workload.fan_out(participant, sends.source),
                ssrc: 0,
            });
            let (connection, sends) = (Connection::Rtc(Box::new(rtc)), sends.collect());
            engine.add(NewLeg { seat, connection, socket, sends, receiving }, Streams)?;
        }
        let system = match &self.kind {
            Kind::Real(system) => system.media_key(room, participant),
            Kind::Floor { .. } => None,
        };
        // Where the system has no group, all have one key.
        let own = MediaKey { epoch: 1, leaf: participant as u32, base: [room as u8 + 1; 16] };
        let key = system.unwrap_or(own);
        engine.hold(seat, key.clone())?;
        self.keys.insert((room, participant), key);
        Ok(())
    }

    /// Lets the signalling go on, and hands new keys to the engine.
    pub(super) fn tend(&mut self, engine: &Engine) -> anyhow::Result<()> {
        let Kind::Real(system) = &mut self.kind else { return Ok(()) };
        system.poll().with_context(|| self.name.clone())?;
        for ((room, participant), held) in &mut self.keys {
            if let Some(key) = system.media_key(*room, *participant).filter(|key| key != held) {
                let seat = Seat { system: self.number, room: *room, participant: *participant };
                engine.hold(seat, key.clone())?;
                *held = key;
            }
        }
        Ok(())
    }

    /// Waits until all but so many connections stand.
    pub(super) fn wait(&mut self, engine: &Engine, but: usize) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let readiness = engine.readiness(self.number)?;
            if readiness.ready + but >= readiness.all {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("{}: {} of {} connections stand", self.name, readiness.ready, readiness.all);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn fill_floor(&mut self, engine: &Engine, workload: &Workload) -> anyhow::Result<()> {
        let Kind::Floor { child, .. } = &mut self.kind else { return Ok(()) };
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().context("no output")?).read_line(&mut line)?;
        let target: SocketAddr = line.trim().parse().context("the floor did not start")?;
        let mut routes = Routes::default();
        let mut legs = Vec::new();
        for room in 0..workload.rooms {
            let mut receivers = Vec::new();
            for participant in 0..workload.people {
                let socket = UdpSocket::bind("127.0.0.1:0")?;
                let address = socket.local_addr()?;
                receivers.push(address);
                let receiving = receiving(workload, participant);
                if receiving == Receiving::Filtered {
                    self.filtered.push(address);
                }
                let seat = Seat { system: self.number, room, participant };
                let connection = Connection::FloorReceiver;
                legs.push(NewLeg { seat, connection, socket, sends: Vec::new(), receiving });
            }
            for publisher in 0..workload.publishers {
                let mut sends = Vec::new();
                for source in workload.plan(publisher).sources() {
                    let ssrc = (room * 10_000 + publisher * 16 + source as usize * 4 + 1) as u32;
                    let fan_out = workload.fan_out(publisher, source);
                    for (participant, address) in receivers.iter().enumerate() {
                        let Some(layer) = workload.receives(participant, publisher, source) else { continue };
                        let is_camera = source == incamera_conference::wire::Source::Camera;
                        let stream = if is_camera { ssrc + layer as u32 } else { ssrc };
                        routes.streams.entry(stream).or_default().push(*address);
                    }
                    sends.push(Sending { source, mid: None, rids: Vec::new(), fan_out, ssrc });
                }
                let seat = Seat { system: self.number, room, participant: publisher };
                let (connection, socket) = (Connection::FloorSender(target), UdpSocket::bind("127.0.0.1:0")?);
                legs.push(NewLeg { seat, connection, socket, sends, receiving: Receiving::Counted });
            }
        }
        let stdin = child.stdin.as_mut().context("no input")?;
        writeln!(stdin, "{}", serde_json::to_string(&routes)?)?;
        for leg in legs {
            let seat = leg.seat;
            engine.add(leg, Streams)?;
            let key = MediaKey { epoch: 1, leaf: seat.participant as u32, base: [seat.room as u8 + 1; 16] };
            engine.hold(seat, key)?;
        }
        Ok(())
    }
}

/// What becomes of what a participant receives.
fn receiving(workload: &Workload, participant: usize) -> Receiving {
    if workload.plan(participant).sampled {
        Receiving::Opened
    } else if workload.feedback {
        Receiving::Counted
    } else {
        Receiving::Filtered
    }
}
