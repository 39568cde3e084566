//! Certificates from an authority (S3), with Pebble, the test server of Let's Encrypt: `apt-get install pebble`.

mod front;
mod pebble;

use std::sync::Arc;
use std::time::Duration;

use incamera::acme::{self, Authority, Renewal};
use incamera::clock::UnixTime;
use incamera::config::Config;
use incamera::server::Server;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use self::front::Front;
use self::pebble::Pebble;

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(60);
const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// A server that has no certificate from outside yet, and an authority that knows its port.
async fn stage() -> Option<(tempfile::TempDir, Config, Server, Pebble)> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = Config {
        listen: "127.0.0.1:0".parse().expect("an address"),
        state: folder.path().join("state"),
        names: NAMES.map(str::to_owned).to_vec(),
        shards: Some(1),
        ..Config::default()
    };
    let server = Server::start(&config).await.expect("it starts");
    let pebble = Pebble::start(&folder.path().join("pebble"), server.address().port()).await?;
    config.authority =
        Authority { directory: pebble.directory(), root: Some(pebble.own_root()), ..Authority::default() };
    Some((folder, config, server, pebble))
}

/// Connects as a browser that trusts the authority.
async fn connect(server: &Server, root: &str, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(root.as_bytes()).expect("a certificate")).expect("added");
    let provider = Arc::new(incamera::tls::provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = TcpStream::connect(server.address()).await?;
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    TlsConnector::from(Arc::new(client)).connect(name, tcp).await
}

/// Asks, and reads the answer to its end: it is a head without a body.
async fn is_answered(stream: &mut TlsStream<TcpStream>) -> bool {
    if stream.write_all(b"HEAD / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.is_err() {
        return false;
    }
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return false };
        head.push(byte);
    }
    head.starts_with(b"HTTP/1.1 200 OK")
}

async fn until_vouched_for(server: &Server) {
    let looks = async {
        while server.vouches_for_itself() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looks).await.expect("the new certificate is shown");
}

#[tokio::test]
async fn a_certificate_is_ordered_shown_and_renewed_while_connections_stay_s3() {
    let Some((_folder, config, server, pebble)) = stage().await else { return };
    let root = pebble.root().await;
    assert!(server.vouches_for_itself());
    assert!(connect(&server, &root, "localhost").await.is_err(), "nobody vouches for it yet");

    let Renewal::Renewed(ends) = acme::renew(&config, false).await.expect("ordered") else {
        panic!("there was none");
    };
    assert!(ends > UnixTime::now());
    until_vouched_for(&server).await;
    for name in NAMES {
        assert!(is_answered(&mut connect(&server, &root, name).await.expect("trusted")).await, "{name}");
    }
    assert!(!config.state.join("challenges/localhost.pem").exists(), "proofs are gone");

    let mut before = connect(&server, &root, "localhost").await.expect("trusted");
    assert!(is_answered(&mut before).await);
    assert!(
        matches!(acme::renew(&config, false).await.expect("looked"), Renewal::NotDue(end) if end == ends)
    );
    let first = std::fs::read(config.state.join("certificate.pem")).expect("there");
    acme::renew(&config, true).await.expect("renewed");
    assert_ne!(std::fs::read(config.state.join("certificate.pem")).expect("there"), first);
    // A meeting's connection outlives it.
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!(is_answered(&mut before).await);
    server.stop().await;
}

#[tokio::test]
async fn a_renewal_that_fails_says_why_and_leaves_the_former_certificate_s3() {
    let Some((_folder, config, server, pebble)) = stage().await else { return };
    acme::renew(&config, false).await.expect("ordered");
    let before = std::fs::read(config.state.join("certificate.pem")).expect("there");
    server.stop().await;
    let error = format!("{:#}", acme::renew(&config, true).await.expect_err("nobody answers for the names"));
    assert!(error.contains("could not see that this server answers"), "{error}");
    assert!(error.contains("localhost: ") || error.contains("127.0.0.1: "), "{error}");
    assert_eq!(std::fs::read(config.state.join("certificate.pem")).expect("there"), before);
    drop(pebble);
    let error = format!("{:#}", acme::renew(&config, true).await.expect_err("there is no authority"));
    assert!(error.contains("reaches the internet"), "{error}");
    assert_eq!(std::fs::read(config.state.join("certificate.pem")).expect("there"), before);
}

#[tokio::test]
async fn without_a_name_there_is_nothing_to_order() {
    let error = acme::renew(&Config::default(), false).await.expect_err("no name");
    assert!(format!("{error:#}").contains("no name is configured"));
}

#[tokio::test]
async fn the_authority_says_when_to_renew_and_is_asked_for_a_kind_where_it_has_it_s3() {
    let Some((folder, mut config, server, pebble)) = stage().await else { return };
    let front = Front::before(Arc::new(pebble), folder.path()).await;
    config.authority = Authority {
        directory: front.directory(),
        root: Some(front.root.clone()),
        profile: Some("shortlived".to_owned()),
        ..Authority::default()
    };
    assert!(matches!(acme::renew(&config, false).await.expect("ordered"), Renewal::Renewed(_)));

    // The certificate is new, and good for years: by itself nobody would renew it.
    let now = UnixTime::now().0;
    for (window, is_renewed) in [
        ((now + 1000, now + 2000), false),
        ((now - 10, now + 1000), false),
        ((now - 1000, now + 10), true),
        ((now - 2000, now - 1000), true),
    ] {
        front.wishes.lock().expect("whole").window = window;
        let outcome = acme::renew(&config, false).await.expect("looked");
        assert_eq!(matches!(outcome, Renewal::Renewed(_)), is_renewed, "{window:?}");
    }

    let orders = std::mem::take(&mut front.wishes.lock().expect("whole").orders);
    assert!(orders.iter().all(|order| order["profile"] == "shortlived"), "{orders:?}");
    assert!(orders[0].get("replaces").is_none_or(serde_json::Value::is_null));
    // This Pebble does not say that it understood what is replaced, and is asked once more, as for a first one.
    let replacing = orders.iter().filter(|order| order["replaces"].is_string()).count();
    assert_eq!((orders.len(), replacing), (5, 2), "{orders:?}");
    server.stop().await;
}

#[tokio::test]
async fn an_authority_that_does_not_take_a_number_is_asked_anew_s3() {
    let Some((folder, mut config, server, pebble)) = stage().await else { return };
    let front = Front::before(Arc::new(pebble), folder.path()).await;
    let (directory, root) = (front.directory(), Some(front.root.clone()));
    config.authority = Authority { directory, root, ..Authority::default() };
    // The library gives up after three of them.
    front.wishes.lock().expect("whole").refusals = 3;
    assert!(matches!(acme::renew(&config, false).await.expect("ordered"), Renewal::Renewed(_)));
    assert_eq!(front.wishes.lock().expect("whole").orders.len(), 2);

    front.wishes.lock().expect("whole").refusals = usize::MAX;
    let error = acme::renew(&config, true).await.expect_err("it has an end");
    assert!(format!("{error:#}").contains("badNonce"), "{error:#}");
    // Each time with the former certificate first, which this Pebble does not know, and then without.
    assert_eq!(front.wishes.lock().expect("whole").orders.len(), 2 + 3 * 2);
    server.stop().await;
}
