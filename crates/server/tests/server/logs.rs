//! Logs say nothing about people, however much is asked of them (I3).

use incamera_conference::sealed::SealedBody;
use incamera_conference::wire::{Act, ServerMessage, Source};
use serde_json::json;

use crate::harness::{Browser, Person, Plan, Program, enter};

#[tokio::test]
async fn a_meeting_at_trace_level_names_nobody_i3() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let mut program = Program::start(&folder.path().join("state"), Some(&log));
    let mut host = Browser::new(program.address);
    let token = program.enrolment.clone();
    assert_eq!(host.enrol(&token, "Annabella", "password").await.status, 200);
    let plan = Plan::new("logslogslogslogs");
    assert_eq!(host.create(&plan).await.status, 201);
    let guest = Person::new("a guest with a name");
    let (mut socket, _) = enter(&Browser::new(program.address), &guest, &plan).await;
    let mut hosts_socket = host.socket().await;
    hosts_socket.hello(&Person::new("anna"), &plan.id, None).await;
    hosts_socket.welcome().await;
    let said = SealedBody::new(b"words".to_vec()).expect("short");
    socket.act(1, Act::Say { to: None, body: said }).await;
    socket.act(2, Act::Switch { source: Source::Microphone, on: true }).await;
    socket.say_text(json!({ "type": "offer", "request": 3, "sdp": OFFER, "sources": [] }).to_string()).await;
    socket.until(answered).await;
    socket.say_text("{\"type\":\"unreadable\"").await;
    socket.until(|message| matches!(message, ServerMessage::Unreadable { .. }).then_some(())).await;
    // A datagram that is nobody's, and one that looks like ICE.
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").expect("bound");
    udp.send_to(b"\x80 not for you", program.address).expect("sent");
    udp.send_to(b"\x00\x01\x00\x00\x21\x12\xa4\x42twelve bytes", program.address).expect("sent");
    host.post("/api/sign-out-everywhere", json!({})).await;
    hosts_socket.refused().await;
    program.kill();

    let text = std::fs::read_to_string(&log).expect("a log").to_lowercase();
    let identity = guest.identity().to_text();
    let port = udp.local_addr().expect("bound").port().to_string();
    let canaries = [
        ("the host's name", "annabella"),
        ("the meeting", plan.id.as_str()),
        ("an address", "127.0.0.1"),
        ("a port", &port),
        ("an identity", &identity),
        ("the token", &plan.token.to_text()),
        ("the one-time address", &token),
        ("the cookie", host_cookie(&host)),
        ("a fingerprint", "7b:8b:f0:65"),
        ("an ice password", "by5gzgg1lxakfixjt"),
    ];
    for (what, canary) in canaries {
        assert!(!text.contains(&canary.to_lowercase()), "{what} is in the log:\n{text}");
    }
}

fn answered(message: &ServerMessage) -> Option<()> {
    matches!(message, ServerMessage::Answer { .. } | ServerMessage::Denied { .. }).then_some(())
}

/// The cookie was taken back at the end; its absence cannot be searched for.
fn host_cookie(host: &Browser) -> &str {
    host.cookie.as_deref().unwrap_or("__Host-incamera")
}

/// As a browser makes one for a microphone.
const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n\
a=ice-ufrag:F7gI\r\na=ice-pwd:BY5GzGG1lXAkFiXjTYNDIQ2w\r\na=ice-options:trickle\r\n\
a=fingerprint:sha-256 7B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:C2:43:F0:A1:58:D0:A1:2C:19:08\r\n\
a=setup:actpass\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n";
