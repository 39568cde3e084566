//! What a meeting leaves on the disk (I3, B2, B8).

use incamera_conference::sealed::SealedBody;
use incamera_conference::wire::{Act, Refusal, ServerMessage};

use crate::harness::{House, Person, Plan, enter};

fn holds(disk: &[u8], needle: &[u8]) -> bool {
    disk.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test]
async fn a_meeting_leaves_nothing_about_people_i3_b2_b8() {
    let house = House::open().await;
    let mut host = house.host().await;
    let plan = Plan::new("diskdiskdiskdisk").passing();
    host.create(&plan).await;
    let guest = Person::new("a guest with a name");
    let (mut socket, _) = enter(&house.browser(), &guest, &plan).await;
    let mut hosts_socket = host.socket().await;
    hosts_socket.hello(&Person::new("anna"), &plan.id, None).await;
    hosts_socket.welcome().await;
    let body = b"sealed words that somebody said".to_vec();
    let said = SealedBody::new(body.clone()).expect("short");
    socket.act(1, Act::Say { to: None, body: said }).await;
    hosts_socket.until(|message| matches!(message, ServerMessage::Said { .. }).then_some(())).await;

    let disk = house.disk();
    assert!(holds(&disk, b"Anna"), "the search finds a host's name, which is kept");
    assert!(holds(&disk, &plan.token.hash().0), "and the hash of the token (B2)");
    let identity = guest.identity();
    let cookie = host.cookie.clone().expect("signed in");
    let cookie = cookie.split_once('=').expect("a pair").1.to_owned();
    let canaries: Vec<(&str, Vec<u8>)> = vec![
        ("the token", plan.token.0.to_vec()),
        ("the token as text", plan.token.to_text().into_bytes()),
        ("an identity", identity.0.to_vec()),
        ("an identity as text", identity.to_text().into_bytes()),
        ("a sealed name", guest.name.as_bytes().to_vec()),
        ("sealed words", body),
        ("a session", incamera::bytes::SessionToken::parse(&cookie).expect("a token").0.to_vec()),
        ("a session as text", cookie.into_bytes()),
        ("a sign-in key", b"first password".to_vec()),
    ];
    for (what, canary) in &canaries {
        // The page of this test wraps keys with the password in their text.
        let disk =
            if *what == "a sign-in key" { without(&disk, b"under first password") } else { disk.clone() };
        let found =
            if *what == "a sign-in key" { holds(&disk, &padded(canary)) } else { holds(&disk, canary) };
        assert!(!found, "{what} is on the disk");
    }

    hosts_socket.act(2, Act::EndForAll).await;
    assert_eq!(socket.refused().await, Refusal::Ended);
    assert_eq!(host.get("/api/meetings").await.json(), serde_json::json!([]));
    let disk = house.disk();
    assert!(holds(&disk, b"Anna"));
    for (what, trace) in [
        ("its id", plan.id.as_str().as_bytes()),
        ("its admission", &plan.token.hash().0),
        ("its title", b"sealed title"),
        ("its record", b"sealed record"),
    ] {
        assert!(!holds(&disk, trace), "{what} is on the disk after the meeting");
    }
}

fn padded(key: &[u8]) -> Vec<u8> {
    let mut bytes = key.to_vec();
    bytes.resize(32, 0);
    bytes
}

fn without(disk: &[u8], part: &[u8]) -> Vec<u8> {
    let mut rest = disk.to_vec();
    while let Some(at) = rest.windows(part.len()).position(|window| window == part) {
        rest.drain(at..at + part.len());
    }
    rest
}
