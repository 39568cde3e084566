//! What was measured, as a document and a picture.

use std::fmt::Write as _;

use super::picture::{Bar, Group, draw};
use super::run::{Results, SystemResults, Window, WorkloadResults};
use super::statistics::{Quartiles, percentile};
use super::workload::Course;

/// The system that is 1.
const REFERENCE: &str = "floor";
/// Ours.
const OURS: &str = "incamera";

/// The document.
pub fn document(results: &Results) -> String {
    let mut text = String::from(HEAD);
    let pace = results.pace;
    let _ = writeln!(
        text,
        "Machine: {}. Each system was visited {} times for {} ms, after {} ms of settling.\n",
        results.machine,
        pace.cycles,
        pace.window.as_millis(),
        pace.settling.as_millis(),
    );
    comparison(&mut text, results);
    most(&mut text, results);
    for workload in &results.workloads {
        let _ = writeln!(text, "## {}\n", workload.workload.title);
        match workload.workload.course {
            Course::Storm => storm(&mut text, workload),
            Course::Cycles => table(&mut text, workload),
            Course::Climb => climb(&mut text, workload),
            Course::Soak => soak(&mut text, workload),
        }
        for system in &workload.systems {
            if let Some(failure) = &system.failure {
                let _ = writeln!(text, "{} was not measured: {failure}.\n", system.name);
            }
        }
    }
    text.push_str("## The systems\n\n");
    let mut told = Vec::new();
    for system in results.workloads.iter().flat_map(|workload| &workload.systems) {
        if system.failure.is_none() && !told.contains(&&system.name) {
            told.push(&system.name);
            let about = &system.description;
            let _ = writeln!(
                text,
                "- **{}**: {}. Built: {}. {}",
                system.name,
                about.version,
                about.build,
                capitalised(about.settings.trim_end_matches('.')) + "."
            );
        }
    }
    text
}

const HEAD: &str = "# Performance

<!-- Made by `load report`. Change crates/testkit/src/load/report.rs, not this file. -->

![CPU time for each forwarded packet, as a multiple of the floor](performance.svg)

CPU time that a server takes for each packet that it forwards, beside the floor: a program that only receives each packet once,
encrypts it with AES-256-GCM for each receiver, and sends it by `sendto`. Every payload is encrypted from end to end; a sample of
the receivers opens what it gets and checks it.

All systems are up at once, on one core, the client on another. Each is visited in turn, and only its publishers send during a
visit. A window in which less than 99.9 % was delivered, or more than 105 % (some servers send a few frames twice, or of another
layer, when a camera begins again), or in which a checked frame was wrong, is rejected. Numbers are medians, with
quartiles in parentheses; multiples are formed within a cycle. The delay runs from the sending of a frame to its last
packet's arrival at a receiver, the client's own part included: compare it with the floor's.

What a system spends while nobody sends (the last column, of a core) is part of what it spends in a window, so it weighs on those that
are never quite silent. CPU and memory of other systems are those of the process that carries media: of mediasoup, its signalling in
Node is not in them; of Janus and Galène, signalling without TLS is; of incamera, signalling, TLS and the page's server are. Joining
includes both. What loss does to sound and pictures is in [quality](quality.md).

What loses nothing on one core at most, and what stays in memory when everybody has left, tell the workloads `climb`, `soak` and
`alone`, which are measured one system after the other, and have to be named (`--workloads climb,soak,alone`).

To measure again: `cargo build --release -p incamera`, install the other systems (`crates/testkit/peers/README.md` says how), then

```
cargo run --release -p incamera-testkit --features load --bin load -- \\
    run --systems incamera,mediasoup,janus,floor --incamera target/release/incamera --out results.json
cargo run --release -p incamera-testkit --features load --bin load -- report results.json
```

With the system `galene`, too, the first of these commands needs `crates/testkit/peers/apart` before it, which gives it a network of
its own. Galène offers everybody's streams to everybody: what joining costs includes those that nobody wanted.

";

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}

/// Ours as a share of the best of the others, workload by workload.
fn comparison(text: &mut String, results: &Results) {
    let mut lines = String::new();
    for workload in results.workloads.iter().filter(|workload| workload.workload.course == Course::Cycles) {
        let cost = |system: &&SystemResults| median(system, Window::cost).unwrap_or(f64::INFINITY);
        let best = others(workload).min_by(|one, other| cost(one).total_cmp(&cost(other)));
        let (Some(ours), Some(best)) = (ours(workload), best) else { continue };
        let share = |of: &dyn Fn(&SystemResults) -> Option<f64>| match (of(ours), of(best)) {
            (Some(ours), Some(best)) if best > 0.0 => format!("{:.2}", ours / best),
            _ => "–".into(),
        };
        let _ = writeln!(
            lines,
            "| {} | {} | {} | {}, {} | {} | {} |",
            workload.workload.title,
            best.name,
            share(&|system| median(system, Window::cost)),
            share(&|system| delay(system, |window| window.delay_median)),
            share(&|system| delay(system, |window| window.delay_99)),
            share(&|system| Some(system.setup.joining_each())),
            share(&|system| Some(system.setup.memory_each())),
        );
    }
    if lines.is_empty() {
        return;
    }
    text.push_str(
        "## incamera as a share of the best other server\n\nThe best is the one that takes the least CPU time for a packet. \
         What we want is in the first line; what is above it is not reached.\n\n\
         | workload | beside | CPU a packet | delay p50, p99 | CPU a join | memory a person |\n|---|---|---|---|---|---|\n\
         | *wanted* | | *0.50* | *0.70, 0.70* | *0.40* | *0.50* |\n",
    );
    text.push_str(&lines);
    text.push('\n');
}

/// How much more than the others one core of ours carries.
fn most(text: &mut String, results: &Results) {
    for workload in results.workloads.iter().filter(|workload| workload.workload.course == Course::Climb) {
        let peaks = others(workload).filter_map(|system| Some((system, peak(system)?.1.rate())));
        let best = peaks.max_by(|(_, one), (_, other)| one.total_cmp(other));
        let (Some((_, most)), Some((other, rate))) = (ours(workload).and_then(peak), best) else { continue };
        let _ = writeln!(
            text,
            "One core of incamera forwarded {:.0} packets a second without loss, {:.1} times as many as {} at its most.\n",
            most.rate(),
            most.rate() / rate,
            other.name,
        );
    }
}

fn ours(workload: &WorkloadResults) -> Option<&SystemResults> {
    workload.measured().find(|system| system.name == OURS)
}

fn others(workload: &WorkloadResults) -> impl Iterator<Item = &SystemResults> {
    workload.measured().filter(|system| system.name != OURS && !system.name.starts_with(REFERENCE))
}

/// The window in which the most was forwarded, and its place among all.
fn peak(system: &SystemResults) -> Option<(usize, &Window)> {
    let whole = system.windows.iter().enumerate().filter(|(_, window)| window.counts());
    whole.max_by(|one, other| one.1.rate().total_cmp(&other.1.rate()))
}

fn median(system: &SystemResults, of: fn(&Window) -> f64) -> Option<f64> {
    let counted: Vec<f64> = system.counted().map(of).collect();
    percentile(&counted, 0.5)
}

fn delay(system: &SystemResults, of: fn(&Window) -> Option<f64>) -> Option<f64> {
    let delays: Vec<f64> = system.counted().filter_map(of).collect();
    percentile(&delays, 0.5)
}

fn table(text: &mut String, workload: &WorkloadResults) {
    text.push_str(
        "| system | ns a packet | × floor | in the kernel | packets/s | delay p50, p99 (ms) | windows, rejected \
         | CPU a join (ms) | memory: idle, a person | silent |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for system in workload.measured() {
        let counted: Vec<&Window> = system.counted().collect();
        let costs: Vec<f64> = counted.iter().map(|window| window.cost()).collect();
        let rates: Vec<f64> = counted.iter().map(|window| window.rate()).collect();
        let sum = |of: fn(&Window) -> u64| counted.iter().map(|window| of(window)).sum::<u64>() as f64;
        let (user, kernel) = (sum(|window| window.user), sum(|window| window.system));
        let delay = |of| delay(system, of).map_or("–".into(), |delay| format!("{delay:.2}"));
        let setup = system.setup;
        let is_floor = system.name.starts_with(REFERENCE);
        let unless_floor = |value: String| if is_floor { "–".to_owned() } else { value };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.0} % | {:.0} | {}, {} | {}, {} | {} | {} | {} |",
            system.name,
            spread(Quartiles::of(&costs), 0),
            spread(multiples(workload, system), 2),
            100.0 * kernel / (user + kernel).max(1.0),
            percentile(&rates, 0.5).unwrap_or_default(),
            delay(|window| window.delay_median),
            delay(|window| window.delay_99),
            system.windows.len(),
            system.windows.len() - counted.len(),
            unless_floor(format!("{:.2}", setup.joining_each() / 1e6)),
            unless_floor(format!(
                "{:.1} MB, {:.0} kB",
                setup.memory_before as f64 / 1e6,
                setup.memory_each() / 1e3
            )),
            unless_floor(format!("{:.2} %", setup.silent as f64 / 1e7)),
        );
    }
    text.push('\n');
}

fn storm(text: &mut String, workload: &WorkloadResults) {
    text.push_str(
        "| system | people | all in after | join → first packet p50, p99 (ms) | join → first opened frame p50 (ms) \
         | CPU a join, media included (ms) |\n|---|---|---|---|---|---|\n",
    );
    for system in &workload.systems {
        let Some(joins) = &system.joins else { continue };
        let at = |of: &[f64], share| percentile(of, share).map_or("–".into(), |time| format!("{time:.0}"));
        let _ = writeln!(
            text,
            "| {} | {} of {} | {:.2} s | {}, {} | {} | {:.2} |",
            system.name,
            joins.packet.len(),
            system.setup.people,
            joins.seconds,
            at(&joins.packet, 0.5),
            at(&joins.packet, 0.99),
            at(&joins.frame, 0.5),
            system.setup.joining_each() / 1e6,
        );
    }
    text.push('\n');
}

/// The most that arrived whole, and how it was at half of that.
fn climb(text: &mut String, workload: &WorkloadResults) {
    text.push_str(
        "| system | people | most packets/s | rooms | core in use | at half of it: delay p50, p99 (ms) \
         | CPU a join (ms) | memory a person | silent |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for system in workload.measured() {
        let Some((place, best)) = peak(system) else {
            let _ =
                writeln!(text, "| {} | {} | – | – | – | – | – | – | – |", system.name, system.setup.people);
            continue;
        };
        let half = &system.windows[place / 2];
        let delay = |delay: Option<f64>| delay.map_or("–".into(), |delay| format!("{delay:.2}"));
        let setup = system.setup;
        let all = if place + 1 == workload.workload.rooms { " (all)" } else { "" };
        let _ = writeln!(
            text,
            "| {} | {} | {:.0} | {}{all} | {:.0} % | {}, {} | {:.2} | {:.0} kB | {:.2} % |",
            system.name,
            setup.people,
            best.rate(),
            place + 1,
            100.0 * best.cpu as f64 / 1e9 / best.seconds,
            delay(half.delay_median),
            delay(half.delay_99),
            setup.joining_each() / 1e6,
            setup.memory_each() / 1e3,
            setup.silent as f64 / 1e7,
        );
    }
    text.push('\n');
}

/// What stays in memory when everybody has left.
fn soak(text: &mut String, workload: &WorkloadResults) {
    text.push_str("| system | before | with all in | times | all left: once | half of the times | every time |\n|---|---|---|---|---|---|---|\n");
    for system in workload.measured() {
        let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
        let after = |round: usize| system.emptied.get(round).map_or("–".into(), |bytes| megabytes(*bytes));
        let rounds = system.emptied.len();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {rounds} | {} | {} | {} |",
            system.name,
            megabytes(system.setup.memory_before),
            megabytes(system.setup.memory_after),
            after(0),
            after((rounds / 2).saturating_sub(1)),
            after(rounds.saturating_sub(1)),
        );
    }
    text.push('\n');
}

fn spread(quartiles: Option<Quartiles>, digits: usize) -> String {
    let Some(Quartiles { low, median, high }) = quartiles else { return "–".into() };
    format!("{median:.digits$} ({low:.digits$}–{high:.digits$})")
}

/// A system's cost as a multiple of the floor's in the same cycle.
fn multiples(workload: &WorkloadResults, system: &SystemResults) -> Option<Quartiles> {
    let floor = workload.systems.iter().find(|other| other.name == REFERENCE)?;
    let pairs = system.windows.iter().zip(&floor.windows);
    let counted = pairs.filter(|(window, floor)| window.counts() && floor.counts());
    let multiples: Vec<f64> = counted.map(|(window, floor)| window.cost() / floor.cost()).collect();
    Quartiles::of(&multiples)
}

/// The picture.
pub fn picture(results: &Results) -> String {
    let group = |workload: &WorkloadResults| Group {
        title: workload.workload.title.clone(),
        bars: workload
            .systems
            .iter()
            .filter_map(|system| {
                let value = multiples(workload, system)?;
                Some(Bar { name: system.name.clone(), value })
            })
            .collect(),
    };
    let groups: Vec<Group> =
        results.workloads.iter().map(group).filter(|group| !group.bars.is_empty()).collect();
    draw("CPU time for each forwarded packet, as a multiple of the floor", &groups)
}

#[cfg(test)]
mod tests {
    use super::super::run::Pace;
    use super::super::stage::Setup;
    use super::super::system::Description;
    use super::super::workload::Workload;
    use super::*;
    use std::time::Duration;

    fn system(name: &str, costs: &[u64]) -> SystemResults {
        let window = |cost: &u64| Window {
            seconds: 0.4,
            expected: 1000,
            delivered: 1000,
            cpu: cost * 1000,
            ..Window::default()
        };
        SystemResults {
            name: name.into(),
            description: Description { name: name.into(), ..Description::default() },
            setup: Setup::default(),
            windows: costs.iter().map(window).collect(),
            joins: None,
            emptied: Vec::new(),
            failure: None,
        }
    }

    fn results() -> Results {
        let pace = Pace {
            cycles: 3,
            window: Duration::from_millis(400),
            settling: Duration::from_millis(300),
            warming: Duration::ZERO,
        };
        let mut broken = system("broken", &[]);
        broken.failure = Some("it did not start".into());
        // The machine was slow in the second cycle, for all alike.
        let systems =
            vec![system("incamera", &[4000, 8000, 4200]), system("floor", &[2000, 4000, 2000]), broken];
        let workload = Workload::named("webinar-100").expect("it is known");
        Results { machine: "a machine".into(), pace, workloads: vec![WorkloadResults { workload, systems }] }
    }

    #[test]
    fn multiples_are_formed_within_a_cycle() {
        let results = results();
        let workload = &results.workloads[0];
        let multiples = multiples(workload, &workload.systems[0]).expect("windows");
        assert_eq!(multiples.median, 2.0);
        assert!(multiples.high < 2.1, "{multiples:?}");
    }

    #[test]
    fn of_a_climb_the_highest_step_is_told_that_lost_nothing() {
        let mut results = results();
        let climb = &mut results.workloads[0];
        climb.workload = Workload::named("climb").expect("it is known");
        climb.systems.truncate(1);
        let step = |rooms: u64, delivered| Window {
            seconds: 0.5,
            expected: 1000 * rooms,
            delivered,
            cpu: 100_000_000 * rooms,
            delay_median: Some(rooms as f64),
            delay_99: Some(10.0 * rooms as f64),
            ..Window::default()
        };
        climb.systems[0].windows =
            vec![step(1, 1000), step(2, 2000), step(3, 3000), step(4, 3900), step(5, 4000)];
        let document = document(&results);
        assert!(document.contains("| incamera | 0 | 6000 | 3 | 60 % | 2.00, 20.00 |"), "{document}");
        assert!(!document.contains("times as many"), "there is nobody to compare with: {document}");

        let mut other = system("other", &[]);
        other.windows = vec![step(1, 1000), step(2, 1900)];
        results.workloads[0].systems.push(other);
        let document = super::document(&results);
        assert!(
            document.contains("forwarded 6000 packets a second without loss, 3.0 times as many as other")
        );
    }

    #[test]
    fn ours_is_told_as_a_share_of_the_best_other_server() {
        let mut results = results();
        let peer = |name: &str, cost| SystemResults {
            setup: Setup { people: 10, joining: 40, memory_after: 5000, ..Setup::default() },
            ..system(name, &[cost; 3])
        };
        let systems = &mut results.workloads[0].systems;
        systems.extend([peer("slow", 20_000), peer("quick", 8_400)]);
        systems[0].setup = Setup { people: 10, joining: 20, memory_after: 4000, ..Setup::default() };
        let document = document(&results);
        assert!(document.contains("| Webinar, 1 → 99 | quick | 0.50 | –, – | 0.50 | 0.80 |"), "{document}");
    }

    #[test]
    fn of_a_soak_memory_is_told_at_its_beginning_middle_and_end() {
        let mut results = results();
        let soak = &mut results.workloads[0];
        soak.workload = Workload::named("soak").expect("it is known");
        soak.systems.truncate(1);
        soak.systems[0].emptied = vec![30_000_000, 31_000_000, 32_000_000, 33_000_000];
        let document = document(&results);
        assert!(
            document.contains("| incamera | 0.0 MB | 0.0 MB | 4 | 30.0 MB | 31.0 MB | 33.0 MB |"),
            "{document}"
        );
    }

    #[test]
    fn the_document_and_the_picture_tell_all_systems() {
        let results = results();
        let document = document(&results);
        assert!(document.contains("| incamera | 4200 (4100–6100) | 2.00 (2.00–2.05) |"), "{document}");
        assert!(document.contains("| floor | 2000 (2000–3000) | 1.00 (1.00–1.00) |"), "{document}");
        assert!(document.contains("broken was not measured: it did not start."));
        let picture = picture(&results);
        assert!(picture.contains(">incamera<") && picture.contains(">2.00<"), "{picture}");
    }
}
