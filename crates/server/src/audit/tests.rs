//! The points against servers that are played.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use super::hello::{Version, taken};
use super::*;
use crate::tls::Life;

/// A server that answers each first message so; `None`: it hangs up.
fn played(answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + 'static) -> Site {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut heard = vec![0; 4096];
            let Ok(length) = stream.read(&mut heard) else { continue };
            if let Some(answer) = answer(&heard[..length]) {
                let _ = stream.write_all(&answer);
            }
        }
    });
    site(at)
}

fn site(at: SocketAddr) -> Site {
    Site::new(at, "localhost".to_owned(), Arc::new(RootCertStore::empty()))
}

/// As TLS says that a version is not taken (RFC 5246, section 7.2.2).
const PROTOCOL_VERSION: [u8; 7] = [21, 3, 3, 0, 2, 2, 70];

/// The version that a first message offers, and its suites.
fn offered(hello: &[u8]) -> (Version, Vec<u16>) {
    let length = usize::from(u16::from_be_bytes([hello[44], hello[45]]));
    let suites = hello[46..46 + length].chunks(2).map(|suite| u16::from_be_bytes([suite[0], suite[1]]));
    (Version(u16::from_be_bytes([hello[9], hello[10]])), suites.collect())
}

fn found(outcome: Outcome) -> Vec<String> {
    match outcome {
        Outcome::FallsShort(found) => found,
        Outcome::Holds(_) => Vec::new(),
        Outcome::Unknown(why) | Outcome::NotApplicable(why) => panic!("{why}"),
    }
}

#[test]
fn a_server_that_takes_an_old_version_is_found_i2_k8() {
    for old in [Version::SSL_3, Version::TLS_1_0, Version::TLS_1_1] {
        let site = played(move |hello| {
            let (version, suites) = offered(hello);
            assert!(suites.contains(&0x002f) && suites.contains(&0xc013));
            Some(if version == old { taken(old, 0x002f) } else { PROTOCOL_VERSION.to_vec() })
        });
        let found = found(tls::versions(&site));
        assert_eq!(found[0], format!("{old} is taken, where {old} is offered"));
        assert_eq!(found.len(), 2, "and no new one is: {found:?}");
    }
}

#[test]
fn a_server_that_takes_weak_suites_is_found_by_their_names_i2() {
    let site = played(|hello| {
        let (version, suites) = offered(hello);
        assert_eq!(version, Version::TLS_1_2);
        let weak = [0x002f, 0x000a, 0xc013].into_iter().find(|weak| suites.contains(weak));
        Some(weak.map_or(PROTOCOL_VERSION.to_vec(), |weak| taken(version, weak)))
    });
    let found = found(tls::suites(&site));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].contains("TLS_RSA_WITH_AES_128_CBC_SHA"), "{found:?}");
    // One that takes what nobody offered does not keep us for ever.
    let site = played(|_| Some(taken(Version::TLS_1_2, 0x1301)));
    assert_eq!(self::found(tls::suites(&site)).len(), 1);
}

#[test]
fn who_answers_what_is_no_tls_is_not_judged_i2() {
    let site = played(|_| Some(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()));
    assert!(matches!(tls::versions(&site), Outcome::Unknown(_)));
    assert!(matches!(tls::suites(&site), Outcome::Unknown(_)));
    let gone = site_of_nobody();
    assert!(matches!(tls::suites(&gone), Outcome::Unknown(_)));
    assert!(matches!(relay::stranger(&gone), Outcome::Unknown(_)));
}

fn site_of_nobody() -> Site {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    site(listener.local_addr().expect("an address"))
    // Nobody has the port from here on.
}

#[tokio::test]
async fn the_page_of_a_former_version_is_not_blamed_while_the_new_one_waits_t5() {
    let waits = page::unchanged(&site_of_nobody(), true).await;
    assert!(matches!(waits, Outcome::Unknown(why) if why.starts_with("a new version waits")));
    let gone = page::unchanged(&site_of_nobody(), false).await;
    assert!(matches!(gone, Outcome::Unknown(why) if why.starts_with("nothing could be compared")));
}

#[test]
fn a_certificate_is_judged_by_who_vouches_and_how_long_s3() {
    let life = Life { begins: UnixTime(0), ends: UnixTime(400) };
    assert!(matches!(certificate(Shown::Trusted(life), UnixTime(299)), Outcome::Holds(_)));
    assert_eq!(found(certificate(Shown::Trusted(life), UnixTime(301))).len(), 1);
    let told = found(certificate(Shown::NotTrusted("it has expired".to_owned()), UnixTime(1)));
    assert_eq!(told, ["browsers warn everybody: it has expired"]);
    assert!(matches!(certificate(Shown::NoAnswer, UnixTime(1)), Outcome::Unknown(_)));
}

#[test]
fn points_have_names_of_their_own_and_serve_rows_that_there_are_b4() {
    let mut points: Vec<_> =
        ASKED.into_iter().chain(RUNNING).chain([&HOURS, &PORTS, &TELEPHONE, &WEEKLY]).collect();
    let rows = ["S1", "S3", "T3", "T6", "I2", "I3", "D1", "D2", "E1", "K2", "K8", "B3", "B4", "B8", "P4"];
    for point in &points {
        assert!(point.serves.iter().all(|id| rows.contains(id)), "{}", point.id);
        assert!(
            !point.why.is_empty() && !point.what_to_do.is_empty() && !point.title.ends_with('.'),
            "{}",
            point.id
        );
    }
    for row in rows {
        assert!(points.iter().any(|point| point.serves.contains(&row)), "{row}");
    }
    points.sort_by_key(|point| point.id);
    points.dedup_by_key(|point| point.id);
    assert_eq!(points.len(), ASKED.len() + RUNNING.len() + 4);
}

#[test]
fn a_machine_without_a_server_is_measured_all_the_same_b4() {
    let measured = points(&Config::default()).expect("measured");
    let verdict = |id: &str| &measured.iter().find(|point| point.id == id).expect("there").verdict;
    assert_eq!(measured.len(), ASKED.len() + RUNNING.len() + 4);
    assert!(matches!(verdict("server.tls-versions"), Verdict::NotApplicable { .. }));
    assert!(matches!(verdict("machine.telephone"), Verdict::Holds));
}
