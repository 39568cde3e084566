//! `incamera data`: everything that is kept, and nothing that is secret (P1, I3).

use std::fs;

use incamera_conference::text;
use serde_json::Value;

use crate::backup::{Owner, run};
use crate::harness::{House, Person, Plan, enter};

#[tokio::test]
async fn everything_is_told_and_no_secret_shown_p1_i3() {
    let owner = Owner::new();
    let house = House::open().await;
    let mut host = house.host().await;
    let kept = Plan::new("keptkeptkeptkept").set("lobby", true);
    let passing = Plan::new("passingpassingpa").passing();
    for plan in [&kept, &passing] {
        assert_eq!(host.create(plan).await.status, 201);
    }
    let device = crate::passkeys::add(&mut host, 77, true).await;
    let (_guest, _) = enter(&house.browser(), &Person::new("a guest"), &passing).await;
    let (_, address) = house.command(&["host", "add", "Invited"]);

    let told = run(house.state(), &["data"]).text;
    for words in [
        "keeps nothing: no names",
        "Hosts, who may hold meetings: 1",
        "name: Anna",
        "Sign-ins, one for each browser in which a host is signed in: 1",
        "deleted on: 20",
        "for: a host account\n      the name for the new account: Invited",
        "Passkeys with which hosts sign in. When they were made or used is not kept: 1",
        "asks for the password and a passkey at each sign-in: no",
        "Meetings that hosts made. When they take place, and who takes part, is not kept: 2",
        "lobby on",
        "early start on",
        "title, sealed in the browser; the server cannot read it: 12 bytes, not shown",
        "incamera.db (",
        "self-signed.pem (",
    ] {
        assert!(told.contains(words), "“{words}” is not in:\n{told}");
    }
    assert!(!told.contains("not made by this version"), "a file that nobody knows:\n{told}");

    let json = run(house.state(), &["data", "--json"]).text;
    let parsed: Value = serde_json::from_str(&json).expect("JSON");
    let tables = parsed["tables"].as_array().expect("a list");
    let hosts = tables.iter().find(|table| table["name"] == "host").expect("there");
    assert_eq!(hosts["rows"][0][1]["value"], "Anna");
    assert_eq!(hosts["rows"][0][3]["bytes"], 16);

    let cookie = host.cookie.clone().expect("signed in");
    let cookie = cookie.split_once('=').expect("a pair").1.to_owned();
    let session = incamera::bytes::SessionToken::parse(&cookie).expect("a token");
    for (what, secret) in [
        ("a link", kept.id.as_str().to_owned()),
        ("an admission", text::encode(&kept.token.hash().0)),
        ("an admission", format!("{:?}", kept.token.hash().0)),
        ("a session", cookie),
        ("a session's hash", text::encode(&session.hash().0)),
        ("a sealed title", "sealed title".to_owned()),
        ("a sealed record", "sealed record".to_owned()),
        ("a wrapped key", "under first password".to_owned()),
        ("a passkey's id", text::encode(&device.id)),
        ("a passkey's name", "sealed name of the passkey".to_owned()),
        ("a passkey's public half", "EC_EC2".to_owned()),
        ("a key wrapped by a passkey", "under the passkey".to_owned()),
        ("a verifier", "argon2id".to_owned()),
        ("a one-time address", crate::harness::fragment(&address).to_owned()),
        ("a guest", "a guest".to_owned()),
    ] {
        assert!(!told.contains(&secret) && !json.contains(&secret), "{what} is shown");
    }

    assert!(owner.backup(house.state(), "backup").done, "and what a backup leaves behind is nothing");
    assert!(!run(house.state(), &["data"]).text.contains("not made by this version"));
    fs::write(house.state().join("note.txt"), "x").expect("written");
    let told = run(house.state(), &["data"]).text;
    assert!(told.contains("note.txt (1 byte)\n    not made by this version"), "{told}");
}

#[tokio::test]
async fn the_configurations_address_for_the_authority_is_told_p1() {
    let house = House::open().await;
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("incamera.toml");
    fs::write(&file, "[authority]\nemail = \"anna@example.org\"\n").expect("written");
    let told = run(house.state(), &["data", "--config", &file.display().to_string()]).text;
    assert!(told.contains("has the address anna@example.org from it"), "{told}");
}
