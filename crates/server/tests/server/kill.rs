//! The program is killed while it writes. What it had confirmed is there afterwards.

#[cfg(target_os = "linux")]
use std::path::Path;
#[cfg(target_os = "linux")]
use std::process::{Command, Stdio};

#[cfg(target_os = "linux")]
use incamera::clock::UnixTime;
use incamera::store::Db;
use incamera_conference::ids::MeetingId;

use crate::harness::{Browser, Plan, Program};

const ROUNDS: u32 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_confirmed_survives_sigkill() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state");
    let mut confirmed: Vec<MeetingId> = Vec::new();
    let mut cookie = None;
    for round in 0..ROUNDS {
        let mut program = Program::start(&state, None);
        let mut browser = Browser::new(program.address);
        if cookie.is_none() {
            let token = program.enrolment.clone();
            assert_eq!(browser.enrol(&token, "Anna", "password").await.status, 200);
            cookie = browser.cookie.clone();
        }
        browser.cookie = cookie.clone();
        // Somebody else keeps writing while the blow falls.
        let writer = {
            let mut browser = browser.clone();
            tokio::spawn(async move {
                for number in 0.. {
                    browser.create(&plan(round + ROUNDS, number)).await;
                }
            })
        };
        for number in 0..5 {
            let plan = plan(round, number);
            assert_eq!(browser.create(&plan).await.status, 201);
            confirmed.push(plan.id);
        }
        program.kill();
        writer.abort();
        let _ = writer.await;
        let db = Db::open(&state).expect("it opens after the blow");
        for id in &confirmed {
            assert!(db.meeting(id).expect("readable").is_some(), "a confirmed meeting is lost");
        }
        db.close().expect("closed");
    }
}

fn plan(round: u32, number: u32) -> Plan {
    let letter = |value: u32| char::from(b'a' + u8::try_from(value % 26).expect("small"));
    Plan::new(&format!(
        "killkillkill{}{}{}{}",
        letter(round),
        letter(number / 676),
        letter(number / 26),
        letter(number)
    ))
}

/// What changes a file, its name, or what of it is on the disk for good.
#[cfg(target_os = "linux")]
const WRITES: [&str; 7] = ["write", "pwrite64", "ftruncate", "fsync", "fdatasync", "rename", "unlink"];
/// Many more than there are of a kind.
#[cfg(target_os = "linux")]
const MOST: u32 = 500;

/// An old database is brought to the present version, and an invitation is added. Before each single call that writes, in turn, the
/// program is killed: what was there is there afterwards, and the file is whole.
#[cfg(target_os = "linux")]
#[test]
fn killed_before_any_write_it_leaves_a_good_file() {
    if Command::new("strace").arg("--version").stdout(Stdio::null()).status().is_err() {
        assert!(std::env::var_os("CI").is_none(), "strace is missing: sudo apt-get install strace");
        eprintln!("not tested. strace is missing: sudo apt-get install strace");
        return;
    }
    let mut left = Vec::new();
    for call in WRITES {
        let last = (1..MOST).find(|when| {
            let (version, has_ended) = killed_before(call, *when);
            left.push(version);
            has_ended
        });
        assert!(last.is_some(), "there was no end of {call}");
    }
    let blows = left.len() - WRITES.len();
    assert!(blows > 30, "only {blows} writes were seen");
    assert!(left.contains(&1) && left.contains(&3), "it was killed before and after the change: {left:?}");
}

/// Before the call of this kind with this number, counted from 1. The version in which the database was left, and whether there was no such
/// call.
#[cfg(target_os = "linux")]
fn killed_before(call: &str, when: u32) -> (i64, bool) {
    let folder = tempfile::tempdir().expect("a folder");
    old_database(folder.path());
    let output = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "-e", &format!("trace={call}")])
        .args(["-e", &format!("inject={call}:signal=SIGKILL:when={when}")])
        .arg(env!("CARGO_BIN_EXE_incamera"))
        .args(["host", "add", "Maria", "--state"])
        .arg(folder.path())
        .output()
        .expect("it runs");
    let has_ended = output.status.success();
    assert!(has_ended || output.status.code().is_none(), "{}", String::from_utf8_lossy(&output.stderr));
    let connection = rusqlite::Connection::open(folder.path().join("incamera.db")).expect("opened");
    let found: String =
        connection.query_row("PRAGMA integrity_check", (), |row| row.get(0)).expect("readable");
    assert_eq!(found, "ok", "killed before {call} {when}");
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("readable");
    drop(connection);
    let db = Db::open(folder.path()).expect("it opens after the blow");
    assert_eq!(db.host_names().expect("readable"), ["Anna", "Berta Ö."], "killed before {call} {when}");
    let invited = db.invited_names(UnixTime(0)).expect("readable");
    db.close().expect("closed");
    assert!(!has_ended || invited == ["Invited", "Maria"], "what was said was not done");
    (version, has_ended)
}

/// As the first version of the program left it.
#[cfg(target_os = "linux")]
fn old_database(state: &Path) {
    let connection = rusqlite::Connection::open(state.join("incamera.db")).expect("made");
    for text in [
        include_str!("../../src/store/versions/1-tables.sql"),
        include_str!("../../src/store/versions/1-rows.sql"),
        "PRAGMA user_version = 1",
    ] {
        connection.execute_batch(text).expect("filled");
    }
}
