//! `incamera verify` against real servers: ours, and one that lies (K2, I1).

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use incamera::verify::compare::Difference;
use incamera::verify::manifest::{ANY_MEETING, Digest, Manifest};
use incamera::verify::visitors::VISITORS;
use incamera::verify::{Check, Patience, Report, Target, Trouble, Trust};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::harness::House;
use crate::liar::{Asked, Delivery, Papers, Reply, liar};

fn check(address: SocketAddr, trust: Trust) -> Check {
    let target = Target::parse(&format!("https://localhost:{}", address.port())).expect("an address");
    Check { target, trust, manifest: Manifest::built_in(), patience: Patience::default() }
}

/// What is found on a server that changes its answers so.
async fn found(change: impl Fn(&Asked, &mut Reply) + Send + Sync + 'static) -> Report {
    let papers = Papers::new("localhost", 2100);
    let address = liar(&papers, change).await;
    let report = check(address, Trust::Authorities(papers.believers())).run().await.expect("compared");
    assert!(report.addresses >= Manifest::built_in().addresses.len());
    report
}

/// The only difference, with the addresses where it is, for every visitor.
fn only(report: &Report) -> (&Difference, Vec<&str>) {
    let mut all = report.found.iter();
    let (Some((difference, seen)), None) = (all.next(), all.next()) else { panic!("{report}") };
    assert!(seen.values().all(|visitors| visitors.len() == VISITORS.len()), "{report}");
    (difference, seen.keys().map(String::as_str).collect())
}

/// Of the page itself, at each of its addresses.
fn is_document(asked: &Asked) -> bool {
    !asked.path.starts_with("/assets/") && !asked.path.starts_with("/help")
}

/// A file of the page, or its document where the page was not built.
fn some_file() -> String {
    first(|address| address.ends_with(".js"))
}

/// A chapter of the help, or the page's document where the page was not built.
fn some_chapter() -> String {
    first(|address| address.starts_with("/help/"))
}

fn first(wanted: impl Fn(&str) -> bool) -> String {
    let mut addresses = Manifest::built_in().addresses.into_keys();
    addresses.find(|address| wanted(address)).unwrap_or_else(|| "/".to_owned())
}

fn fingerprint(house: &House) -> Digest {
    let pem = std::fs::read(house.state().join("self-signed.pem")).expect("there");
    Digest::of(&CertificateDer::from_pem_slice(&pem).expect("a certificate"))
}

#[tokio::test]
async fn our_own_server_serves_the_page_unchanged_k2() {
    let house = House::open().await;
    let report =
        check(house.address(), Trust::Certificate(fingerprint(&house))).run().await.expect("compared");
    assert!(report.holds(), "{report}");
    assert!(report.to_string().contains("unchanged"), "{report}");
    assert_eq!(report.certificate, Some(fingerprint(&house)));
}

#[tokio::test]
async fn an_honest_server_with_a_certificate_of_an_authority_holds_k2() {
    let report = found(|_, _| {}).await;
    assert!(report.holds(), "{report}");
}

#[tokio::test]
async fn one_changed_byte_is_found_k2() {
    for file in [some_file(), some_chapter()] {
        let changed = file.clone();
        let report = found(move |asked, reply| {
            if asked.path == changed {
                let last = reply.body.len() - 2;
                reply.body[last] ^= 1;
            }
        })
        .await;
        let (difference, at) = only(&report);
        assert!(matches!(difference, Difference::Content(..)), "{report}");
        assert_eq!(at, [file.as_str()]);
        assert!(report.to_string().contains("does NOT serve"), "{report}");
    }
}

#[tokio::test]
async fn a_weaker_policy_with_the_same_bytes_is_found_k2() {
    let report = found(|asked, reply| {
        if is_document(asked) {
            let policy = incamera::http::headers::CONTENT_SECURITY_POLICY;
            reply.set("content-security-policy", &policy.replace("script-src 'self'", "script-src *"));
        }
    })
    .await;
    let (difference, at) = only(&report);
    assert!(
        matches!(difference, Difference::HeaderOther(name, _, is)
            if name == "content-security-policy" && is[0].contains("script-src *")),
        "{report}"
    );
    assert_eq!(at, ["/", "/enrol", "/m/{id}"]);
}

#[tokio::test]
async fn a_header_that_loads_something_is_found_k2() {
    let report = found(|_, reply| reply.set("link", "</evil.css>; rel=stylesheet")).await;
    let (difference, at) = only(&report);
    assert_eq!(*difference, Difference::HeaderAdded("link".into(), "</evil.css>; rel=stylesheet".into()));
    assert_eq!(at.len(), report.addresses);
}

#[tokio::test]
async fn an_answer_in_front_of_the_answer_is_found_k2() {
    let report =
        found(|_, reply| reply.early = "HTTP/1.1 103 Early Hints\r\nlink: <//evil.example>\r\n\r\n").await;
    assert_eq!(*only(&report).0, Difference::Early(103));
}

#[tokio::test]
async fn added_scripts_are_named_k2() {
    let report = found(|asked, reply| {
        if is_document(asked) {
            reply.body.extend(b"<script src=/assets/evil.js></script><script>steal(location.hash)</script>");
        }
    })
    .await;
    let differences: Vec<&Difference> = report.found.keys().collect();
    assert!(
        matches!(differences.as_slice(), [Difference::Content(..), Difference::Inline(script), Difference::Reference(address)]
            if script == "steal(location.hash)" && address == "/assets/evil.js"),
        "{report}"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed_k2() {
    let asked_for = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked_for);
    let elsewhere = liar(&Papers::new("localhost", 2100), move |asked, _| {
        seen.lock().expect("whole").push(asked.path.clone());
    })
    .await;
    let to = format!("https://localhost:{}/", elsewhere.port());
    let target = to.clone();
    let report = found(move |asked, reply| {
        if asked.path == "/" {
            reply.status = 302;
            reply.set("location", &target);
        }
    })
    .await;
    assert_eq!(only(&report), (&Difference::Redirect(302, to), vec!["/"]));
    assert!(asked_for.lock().expect("whole").is_empty());
}

#[tokio::test]
async fn a_page_for_some_visitors_only_is_found_k2() {
    let report = found(|asked, reply| {
        if is_document(asked) && asked.header("user-agent").contains("iPhone") {
            reply.replace("<title>", "<title>x");
        }
    })
    .await;
    let seen = report.found.values().next().expect("a difference");
    assert!(seen.values().all(|visitors| visitors.iter().eq(["Safari on an iPhone"].iter())), "{report}");
    assert!(report.to_string().contains("NOT for everybody; for: Safari on an iPhone"), "{report}");
}

#[tokio::test]
async fn a_page_for_one_meeting_only_is_found_with_its_link_k2() {
    let papers = Papers::new("localhost", 2100);
    let address = liar(&papers, |asked, reply| {
        if asked.path == "/m/abcdefgh234567ab" {
            reply.set("set-cookie", "you=here");
        }
    })
    .await;
    let mut check = check(address, Trust::Authorities(papers.believers()));
    let link = format!("https://localhost:{}/m/abcdefgh234567ab#secret.host", address.port());
    check.target = Target::parse(&link).expect("a link");
    let report = check.run().await.expect("compared");
    let (difference, at) = only(&report);
    assert_eq!(*difference, Difference::HeaderAdded("set-cookie".into(), "you=here".into()));
    assert_eq!(at, ["/m/(the meeting of your link)"]);
}

#[tokio::test]
async fn a_file_that_breaks_off_is_found_k2() {
    let file = some_file();
    let cut = file.clone();
    let report = found(move |asked, reply| {
        if asked.path == cut {
            reply.delivery = Delivery::CutOff(7);
        }
    })
    .await;
    let length = Manifest::built_in().addresses[&file].bytes;
    assert_eq!(only(&report), (&Difference::CutOff(7, length), vec![file.as_str()]));
}

#[tokio::test]
async fn an_endless_file_is_left_k2() {
    let report = found(|asked, reply| {
        if asked.path == "/" {
            reply.delivery = Delivery::Endless;
        }
    })
    .await;
    let (difference, at) = only(&report);
    assert!(matches!(difference, Difference::TooLong(_)), "{report}");
    assert_eq!(at, ["/"]);
}

#[tokio::test]
async fn a_server_that_falls_silent_is_left_k2() {
    let papers = Papers::new("localhost", 2100);
    let address = liar(&papers, |asked, reply| {
        if asked.path == "/enrol" {
            reply.delivery = Delivery::Silent;
        }
    })
    .await;
    let mut check = check(address, Trust::Authorities(papers.believers()));
    check.patience = Patience { answer: Duration::from_secs(3), ..check.patience };
    let report = check.run().await.expect("compared");
    // On a busy machine others may be too slow as well.
    assert_eq!(report.found[&Difference::TooSlow]["/enrol"].len(), VISITORS.len(), "{report}");
}

#[tokio::test]
async fn what_a_given_manifest_says_counts_k2() {
    let house = House::open().await;
    let mut other = Manifest::built_in();
    other.addresses.get_mut(&format!("/m/{ANY_MEETING}")).expect("there").sha256 =
        Digest::of(b"another release");
    let mut check = check(house.address(), Trust::Certificate(fingerprint(&house)));
    check.manifest = Manifest::parse(&other.to_text()).expect("a manifest");
    let report = check.run().await.expect("compared");
    assert!(matches!(only(&report), (Difference::Content(..), at) if at == ["/m/{id}"]), "{report}");
}

#[tokio::test]
async fn a_wrong_certificate_is_told_before_anything_is_asked_i1() {
    let asked_for = Arc::new(Mutex::new(Vec::new()));
    for (papers, trust, why) in [
        (Papers::new("localhost", 2100), Trust::web(), "nobody whom browsers know"),
        (
            Papers::new("localhost", 2100),
            Trust::Authorities(Papers::new("localhost", 2100).believers()),
            "nobody",
        ),
        (
            Papers::new("localhost", 2100),
            Trust::Certificate(Digest::of(b"another")),
            "not the one whose fingerprint",
        ),
        (Papers::new("elsewhere.example", 2100), Trust::Anybody, "another name"),
        (Papers::new("localhost", 2001), Trust::Anybody, "expired"),
    ] {
        let seen = Arc::clone(&asked_for);
        let address =
            liar(&papers, move |asked, _| seen.lock().expect("whole").push(asked.path.clone())).await;
        let trust =
            if matches!(trust, Trust::Anybody) { Trust::Authorities(papers.believers()) } else { trust };
        let trouble = check(address, trust).run().await.expect_err("not trusted");
        assert!(trouble.to_string().contains(why), "{trouble}");
        assert!(
            matches!(trouble, Trouble::Certificate { fingerprint, .. } if fingerprint == papers.fingerprint()),
            "{trouble:?}"
        );
    }
    assert!(asked_for.lock().expect("whole").is_empty());
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_compared_k2() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = closed.local_addr().expect("bound");
    drop(closed);
    let trouble = check(address, Trust::web()).run().await.expect_err("nobody there");
    assert!(matches!(trouble, Trouble::Unreachable(_)), "{trouble}");
}

/// The program as people use it: what it says, and how it ends.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_ends_as_it_says_k2() {
    let house = House::open().await;
    let server = format!("https://localhost:{}", house.address().port());
    let print = format!("sha256:{}", fingerprint(&house));
    let manifest = house.state().join("manifest.json");
    std::fs::write(&manifest, run(&["manifest"]).1).expect("written");

    let (code, text) = run(&["verify", &server, "--fingerprint", &print]);
    assert!(code == 0 && text.contains("unchanged"), "{code} {text}");
    let (code, text) = run(&["verify", &server, "--fingerprint", &print, "--manifest", path(&manifest)]);
    assert!(code == 0 && text.contains(run(&["manifest", "--line"]).1.trim()), "{code} {text}");
    let (code, text) = run(&["verify", &server, "--insecure-certificate"]);
    assert!(code == 0 && text.starts_with("WARNING"), "{code} {text}");

    let mut other = Manifest::built_in();
    other.headers.insert("x-another".into(), "release".into());
    std::fs::write(&manifest, other.to_text()).expect("written");
    let (code, text) = run(&["verify", &server, "--fingerprint", &print, "--manifest", path(&manifest)]);
    assert!(code == 1 && text.contains("does NOT serve") && text.contains("x-another"), "{code} {text}");

    std::fs::write(&manifest, other.to_text().replace('\n', " ")).expect("written");
    for wrong in [
        ["verify", &server].as_slice(),
        &["verify", "http://localhost"],
        &["verify", &server, "--fingerprint", &print, "--manifest", path(&manifest)],
    ] {
        let (code, text) = run(wrong);
        assert!(code == 2 && text.contains("nothing was compared"), "{wrong:?} {code} {text}");
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("text")
}

fn run(arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_incamera")).args(arguments).output().expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().expect("it ended by itself"), String::from_utf8(text).expect("text"))
}
