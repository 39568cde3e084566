//! The vocabulary as JSON: the shape that the page relies on, and what the edge refuses to read (D2).

mod round_trip;

use incamera_conference::ids::{
    AdmissionHash, AdmissionToken, HostKey, IdentityKey, KnockId, MeetingId, Nonce, ParticipantId, RequestId,
    Signature,
};
use incamera_conference::limits::ADDED_AT_ONCE;
use incamera_conference::sealed::{
    GroupBytes, SealedBody, SealedInfo, SealedLink, SealedName, SealedPackage, SealedTitle,
};
use incamera_conference::settings::{MeetingSettings, Role};
use incamera_conference::wire::{
    Act, ClientMessage, Denial, Departure, GroupEvent, GroupMessage, GroupWelcome, HeldState, Hello, Knock,
    Participant, PersonToAdd, Quality, Refusal, Rotation, ServerMessage, Slot, Source, SourceSection,
    TileSize, VERSION, WaitingFor, Watch, Welcome, proof_text,
};
use serde_json::{Value, json};

fn meeting() -> MeetingId {
    MeetingId::parse("abcdefghijklmnop").unwrap()
}

fn name() -> SealedName {
    SealedName::new(vec![1, 2, 3]).unwrap()
}

fn held() -> HeldState {
    HeldState { text: "{\"sequence\":4711}".to_owned(), signature: Signature([5; 64]) }
}

fn hello() -> ClientMessage {
    ClientMessage::Hello(Box::new(Hello {
        version: VERSION,
        meeting: meeting(),
        token: Some(AdmissionToken([1; 32])),
        identity: IdentityKey([2; 32]),
        proof: Signature([3; 64]),
        name: name(),
        held: Some(held()),
        group: Some(3),
    }))
}

/// One of each.
fn acts() -> Vec<Act> {
    let participant = ParticipantId(7);
    let knock = KnockId(8);
    let rotation = Rotation {
        admission: AdmissionHash([6; 32]),
        link: SealedLink::new(vec![7]).unwrap(),
        title: SealedTitle::new(vec![8]).unwrap(),
    };
    vec![
        Act::Switch { source: Source::ScreenAudio, on: true },
        Act::Quality { quality: Quality::Fair },
        Act::Say { to: Some(participant), body: SealedBody::new(vec![9]).unwrap() },
        Act::Leave,
        Act::Mute { participant },
        Act::MuteAll,
        Act::AskToUnmute { participant },
        Act::StopVideo { participant },
        Act::StopScreen { participant },
        Act::Remove { participant, admission: AdmissionHash([4; 32]) },
        Act::Rotate { rotation },
        Act::Admit { knock },
        Act::AdmitAll,
        Act::Deny { knock },
        Act::SendToLobby { participant },
        Act::SetRole { participant, role: Role::CoHost },
        Act::ChangeSettings { settings: MeetingSettings::default() },
        Act::Hold { held: held() },
        Act::EndForAll,
    ]
}

fn client_messages() -> Vec<ClientMessage> {
    let source = SourceSection { mid: "0".to_owned(), source: Source::Microphone };
    let watch = Watch { participant: ParticipantId(7), source: Source::Camera, size: TileSize::Large };
    let mut messages = vec![
        hello(),
        ClientMessage::Offer { request: RequestId(1), sdp: "v=0".into(), sources: vec![source] },
        ClientMessage::Watch { videos: vec![watch] },
        ClientMessage::Ping,
    ];
    messages.extend(
        group_messages().into_iter().map(|message| ClientMessage::Group { request: RequestId(1), message }),
    );
    messages.extend(acts().into_iter().map(|act| ClientMessage::Act { request: RequestId(1), act }));
    messages
}

fn group_bytes() -> GroupBytes {
    GroupBytes::new(vec![1, 2, 3]).unwrap()
}

fn info() -> SealedInfo {
    SealedInfo::new(vec![1, 2, 3]).unwrap()
}

fn package() -> SealedPackage {
    SealedPackage::new(vec![1, 2, 3]).unwrap()
}

/// One of each.
fn group_messages() -> Vec<GroupMessage> {
    let welcome = GroupWelcome { message: group_bytes(), to: vec![ParticipantId(7); ADDED_AT_ONCE] };
    vec![
        GroupMessage::Found { info: info() },
        GroupMessage::Commit { epoch: 1, commit: group_bytes(), info: info(), welcome: Some(welcome) },
        GroupMessage::AskAdd { key_package: package() },
        GroupMessage::Again,
        GroupMessage::Refuse { number: 5 },
    ]
}

/// One of each.
fn group_events() -> Vec<GroupEvent> {
    let from = ParticipantId(7);
    vec![
        GroupEvent::Found,
        GroupEvent::Turn { epoch: 1, info: info() },
        GroupEvent::Taken { number: 5 },
        GroupEvent::Commit { number: 5, epoch: 1, from, commit: group_bytes() },
        GroupEvent::Welcome { number: 5, message: group_bytes() },
        GroupEvent::Add { people: vec![PersonToAdd { participant: from, key_package: package() }] },
        GroupEvent::Withdrawn { number: 6, commit: 5 },
    ]
}

fn server_messages() -> Vec<ServerMessage> {
    let id = ParticipantId(7);
    let request = RequestId(1);
    let participant = Participant {
        id,
        identity: IdentityKey([2; 32]),
        role: Role::Host,
        live: Source::ALL.to_vec(),
        quality: Quality::Good,
        connected: true,
    };
    let knocks = vec![Knock { id: KnockId(8), identity: IdentityKey([3; 32]), name: Some(name()) }];
    let title = SealedTitle::new(vec![8]).unwrap();
    let link = SealedLink::new(vec![7]).unwrap();
    let welcome = Welcome {
        me: id,
        participants: vec![participant.clone()],
        settings: MeetingSettings::default(),
        title: title.clone(),
        linked: true,
        held: Some(held()),
        host_key: HostKey([1; 32]),
        knocks: knocks.clone(),
        group: Some(4),
    };
    let body = SealedBody::new(vec![9]).unwrap();
    let slot = Slot { mid: "4".to_owned(), participant: id, source: Source::Screen, paused: true };
    let group = group_events().into_iter().map(|event| ServerMessage::Group { event });
    let others = vec![
        ServerMessage::Challenge { version: VERSION, nonce: Nonce([1; 32]), instance: Nonce([2; 32]) },
        ServerMessage::Refused { reason: Refusal::NotAdmitted },
        ServerMessage::Waiting { until: WaitingFor::Admission },
        ServerMessage::Welcome(Box::new(welcome)),
        ServerMessage::Participant { participant },
        ServerMessage::Left { participant: id, how: Departure::SentToLobby },
        ServerMessage::Settings { settings: MeetingSettings::default() },
        ServerMessage::Lobby { knocks },
        ServerMessage::Said { from: id, privately: false, body },
        ServerMessage::Rotated { number: 5, link, title },
        ServerMessage::Held { held: held() },
        ServerMessage::Done { request },
        ServerMessage::Denied { request, reason: Denial::SwitchedOff },
        ServerMessage::Answer { request, sdp: "v=0".into() },
        ServerMessage::Slots { slots: vec![slot] },
        ServerMessage::Relay { user: "user".into(), password: "password".into() },
        ServerMessage::Pong,
        ServerMessage::Unreadable { detail: "what".into() },
    ];
    others.into_iter().chain(group).collect()
}

#[test]
fn every_message_survives_being_written_and_read() {
    for message in client_messages() {
        let text = serde_json::to_vec(&message).unwrap();
        assert!(round_trip::run(&text), "{message:?}");
    }
    for message in server_messages() {
        let text = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<ServerMessage>(&text).unwrap(), message);
    }
}

#[test]
fn the_page_finds_the_fields_where_it_looks() {
    let act =
        ClientMessage::Act { request: RequestId(3), act: Act::AskToUnmute { participant: ParticipantId(7) } };
    let expected = json!({"type": "act", "request": 3, "act": {"act": "ask_to_unmute", "participant": 7}});
    assert_eq!(serde_json::to_value(act).unwrap(), expected);

    let message = GroupMessage::AskAdd { key_package: package() };
    let group = ClientMessage::Group { request: RequestId(3), message };
    let expected =
        json!({"type": "group", "request": 3, "message": {"group": "ask_add", "keyPackage": "AQID"}});
    assert_eq!(serde_json::to_value(group).unwrap(), expected);
    let withdrawn = ServerMessage::Group { event: GroupEvent::Withdrawn { number: 6, commit: 5 } };
    let expected = json!({"type": "group", "event": {"event": "withdrawn", "number": 6, "commit": 5}});
    assert_eq!(serde_json::to_value(withdrawn).unwrap(), expected);

    let refused = ServerMessage::Refused { reason: Refusal::NotAdmitted };
    assert_eq!(serde_json::to_value(refused).unwrap(), json!({"type": "refused", "reason": "not_admitted"}));

    let welcome = server_messages().remove(3);
    let value = serde_json::to_value(welcome).unwrap();
    assert_eq!(value["type"], "welcome");
    assert_eq!(value["hostKey"], Value::from("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"));
    assert_eq!(value["settings"]["earlyStart"], false);
    assert_eq!(value["participants"][0]["live"][3], "screen_audio");
    assert_eq!(value["linked"], true);
}

#[test]
fn settings_from_before_there_were_strict_ones_are_read_too() {
    let usual = serde_json::to_value(MeetingSettings::default()).unwrap();
    let without = |name| altered(usual.clone(), |v| drop(v.as_object_mut().unwrap().remove(name)));
    let read = |text: Vec<u8>| serde_json::from_slice::<MeetingSettings>(&text);
    assert_eq!(read(without("strict")).unwrap(), MeetingSettings::default());
    assert!(read(without("rename")).is_err());
}

#[test]
fn a_page_that_knows_of_no_group_is_read_too() {
    let text = altered(serde_json::to_value(hello()).unwrap(), |v| {
        v.as_object_mut().unwrap().remove("group");
    });
    let Ok(ClientMessage::Hello(hello)) = serde_json::from_slice(&text) else { panic!("not read") };
    assert_eq!(hello.group, None);
}

#[test]
fn the_proof_is_bound_to_meeting_and_nonce() {
    let text = proof_text(&meeting(), &Nonce([9; 32]));
    assert_eq!(text, [&b"incamera/1 hello\0abcdefghijklmnop\0"[..], &[9; 32]].concat());
}

/// A message with one thing changed.
fn altered(mut message: Value, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    change(&mut message);
    serde_json::to_vec(&message).unwrap()
}

/// Where there are fields to misspell. A message that is nothing but its name is read by its name (as serde does for a
/// unit variant with an internal tag): what else stands there cannot mean anything.
#[test]
fn d2_an_unknown_field_is_refused_wherever_there_are_fields() {
    let has_fields = |value: &Value| value.as_object().is_some_and(|fields| fields.len() > 1);
    let mut refused = 0;
    for message in client_messages() {
        let value = serde_json::to_value(&message).unwrap();
        let within = altered(value.clone(), |value| value["act"]["unknown"] = Value::from(1));
        if has_fields(&value["act"]) {
            assert!(!round_trip::run(&within), "{message:?}");
            refused += 1;
        }
        let within = altered(value.clone(), |value| value["message"]["unknown"] = Value::from(1));
        if has_fields(&value["message"]) {
            assert!(!round_trip::run(&within), "{message:?}");
            refused += 1;
        }
        let beside = altered(value.clone(), |value| value["unknown"] = Value::from(1));
        if has_fields(&value) {
            assert!(!round_trip::run(&beside), "{message:?}");
            refused += 1;
        }
    }
    assert_eq!(refused, 15 + 4 + 27);
}

#[test]
fn d2_what_is_too_long_too_short_or_misspelt_is_refused() {
    let hello = || serde_json::to_value(hello()).unwrap();
    let act = |act: Act| serde_json::to_value(ClientMessage::Act { request: RequestId(1), act }).unwrap();
    let group = |which: usize| {
        let message = group_messages().remove(which);
        serde_json::to_value(ClientMessage::Group { request: RequestId(1), message }).unwrap()
    };
    let text = |bytes: usize| Value::from("A".repeat(bytes.div_ceil(3) * 4));
    let say = Act::Say { to: None, body: SealedBody::new(vec![]).unwrap() };
    let remove = Act::Remove { participant: ParticipantId(7), admission: AdmissionHash([4; 32]) };
    let bad = [
        altered(hello(), |v| v["meeting"] = Value::from("abcdefghijklmno")),
        altered(hello(), |v| v["meeting"] = Value::from("abcdefghijklmno1")),
        altered(hello(), |v| v["meeting"] = Value::from("abcdefghijklmnoP")),
        altered(hello(), |v| v["token"] = Value::from("AAAA")),
        altered(hello(), |v| v["identity"] = Value::from("A".repeat(44))),
        altered(hello(), |v| v["identity"] = Value::from(format!("{}=", "A".repeat(43)))),
        altered(hello(), |v| v["identity"] = Value::from(format!("{}+", "A".repeat(42)))),
        altered(hello(), |v| v["proof"] = Value::Null),
        altered(hello(), |v| v["version"] = Value::from(-1)),
        altered(hello(), |v| v["version"] = Value::from(1u64 << 32)),
        altered(hello(), |v| v["name"] = text(SealedName::MAX + 1)),
        altered(hello(), |v| drop(v.as_object_mut().unwrap().remove("identity"))),
        altered(hello(), |v| v["type"] = Value::from("HELLO")),
        altered(act(remove), |v| v["act"]["admission"] = Value::from("AAAA")),
        altered(act(say), |v| v["act"]["body"] = text(SealedBody::MAX + 1)),
        altered(group(1), |v| v["message"]["commit"] = text(GroupBytes::MAX + 1)),
        altered(group(1), |v| v["message"]["info"] = text(SealedInfo::MAX + 1)),
        altered(group(1), |v| v["message"]["welcome"]["message"] = text(GroupBytes::MAX + 1)),
        altered(group(1), |v| v["message"]["welcome"]["to"] = json!(vec![7; ADDED_AT_ONCE + 1])),
        altered(group(1), |v| v["message"]["epoch"] = Value::from(1u64 << 32)),
        altered(group(2), |v| v["message"]["keyPackage"] = text(SealedPackage::MAX + 1)),
        altered(act(Act::Leave), |v| v["act"]["act"] = Value::from("become_host")),
        altered(act(Act::Leave), |v| v["request"] = Value::from("1")),
        b"".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{\"type\":\"ping\"}{\"type\":\"ping\"}".to_vec(),
    ];
    for message in bad {
        let shown = String::from_utf8_lossy(&message[..message.len().min(200)]).into_owned();
        assert!(!round_trip::run(&message), "{shown}");
    }
    assert!(round_trip::run(&altered(hello(), |v| v["name"] = text(SealedName::MAX - 2))));
}

#[test]
fn i3_nothing_private_prints() {
    let printed = format!("{:?} {:?}", client_messages(), server_messages());
    let secrets =
        ["abcdefghijklmnop", "[1, 1", "[2, 2", "[3, 3", "[4, 4", "[1, 2, 3]", "AQEB", "AgIC", "4711"];
    for secret in secrets {
        assert!(!printed.contains(secret), "{secret}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(0u8.., 0..300)) {
        round_trip::run(&bytes);
    }

    #[test]
    fn no_change_to_a_message_makes_the_reader_panic(
        which in 0usize..28, at in 0usize..400, byte in 0u8.., cut in 0usize..400,
    ) {
        let messages = client_messages();
        let mut text = serde_json::to_vec(&messages[which % messages.len()]).unwrap();
        let length = text.len();
        text[at % length] = byte;
        round_trip::run(&text);
        round_trip::run(&text[..cut % length]);
    }
}
