//! What the audit finds of a service from outside (B4): of ours, and of servers that do not do as they should.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use incamera::audit::{Site, ask};
use incamera::audited::{Summary, keep};
use incamera::clock::UnixTime;
use incamera_hardening::audit::Measured;
use incamera_hardening::control::Verdict;
use rustls::RootCertStore;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::harness::House;
use crate::liar::{Asked, Papers, Reply, liar};

async fn asked(at: SocketAddr, roots: Arc<RootCertStore>) -> Vec<Measured> {
    let site = Site::new(at, "localhost".to_owned(), roots);
    tokio::task::spawn_blocking(move || ask(&site)).await.expect("it ends").expect("measured")
}

/// What a server does wrong that changes its answers so: the points that do not hold, with what was found.
async fn wrong(change: impl Fn(&Asked, &mut Reply) + Send + Sync + 'static) -> Vec<(&'static str, String)> {
    let papers = Papers::new("localhost", 2100);
    let at = liar(&papers, move |asked, reply| {
        // Where ours would ask for a sign-in, and stop who guesses.
        if asked.path.starts_with("/api/") {
            reply.status = if asked.path == "/api/enrolment" { 429 } else { 401 };
        }
        change(asked, reply);
    })
    .await;
    faults(&asked(at, papers.believers()).await)
}

fn faults(measured: &[Measured]) -> Vec<(&'static str, String)> {
    let found = measured.iter().filter_map(|point| match &point.verdict {
        Verdict::Holds => None,
        Verdict::FallsShort { found } => Some((point.id, found.join("\n"))),
        other => panic!("{}: {other:?}", point.id),
    });
    found.collect()
}

fn names(faults: &[(&'static str, String)]) -> Vec<&'static str> {
    faults.iter().map(|(id, _)| *id).collect()
}

fn point<'a>(measured: &'a [Measured], id: &str) -> &'a Measured {
    measured.iter().find(|point| point.id == id).expect("there")
}

#[tokio::test]
async fn our_own_server_holds_but_for_the_certificate_that_it_made_itself_b4() {
    let house = House::open().await;
    let measured = asked(house.address(), Arc::new(RootCertStore::empty())).await;
    let faults = faults(&measured);
    assert_eq!(names(&faults), ["server.certificate"], "{faults:?}");
    assert!(faults[0].1.contains("nobody whom browsers know vouches for it"));
    let seen = |id| point(&measured, id).seen.as_deref().expect("told");
    let versions = seen("server.tls-versions");
    assert!(
        versions.contains("TLS 1.3 with TLS13_AES") && versions.contains("TLS 1.2 with TLS_ECDHE"),
        "{versions}"
    );
    // Of whoever guesses, only so many tries are taken.
    assert!(seen("server.limits").contains("only 30 were"), "{}", seen("server.limits"));
}

#[tokio::test]
async fn who_signs_in_from_the_machine_itself_is_not_in_the_way_of_the_audit_d2() {
    let house = House::open().await;
    house.host().await;
    for _ in 0..2 {
        let measured = asked(house.address(), Arc::new(RootCertStore::empty())).await;
        let seen = point(&measured, "server.limits").seen.as_deref().expect("it holds");
        assert!(seen.contains("only 30 were"), "nobody else used it up: {seen}");
        let answer = house.browser().post("/api/enrolment", json!({ "token": "x" })).await;
        assert_ne!(answer.status, 429, "{}", answer.error());
    }
}

#[tokio::test]
async fn an_honest_server_with_a_certificate_of_an_authority_holds_b4_s3() {
    assert_eq!(wrong(|_, _| {}).await, []);
}

#[tokio::test]
async fn a_header_that_is_missing_is_found_p4() {
    let faults = wrong(|_, reply| reply.headers.retain(|(name, _)| name != "referrer-policy")).await;
    assert_eq!(names(&faults), ["server.headers", "server.page"]);
    assert_eq!(faults[0].1, "the header referrer-policy is missing");
}

#[tokio::test]
async fn a_foreign_origin_in_the_policy_or_the_page_is_found_p4() {
    let faults = wrong(|_, reply| {
        let policy = incamera::http::headers::CONTENT_SECURITY_POLICY;
        reply.set("content-security-policy", &policy.replace("img-src", "img-src https://evil.example"));
    })
    .await;
    assert_eq!(names(&faults), ["server.own-origin", "server.page"]);
    assert_eq!(faults[0].1, "the policy lets the page use https://evil.example (img-src)");
    let faults = wrong(|asked, reply| {
        if asked.path == "/" {
            reply.body.extend(b"<img src=https://evil.example/pixel>");
        }
    })
    .await;
    assert_eq!(names(&faults), ["server.own-origin", "server.page"]);
    assert_eq!(faults[0].1, "the page names https://evil.example/pixel");
}

#[tokio::test]
async fn a_server_that_lets_strangers_begin_meetings_is_found_d1() {
    let faults = wrong(|asked, reply| {
        if asked.path == "/api/meetings" {
            reply.status = 201;
        }
    })
    .await;
    assert_eq!(names(&faults), ["server.strangers"]);
    let told = "who did not sign in asked for a meeting, and was answered 201";
    assert!(faults[0].1.starts_with(told), "{faults:?}");
}

#[tokio::test]
async fn a_server_that_lets_everybody_guess_and_send_what_they_like_is_found_d2() {
    let faults = wrong(|asked, reply| {
        if ["/api/enrolment", "/api/sign-in/salt"].contains(&asked.path.as_str()) {
            reply.status = 200;
        }
    })
    .await;
    assert_eq!(names(&faults), ["server.limits"]);
    assert_eq!(faults[0].1.lines().count(), 2, "{faults:?}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_found_s3() {
    let papers = Papers::new("other.example", 2100);
    let at = liar(&papers, |_, _| {}).await;
    let measured = asked(at, papers.believers()).await;
    let certificate = point(&measured, "server.certificate");
    let Verdict::FallsShort { found } = &certificate.verdict else { panic!("{:?}", certificate.verdict) };
    assert_eq!(found, &["browsers warn everybody: it is for another name"]);
}

#[tokio::test]
async fn a_server_that_relays_for_strangers_is_found_k8() {
    let papers = Papers::new("localhost", 2100);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("bound");
    let acceptor = papers.acceptor();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut asked = [0; 1024];
                while let Ok(20..) = stream.read(&mut asked).await {
                    // It speaks no HTTP.
                    if asked[0] > 3 {
                        return;
                    }
                    // Success (RFC 8489, section 5), whatever was asked.
                    let answer = [&[asked[0] | 1, asked[1], 0, 0], &asked[4..20]].concat();
                    let _ = stream.write_all(&answer).await;
                }
            });
        }
    });
    let measured = asked(at, papers.believers()).await;
    let relay = point(&measured, "server.relay");
    let Verdict::FallsShort { found } = &relay.verdict else { panic!("{:?}", relay.verdict) };
    assert_eq!(found[..2], ["a stranger gets a relay", "a stranger is passed on to elsewhere"]);
}

/// What a host is told of the last audit that the timer left.
async fn told(left: impl FnOnce(&Path)) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("last.json");
    left(&path);
    let house = House::with(|config| config.audited = Some(path)).await;
    let answer = house.host().await.get("/api/account").await;
    assert_eq!(answer.status, 200);
    answer.json()["machine"].clone()
}

fn summary(taken: i64, short: &[&str]) -> Summary {
    let short: Vec<_> = short.iter().map(|id| (*id).to_owned()).collect();
    Summary { taken: UnixTime(taken), holds: 150, all: 150 + short.len(), short }
}

#[tokio::test]
async fn a_host_is_told_of_the_last_audit_and_whether_it_is_worse_b4() {
    assert_eq!(told(|_| {}).await, Value::Null, "there was never one");
    assert_eq!(told(|path| std::fs::write(path, "{").expect("written")).await, Value::Null);
    let machine = told(|path| {
        keep(path, summary(1000, &["ssh.keys"])).expect("kept");
        keep(path, summary(2000, &["firewall.closed", "ssh.keys"])).expect("kept");
    })
    .await;
    assert_eq!(machine, json!({ "looked": 2000, "holds": 150, "all": 152, "short": 2, "worse": 1 }));
}

#[tokio::test]
async fn strangers_are_not_told_of_the_audit_b4() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("last.json");
    keep(&path, summary(1000, &["ssh.keys"])).expect("kept");
    let house = House::with(|config| config.audited = Some(path)).await;
    let answer = house.browser().get("/api/account").await;
    assert_eq!(answer.status, 401);
    assert!(answer.json()["machine"].is_null());
}
