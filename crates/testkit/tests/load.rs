//! The load tool in its shortest form: the floor, and incamera where `LOAD_INCAMERA` names its program.

#![cfg(target_os = "linux")]

use std::process::Command;
use std::sync::{Mutex, PoisonError};

use incamera_testkit::load::run::{Results, SystemResults, Window};

/// Measures a small room until each system has a window that counts: on a busy machine packets are lost.
fn measured(systems: &str) -> Vec<SystemResults> {
    let mut results = Vec::new();
    for _ in 0..5 {
        results = measured_under("smoke", systems);
        let has_window = |system: &SystemResults| system.windows.iter().any(Window::counts);
        if results.iter().all(|system| system.failure.is_some() || has_window(system)) {
            break;
        }
    }
    results
}

/// Runs the tool and reads what it wrote.
fn measured_under(workload: &str, systems: &str) -> Vec<SystemResults> {
    // Two at once would take each other's time.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("results.json");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let client_core = if cores > 1 { "1" } else { "0" };
    let ran = Command::new(env!("CARGO_BIN_EXE_load"))
        .args(["run", "--systems", systems, "--workloads", workload, "--cycles", "3"])
        .args(["--window", "300", "--warming", "300", "--client-core", client_core, "--out"])
        .arg(&out)
        .output()
        .expect("it runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let text = std::fs::read_to_string(&out).expect("results");
    let results: Results = serde_json::from_str(&text).expect("results");
    results.workloads.into_iter().next().expect("one workload").systems
}

fn assert_measured(system: &SystemResults) {
    assert_eq!(system.failure, None, "{}", system.name);
    assert_eq!(system.windows.len(), 3, "{}", system.name);
    let counted: Vec<_> = system.windows.iter().filter(|window| window.counts()).collect();
    assert!(!counted.is_empty(), "{}: all windows were rejected: {:?}", system.name, system.windows);
    for window in counted {
        assert!(window.expected > 20, "{}: {window:?}", system.name);
        assert!(window.opened > 10, "{}: {window:?}", system.name);
        assert!(window.cost() > 100.0, "{}: {window:?}", system.name);
        assert!(window.delay_median.is_some_and(|delay| delay > 0.0), "{}: {window:?}", system.name);
    }
}

#[test]
fn the_floor_delivers_what_its_receivers_open() {
    for system in measured("floor,floor-sendmmsg,floor-gso") {
        assert_measured(&system);
    }
}

#[test]
fn incamera_delivers_what_its_receivers_open() {
    if !has_program() {
        return;
    }
    for system in measured("incamera,floor") {
        assert_measured(&system);
    }
}

#[test]
fn incamera_is_left_and_joined_again() {
    if !has_program() {
        return;
    }
    let systems = measured_under("soak-smoke", "incamera,floor");
    assert_eq!(systems.len(), 1, "nobody leaves the floor");
    assert_eq!(systems[0].failure, None);
    assert_eq!(systems[0].emptied.len(), 15);
    assert!(systems[0].emptied.iter().all(|bytes| *bytes > 1_000_000), "{:?}", systems[0].emptied);
}

/// Whether the server's program is there. On a build machine it must be.
fn has_program() -> bool {
    let has = std::env::var_os("LOAD_INCAMERA").is_some();
    assert!(has || std::env::var_os("CI").is_none(), "LOAD_INCAMERA names no program");
    if !has {
        eprintln!("LOAD_INCAMERA names no program: nothing was measured");
    }
    has
}

#[test]
fn a_system_that_cannot_be_measured_is_told() {
    let systems = measured("nothing,floor");
    assert!(systems[0].failure.as_ref().is_some_and(|failure| failure.contains("nothing")));
    assert_measured(&systems[1]);
}

#[test]
fn a_climb_sends_in_one_room_more_each_time() {
    let systems = measured_under("climb-smoke", "floor");
    let [floor] = systems.as_slice() else { panic!("{} systems", systems.len()) };
    assert_eq!(floor.failure, None);
    let [one, two] = floor.windows.as_slice() else { panic!("{:?}", floor.windows) };
    assert!(one.sent * 3 / 2 < two.sent, "{:?}", floor.windows);
}
