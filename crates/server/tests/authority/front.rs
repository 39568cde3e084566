//! A Pebble that also says when to renew (RFC 9773) and has kinds of certificates: what stands before it adds them, since the one
//! of Debian 12 knows neither. Everything else goes through, and what was ordered is kept for the test to look at.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::pebble::Pebble;

/// What the authority would like, and what it heard.
#[derive(Default)]
pub(crate) struct Wishes {
    /// When to renew: from then to then, in seconds of Unix time.
    pub(crate) window: (i64, i64),
    /// How many questions about a proof are refused because of their number (RFC 8555, 6.5).
    pub(crate) refusals: usize,
    /// The orders, as they were sent.
    pub(crate) orders: Vec<Value>,
}

pub(crate) struct Front {
    pub(crate) wishes: Arc<Mutex<Wishes>>,
    pub(crate) root: PathBuf,
    port: u16,
}

impl Front {
    pub(crate) async fn before(pebble: Arc<Pebble>, folder: &Path) -> Self {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["127.0.0.1".to_owned()]).expect("valid");
        let certificate = params.self_signed(&key).expect("made");
        let root = folder.join("front.pem");
        std::fs::write(&root, certificate.pem()).expect("written");
        let config = ServerConfig::builder_with_provider(Arc::new(incamera::tls::provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
            )
            .expect("a pair");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let port = listener.local_addr().expect("bound").port();
        let wishes = Arc::new(Mutex::new(Wishes::default()));
        let (acceptor, heard) = (TlsAcceptor::from(Arc::new(config)), Arc::clone(&wishes));
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (acceptor, pebble, heard) = (acceptor.clone(), Arc::clone(&pebble), Arc::clone(&heard));
                tokio::spawn(async move { pass(acceptor, tcp, &pebble, &heard, port).await });
            }
        });
        Self { wishes, root, port }
    }

    pub(crate) fn directory(&self) -> String {
        format!("https://127.0.0.1:{}/dir", self.port)
    }
}

/// One request. `None`: somebody went away.
async fn pass(
    acceptor: TlsAcceptor,
    tcp: TcpStream,
    pebble: &Pebble,
    heard: &Mutex<Wishes>,
    port: u16,
) -> Option<()> {
    let mut stream = acceptor.accept(tcp).await.ok()?;
    let mut request = Vec::new();
    let head = loop {
        request.push(stream.read_u8().await.ok()?);
        if request.ends_with(b"\r\n\r\n") {
            break String::from_utf8(request.clone()).ok()?;
        }
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok()).flatten()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    let path = head.split(' ').nth(1)?;
    if path.starts_with("/authZ/") && is_refused(heard) {
        let problem =
            json!({ "type": "urn:ietf:params:acme:error:badNonce", "detail": "unknown" }).to_string();
        let head = "HTTP/1.0 400 Bad Request\r\ncontent-type: application/problem+json\r\n";
        let text = format!("{head}content-length: {}\r\n\r\n{problem}", problem.len());
        stream.write_all(text.as_bytes()).await.ok()?;
        return stream.shutdown().await.ok();
    }
    let answer = if path.starts_with("/renewal-info/") {
        let time =
            |at| OffsetDateTime::from_unix_timestamp(at).expect("a time").format(&Rfc3339).expect("a text");
        let (start, end) = heard.lock().expect("whole").window;
        json!({ "suggestedWindow": { "start": time(start), "end": time(end) } }).to_string()
    } else {
        let raw = [head.replace("HTTP/1.1", "HTTP/1.0").as_bytes(), &body].concat();
        let answer = pebble.answer(&raw).await?;
        // One in twenty requests has to be sent again with another number: Pebble wants its clients to be able to.
        if path == "/order-plz" && !answer.contains("badNonce") {
            let jws: Value = serde_json::from_slice(&body).ok()?;
            let order = BASE64_URL_SAFE_NO_PAD.decode(jws["payload"].as_str()?).ok()?;
            heard.lock().expect("whole").orders.push(serde_json::from_slice(&order).ok()?);
        }
        if path != "/dir" {
            stream.write_all(answer.as_bytes()).await.ok()?;
            return stream.shutdown().await.ok();
        }
        let mut directory: Value = serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()?;
        directory["renewalInfo"] = json!(format!("https://127.0.0.1:{port}/renewal-info"));
        directory["meta"]["profiles"] = json!({ "shortlived": "six days" });
        directory.to_string()
    };
    let head = "HTTP/1.0 200 OK\r\ncontent-type: application/json\r\nretry-after: 21600\r\n";
    stream
        .write_all(format!("{head}content-length: {}\r\n\r\n{answer}", answer.len()).as_bytes())
        .await
        .ok()?;
    stream.shutdown().await.ok()
}

fn is_refused(heard: &Mutex<Wishes>) -> bool {
    let refusals = &mut heard.lock().expect("whole").refusals;
    let is_refused = *refusals > 0;
    *refusals = refusals.saturating_sub(1);
    is_refused
}
