//! `incamera host …`, in another process while the server runs (S1, B6).

use incamera_conference::ids::MeetingId;
use incamera_conference::settings::Role;
use incamera_conference::wire::Refusal;
use serde_json::json;

use crate::harness::{Browser, House, Person, Plan, enter, fragment};

const MEETING: &str = "hostshostshostss";

#[tokio::test]
async fn hosts_are_added_listed_and_removed_s1() {
    let house = House::open().await;
    house.host().await;
    let (done, printed) = house.command(&["host", "add", "Berta"]);
    assert!(done, "{printed}");
    let port = house.address().port();
    assert!(printed.starts_with(&format!("https://localhost:{port}/enrol#")), "{printed}");
    assert!(house.command(&["host", "list"]).1.contains("Berta (has not made the account yet)"));
    let token = fragment(&printed).to_owned();
    let mut berta = house.browser();
    let info = berta.post("/api/enrolment", json!({ "token": token })).await;
    assert_eq!(info.json()["name"], "Berta");
    let other = berta.enrol(&token, "Carla", "password").await;
    assert_eq!(other.error(), "bad_request", "the address is for this name only");
    assert_eq!(berta.enrol(&token, "Berta", "password").await.status, 200);
    assert_eq!(house.command(&["host", "list"]).1, "Anna\nBerta\n");

    assert!(!house.command(&["host", "add", "berta"]).0, "the name is taken");
    assert!(!house.command(&["host", "remove", "Carla"]).0);
    assert!(house.command(&["host", "remove", "Berta"]).0);
    assert_eq!(berta.get("/api/account").await.error(), "signed_out");
    assert_eq!(house.command(&["host", "list"]).1, "Anna\n");
}

#[tokio::test]
async fn a_reset_gives_a_new_password_and_hands_out_the_wrapped_key_s1() {
    let house = House::open().await;
    let mut anna = house.host().await;
    let (done, printed) = house.command(&["host", "reset", "Anna"]);
    assert!(done, "{printed}");
    assert_eq!(anna.get("/api/account").await.status, 200, "until it is used, nothing changes");
    let token = fragment(&printed).to_owned();
    let info = house.browser().post("/api/enrolment", json!({ "token": token })).await.json();
    assert_eq!(info["name"], "Anna");
    assert_eq!(info["recovery"]["hostKey"], anna.get("/api/account").await.json()["hostKey"]);

    anna.create(&Plan::new(MEETING)).await;
    let mut renewed = house.browser();
    assert_eq!(renewed.enrol(&token, "Anna", "second password").await.status, 200);
    assert_eq!(anna.get("/api/account").await.error(), "signed_out");
    assert_eq!(house.browser().sign_in("Anna", "first password").await.status, 401);
    let meetings = renewed.get("/api/meetings").await.json();
    assert_eq!(meetings.as_array().map(Vec::len), Some(1), "with the same host key, the meetings stay");
}

#[tokio::test]
async fn a_removed_host_is_host_no_longer_where_they_sit_b6() {
    let house = House::open().await;
    let mut anna = house.host().await;
    let plan = Plan::new(MEETING);
    anna.create(&plan).await;
    let mut socket = anna.socket().await;
    socket.hello(&Person::new("anna"), &plan.id, None).await;
    let welcome = socket.welcome().await;
    assert_eq!(welcome.participants[0].role, Role::Host);

    assert!(house.command(&["host", "remove", "Anna"]).0);
    let reason = socket.refused().await;
    assert!(matches!(reason, Refusal::SignedOut | Refusal::Ended), "{reason:?}");
    let mut guest = house.browser().socket().await;
    guest.hello(&Person::new("guest"), &MeetingId::parse(MEETING).expect("valid"), Some(plan.token)).await;
    assert_eq!(guest.refused().await, Refusal::NotAdmitted, "the meeting went with its host");
}

#[tokio::test]
async fn signing_out_ends_the_host_s_part_at_once_b6() {
    let house = House::open().await;
    let mut anna = house.host().await;
    let plan = Plan::new(MEETING);
    anna.create(&plan).await;
    let mut socket = anna.socket().await;
    socket.hello(&Person::new("anna"), &plan.id, None).await;
    socket.welcome().await;
    let mut guest = house.browser().socket().await;
    guest.hello(&Person::new("guest"), &plan.id, Some(plan.token)).await;
    guest.welcome().await;

    anna.post("/api/sign-out", json!({})).await;
    assert_eq!(socket.refused().await, Refusal::SignedOut);
    guest.say_text(r#"{"type":"ping"}"#).await;
    guest.until(|message| (*message == incamera_conference::wire::ServerMessage::Pong).then_some(())).await;
}

#[tokio::test]
async fn a_reset_with_a_new_host_key_ends_the_meetings_that_go_on_s1_d1() {
    let house = House::open().await;
    let mut anna = house.host().await;
    let plan = Plan::new(MEETING);
    anna.create(&plan).await;
    let (mut guest, _) = enter(&house.browser(), &Person::new("guest"), &plan).await;
    let (_, invited) = house.command(&["host", "add", "Berta"]);
    let mut berta = house.browser();
    assert_eq!(berta.enrol(fragment(&invited), "Berta", "password").await.status, 200);
    let other = Plan::new("otherotherotherr");
    berta.create(&other).await;
    let (mut witness, _) = enter(&house.browser(), &Person::new("witness"), &other).await;
    let (_, printed) = house.command(&["host", "reset", "Anna"]);
    house.command(&["host", "remove", "Berta"]);
    // From here on the server has followed all that other processes changed: what ends now, the reset itself ends.
    assert_eq!(witness.refused().await, Refusal::Ended);
    let answer = house.browser().enrol_with(fragment(&printed), "Anna", "second password", [8; 32]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(guest.refused().await, Refusal::Ended);
    let mut late = house.browser().socket().await;
    late.hello(&Person::new("late"), &plan.id, Some(plan.token)).await;
    assert_eq!(late.refused().await, Refusal::NotAdmitted);
}

#[tokio::test]
async fn a_socket_opened_before_the_sign_in_ended_is_nobody_s_b6() {
    let house = House::open().await;
    let mut anna = house.host().await;
    let plan = Plan::new(MEETING);
    anna.create(&plan).await;
    let mut waiting = anna.socket().await;
    assert_eq!(anna.post("/api/sign-out-everywhere", json!({})).await.status, 200);
    waiting.hello(&Person::new("thief"), &plan.id, None).await;
    assert_eq!(waiting.refused().await, Refusal::NotAdmitted);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_address_does_not_go_into_a_journal_s1() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let folder = tempfile::tempdir().expect("a folder");
    let (state, journal) = (folder.path().join("state"), folder.path().join("journal"));
    let file = state.join("first-host");
    let stream = std::fs::File::create(&journal).expect("a file");
    let metadata = stream.metadata().expect("it is there");
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_incamera"))
        .args(["serve", "--listen", "127.0.0.1:0", "--state"])
        .arg(&state)
        .env("JOURNAL_STREAM", format!("{}:{}", metadata.dev(), metadata.ino()))
        .stdout(stream)
        .spawn()
        .expect("it starts");
    let read = |path: &std::path::Path| std::fs::read_to_string(path).unwrap_or_default();
    until(|| read(&journal).contains("safe to go on")).await;
    assert!(!read(&journal).contains("/enrol#"));
    assert!(read(&journal).contains(file.to_str().expect("text")), "it says where");
    assert_eq!(std::fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    let address = read(&file);
    let (base, token) = address.trim().split_once("/enrol#").expect("a one-time address");
    let port = base.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let mut anna = Browser::new(std::net::SocketAddr::from(([127, 0, 0, 1], port)));
    assert_eq!(anna.enrol(token, "Anna", "password").await.status, 200);
    until(|| !file.exists()).await;
    program.kill().expect("it runs");
    program.wait().expect("it ended");
}

/// Waits for something that comes soon.
#[cfg(unix)]
async fn until(mut is_so: impl FnMut() -> bool) {
    let patience = tokio::time::Instant::now() + std::time::Duration::from_secs(30);
    while !is_so() {
        assert!(tokio::time::Instant::now() < patience, "it does not come");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn without_a_state_folder_nothing_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_incamera"))
        .args(["host", "list", "--state"])
        .arg(folder.path().join("absent"))
        .output()
        .expect("it runs");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--state FOLDER"));
    assert!(!folder.path().join("absent").exists());
}
