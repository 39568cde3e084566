//! Opening hours as pages meet them: the sign at the door is a file, which root's helper writes (T6).

use std::path::PathBuf;

use incamera::clock::UnixTime;
use incamera::config::Config;
use incamera::hours::openings::{OF_HOST, OPENINGS};
use incamera_conference::ids::AdmissionToken;
use incamera_conference::wire::{Refusal, ServerMessage};
use serde_json::{Value, json};

use crate::harness::{House, Person, Plan, enter};

const MEETING: &str = "hourshourshoursh";
const OTHER: &str = "other2hours2hour";

fn at(config: &Config) -> PathBuf {
    config.state.with_file_name("sign.json")
}

/// Hangs out another sign: seconds from now.
fn hang(config: &Config, spans: &[(i64, i64)]) {
    let now = UnixTime::now().0;
    let coming: Vec<Value> =
        spans.iter().map(|(from, until)| json!({ "from": now + from, "until": now + until })).collect();
    let sign = json!({
        "zone": "Europe/Berlin", "hours": ["Mon-Fri 08:00-18:00"], "calendar": false,
        "coming": coming, "told": now + 5_000_000,
    });
    // As the helper does: wholly or not at all.
    let new = at(config).with_extension("new");
    std::fs::write(&new, sign.to_string()).expect("written");
    std::fs::rename(new, at(config)).expect("hung out");
}

async fn house(spans: &[(i64, i64)]) -> House {
    House::with(|config| {
        hang(config, spans);
        config.sign = Some(at(config));
    })
    .await
}

fn closing(message: &ServerMessage) -> Option<(i64, Option<i64>)> {
    let ServerMessage::Closing { at, opens } = message else { return None };
    let now = UnixTime::now().0;
    Some((i64::from(*at) - now, opens.map(|opens| i64::from(opens) - now)))
}

#[tokio::test]
async fn after_hours_a_meeting_goes_on_and_no_other_begins_t6() {
    let house = house(&[(-100, 5000), (9000, 9900)]).await;
    let mut host = house.host().await;
    let (plan, other) = (Plan::new(MEETING), Plan::new(OTHER));
    host.create(&plan).await;
    host.create(&other).await;
    let (mut socket, _) = enter(&house.browser(), &Person::new("guest"), &plan).await;

    hang(&house.config, &[(9000, 9900)]);
    let (at, opens) = socket.until(closing).await;
    assert!((-30..=0).contains(&at), "{at}");
    assert!((8900..=9000).contains(&opens.expect("again")));

    let mut late = house.browser().socket().await;
    late.hello(&Person::new("late"), &plan.id, Some(plan.token)).await;
    assert_eq!(late.welcome().await.participants.len(), 2, "a meeting that goes on lets people in");
    late.until(closing).await;
    let mut refused = house.browser().socket().await;
    refused.hello(&Person::new("third"), &other.id, Some(other.token)).await;
    assert_eq!(refused.refused().await, Refusal::Closed);
    let mut owner = host.socket().await;
    owner.hello(&Person::new("anna"), &other.id, None).await;
    assert_eq!(owner.refused().await, Refusal::Closed, "not by its host either");
    // To strangers nothing tells whether anybody meets (P2).
    for meeting in [&plan.id, &other.id] {
        let mut stranger = house.browser().socket().await;
        stranger.hello(&Person::new("stranger"), meeting, Some(AdmissionToken([0; 32]))).await;
        assert_eq!(stranger.refused().await, Refusal::NotAdmitted);
    }
}

#[tokio::test]
async fn people_are_told_before_it_closes_and_those_who_wait_are_not_t6() {
    let house = house(&[(-100, 600), (9000, 9900)]).await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING).set("earlyStart", false);
    host.create(&plan).await;
    let mut guest = house.browser().socket().await;
    guest.hello(&Person::new("guest"), &plan.id, Some(plan.token)).await;
    assert!(matches!(guest.next().await, Some(ServerMessage::Waiting { .. })));
    let mut socket = host.socket().await;
    socket.hello(&Person::new("anna"), &plan.id, None).await;
    socket.welcome().await;
    let (at, _) = socket.until(closing).await;
    assert!((570..=600).contains(&at), "{at}");
    let before = guest.until(|message| match message {
        ServerMessage::Closing { .. } => Some("told"),
        ServerMessage::Welcome(_) => Some("in"),
        _ => None,
    });
    assert_eq!(before.await, "in", "a person who waits is told nothing");
    guest.until(closing).await;
}

#[tokio::test]
async fn a_server_that_starts_after_hours_takes_back_those_of_an_interrupted_meeting_t6_b6() {
    let mut house = house(&[(-100, 5000)]).await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    hang(&house.config, &[(9000, 9900)]);
    house.restart().await;
    let (mut socket, welcome) = enter(&house.browser(), &Person::new("guest"), &plan).await;
    assert_eq!(welcome.participants.len(), 1);
    socket.until(closing).await;
}

#[tokio::test]
async fn hosts_are_told_the_hours_and_open_the_doors_without_saying_for_what_t6() {
    let house = house(&[(-100, 5000), (9000, 9900)]).await;
    let mut host = house.host().await;
    let hours = host.get("/api/account").await.json()["hours"].clone();
    assert_eq!(
        (hours["zone"].as_str(), hours["coming"].as_array().map(Vec::len)),
        (Some("Europe/Berlin"), Some(2))
    );
    assert_eq!(hours["own"], json!([]));
    assert!(!house.state().join(OPENINGS).exists());

    let from = UnixTime::now().0 + 20_000;
    assert_eq!(host.post("/api/openings", json!({ "from": from, "until": from + 3600 })).await.status, 201);
    let own = host.get("/api/account").await.json()["hours"]["own"].clone();
    assert_eq!(own[0]["span"], json!({ "from": from, "until": from + 3600 }));
    let left = std::fs::read_to_string(house.state().join(OPENINGS)).expect("left for the helper");
    assert_eq!(
        serde_json::from_str::<Value>(&left).expect("JSON"),
        json!([{ "from": from, "until": from + 3600 }])
    );

    for (from, until) in
        [(from, from), (from, from + 13 * 3600), (0, 60), (from + 100 * 86_400, from + 100 * 86_400 + 60)]
    {
        let refused = host.post("/api/openings", json!({ "from": from, "until": until })).await;
        assert_eq!(refused.error(), "bad_request", "{from} {until}");
    }
    let stranger = house.browser().post("/api/openings", json!({ "from": from, "until": from + 60 })).await;
    assert_eq!(stranger.error(), "signed_out");
    for number in 1..OF_HOST {
        let from = from + i64::from(number) * 10_000;
        assert_eq!(host.post("/api/openings", json!({ "from": from, "until": from + 60 })).await.status, 201);
    }
    assert_eq!(
        host.post("/api/openings", json!({ "from": from, "until": from + 60 })).await.error(),
        "too_many"
    );

    let (_, printed) = house.command(&["host", "add", "Berta"]);
    let mut berta = house.browser();
    berta.enrol(crate::harness::fragment(&printed), "Berta", "password").await;
    let path = format!("/api/openings/{}", own[0]["id"]);
    assert_eq!(berta.request("DELETE", &path, &[], None).await.error(), "not_found", "it is another host's");
    assert_eq!(host.request("DELETE", &path, &[], None).await.status, 204);
    let left = std::fs::read_to_string(house.state().join(OPENINGS)).expect("left for the helper");
    assert!(!left.contains(&from.to_string()), "{left}");
}

#[tokio::test]
async fn a_server_without_hours_says_nothing_of_them() {
    let house = House::open().await;
    let mut host = house.host().await;
    assert_eq!(host.get("/api/account").await.json()["hours"], Value::Null);
}
