//! `incamera audit --prove-nothing-kept` over a running server, and over servers that keep what they should not (B8, I3).

use std::process::{Command, Output};

use serde_json::Value;

use crate::harness::{Browser, Program};

/// A server of its own, whose log is beside its state, with a host.
struct Place {
    folder: tempfile::TempDir,
    program: Program,
}

impl Place {
    async fn new(leak: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("state");
        let log = folder.path().join("log");
        let program = Program::start_with(&state, Some(&log), &[("INCAMERA_LEAK", leak)]);
        let mut host = Browser::new(program.address);
        assert_eq!(host.enrol(&program.enrolment, "Anna", "password").await.status, 200);
        Self { folder, program }
    }

    fn audit(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_incamera"))
            .args(["audit", "--prove-nothing-kept", "--json", "--within"])
            .arg(self.folder.path())
            .arg("--state")
            .arg(self.folder.path().join("state"))
            .args(words)
            .output()
            .expect("it runs")
    }

    fn hosts(&self) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_incamera"))
            .args(["host", "list", "--state"])
            .arg(self.folder.path().join("state"))
            .output()
            .expect("it runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

fn report(output: &Output) -> Value {
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"))
}

/// What was found, and in which file.
#[cfg(debug_assertions)]
fn found(report: &Value) -> Vec<(String, String)> {
    let findings = report["searched"][0]["found"].as_array().expect("a list");
    let text = |finding: &Value, field: &str| finding[field].as_str().expect("a text").to_owned();
    let file =
        |at: &str| std::path::Path::new(at).file_name().expect("a file").to_string_lossy().into_owned();
    findings.iter().map(|finding| (text(finding, "what"), file(&text(finding, "at")))).collect()
}

#[tokio::test]
async fn a_whole_meeting_leaves_nothing_b8_i3() {
    let place = Place::new("").await;
    let output = place.audit(&[]);
    let report = report(&output);
    assert_eq!(report["outcome"], "nothing_kept", "{report}");
    assert_eq!(output.status.code(), Some(0));
    let meeting = &report["meeting"];
    assert_eq!((&meeting["people"], &meeting["linesRead"]), (&2.into(), &2.into()), "{report}");
    let opened = meeting["soundsOpened"].as_u64().expect("a number");
    assert!(opened > 0, "the meeting was silent");
    // The log at its most talkative was among what was searched, and the account is gone.
    let log = std::fs::metadata(place.folder.path().join("log")).expect("a log").len();
    assert!(report["searched"][0]["bytes"].as_u64().expect("a number") > log);
    assert_eq!(place.hosts(), "Anna");
}

// What is released cannot keep it.
#[cfg(debug_assertions)]
#[tokio::test]
async fn a_server_that_keeps_what_it_hears_is_found_out_b8_i3() {
    for (leak, file) in [("file", "leak"), ("log", "log"), ("database", "incamera.db")] {
        let place = Place::new(leak).await;
        let output = place.audit(&[]);
        let report = report(&output);
        assert_eq!(report["outcome"], "kept", "{leak}: {report}");
        assert_eq!(output.status.code(), Some(1));
        let found = found(&report);
        for what in
            ["a sealed name", "a sealed line", "an address", "the number in the link", "a person's key"]
        {
            assert!(found.contains(&(what.to_owned(), file.to_owned())), "{what} in the {leak}: {found:?}");
        }
        assert_eq!(place.hosts(), "Anna");
    }
}

#[tokio::test]
async fn where_no_meeting_can_be_held_nothing_is_proven_b8() {
    let mut place = Place::new("").await;
    place.program.kill();
    let output = place.audit(&[]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("nothing was proven"), "{told}");
    assert_eq!(place.hosts(), "Anna", "the account is removed all the same");

    let empty = tempfile::tempdir().expect("a folder");
    let program = Program::start(&empty.path().join("state"), None);
    let output = Command::new(env!("CARGO_BIN_EXE_incamera"))
        .args(["audit", "--prove-nothing-kept", "--within"])
        .arg(empty.path())
        .arg("--state")
        .arg(empty.path().join("state"))
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no host yet"));
    drop(program);
}
