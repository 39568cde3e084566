//! Host accounts (S1).

use serde_json::{Value, json};

use crate::harness::{Browser, House, Plan, fragment};

const MEETING: &str = "accountsaccounts";

#[tokio::test]
async fn the_first_host_enrols_once_and_only_once_s1() {
    let mut house = House::open().await;
    let address = house.first_enrolment().expect("printed");
    let token = fragment(&address).to_owned();
    let info = house.browser().post("/api/enrolment", json!({ "token": token })).await;
    assert_eq!(info.json(), json!({ "name": null, "recovery": null }));

    let mut browser = house.browser();
    let answer = browser.enrol(&token, "Anna", "password").await;
    assert_eq!((answer.status, answer.json()["name"].as_str()), (200, Some("Anna")));
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert!(cookie.starts_with("__Host-incamera="), "{cookie}");
    for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "{attribute} in {cookie}");
    }
    assert_eq!(browser.get("/api/account").await.json()["name"], "Anna");

    let again = house.browser().enrol(&token, "Berta", "password").await;
    assert_eq!((again.status, again.error()), (410, "spent_address".to_owned()));
    house.restart().await;
    assert_eq!(house.first_enrolment(), None, "there is a host now");
}

#[tokio::test]
async fn a_new_start_makes_the_former_first_address_worthless_s1() {
    let mut house = House::open().await;
    let old = house.first_enrolment().expect("printed");
    house.restart().await;
    let answer = house.browser().enrol(fragment(&old), "Anna", "password").await;
    assert_eq!(answer.error(), "spent_address");
    house.host().await;
}

#[tokio::test]
async fn unusable_names_are_refused() {
    let house = House::open().await;
    let address = house.first_enrolment().expect("printed");
    for name in ["", "   ", "a\nb", &"x".repeat(65)] {
        let answer = house.browser().enrol(fragment(&address), name, "password").await;
        assert_eq!((answer.status, answer.error()), (400, "bad_request".to_owned()), "{name:?}");
    }
    assert_eq!(house.browser().enrol(fragment(&address), " Änne 李 ", "password").await.status, 200);
    assert_eq!(house.browser().sign_in("änne 李", "password").await.status, 200);
}

#[tokio::test]
async fn signing_in_and_out_s1() {
    let house = House::open().await;
    let mut first = house.host().await;
    let mut second = house.browser();
    assert_eq!(second.get("/api/account").await.error(), "signed_out");
    let answer = second.sign_in("Anna", "first password").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json()["wrappedByPassword"],
        first.get("/api/account").await.json()["wrappedByPassword"]
    );

    let stolen = second.clone();
    assert_eq!(second.post("/api/sign-out", Value::Null).await.status, 200);
    assert_eq!(second.cookie, None, "the browser is told to forget it");
    assert_eq!(
        { stolen }.get("/api/account").await.error(),
        "signed_out",
        "a copy of the cookie is worth nothing"
    );
    assert_eq!(first.get("/api/account").await.status, 200, "the other device goes on");

    let mut third = house.browser();
    third.sign_in("Anna", "first password").await;
    assert_eq!(first.post("/api/sign-out-everywhere", Value::Null).await.status, 200);
    assert_eq!(third.get("/api/account").await.error(), "signed_out");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_look_the_same_s1() {
    let house = House::open().await;
    house.host().await;
    let wrong = house.browser().sign_in("Anna", "wrong").await;
    let unknown = house.browser().sign_in("Nobody", "wrong").await;
    assert_eq!(wrong.status, 401);
    assert_eq!(without_date(&wrong.headers), without_date(&unknown.headers));
    assert_eq!((wrong.status, &wrong.body), (unknown.status, &unknown.body));
}

fn without_date(headers: &[(String, String)]) -> Vec<&(String, String)> {
    headers.iter().filter(|(name, _)| name != "date").collect()
}

#[tokio::test]
async fn a_name_without_an_account_has_a_salt_that_looks_like_one_s1() {
    let mut house = House::open().await;
    house.host().await;
    let salt = |mut browser: Browser, name: &str| {
        let query = json!({ "name": name });
        async move {
            browser.post("/api/sign-in/salt", query).await.json()["salt"].as_str().expect("a salt").to_owned()
        }
    };
    let real = salt(house.browser(), "Anna").await;
    let unknown = salt(house.browser(), "Nobody").await;
    assert_eq!(real, salt(house.browser(), "anna ").await);
    assert_eq!(real.len(), unknown.len());
    assert_ne!(unknown, salt(house.browser(), "Nobody else").await);
    house.restart().await;
    assert_eq!(unknown, salt(house.browser(), "nobody").await, "the same for ever, as a real one");
}

#[tokio::test]
async fn a_changed_password_signs_out_everywhere_else_s1() {
    let house = House::open().await;
    let mut here = house.host().await;
    let mut there = house.browser();
    there.sign_in("Anna", "first password").await;
    let change = |old: &str| {
        let key = |text: &str| {
            let mut bytes = [0; 32];
            bytes[..text.len()].copy_from_slice(text.as_bytes());
            incamera_conference::text::encode(&bytes)
        };
        json!({
            "oldSignInKey": key(old), "salt": incamera_conference::text::encode(&[3; 16]),
            "signInKey": key("second password"),
            "wrappedByPassword": incamera_conference::text::encode(b"under the second password"),
        })
    };
    let refused = here.post("/api/account/password", change("not it")).await;
    assert_eq!(refused.error(), "wrong_password");
    assert_eq!(there.get("/api/account").await.status, 200, "nothing has changed");

    assert_eq!(here.post("/api/account/password", change("first password")).await.status, 200);
    assert_eq!(here.get("/api/account").await.status, 200);
    assert_eq!(there.get("/api/account").await.error(), "signed_out");
    assert_eq!(house.browser().sign_in("Anna", "first password").await.status, 401);
    assert_eq!(house.browser().sign_in("Anna", "second password").await.status, 200);
}

#[tokio::test]
async fn nobody_without_an_account_makes_or_sees_meetings_s1_d1() {
    let house = House::open().await;
    let mut stranger = house.browser();
    let plan = Plan::new(MEETING);
    assert_eq!(stranger.create(&plan).await.error(), "signed_out");
    assert_eq!(stranger.get("/api/meetings").await.error(), "signed_out");
    stranger.cookie = Some(format!("__Host-incamera={}", "A".repeat(43)));
    assert_eq!(stranger.create(&plan).await.error(), "signed_out");
    let path = format!("/api/meetings/{MEETING}");
    assert_eq!(stranger.request("DELETE", &path, &[], None).await.error(), "signed_out");

    let mut host = house.host().await;
    assert_eq!(host.create(&plan).await.status, 201);
    assert_eq!(host.get("/api/meetings").await.json()[0]["id"], MEETING);
}
