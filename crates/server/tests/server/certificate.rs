//! What hosts are told of the certificate (S3).

use std::path::Path;

use incamera::clock::UnixTime;
use incamera::tls::Files;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::harness::{House, fragment};

const DAY: i64 = 24 * 3600;

/// A certificate of 90 days, of which some are left. Returns until when it is good.
fn put(path: &Path, days_left: i64) -> i64 {
    let ends = UnixTime::now().0 + days_left * DAY;
    let time = |at| OffsetDateTime::from_unix_timestamp(at).expect("a time");
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(["localhost".to_owned()]).expect("valid");
    (params.not_before, params.not_after) = (time(ends - 90 * DAY), time(ends));
    std::fs::create_dir_all(path.parent().expect("in a folder")).expect("made");
    std::fs::write(path, params.self_signed(&key).expect("made").pem() + &key.serialize_pem())
        .expect("written");
    ends
}

async fn told(house: &House) -> Value {
    let answer = house.host().await.get("/api/account").await;
    assert_eq!(answer.status, 200);
    answer.json()["certificate"].clone()
}

#[tokio::test]
async fn hosts_are_told_when_the_certificate_ends_soon_and_who_renews_it_s3() {
    for (days_left, soon) in [(20, true), (30, false)] {
        let mut ends = 0;
        let ordered = House::with(|config| ends = put(&Files::ordered(&config.state).chain, days_left)).await;
        let expected = if soon { json!({ "ends": ends, "ordered": true }) } else { Value::Null };
        assert_eq!(told(&ordered).await, expected, "{days_left} days are left");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let files = Files { chain: folder.path().join("own.pem"), key: None };
    let ends = put(&files.chain, 20);
    let named = House::with(|config| config.certificate = Some(files)).await;
    assert_eq!(told(&named).await, json!({ "ends": ends, "ordered": false }));
}

#[tokio::test]
async fn the_servers_own_certificate_is_nothing_to_tell() {
    assert_eq!(told(&House::open().await).await, Value::Null);
}

#[tokio::test]
async fn strangers_are_not_told_s3() {
    let house = House::with(|config| {
        put(&Files::ordered(&config.state).chain, 20);
    })
    .await;
    let mut stranger = house.browser();
    let token = fragment(&house.first_enrolment().expect("no host yet")).to_owned();
    for answer in [
        stranger.get("/api/account").await,
        stranger.post("/api/enrolment", json!({ "token": token })).await,
        stranger.post("/api/sign-in/salt", json!({ "name": "Anna" })).await,
        stranger.sign_in("Anna", "wrong").await,
    ] {
        assert_eq!(answer.json().get("certificate"), None, "{answer:?}");
    }
}
