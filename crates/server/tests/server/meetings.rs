//! Meetings: who gets in, who does not, and what the store has to do with it (P2, S2, D1, B2, B5).

use incamera_conference::ids::{AdmissionHash, AdmissionToken, MeetingId, RequestId};
use incamera_conference::sealed::{GroupBytes, SealedInfo, SealedLink, SealedTitle};
use incamera_conference::settings::Role;
use incamera_conference::wire::{
    Act, ClientMessage, GroupEvent, GroupMessage, Refusal, Rotation, ServerMessage, VERSION, WaitingFor,
};
use serde_json::json;

use crate::harness::{House, Person, Plan, enter};

const MEETING: &str = "meetingsmeetings";
const OTHER: &str = "another2another2";

#[tokio::test]
async fn the_right_token_lets_in_and_nothing_else_does_s2() {
    let house = House::open().await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    let (_socket, welcome) = enter(&house.browser(), &Person::new("guest"), &plan).await;
    assert_eq!(welcome.participants.len(), 1);
    assert_eq!(welcome.participants[0].role, Role::Participant);

    let mut answers = Vec::new();
    for (meeting, token) in
        [(MEETING, Some(AdmissionToken([0; 32]))), (MEETING, None), (OTHER, Some(plan.token)), (OTHER, None)]
    {
        let mut socket = house.browser().socket().await;
        let meeting = MeetingId::parse(meeting).expect("valid");
        socket.hello(&Person::new("stranger"), &meeting, token).await;
        answers.push(socket.next_text().await.expect("an answer"));
        assert_eq!(socket.next_text().await, None, "closed");
    }
    assert!(answers[0].contains("not_admitted"), "{}", answers[0]);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "one answer for all: {answers:?}");
}

#[tokio::test]
async fn the_host_sees_whether_people_are_in_a_meeting() {
    let house = House::open().await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    assert_eq!(host.get("/api/meetings").await.json()[0]["live"], false);
    let (_socket, _) = enter(&house.browser(), &Person::new("guest"), &plan).await;
    assert_eq!(host.get("/api/meetings").await.json()[0]["live"], true);
}

#[tokio::test]
async fn everybody_hears_of_a_crowd_in_order_and_to_the_last_b5() {
    let house = House::open().await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    let (mut first, welcome) = enter(&house.browser(), &Person::new("first"), &plan).await;
    let own = welcome.me;
    let mut crowd = Vec::new();
    for number in 0..12 {
        let (socket, welcome) =
            enter(&house.browser(), &Person::new(&format!("guest {number}")), &plan).await;
        crowd.push((socket, welcome.me));
    }
    let expected: Vec<_> = crowd.iter().map(|(_, id)| *id).collect();
    // Nothing else is said to the first one that could bring along what waits.
    let mut came = Vec::new();
    for _ in &expected {
        let next = first.until(|message| match message {
            ServerMessage::Participant { participant } if participant.id != own => Some(participant.id),
            _ => None,
        });
        came.push(next.await);
    }
    assert_eq!(came, expected);
    for (socket, _) in &mut crowd {
        socket.act(1, Act::Leave).await;
    }
    let mut left = Vec::new();
    for _ in &expected {
        let next = first.until(|message| match message {
            ServerMessage::Left { participant, .. } => Some(*participant),
            _ => None,
        });
        left.push(next.await);
    }
    left.sort();
    assert_eq!(left, expected);
}

#[tokio::test]
async fn the_host_is_the_one_who_is_signed_in_s1_b6() {
    let house = House::open().await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING).set("earlyStart", false);
    host.create(&plan).await;

    let mut guest = house.browser().socket().await;
    guest.hello(&Person::new("guest"), &plan.id, Some(plan.token)).await;
    assert_eq!(guest.next().await, Some(ServerMessage::Waiting { until: WaitingFor::Host }));

    // Another host of the same server is a guest here.
    let (_, printed) = house.command(&["host", "add", "Berta"]);
    let mut berta = house.browser();
    berta.enrol(crate::harness::fragment(&printed), "Berta", "password").await;
    let mut socket = berta.socket().await;
    socket.hello(&Person::new("berta"), &plan.id, None).await;
    assert_eq!(socket.refused().await, Refusal::NotAdmitted);

    let mut socket = host.socket().await;
    socket.hello(&Person::new("anna"), &plan.id, None).await;
    assert_eq!(socket.welcome().await.participants[0].role, Role::Host);
    assert_eq!(guest.welcome().await.participants.len(), 2);
}

#[tokio::test]
async fn a_hello_must_be_proven_and_of_this_version() {
    let house = House::open().await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    let person = Person::new("guest");

    let mut socket = house.browser().socket().await;
    let mut hello = person.hello(&plan.id, Some(plan.token), &socket.nonce);
    hello.identity = Person::new("somebody else").identity();
    socket.say(&ClientMessage::Hello(Box::new(hello))).await;
    assert_eq!(socket.refused().await, Refusal::Unproven);

    let former = house.browser().socket().await.nonce;
    let mut socket = house.browser().socket().await;
    let replayed = person.hello(&plan.id, Some(plan.token), &former);
    socket.say(&ClientMessage::Hello(Box::new(replayed))).await;
    assert_eq!(socket.refused().await, Refusal::Unproven, "the proof of another connection");

    let mut socket = house.browser().socket().await;
    socket.say(&ClientMessage::Ping).await;
    assert_eq!(socket.refused().await, Refusal::Unproven, "nothing comes before the hello");

    let mut socket = house.browser().socket().await;
    socket.say_text(json!({ "type": "hello", "version": VERSION + 1, "of": "the future" }).to_string()).await;
    assert_eq!(socket.refused().await, Refusal::Outdated);
}

#[tokio::test]
async fn what_cannot_be_read_costs_the_sender_only() {
    let house = House::open().await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    let (mut good, _) = enter(&house.browser(), &Person::new("good"), &plan).await;
    let (mut bad, welcome) = enter(&house.browser(), &Person::new("bad"), &plan).await;
    for _ in 0..4 {
        bad.say_text("{").await;
        assert!(matches!(bad.until(unreadable).await, ServerMessage::Unreadable { .. }));
    }
    bad.say_text("{").await;
    assert_eq!(bad.refused().await, Refusal::Flooding);
    let me = welcome.me;
    good.until(|message| match message {
        ServerMessage::Participant { participant } if participant.id == me && !participant.connected => {
            Some(())
        }
        _ => None,
    })
    .await;
    good.say(&ClientMessage::Ping).await;
    good.until(|message| (*message == ServerMessage::Pong).then_some(())).await;
}

fn unreadable(message: &ServerMessage) -> Option<ServerMessage> {
    matches!(message, ServerMessage::Unreadable { .. }).then(|| message.clone())
}

#[tokio::test]
async fn the_group_is_ordered_and_passed_on_and_its_bytes_may_be_long_k2() {
    let house = House::open().await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    let event = |message: &ServerMessage| match message {
        ServerMessage::Group { event } => Some(event.clone()),
        _ => None,
    };
    let say = |message| ClientMessage::Group { request: RequestId(1), message };
    let long = || GroupBytes::new(vec![7; GroupBytes::MAX]).expect("not too long");
    let info = || SealedInfo::new(vec![8; 64 * 1024]).expect("not too long");

    let (mut one, _) = enter(&house.browser(), &Person::new("one"), &plan).await;
    assert_eq!(one.until(event).await, GroupEvent::Found);
    one.say(&say(GroupMessage::Found { info: info() })).await;
    assert_eq!(one.until(event).await, GroupEvent::Taken { number: 1 });
    let (mut two, welcome) = enter(&house.browser(), &Person::new("two"), &plan).await;
    assert_eq!(two.until(event).await, GroupEvent::Turn { epoch: 0, info: info() });
    two.say(&say(GroupMessage::Commit { epoch: 0, commit: long(), info: info(), welcome: None })).await;
    assert_eq!(two.until(event).await, GroupEvent::Taken { number: 2 });
    let commit = GroupEvent::Commit { number: 2, epoch: 0, from: welcome.me, commit: long() };
    assert_eq!(one.until(event).await, commit);
}

#[tokio::test]
async fn a_removal_is_on_the_disk_before_it_is_done_b5() {
    let mut house = House::open().await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    let (mut victim, welcome) = enter(&house.browser(), &Person::new("victim"), &plan).await;
    let mut socket = host.socket().await;
    socket.hello(&Person::new("anna"), &plan.id, None).await;
    socket.welcome().await;

    // Not even whoever has this token comes in by it.
    let nobodys = AdmissionToken([77; 32]);
    socket.act(5, Act::Remove { participant: welcome.me, admission: nobodys.hash() }).await;
    assert_eq!(victim.refused().await, Refusal::Removed);
    let done = socket.until(|message| matches!(message, ServerMessage::Done { .. }).then_some(()));
    done.await;
    // From another connection to the same file: what a crash in this moment would leave.
    let stored = || {
        let db = incamera::store::Db::open(house.state()).expect("readable");
        db.meeting(&plan.id).expect("readable").expect("kept").founding
    };
    assert_eq!(stored().admission, nobodys.hash());
    assert_eq!(stored().title.as_bytes(), b"sealed title");
    let mut stranger = house.browser().socket().await;
    stranger.hello(&Person::new("stranger"), &plan.id, Some(nobodys)).await;
    assert_eq!(stranger.refused().await, Refusal::NotAdmitted);

    let fresh = AdmissionToken([78; 32]);
    socket.act(6, Act::Rotate { rotation: rotation(&fresh) }).await;
    let done = socket.until(|message| matches!(message, ServerMessage::Done { .. }).then_some(()));
    done.await;
    assert_eq!(stored().admission, fresh.hash());
    assert_eq!(stored().title, rotation(&fresh).title);

    for person in ["victim", "another window"] {
        let mut socket = house.browser().socket().await;
        socket.hello(&Person::new(person), &plan.id, Some(plan.token)).await;
        let reason = socket.refused().await;
        assert!(matches!(reason, Refusal::Removed | Refusal::NotAdmitted), "{reason:?}");
    }
    house.restart().await;
    let mut old = house.browser().socket().await;
    old.hello(&Person::new("victim"), &plan.id, Some(plan.token)).await;
    assert_eq!(
        old.refused().await,
        Refusal::NotAdmitted,
        "the old link is worth nothing after a restart, too"
    );
}

#[tokio::test]
async fn a_store_that_fails_for_a_moment_undoes_no_removal_b5() {
    let house = House::open().await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    let (_victim, welcome) = enter(&house.browser(), &Person::new("victim"), &plan).await;
    let mut socket = host.socket().await;
    socket.hello(&Person::new("anna"), &plan.id, None).await;
    socket.welcome().await;
    // The first two tries fail, and are counted.
    let file = house.state().join(incamera::store::FILE);
    let broken = "CREATE TABLE tries (number INTEGER);
        CREATE TRIGGER broken BEFORE UPDATE OF admission ON meeting WHEN (SELECT count(*) FROM tries) < 2 BEGIN
            INSERT INTO tries VALUES (1);
            SELECT RAISE(FAIL, 'the disk is full');
        END";
    rusqlite::Connection::open(file).and_then(|db| db.execute_batch(broken)).expect("broken");

    let admission = AdmissionToken([77; 32]).hash();
    socket.act(5, Act::Remove { participant: welcome.me, admission }).await;
    let denial = socket.until(|message| match message {
        ServerMessage::Done { .. } => Some(None),
        ServerMessage::Denied { reason, .. } => Some(Some(*reason)),
        _ => None,
    });
    assert_eq!(denial.await, None);
}

fn rotation(token: &AdmissionToken) -> Rotation {
    Rotation {
        admission: token.hash(),
        link: SealedLink::new(b"sealed link".to_vec()).expect("short"),
        title: SealedTitle::new(b"title under the new key".to_vec()).expect("short"),
    }
}

#[tokio::test]
async fn a_meeting_that_is_not_kept_is_gone_when_it_is_over() {
    let house = House::open().await;
    let mut host = house.host().await;
    let passing = Plan::new(MEETING).passing();
    let kept = Plan::new(OTHER);
    host.create(&passing).await;
    host.create(&kept).await;
    for plan in [&passing, &kept] {
        let mut socket = host.socket().await;
        socket.hello(&Person::new("anna"), &plan.id, None).await;
        socket.welcome().await;
        socket.act(1, Act::EndForAll).await;
        assert_eq!(socket.refused().await, Refusal::Ended);
    }
    let meetings = host.get("/api/meetings").await.json();
    let ids: Vec<_> = meetings.as_array().expect("a list").iter().map(|meeting| &meeting["id"]).collect();
    assert_eq!(ids, [OTHER]);
}

#[tokio::test]
async fn a_deleted_meeting_ends_for_those_who_are_in_it() {
    let house = House::open().await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    let (mut guest, _) = enter(&house.browser(), &Person::new("guest"), &plan).await;
    let path = format!("/api/meetings/{MEETING}");
    assert_eq!(host.request("DELETE", &path, &[], None).await.status, 204);
    assert_eq!(guest.refused().await, Refusal::Ended);
    assert_eq!(host.request("DELETE", &path, &[], None).await.error(), "not_found");
}

#[tokio::test]
async fn meetings_belong_to_one_host_and_are_not_without_number_d1() {
    let house = House::open().await;
    let mut anna = house.host().await;
    let (_, printed) = house.command(&["host", "add", "Berta"]);
    let mut berta = house.browser();
    berta.enrol(crate::harness::fragment(&printed), "Berta", "password").await;
    let plan = Plan::new(MEETING);
    assert_eq!(anna.create(&plan).await.status, 201);
    assert_eq!(anna.create(&plan).await.error(), "bad_request", "the id exists");
    let path = format!("/api/meetings/{MEETING}");
    let change = json!({ "settings": null, "record": "AAAA" });
    assert_eq!(berta.request("PUT", &path, &[], Some(change.clone())).await.error(), "not_found");
    assert_eq!(berta.request("DELETE", &path, &[], None).await.error(), "not_found");
    assert_eq!(berta.get("/api/meetings").await.json(), json!([]));
    assert_eq!(anna.request("PUT", &path, &[], Some(change)).await.json()["record"], "AAAA");

    for number in 1..incamera::limits::MEETINGS {
        let digits = |shift: u32| char::from(b'a' + u8::try_from((number >> shift) & 15).expect("small"));
        let id = format!("aaaaaaaaaaaaa{}{}{}", digits(8), digits(4), digits(0));
        assert_eq!(anna.create(&Plan::new(&id)).await.status, 201, "{id}");
    }
    assert_eq!(anna.create(&Plan::new("onemoreonemoreon")).await.error(), "too_many");
    assert_eq!(berta.create(&Plan::new("onemoreonemoreon")).await.status, 201);
}

#[tokio::test]
async fn the_admission_hash_is_all_the_server_has_b2() {
    let token = AdmissionToken([3; 32]);
    let AdmissionHash(hash) = token.hash();
    assert_ne!(hash, token.0);
    let house = House::open().await;
    let mut host = house.host().await;
    let answer = host.create(&Plan::new(MEETING)).await;
    assert_eq!(answer.json()["admission"], serde_json::Value::Null, "nor does it hand it out again");
}
