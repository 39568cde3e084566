//! Passkeys of hosts (S1, B6).

use incamera::limits;
use incamera::rate::Rate;
use incamera_conference::text;
use serde_json::{Value, json};

use crate::authenticator::{Authenticator, Fault};
use crate::harness::{Answer, Browser, House, Keys, fragment, raw};

const PASSWORD: &str = "first password";

fn origin(browser: &Browser) -> String {
    browser.origin.clone().expect("a page")
}

fn key(password: &str) -> Value {
    json!({ "signInKey": Keys::of(password).sign_in })
}

/// Adds a passkey as the page does, with something done wrong.
async fn add_with(
    host: &mut Browser,
    device: &mut Authenticator,
    opens: bool,
    fault: Option<Fault>,
) -> Answer {
    let question = host.post("/api/account/passkeys/challenge", key(PASSWORD)).await;
    assert_eq!(question.status, 200, "{question:?}");
    let mut made = device.make(&origin(host), &question.json(), fault);
    made["name"] = text::encode(b"sealed name of the passkey").into();
    made["wrappedByPasskey"] = opens.then(|| text::encode(b"under the passkey")).into();
    host.post("/api/account/passkeys", made).await
}

pub(crate) async fn add(host: &mut Browser, number: u8, opens: bool) -> Authenticator {
    let mut device = Authenticator::new(number);
    let answer = add_with(host, &mut device, opens, None).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    device
}

async fn question(browser: &mut Browser) -> Value {
    browser.post("/api/sign-in/passkey/challenge", Value::Null).await.json()
}

/// Signs in with a passkey alone, with something done wrong.
async fn enter(browser: &mut Browser, device: &mut Authenticator, fault: Option<Fault>) -> Answer {
    let question = question(browser).await;
    let answer = device.answer(&origin(browser), &question, fault);
    browser.post("/api/sign-in/passkey", answer).await
}

async fn ask_both(host: &mut Browser, both: bool) -> Answer {
    let mut wish = key(PASSWORD);
    wish["both"] = both.into();
    host.post("/api/account/passkeys/both", wish).await
}

async fn remove(host: &mut Browser, device: &Authenticator) -> Answer {
    let mut wish = key(PASSWORD);
    wish["id"] = text::encode(&device.id).into();
    host.post("/api/account/passkeys/remove", wish).await
}

/// A server at which one may try more often than a person would.
async fn patient_house() -> House {
    House::with(|config| config.rates.sign_ins = Rate::new(1000, 1000)).await
}

/// Another host of the same server.
async fn berta(house: &House) -> Browser {
    let (_, printed) = house.command(&["host", "add", "Berta"]);
    let mut berta = house.browser();
    assert_eq!(berta.enrol(fragment(&printed), "Berta", PASSWORD).await.status, 200);
    berta
}

#[tokio::test]
async fn a_passkey_alone_signs_in_and_brings_the_wrapped_host_key_s1_b6() {
    let mut house = House::open().await;
    let mut host = house.host().await;
    let mut device = add(&mut host, 1, true).await;
    let listed = host.get("/api/account/passkeys").await.json();
    assert_eq!(listed["asksBoth"], false);
    assert_eq!(listed["passkeys"][0]["opens"], true);
    assert_eq!(listed["passkeys"][0]["name"], text::encode(b"sealed name of the passkey"));
    // Also after a new start: nothing that is needed is in memory alone.
    house.restart().await;
    for _ in 0..2 {
        let mut other = house.browser();
        let answer = enter(&mut other, &mut device, None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json()["account"]["name"], "Anna");
        assert_eq!(answer.json()["wrappedByPasskey"], text::encode(b"under the passkey"));
        assert_eq!(other.get("/api/account").await.json()["name"], "Anna");
    }
    assert_eq!(house.browser().sign_in("Anna", PASSWORD).await.json()["kind"], "account", "or the password");
}

#[tokio::test]
async fn what_is_not_right_is_refused_and_all_of_it_alike_s1() {
    let house = patient_house().await;
    let mut host = house.host().await;
    let mut device = add(&mut host, 1, true).await;
    let mut berta = berta(&house).await;
    let mut bertas = add(&mut berta, 2, true).await;

    let mut refusals = Vec::new();
    for fault in [
        Fault::Origin,
        Fault::Port,
        Fault::CrossOrigin,
        Fault::RelyingParty,
        Fault::NotPresent,
        Fault::NotVerified,
        Fault::Kind,
        Fault::Signature,
        Fault::ClientData,
        Fault::AuthenticatorData,
        Fault::Challenge,
        Fault::User,
        Fault::NoUser,
    ] {
        refusals.push((format!("{fault:?}"), enter(&mut house.browser(), &mut device, Some(fault)).await));
    }
    let mut stranger = house.browser();
    let mut unknown = Authenticator::new(9);
    refusals.push(("unknown".into(), enter(&mut stranger, &mut unknown, None).await));
    // The right passkey's name, by a device that has not its key.
    let mut thief = Authenticator::new(1);
    refusals.push(("thief".into(), enter(&mut stranger, &mut thief, None).await));
    // Another host's passkey in one's own name, and one's own in another's.
    for _ in 0..2 {
        std::mem::swap(&mut device.id, &mut bertas.id);
        refusals.push(("other host".into(), enter(&mut stranger, &mut device, None).await));
        std::mem::swap(&mut device.id, &mut bertas.id);
        std::mem::swap(&mut device, &mut bertas);
    }
    // Once is enough.
    let asked = question(&mut stranger).await;
    let answer = device.answer(&origin(&stranger), &asked, None);
    assert_eq!(house.browser().post("/api/sign-in/passkey", answer.clone()).await.status, 200);
    refusals.push(("replayed".into(), stranger.post("/api/sign-in/passkey", answer).await));
    let again = device.answer(&origin(&stranger), &asked, None);
    refusals.push(("answered again".into(), stranger.post("/api/sign-in/passkey", again).await));
    let never = json!({ "challenge": text::encode(&[3; 32]), "rpId": "localhost" });
    let never = device.answer(&origin(&stranger), &never, None);
    refusals.push(("never asked".into(), stranger.post("/api/sign-in/passkey", never).await));
    // A challenge for a new passkey is none for a sign-in.
    let new = host.post("/api/account/passkeys/challenge", key(PASSWORD)).await.json();
    let new = device.answer(&origin(&stranger), &new, None);
    refusals.push(("for a new one".into(), stranger.post("/api/sign-in/passkey", new).await));

    assert_eq!(stranger.cookie, None);
    for (why, answer) in &refusals {
        assert_eq!((answer.status, answer.error().as_str()), (401, "wrong_passkey"), "{why}");
        assert_eq!(answer.body, refusals[0].1.body, "{why}");
        assert_eq!(answer.header("set-cookie"), None, "{why}");
    }
    assert_eq!(enter(&mut stranger, &mut device, None).await.status, 200, "and the right one still signs in");
}

#[tokio::test]
async fn a_copied_authenticator_is_found_by_its_count_s1() {
    let house = patient_house().await;
    let mut host = house.host().await;
    let mut device = Authenticator::new(1);
    device.counter = 5;
    assert_eq!(add_with(&mut host, &mut device, true, None).await.status, 200);
    assert_eq!(enter(&mut house.browser(), &mut device, None).await.status, 200);
    assert_eq!(device.counter, 6);
    for copied in [1, 4, 5] {
        device.counter = copied;
        let answer = enter(&mut house.browser(), &mut device, None).await;
        assert_eq!(answer.error(), "wrong_passkey", "{copied}");
    }
    device.counter = 0;
    assert_eq!(enter(&mut house.browser(), &mut device, None).await.error(), "wrong_passkey");
    device.counter = 6;
    assert_eq!(enter(&mut house.browser(), &mut device, None).await.status, 200);
}

#[tokio::test]
async fn a_passkey_that_cannot_open_the_host_key_does_not_sign_in_alone_b6() {
    let house = House::open().await;
    let mut host = house.host().await;
    let mut device = add(&mut host, 1, false).await;
    assert_eq!(host.get("/api/account/passkeys").await.json()["passkeys"][0]["opens"], false);
    let mut other = house.browser();
    let answer = enter(&mut other, &mut device, None).await;
    assert_eq!((answer.status, answer.error().as_str()), (401, "password_too"));
    assert_eq!(other.cookie, None);
    // Whoever has not the passkey is not even told that.
    let answer = enter(&mut other, &mut device, Some(Fault::Signature)).await;
    assert_eq!(answer.error(), "wrong_passkey");
}

#[tokio::test]
async fn with_both_neither_signs_in_alone_s1() {
    let house = patient_house().await;
    let mut host = house.host().await;
    assert_eq!(ask_both(&mut host, true).await.error(), "bad_request", "there is nothing to ask for");
    let mut device = add(&mut host, 1, true).await;
    let mut second = add(&mut host, 2, false).await;
    assert_eq!(ask_both(&mut host, true).await.json()["asksBoth"], true);
    let mut berta = berta(&house).await;
    let mut bertas = add(&mut berta, 3, true).await;

    let mut other = house.browser();
    assert_eq!(enter(&mut other, &mut device, None).await.error(), "password_too");
    assert_eq!(other.sign_in("Anna", "wrong").await.error(), "wrong_password");
    for device in [&mut device, &mut second] {
        let mut other = house.browser();
        let asked = other.sign_in("Anna", PASSWORD).await;
        assert_eq!((asked.status, asked.header("set-cookie")), (200, None));
        let asked = asked.json();
        assert_eq!(asked["kind"], "passkey");
        assert_eq!(asked["credentials"], json!([text::encode(&[1; 16]), text::encode(&[2; 16])]));
        assert_eq!(
            asked["wrappedByPassword"],
            Value::Null,
            "nor is there anything to guess the password with"
        );
        assert_eq!(other.get("/api/account").await.error(), "signed_out");
        let answer = device.answer(&origin(&other), &asked, None);
        let answer = other.post("/api/sign-in/passkey", answer).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json()["wrappedByPasskey"], Value::Null, "the password opens the host key");
        assert_eq!(other.get("/api/account").await.json()["name"], "Anna");
    }

    for fault in [Fault::Origin, Fault::RelyingParty, Fault::NotVerified, Fault::Signature, Fault::User] {
        let asked = other.sign_in("Anna", PASSWORD).await.json();
        let answer = device.answer(&origin(&other), &asked, Some(fault));
        assert_eq!(other.post("/api/sign-in/passkey", answer).await.error(), "wrong_passkey", "{fault:?}");
    }
    let asked = other.sign_in("Anna", PASSWORD).await.json();
    let answer = bertas.answer(&origin(&other), &asked, None);
    assert_eq!(other.post("/api/sign-in/passkey", answer).await.error(), "wrong_passkey");
    // With what the other host's password got, one's own passkey is not asked.
    let asked = other.sign_in("Anna", PASSWORD).await.json();
    let answer = bertas.answer(&origin(&other), &asked, Some(Fault::NoUser));
    assert_eq!(other.post("/api/sign-in/passkey", answer).await.error(), "wrong_passkey");
    assert_eq!(other.cookie, None);

    assert_eq!(ask_both(&mut host, false).await.json()["asksBoth"], false);
    assert_eq!(house.browser().sign_in("Anna", PASSWORD).await.json()["kind"], "account");
}

#[tokio::test]
async fn only_a_passkey_that_is_right_is_taken_s1() {
    let house = patient_house().await;
    let mut host = house.host().await;
    for fault in [
        Fault::Origin,
        Fault::Port,
        Fault::CrossOrigin,
        Fault::RelyingParty,
        Fault::NotPresent,
        Fault::NotVerified,
        Fault::Kind,
        Fault::Challenge,
    ] {
        let answer = add_with(&mut host, &mut Authenticator::new(1), true, Some(fault)).await;
        assert_eq!(answer.error(), "wrong_passkey", "{fault:?}");
    }
    // A challenge is for one host, for this purpose, and once.
    let mut berta = berta(&house).await;
    let mut device = Authenticator::new(1);
    let of_berta = berta.post("/api/account/passkeys/challenge", key(PASSWORD)).await.json();
    let mut for_sign_in = question(&mut host).await;
    for_sign_in["user"] = of_berta["user"].clone();
    for asked in [of_berta, for_sign_in] {
        let mut made = device.make(&origin(&host), &asked, None);
        made["name"] = text::encode(b"name").into();
        assert_eq!(host.post("/api/account/passkeys", made).await.error(), "wrong_passkey");
    }
    let asked = host.post("/api/account/passkeys/challenge", key(PASSWORD)).await.json();
    let mut made = device.make(&origin(&host), &asked, None);
    made["name"] = text::encode(b"name").into();
    assert_eq!(host.post("/api/account/passkeys", made.clone()).await.status, 200);
    assert_eq!(host.post("/api/account/passkeys", made).await.error(), "wrong_passkey");
    // Somebody else's passkey is not taken over by its name.
    let taken = add_with(&mut berta, &mut Authenticator::new(1), true, None).await;
    assert_eq!(taken.error(), "wrong_passkey");

    for number in 2..=10 {
        add(&mut host, number, true).await;
    }
    assert_eq!(limits::PASSKEYS, 10);
    assert_eq!(add_with(&mut host, &mut Authenticator::new(11), true, None).await.error(), "too_many");
}

#[tokio::test]
async fn an_open_browser_is_not_enough_to_change_how_one_signs_in_s1() {
    let house = House::open().await;
    let mut host = house.host().await;
    let device = add(&mut host, 1, true).await;
    for (path, more) in [
        ("challenge", json!({})),
        ("remove", json!({ "id": text::encode(&device.id) })),
        ("both", json!({ "both": true })),
    ] {
        let path = format!("/api/account/passkeys/{path}");
        let with = |password| {
            let mut body = key(password);
            body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            body
        };
        assert_eq!(host.post(&path, with("not it")).await.error(), "wrong_password", "{path}");
        assert_eq!(house.browser().post(&path, with(PASSWORD)).await.error(), "signed_out", "{path}");
    }
    let listed = host.get("/api/account/passkeys").await.json();
    assert_eq!((listed["passkeys"].as_array().map(Vec::len), &listed["asksBoth"]), (Some(1), &json!(false)));
    assert_eq!(house.browser().get("/api/account/passkeys").await.error(), "signed_out");
}

#[tokio::test]
async fn a_removed_passkey_is_worth_nothing_and_with_the_last_one_the_password_is_enough_s1() {
    let house = House::open().await;
    let mut host = house.host().await;
    let mut one = add(&mut host, 1, true).await;
    let other = add(&mut host, 2, true).await;
    ask_both(&mut host, true).await;
    // Not another host's.
    let mut berta = berta(&house).await;
    assert_eq!(remove(&mut berta, &one).await.status, 200);
    assert_eq!(host.get("/api/account/passkeys").await.json()["passkeys"].as_array().map(Vec::len), Some(2));

    assert_eq!(remove(&mut host, &one).await.json()["asksBoth"], true);
    assert_eq!(enter(&mut house.browser(), &mut one, None).await.error(), "wrong_passkey");
    let answer = remove(&mut host, &other).await.json();
    assert_eq!(answer, json!({ "asksBoth": false, "passkeys": [] }));
    assert_eq!(house.browser().sign_in("Anna", PASSWORD).await.json()["kind"], "account");
}

#[tokio::test]
async fn who_lost_the_passkey_is_helped_from_the_shell_s1() {
    let house = House::open().await;
    let mut host = house.host().await;
    let mut device = add(&mut host, 1, true).await;
    ask_both(&mut host, true).await;
    let (done, printed) = house.command(&["host", "remove-passkeys", "anna"]);
    assert!(done && printed.contains("Removed: 1."), "{printed}");
    assert_eq!(
        host.get("/api/account").await.error(),
        "signed_out",
        "also where the lost device is signed in"
    );
    assert_eq!(enter(&mut house.browser(), &mut device, None).await.error(), "wrong_passkey");
    let mut host = house.browser();
    assert_eq!(host.sign_in("Anna", PASSWORD).await.json()["kind"], "account");
    assert!(house.command(&["host", "remove-passkeys", "Anna"]).1.contains("There was no passkey"));
    assert_eq!(host.get("/api/account").await.status, 200, "then nobody is signed out");
    assert!(!house.command(&["host", "remove-passkeys", "Carla"]).0);

    // A new password, as for somebody who lost everything but the recovery code.
    let mut device = add(&mut host, 2, true).await;
    ask_both(&mut host, true).await;
    let (_, printed) = house.command(&["host", "reset", "Anna"]);
    assert_eq!(
        enter(&mut house.browser(), &mut device, None).await.error(),
        "password_too",
        "not before it is used"
    );
    assert_eq!(house.browser().enrol(fragment(&printed), "Anna", "second password").await.status, 200);
    assert_eq!(enter(&mut house.browser(), &mut device, None).await.error(), "wrong_passkey");
    assert_eq!(house.browser().sign_in("Anna", "second password").await.json()["kind"], "account");
}

#[tokio::test]
async fn passkeys_belong_to_a_name_and_not_to_a_number_s1() {
    let house = House::open().await;
    let address = house.address();
    let at = |host: &'static str| async move {
        let host = format!("{host}:{}", address.port());
        let request = format!(
            "POST /api/sign-in/passkey/challenge HTTP/1.1\r\nhost: {host}\r\norigin: https://{host}\r\n\
             connection: close\r\ncontent-length: 0\r\n\r\n"
        );
        raw(address, request.as_bytes()).await
    };
    for host in ["127.0.0.1", "[::1]", "evil.example"] {
        let answer = at(host).await;
        assert_eq!((answer.status, answer.error().as_str()), (409, "no_passkeys_here"), "{host}");
    }
    assert_eq!(at("localhost").await.json()["rpId"], "localhost");
}

#[tokio::test]
async fn whoever_asks_or_answers_too_often_waits_s1_d2() {
    let rate = Rate::new(4, 1);
    let house = House::with(|config| config.rates.sign_ins = rate).await;
    let mut stranger = house.browser();
    for _ in 0..2 {
        assert_eq!(enter(&mut stranger, &mut Authenticator::new(9), None).await.error(), "wrong_passkey");
    }
    let late = stranger.post("/api/sign-in/passkey/challenge", Value::Null).await;
    assert_eq!((late.status, late.error().as_str()), (429, "slow_down"));
    let never = json!({ "challenge": text::encode(&[3; 32]), "rpId": "localhost" });
    let never = Authenticator::new(9).answer(&origin(&stranger), &never, None);
    assert_eq!(stranger.post("/api/sign-in/passkey", never).await.error(), "slow_down");

    // Guesses by whoever sits at an open browser count as those at the door do.
    let house = House::with(|config| config.rates.account_of_source = Rate::new(2, 1)).await;
    let mut host = house.host().await;
    for _ in 0..2 {
        let answer = host.post("/api/account/passkeys/challenge", key("not it")).await;
        assert_eq!(answer.error(), "wrong_password");
    }
    assert_eq!(host.post("/api/account/passkeys/challenge", key(PASSWORD)).await.error(), "slow_down");
    assert_eq!(host.sign_in("Anna", PASSWORD).await.error(), "slow_down");
}
