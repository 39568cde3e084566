//! A Pebble for one test: it looks for proofs at the port of the server under test.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use incamera_testkit::AnyCertificate;
use rcgen::{CertificateParams, KeyPair};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const INSTALL: &str = "Pebble is missing: sudo apt-get install pebble";

pub(crate) struct Pebble {
    child: Child,
    folder: PathBuf,
    port: u16,
    management: u16,
}

impl Pebble {
    /// Nothing where it is not installed, save where everything must be.
    pub(crate) async fn start(folder: &Path, tls_port: u16) -> Option<Self> {
        std::fs::create_dir_all(folder).expect("a folder");
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("valid");
        let certificate = params.self_signed(&key).expect("made");
        std::fs::write(folder.join("own.pem"), certificate.pem()).expect("written");
        std::fs::write(folder.join("own.key"), key.serialize_pem()).expect("written");
        let [port, management] = free_ports();
        let settings = json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": folder.join("own.pem"),
            "privateKey": folder.join("own.key"),
            "httpPort": 1,
            "tlsPort": tls_port,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
        }});
        std::fs::write(folder.join("settings.json"), settings.to_string()).expect("written");
        let child = Command::new("pebble")
            .arg("-config")
            .arg(folder.join("settings.json"))
            .env("PEBBLE_VA_NOSLEEP", "1")
            // Every order is proven anew.
            .env("PEBBLE_AUTHZREUSE", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = child else {
            assert!(std::env::var_os("CI").is_none(), "{INSTALL}");
            eprintln!("not tested. {INSTALL}");
            return None;
        };
        let pebble = Self { child, folder: folder.to_owned(), port, management };
        for _ in 0..600 {
            if pebble.get(port, "/dir").await.is_some() && pebble.get(management, "/roots/0").await.is_some()
            {
                return Some(pebble);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("pebble did not start");
    }

    pub(crate) fn directory(&self) -> String {
        format!("https://127.0.0.1:{}/dir", self.port)
    }

    /// What vouches for its own address.
    pub(crate) fn own_root(&self) -> PathBuf {
        self.folder.join("own.pem")
    }

    /// What vouches for the certificates that it issues.
    pub(crate) async fn root(&self) -> String {
        self.get(self.management, "/roots/0").await.expect("it has a root")
    }

    async fn get(&self, port: u16, path: &str) -> Option<String> {
        let request = format!("GET {path} HTTP/1.0\r\nhost: localhost\r\n\r\n");
        let answer = Self::ask(port, request.as_bytes()).await?;
        Some(answer.split_once("\r\n\r\n")?.1.to_owned())
    }

    /// What it says to a whole request.
    pub(crate) async fn answer(&self, request: &[u8]) -> Option<String> {
        Self::ask(self.port, request).await
    }

    async fn ask(port: u16, request: &[u8]) -> Option<String> {
        let client = ClientConfig::builder_with_provider(Arc::new(incamera::tls::provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate))
            .with_no_client_auth();
        let tcp = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        let name = ServerName::try_from("localhost").expect("a name");
        let mut stream = TlsConnector::from(Arc::new(client)).connect(name, tcp).await.ok()?;
        stream.write_all(request).await.ok()?;
        let mut answer = String::new();
        // It may end without a farewell.
        let _ = stream.read_to_string(&mut answer).await;
        Some(answer)
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_ports() -> [u16; 2] {
    let two = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("bound"));
    two.map(|listener| listener.local_addr().expect("bound").port())
}
