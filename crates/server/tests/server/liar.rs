//! A server that serves our page, but for what a test tells it to change.

use std::net::SocketAddr;
use std::sync::Arc;

use incamera::verify::manifest::{ANY_MEETING, Digest, Manifest};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What a request says, names in lower case.
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// What it answers, as an honest server would before the test changes it.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Sent in front of the answer.
    pub(crate) early: &'static str,
    pub(crate) delivery: Delivery,
}

/// How the body goes out.
pub(crate) enum Delivery {
    Whole,
    /// Only so many bytes of what the head announces.
    CutOff(usize),
    /// Again and again.
    Endless,
    /// The head, and then nothing.
    Silent,
}

impl Reply {
    fn honest(path: &str) -> Self {
        let manifest = Manifest::built_in();
        let address = if path.starts_with("/m/") { format!("/m/{ANY_MEETING}") } else { path.to_owned() };
        let Some(served) = manifest.addresses.get(&address) else {
            let (headers, body) = (Vec::new(), b"There is no such thing here.".to_vec());
            return Self { status: 404, headers, body, early: "", delivery: Delivery::Whole };
        };
        let file = match &address[1..] {
            asset if asset.starts_with("assets/") => asset.to_owned(),
            chapter if chapter.starts_with("help") => format!("{chapter}.html"),
            _ => "index.html".to_owned(),
        };
        let body = incamera_page::file(&file, false).expect("a file of the page").bytes.into_owned();
        let mut reply = Self { status: 200, headers: Vec::new(), body, early: "", delivery: Delivery::Whole };
        for (name, value) in manifest.headers.iter().chain(&served.headers) {
            reply.set(name, value);
        }
        reply
    }

    /// Replaces a header, or adds it.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    /// Changes the text of the body.
    pub(crate) fn replace(&mut self, from: &str, to: &str) {
        let text = String::from_utf8(self.body.clone()).expect("text");
        assert!(text.contains(from), "{from}");
        self.body = text.replacen(from, to, 1).into_bytes();
    }

    async fn send(mut self, out: &mut (impl AsyncWriteExt + Unpin)) -> std::io::Result<()> {
        let tag = Digest::of(&self.body).to_string();
        if !self.headers.iter().any(|(name, _)| name == "etag") {
            self.set("etag", &format!("\"{}\"", &tag[..32]));
        }
        match self.delivery {
            Delivery::Endless => self.set("transfer-encoding", "chunked"),
            _ => self.set("content-length", &self.body.len().to_string()),
        }
        let mut head = format!("{}HTTP/1.1 {} Whatever\r\n", self.early, self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        out.write_all(format!("{head}\r\n").as_bytes()).await?;
        let chunk = [format!("{:x}\r\n", 1 << 14).as_bytes(), &[b'a'; 1 << 14], b"\r\n"].concat();
        match self.delivery {
            Delivery::Whole => out.write_all(&self.body).await?,
            Delivery::CutOff(bytes) => {
                out.write_all(&self.body[..bytes]).await?;
                return Err(std::io::ErrorKind::Other.into());
            }
            Delivery::Endless => loop {
                out.write_all(&chunk).await?;
            },
            Delivery::Silent => {
                out.flush().await?;
                std::future::pending::<()>().await;
            }
        }
        out.flush().await
    }
}

/// A certificate, and the authority that vouches for it.
pub(crate) struct Papers {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    authority: CertificateDer<'static>,
}

impl Papers {
    /// For this name, until that year.
    pub(crate) fn new(name: &str, year: i32) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("signed");
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &authority).expect("signed").der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        Self { certificate, key, authority: authority.der().clone() }
    }

    /// Those who take the authority's word.
    pub(crate) fn believers(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.clone()).expect("an authority");
        Arc::new(roots)
    }

    pub(crate) fn fingerprint(&self) -> Digest {
        Digest::of(&self.certificate)
    }

    /// Of a server that has them.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let config = ServerConfig::builder_with_provider(Arc::new(incamera::tls::provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("a version")
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], self.key.clone_key())
            .expect("they belong together");
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Runs until the test's runtime ends.
pub(crate) async fn liar(
    papers: &Papers,
    change: impl Fn(&Asked, &mut Reply) + Send + Sync + 'static,
) -> SocketAddr {
    let acceptor = papers.acceptor();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let change = Arc::new(change);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(acceptor.clone(), stream, Arc::clone(&change)));
        }
    });
    address
}

/// One connection. An error ends it without a word.
async fn serve(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    change: Arc<impl Fn(&Asked, &mut Reply)>,
) -> std::io::Result<()> {
    // As the server does: a head that waits for its acknowledgement keeps the body back.
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(acceptor.accept(stream).await?);
    loop {
        // It is no relay (RFC 8489, section 5), and says so at once.
        if stream.fill_buf().await?.first().is_none_or(|first| *first <= 3) {
            return Ok(());
        }
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let path = lines[0].split(' ').nth(1).expect("a path").to_owned();
        let headers = lines[1..].iter().filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let asked = Asked { path, headers };
        // What comes with a request is read, so that the next one begins where it ends.
        let length = asked.header("content-length").parse().unwrap_or(0);
        tokio::io::copy(&mut (&mut stream).take(length), &mut tokio::io::sink()).await?;
        let mut reply = Reply::honest(&asked.path);
        change(&asked, &mut reply);
        reply.send(&mut stream).await?;
    }
}
