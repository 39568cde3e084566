//! A measurement: all systems up at once, each visited in turn, so that what disturbs the machine disturbs all alike.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::kernel;
use super::leg::Seat;
use super::stage::{self, Places, Setup, Staged};
use super::statistics::percentile;
use super::system::Description;
use super::workload::{Course, Workload};

/// A window that delivered less is rejected.
pub const LEAST_DELIVERED: f64 = 0.999;
/// And one that delivered more. Some servers send a few frames of another layer when a publisher begins again.
pub const MOST_DELIVERED: f64 = 1.05;
/// What is under way when the publishers stop has arrived after this.
const DRAIN: Duration = Duration::from_millis(30);
/// Signalling is looked after so often.
const TENDING: Duration = Duration::from_millis(200);
/// How long nobody sends while idle CPU is measured.
const SILENCE: Duration = Duration::from_secs(3);
/// How often people come and leave in a soak, for each visit of a cycle, and how long they stay.
const ROUNDS: usize = 5;
const STAY: Duration = Duration::from_millis(500);
/// How long the receivers of a storm may take.
const STORM: Duration = Duration::from_secs(10);

/// How to measure.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Pace {
    /// Visits of each system.
    pub cycles: usize,
    /// How long packets are counted in a visit.
    pub window: Duration,
    /// How long the publishers send before that.
    pub settling: Duration,
    /// How long they send at first, so that estimates of bandwidth find their level.
    pub warming: Duration,
}

/// All that was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Results {
    /// The processor and the kernel.
    pub machine: String,
    /// How.
    pub pace: Pace,
    /// In the order of measuring.
    pub workloads: Vec<WorkloadResults>,
}

/// Of one workload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WorkloadResults {
    /// Which.
    pub workload: Workload,
    /// Of each system.
    pub systems: Vec<SystemResults>,
}

/// Of one system in one workload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SystemResults {
    /// As on the command line.
    pub name: String,
    /// In words.
    pub description: Description,
    /// What joining cost, and silence.
    pub setup: Setup,
    /// One for each cycle, rejected ones included.
    pub windows: Vec<Window>,
    /// Of a storm.
    pub joins: Option<Joins>,
    /// Of a soak: resident bytes whenever everybody has left.
    #[serde(default)]
    pub emptied: Vec<u64>,
    /// Why there is nothing more.
    pub failure: Option<String>,
}

impl WorkloadResults {
    /// The systems that there is something to tell of.
    pub fn measured(&self) -> impl Iterator<Item = &SystemResults> {
        self.systems.iter().filter(|system| system.failure.is_none())
    }
}

impl SystemResults {
    /// The windows that count.
    pub fn counted(&self) -> impl Iterator<Item = &Window> {
        self.windows.iter().filter(|window| window.counts())
    }
}

/// What happened in one window.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Window {
    /// Seconds in which was sent.
    pub seconds: f64,
    /// Packets that the publishers sent.
    pub sent: u64,
    /// Packets that receivers should have got.
    pub expected: u64,
    /// Packets that they got.
    pub delivered: u64,
    /// CPU nanoseconds of the server.
    pub cpu: u64,
    /// Of them in user mode, in ticks of a hundredth of a second.
    pub user: u64,
    /// And in the kernel.
    pub system: u64,
    /// Milliseconds from sending a frame to having it whole, half of them below.
    pub delay_median: Option<f64>,
    /// And 99 of 100.
    pub delay_99: Option<f64>,
    /// Frames that were opened and are what was sent.
    pub opened: u64,
    /// Of these, frames of cameras by layer, the smallest first.
    pub layers: [u64; 3],
    /// Frames that were not.
    pub faults: u64,
    /// The latest that the client sent a frame after it was due, in milliseconds.
    pub late: f64,
}

/// How people came in while others sent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Joins {
    /// Seconds from the first beginning to the last being in.
    pub seconds: f64,
    /// Milliseconds from beginning to connect to the first packet, of each.
    pub packet: Vec<f64>,
    /// To the first frame that was opened, of those who open.
    pub frame: Vec<f64>,
}

impl Window {
    /// The share that was delivered.
    pub fn share(&self) -> f64 {
        if self.expected == 0 { 0.0 } else { self.delivered as f64 / self.expected as f64 }
    }

    /// Whether it counts.
    pub fn counts(&self) -> bool {
        self.expected > 0 && self.faults == 0 && (LEAST_DELIVERED..=MOST_DELIVERED).contains(&self.share())
    }

    /// Packets that receivers got in a second.
    pub fn rate(&self) -> f64 {
        self.delivered as f64 / self.seconds
    }

    /// CPU nanoseconds for each packet that was delivered.
    pub fn cost(&self) -> f64 {
        self.cpu as f64 / self.delivered.max(1) as f64
    }
}

/// Measures workloads, one after the other, with fresh systems for each. What fails is told in the results.
pub fn run(
    systems: &[String],
    workloads: &[Workload],
    places: &Places,
    pace: Pace,
) -> anyhow::Result<Results> {
    kernel::raise_file_limit();
    kernel::pin(places.client_core)?;
    let mut results = Results { machine: machine(), pace, workloads: Vec::new() };
    for workload in workloads {
        eprintln!("{}", workload.title);
        results.workloads.push(WorkloadResults {
            workload: workload.clone(),
            systems: measure(systems, workload, places, pace)?,
        });
    }
    Ok(results)
}

fn machine() -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let processor = processor.map_or("an unknown processor", |(_, name)| name);
    // What follows the number says who built it.
    let number = kernel.trim().split('-').next().unwrap_or_default();
    format!("{processor}, Linux {number}")
}

fn measure(
    systems: &[String],
    workload: &Workload,
    places: &Places,
    pace: Pace,
) -> anyhow::Result<Vec<SystemResults>> {
    if matches!(workload.course, Course::Climb | Course::Soak) {
        let has_people = |name: &&String| workload.course == Course::Climb || stage::has_people(name);
        return systems.iter().filter(has_people).map(|name| alone(name, workload, places, pace)).collect();
    }
    let engine = Engine::start(places.client_core)?;
    let mut results = Vec::new();
    let mut stage = Vec::new();
    for (number, name) in systems.iter().enumerate() {
        let mut joins = None;
        let staged = Staged::start(name, number, places).and_then(|mut staged| {
            if workload.course == Course::Storm {
                joins = storm(&mut staged, &engine, workload)?;
            } else {
                staged.fill(&engine, workload)?;
            }
            Ok(staged)
        });
        results.push(SystemResults { joins, ..begun(name, &staged) });
        stage.push(staged.ok());
    }
    if workload.course == Course::Cycles {
        cycles(&mut stage, &engine, &mut results, pace)?;
    }
    for (staged, results) in stage.iter().zip(&mut results) {
        if let Some(staged) = staged {
            results.setup = staged.setup;
        }
    }
    Ok(results)
}

/// What there is to say of a system that was started, or was not.
fn begun(name: &str, staged: &anyhow::Result<Staged>) -> SystemResults {
    let failure = staged.as_ref().err().map(|error| format!("{error:#}"));
    if let Some(failure) = &failure {
        eprintln!("  {name}: {failure}");
    }
    SystemResults {
        name: name.to_owned(),
        description: staged.as_ref().map(Staged::description).unwrap_or_default(),
        setup: staged.as_ref().map(|staged| staged.setup).unwrap_or_default(),
        windows: Vec::new(),
        joins: None,
        emptied: Vec::new(),
        failure,
    }
}

/// A system with nothing else on its core.
fn alone(name: &str, workload: &Workload, places: &Places, pace: Pace) -> anyhow::Result<SystemResults> {
    let engine = Engine::start(places.client_core)?;
    let staged = Staged::start(name, 0, places).and_then(|mut staged| {
        staged.fill(&engine, workload)?;
        Ok(staged)
    });
    let mut results = begun(name, &staged);
    let Ok(mut staged) = staged else { return Ok(results) };
    if workload.course == Course::Soak {
        match soak(&mut staged, &engine, workload, ROUNDS * pace.cycles) {
            Ok(emptied) => results.emptied = emptied,
            Err(error) => results.failure = Some(format!("{error:#}")),
        }
        return Ok(results);
    }
    let mut stage = [Some(staged)];
    silence(&mut stage, &engine)?;
    results.setup = stage[0].as_ref().map_or(results.setup, |staged| staged.setup);
    results.windows = climb(&mut stage, &engine, workload, pace)?;
    Ok(results)
}

/// A window for each number of rooms that send, until two in a row have lost packets.
fn climb(
    stage: &mut [Option<Staged>; 1],
    engine: &Engine,
    workload: &Workload,
    pace: Pace,
) -> anyhow::Result<Vec<Window>> {
    let mut windows: Vec<Window> = Vec::new();
    for rooms in 1..=workload.rooms {
        engine.visit(0, rooms)?;
        rest(stage, engine, pace.warming)?;
        engine.silence()?;
        let Some(staged) = &stage[0] else { break };
        let window = visit(staged, engine, pace, rooms)?;
        let lost = |window: &Window| !window.counts();
        let over = lost(&window) && windows.last().is_some_and(lost);
        eprintln!("  {}, {rooms} rooms: {:.2} % delivered", staged.name, 100.0 * window.share());
        windows.push(window);
        if over {
            break;
        }
    }
    Ok(windows)
}

/// Resident bytes after each round. The first has begun: everybody is in.
fn soak(
    staged: &mut Staged,
    engine: &Engine,
    workload: &Workload,
    rounds: usize,
) -> anyhow::Result<Vec<u64>> {
    let mut emptied = Vec::new();
    for round in 1..=rounds {
        engine.visit(staged.number, usize::MAX)?;
        std::thread::sleep(STAY);
        engine.silence()?;
        emptied.push(staged.empty(engine)?);
        if round < rounds {
            staged.fill(engine, workload)?;
        }
    }
    Ok(emptied)
}

fn cycles(
    stage: &mut [Option<Staged>],
    engine: &Engine,
    results: &mut [SystemResults],
    pace: Pace,
) -> anyhow::Result<()> {
    silence(stage, engine)?;
    for number in (0..stage.len()).filter(|number| results[*number].failure.is_none()) {
        engine.visit(number, usize::MAX)?;
        rest(stage, engine, pace.warming)?;
        engine.silence()?;
    }
    for cycle in 1..=pace.cycles {
        for number in 0..stage.len() {
            let Some(staged) = &stage[number] else { continue };
            let window = visit(staged, engine, pace, usize::MAX)?;
            if !window.counts() {
                eprintln!(
                    "  cycle {cycle}, {}: rejected, {:.2} % delivered, {} faults",
                    staged.name,
                    100.0 * window.share(),
                    window.faults
                );
            }
            results[number].windows.push(window);
            rest(stage, engine, Duration::ZERO)?;
        }
    }
    Ok(())
}

/// What every system takes when nobody sends.
fn silence(stage: &mut [Option<Staged>], engine: &Engine) -> anyhow::Result<()> {
    let mut before = Vec::new();
    for staged in stage.iter() {
        before.push(staged.as_ref().map(Staged::meter).transpose()?);
    }
    let began = Instant::now();
    rest(stage, engine, SILENCE)?;
    for (staged, before) in stage.iter_mut().zip(before) {
        if let (Some(staged), Some(before)) = (staged, before) {
            let took = staged.meter()?.since(&before).total as f64;
            staged.setup.silent = (took / began.elapsed().as_secs_f64()) as u64;
        }
    }
    Ok(())
}

/// Waits, while all signalling goes on.
fn rest(stage: &mut [Option<Staged>], engine: &Engine, time: Duration) -> anyhow::Result<()> {
    let end = Instant::now() + time;
    loop {
        for staged in stage.iter_mut().flatten() {
            staged.tend(engine)?;
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        std::thread::sleep(left.min(TENDING));
    }
}

/// One system's publishers send, in so many of its rooms. Nothing is under way when the count begins and when it ends, so that it is exact.
fn visit(staged: &Staged, engine: &Engine, pace: Pace, rooms: usize) -> anyhow::Result<Window> {
    engine.visit(staged.number, rooms)?;
    std::thread::sleep(pace.settling);
    engine.silence()?;
    std::thread::sleep(DRAIN);

    engine.count(staged.number)?;
    let (dropped, cpu, began) = (staged.dropped()?, staged.meter()?, Instant::now());
    engine.visit(staged.number, rooms)?;
    std::thread::sleep(pace.window);
    engine.silence()?;
    let seconds = began.elapsed().as_secs_f64();
    std::thread::sleep(DRAIN);
    let cpu = staged.meter()?.since(&cpu);
    let dropped = staged.dropped()? - dropped;
    let counted = engine.count(staged.number)?;
    Ok(Window {
        seconds,
        sent: counted.sent,
        expected: counted.expected,
        delivered: dropped + counted.received,
        cpu: cpu.total,
        user: cpu.user,
        system: cpu.system,
        delay_median: percentile(&counted.delays, 0.5),
        delay_99: percentile(&counted.delays, 0.99),
        opened: counted.opened,
        layers: counted.layers,
        faults: counted.faults,
        late: counted.late,
    })
}

/// The publishers send, and the others come one right after the other.
fn storm(staged: &mut Staged, engine: &Engine, workload: &Workload) -> anyhow::Result<Option<Joins>> {
    if !stage::has_people(&staged.name) {
        return Ok(None);
    }
    for participant in 0..workload.publishers {
        staged.enter(engine, workload, 0, participant)?;
    }
    staged.wait(engine, 0)?;
    engine.visit(staged.number, usize::MAX)?;
    std::thread::sleep(Duration::from_secs(1));

    let before = staged.meter()?;
    let first = Instant::now();
    let mut began = Vec::new();
    for participant in workload.publishers..workload.people {
        began.push((participant, Instant::now()));
        staged.enter(engine, workload, 0, participant)?;
        staged.watch(engine, workload, 0, participant)?;
    }
    let mut joins = Joins::default();
    let deadline = Instant::now() + STORM;
    while Instant::now() < deadline {
        staged.tend(engine)?;
        joins = Joins { seconds: first.elapsed().as_secs_f64(), ..Joins::default() };
        for (participant, began) in &began {
            let seat = Seat { system: staged.number, room: 0, participant: *participant };
            let firsts = engine.firsts(seat)?;
            let milliseconds = |at: Option<Instant>| at.map(|at| (at - *began).as_secs_f64() * 1000.0);
            joins.packet.extend(firsts.iter().filter_map(|one| milliseconds(one.packet)).next());
            joins.frame.extend(firsts.iter().filter_map(|one| milliseconds(one.frame)).next());
        }
        let samples = began.iter().filter(|(participant, _)| workload.plan(*participant).sampled).count();
        if joins.packet.len() == began.len() && joins.frame.len() == samples {
            break;
        }
        std::thread::sleep(TENDING);
    }
    staged.setup.people = began.len();
    staged.setup.joining = staged.meter()?.since(&before).total;
    staged.setup.memory_after = kernel::resident(&staged.processes())?;
    engine.silence()?;
    Ok(Some(joins))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_that_lost_or_gained_packets_do_not_count() {
        let window =
            |expected, delivered, faults| Window { expected, delivered, faults, ..Window::default() };
        assert!(window(10_000, 10_000, 0).counts());
        assert!(window(10_000, 9_991, 0).counts());
        assert!(!window(10_000, 9_980, 0).counts());
        assert!(window(10_000, 10_200, 0).counts());
        assert!(!window(10_000, 10_600, 0).counts());
        assert!(!window(10_000, 10_000, 1).counts());
        assert!(!window(0, 0, 0).counts());
    }
}
