//! The door: TLS, headers, origins, limits (I2, P4, D2).

use incamera::http::headers::{CONTENT_SECURITY_POLICY, PERMISSIONS_POLICY};
use incamera::rate::Rate;
use incamera::verify::manifest::{Digest, Manifest};
use incamera_conference::limits::{MESSAGE, MESSAGE_INSIDE};
use incamera_conference::settings::MeetingSettings;
use incamera_conference::wire::{Act, ClientMessage, Refusal, ServerMessage};
use rustls::ProtocolVersion;
use serde_json::json;
use std::time::Duration;

use crate::harness::{Browser, House, Person, Plan, connect_with, raw};

const MEETING: &str = "doordoordoordoor";

#[tokio::test]
async fn tls_1_3_is_chosen_and_1_2_is_strong_i2() {
    let house = House::open().await;
    for (versions, chosen) in [
        (&[&rustls::version::TLS13, &rustls::version::TLS12][..], ProtocolVersion::TLSv1_3),
        (&[&rustls::version::TLS12][..], ProtocolVersion::TLSv1_2),
    ] {
        let stream = connect_with(house.address(), versions).await;
        let (_, connection) = stream.get_ref();
        assert_eq!(connection.protocol_version(), Some(chosen));
        let suite = format!("{:?}", connection.negotiated_cipher_suite().expect("chosen").suite());
        assert!(suite.contains("GCM") || suite.contains("POLY1305"), "{suite}");
        assert!(suite.starts_with("TLS13_") || suite.starts_with("TLS_ECDHE_"), "{suite}");
    }
}

/// A client hello of TLS 1.1 with the suites of its time, and one of TLS 1.2 that offers CBC only.
#[tokio::test]
async fn older_tls_and_weaker_suites_get_an_alert_i2() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let house = House::open().await;
    let (tls_1_1, tls_1_2) = ([3, 2], [3, 3]);
    let (cbc, gcm_without_ecdhe) =
        ([0xc0, 0x13, 0xc0, 0x14, 0x00, 0x2f], [0x00, 0x9c, 0x00, 0x9d, 0x00, 0x3c]);
    for (version, suites) in [(tls_1_1, cbc), (tls_1_2, cbc), (tls_1_2, gcm_without_ecdhe)] {
        let mut stream = tokio::net::TcpStream::connect(house.address()).await.expect("it listens");
        stream.write_all(&client_hello(version, &suites)).await.expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("closed");
        // An alert (RFC 8446, section 5.1), fatal.
        assert_eq!((answer.first(), answer.get(5)), (Some(&21), Some(&2)), "{answer:?}");
    }
}

fn client_hello(version: [u8; 2], suites: &[u8]) -> Vec<u8> {
    let mut extensions = vec![];
    extensions.extend([0, 10, 0, 4, 0, 2, 0, 23]); // supported groups: secp256r1
    extensions.extend([0, 11, 0, 2, 1, 0]); // point formats: uncompressed
    extensions.extend([0, 13, 0, 4, 0, 2, 4, 3]); // signatures: ecdsa_secp256r1_sha256
    let mut body = version.to_vec();
    body.extend([7; 32]); // random
    body.push(0); // no session
    body.extend([0, suites.len() as u8]);
    body.extend(suites);
    body.extend([1, 0]); // no compression
    body.extend([0, extensions.len() as u8]);
    body.extend(extensions);
    let mut hello = vec![22, 3, 1, 0, body.len() as u8 + 4, 1, 0, 0, body.len() as u8];
    hello.extend(body);
    hello
}

#[tokio::test]
async fn every_answer_carries_the_headers_p4() {
    let house = House::open().await;
    for path in [
        "/",
        "/enrol",
        "/m/anything",
        "/m/",
        "/assets/nothing.js",
        "/api/account",
        "/index.html",
        "/%2e%2e/x",
    ] {
        let answer = house.browser().get(path).await;
        assert_eq!(answer.header("content-security-policy"), Some(CONTENT_SECURITY_POLICY), "{path}");
        assert_eq!(answer.header("permissions-policy"), Some(PERMISSIONS_POLICY), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"), "{path}");
        assert!(answer.header("strict-transport-security").is_some(), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    assert!(CONTENT_SECURITY_POLICY.contains("require-trusted-types-for 'script'"));
    assert!(!CONTENT_SECURITY_POLICY.contains("unsafe-inline") && !CONTENT_SECURITY_POLICY.contains("http"));
}

#[tokio::test]
async fn the_page_is_one_document_whatever_the_link_says() {
    let house = House::open().await;
    let front = house.browser().get("/").await;
    assert_eq!((front.status, front.header("content-type")), (200, Some("text/html; charset=utf-8")));
    for path in ["/enrol", "/m/doordoordoordoor", "/m/no-such-meeting"] {
        assert_eq!(house.browser().get(path).await.body, front.body, "{path}");
    }
    let missing = house.browser().get("/nothing").await;
    assert_eq!((missing.status, missing.error()), (404, "not_found".to_owned()));
}

/// With `--features no-web` there is none.
#[tokio::test]
async fn the_help_is_served_as_strictly_as_the_page_p4() {
    let house = House::open().await;
    let manifest = Manifest::built_in();
    let help: Vec<_> = manifest.addresses.iter().filter(|(address, _)| address.contains("/help")).collect();
    assert!(help.is_empty() || help.len() > 10, "the page has only a part of it: {help:?}");
    for (address, served) in help {
        let answer = house.browser().get(address).await;
        assert_eq!((answer.status, Digest::of(&answer.body)), (200, served.sha256), "{address}");
        assert_eq!(answer.header("content-security-policy"), Some(CONTENT_SECURITY_POLICY), "{address}");
        assert_eq!(answer.header("permissions-policy"), Some(PERMISSIONS_POLICY), "{address}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{address}");
        let is_asset = address.starts_with("/assets/");
        let kind = answer.header("content-type").unwrap_or_default().to_owned();
        assert_eq!(kind.starts_with("text/html"), !is_asset, "{address}: {kind}");
        let caching = if is_asset { "public, max-age=31536000, immutable" } else { "no-cache" };
        assert_eq!(answer.header("cache-control"), Some(caching), "{address}");
    }
    for nowhere in
        ["/help/", "/help/nothing", "/help.html", "/help/joining.html", "/help/joining/", "/help/../help/x"]
    {
        let answer = house.browser().get(nowhere).await;
        assert_eq!((answer.status, answer.error()), (404, "not_found".to_owned()), "{nowhere}");
        assert_eq!(answer.header("content-security-policy"), Some(CONTENT_SECURITY_POLICY), "{nowhere}");
    }
}

#[tokio::test]
async fn other_sites_can_change_nothing() {
    let house = House::open().await;
    let host = house.host().await;
    for origin in [None, Some("https://evil.example"), Some("null"), Some("http://localhost")] {
        let mut foreign = Browser { origin: origin.map(str::to_owned), ..host.clone() };
        let answer = foreign.create(&Plan::new(MEETING)).await;
        assert_eq!((answer.status, answer.error()), (403, "wrong_origin".to_owned()), "{origin:?}");
        assert_eq!(foreign.try_socket().await.err(), Some(403), "{origin:?}");
    }
    assert_eq!({ host }.get("/api/meetings").await.json(), json!([]));
}

#[tokio::test]
async fn bad_requests_get_a_plain_answer() {
    let house = House::open().await;
    let mut browser = house.browser();
    let answer = browser.post("/api/sign-in", json!({ "name": "Anna" })).await;
    assert_eq!((answer.status, answer.error()), (400, "bad_request".to_owned()));
    assert!(answer.json()["message"].as_str().is_some_and(|text| text.contains("signInKey")), "{answer:?}");
    let answer = browser.post("/api/sign-in", json!({ "name": "x".repeat(incamera::limits::BODY) })).await;
    assert_eq!(answer.error(), "bad_request");
    assert_eq!(browser.request("PATCH", "/api/meetings", &[], None).await.error(), "not_found");
    let port = house.address().port();
    let text = format!(
        "POST /api/sign-in HTTP/1.1\r\nhost: localhost:{port}\r\norigin: https://localhost:{port}\r\n\
         content-type: text/plain\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}"
    );
    assert_eq!(raw(house.address(), text.as_bytes()).await.error(), "bad_request");
}

#[tokio::test]
async fn guessing_is_slowed_down_d2() {
    let one = Rate { burst: 1, period: Duration::from_secs(3600) };
    let house = House::with(|config| config.rates.account_of_source = one).await;
    house.host().await;
    assert_eq!(house.browser().sign_in("Anna", "wrong").await.status, 401);
    let slowed = house.browser().sign_in("Anna", "first password").await;
    assert_eq!((slowed.status, slowed.error()), (429, "slow_down".to_owned()));
    assert!(
        slowed
            .header("retry-after")
            .and_then(|seconds| seconds.parse::<u32>().ok())
            .is_some_and(|s| s > 3000)
    );
    assert_eq!(
        house.browser().sign_in("Berta", "wrong").await.status,
        401,
        "another name is another account"
    );
}

#[tokio::test]
async fn a_source_that_asks_too_much_is_told_so_d2() {
    let few = Rate { burst: 3, period: Duration::from_secs(3600) };
    let house = House::with(|config| config.rates.requests = few).await;
    for _ in 0..3 {
        assert_eq!(house.browser().get("/").await.status, 200);
    }
    assert_eq!(house.browser().get("/").await.error(), "slow_down");
}

#[tokio::test]
async fn hellos_and_messages_have_rates_d2() {
    let two = Rate { burst: 2, period: Duration::from_secs(3600) };
    let house = House::with(|config| (config.rates.hellos, config.rates.messages) = (two, two)).await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    let (mut socket, _) = crate::harness::enter(&house.browser(), &Person::new("first"), &plan).await;
    for _ in 0..3 {
        socket.say_text(r#"{"type":"ping"}"#).await;
    }
    assert_eq!(socket.refused().await, Refusal::Flooding);
    for expected in [Refusal::NotAdmitted, Refusal::Flooding] {
        let mut socket = house.browser().socket().await;
        socket.hello(&Person::new("stranger"), &plan.id, None).await;
        assert_eq!(socket.refused().await, expected);
    }
}

#[tokio::test]
async fn pings_of_the_protocol_below_are_counted_too_d2() {
    let two = Rate { burst: 2, period: Duration::from_secs(3600) };
    let house = House::with(|config| config.rates.messages = two).await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    let (mut socket, _) = crate::harness::enter(&house.browser(), &Person::new("first"), &plan).await;
    for _ in 0..3 {
        socket.ping().await;
    }
    assert_eq!(socket.refused().await, Refusal::Flooding);
}

#[tokio::test]
async fn a_link_is_not_guessed_on_from_one_source_b2_s2() {
    let two = Rate { burst: 2, period: Duration::from_secs(3600) };
    let house = House::with(|config| config.rates.refused = two).await;
    let mut host = house.host().await;
    let (plan, other) = (Plan::new(MEETING), Plan::new("otherotherotherr"));
    host.create(&plan).await;
    host.create(&other).await;
    for expected in [Refusal::NotAdmitted, Refusal::NotAdmitted, Refusal::Flooding] {
        let mut socket = house.browser().socket().await;
        socket.hello(&Person::new("guesser"), &plan.id, Some(other.token)).await;
        assert_eq!(socket.refused().await, expected);
    }
    let mut socket = host.socket().await;
    socket.hello(&Person::new("anna"), &plan.id, None).await;
    socket.welcome().await;
    crate::harness::enter(&house.browser(), &Person::new("guest"), &other).await;
}

#[tokio::test]
async fn a_message_beyond_the_bound_ends_its_connection_d2() {
    let house = House::open().await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    let (mut socket, _) = crate::harness::enter(&house.browser(), &Person::new("first"), &plan).await;
    socket.say_text("x".repeat(MESSAGE_INSIDE)).await;
    let unreadable =
        |message: &ServerMessage| matches!(message, ServerMessage::Unreadable { .. }).then_some(());
    socket.until(unreadable).await;
    socket.say_text("x".repeat(MESSAGE_INSIDE + 1)).await;
    while socket.next_text().await.is_some() {}
    let (_other, welcome) = crate::harness::enter(&house.browser(), &Person::new("second"), &plan).await;
    assert_eq!(welcome.participants.len(), 2, "the meeting goes on");
}

#[tokio::test]
async fn who_is_not_in_may_say_less_than_those_who_are_d2() {
    let house = House::open().await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    // A ping with blanks behind it: nothing but its length is wrong with it.
    let padded = |text: &str, length: usize| format!("{text}{}", " ".repeat(length - text.len()));
    let ping = |length| padded(r#"{"type":"ping"}"#, length);
    let is_answer = |message: &ServerMessage| match message {
        ServerMessage::Pong => Some(true),
        ServerMessage::Unreadable { .. } => Some(false),
        _ => None,
    };
    let (mut inside, _) = crate::harness::enter(&house.browser(), &Person::new("first"), &plan).await;
    inside.say_text(ping(MESSAGE_INSIDE)).await;
    assert!(inside.until(is_answer).await);

    let settings = MeetingSettings { lobby: true, early_start: true, ..MeetingSettings::default() };
    let mut owner = host.socket().await;
    owner.hello(&Person::new("owner"), &plan.id, None).await;
    owner.welcome().await;
    owner.act(1, Act::ChangeSettings { settings }).await;
    owner.until(|message| matches!(message, ServerMessage::Done { .. }).then_some(())).await;
    let mut waiting = house.browser().socket().await;
    waiting.hello(&Person::new("second"), &plan.id, Some(plan.token)).await;
    waiting.until(|message| matches!(message, ServerMessage::Waiting { .. }).then_some(())).await;
    waiting.say_text(ping(MESSAGE)).await;
    assert!(waiting.until(is_answer).await);
    waiting.say_text(ping(MESSAGE + 1)).await;
    assert!(!waiting.until(is_answer).await);

    let mut stranger = house.browser().socket().await;
    let hello = Person::new("third").hello(&plan.id, Some(plan.token), &stranger.nonce);
    let hello = serde_json::to_string(&ClientMessage::Hello(Box::new(hello))).expect("JSON");
    stranger.say_text(padded(&hello, MESSAGE + 1)).await;
    assert_eq!(stranger.refused().await, Refusal::Unproven);
}

#[tokio::test]
async fn half_open_connections_keep_nobody_out_d2() {
    let house = House::with(|config| config.connections = 20).await;
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    let (mut inside, _) = crate::harness::enter(&house.browser(), &Person::new("first"), &plan).await;
    let mut half_open = Vec::new();
    for _ in 0..60 {
        half_open.push(tokio::net::TcpStream::connect(house.address()).await.expect("it listens"));
    }
    assert_eq!(host.get("/api/account").await.status, 200);
    let (_late, welcome) = crate::harness::enter(&house.browser(), &Person::new("late"), &plan).await;
    assert_eq!(welcome.participants.len(), 2);
    inside.say_text(r#"{"type":"ping"}"#).await;
    inside.until(|message| matches!(message, ServerMessage::Pong).then_some(())).await;
}
