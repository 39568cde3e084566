//! The one part that uses the network: a request, and what came back, within bounds.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use super::certificate::{self, Judge, Trust};
use super::compare::{Answer, Body, Difference};
use super::origin::{Origin, Target};
use super::{Patience, Trouble};

/// Bytes of the head of an answer.
const HEAD: usize = 64 * 1024;

/// Reaches one server, again and again.
pub(crate) struct Fetcher {
    origin: Origin,
    /// Where it is, if not where its name leads.
    at: Option<SocketAddr>,
    /// The address that it is asked from, if not the one that the system takes.
    from: Option<Ipv4Addr>,
    config: Arc<ClientConfig>,
    judge: Arc<Judge>,
    patience: Patience,
    until: Instant,
    connection: Option<Connection>,
}

/// One request.
struct Asked<'a> {
    method: Method,
    path: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: Bytes,
    /// Bytes of the answer's body.
    most: usize,
}

/// A connection, closed when it is dropped.
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Fetcher {
    /// Reaches nobody yet.
    pub(crate) fn new(target: &Target, trust: Trust, patience: Patience) -> Result<Self, Trouble> {
        let (config, judge) =
            certificate::client_config(trust).map_err(|error| Trouble::Tls(error.to_string()))?;
        let until = Instant::now() + patience.whole;
        let (origin, at) = (target.origin.clone(), target.at);
        Ok(Self { origin, at, from: None, config, judge, patience, until, connection: None })
    }

    /// The same, from this address of ours.
    pub(crate) fn coming_from(self, from: Ipv4Addr) -> Self {
        Self { from: Some(from), ..self }
    }

    /// The certificate that the server showed.
    pub(super) fn certificate(&self) -> Option<super::manifest::Digest> {
        self.judge.seen()
    }

    /// The next request goes over a new connection, as of somebody else.
    pub(super) fn forget(&mut self) {
        self.connection = None;
    }

    /// The answer for a path. `most`: bytes of its body. An error means that there is no server of that name; a server
    /// that answers nothing makes a difference.
    pub(crate) async fn get(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        most: usize,
    ) -> Result<Result<Answer, Difference>, Trouble> {
        self.ask(Method::GET, path, headers, Bytes::new(), most).await
    }

    /// As [`Self::get`], by another method and with a body.
    pub(crate) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
        most: usize,
    ) -> Result<Result<Answer, Difference>, Trouble> {
        let left = self.until.saturating_duration_since(Instant::now());
        let deadline = Instant::now() + self.patience.answer.min(left);
        // A server may close a connection whenever it likes; the next try begins with a new one.
        let is_used = self.connection.is_some();
        let request = Asked { method, path, headers, body, most };
        let first = self.attempt(&request, deadline).await?;
        match first {
            Err(Difference::NoAnswer(_)) if is_used => self.attempt(&request, deadline).await,
            other => Ok(other),
        }
    }

    async fn attempt(
        &mut self,
        asked: &Asked<'_>,
        deadline: Instant,
    ) -> Result<Result<Answer, Difference>, Trouble> {
        let mut connection = match self.connection.take() {
            Some(connection) if !connection.sender.is_closed() => connection,
            _ => self.connect(deadline).await?,
        };
        let early = Arc::new(AtomicU16::new(0));
        let request = self.request(asked, &early)?;
        let response = async {
            connection.sender.ready().await?;
            connection.sender.send_request(request).await
        };
        let response = match tokio::time::timeout_at(deadline, response).await {
            Err(_) => return Ok(Err(Difference::TooSlow)),
            Ok(Err(error)) => return Ok(Err(Difference::NoAnswer(chain(&error)))),
            Ok(Ok(response)) => response,
        };
        let (head, body) = response.into_parts();
        let body = read(body, asked.most, deadline).await;
        // What is not read to its end is in the way of the next answer.
        if matches!(body, Body::Whole(_)) {
            self.connection = Some(connection);
        }
        let early = Some(early.load(Ordering::Relaxed)).filter(|status| *status != 0);
        Ok(Ok(Answer { status: head.status, headers: head.headers, early, body }))
    }

    fn request(&self, asked: &Asked<'_>, early: &Arc<AtomicU16>) -> Result<Request<Full<Bytes>>, Trouble> {
        let Asked { method, path, headers, body, .. } = asked;
        let mut request = Request::builder().method(method.clone()).uri(*path);
        request = request.header(header::HOST, self.origin.host_header());
        for (name, value) in *headers {
            request = request.header(*name, *value);
        }
        let mut request = request
            .body(Full::new(body.clone()))
            .map_err(|error| Trouble::Address(format!("{path}: {error}")))?;
        let early = Arc::clone(early);
        hyper::ext::on_informational(&mut request, move |response| {
            early.store(response.status().as_u16(), Ordering::Relaxed);
        });
        Ok(request)
    }

    async fn connect(&self, deadline: Instant) -> Result<Connection, Trouble> {
        let connecting = async {
            let unreachable = |error: std::io::Error| Trouble::Unreachable(error.to_string());
            let stream = match (self.at, self.from) {
                (Some(address), Some(from)) => connect_from(from, address).await,
                (Some(address), None) => TcpStream::connect(address).await,
                (None, _) => TcpStream::connect((self.origin.host(), self.origin.port())).await,
            };
            let stream = stream.map_err(unreachable)?;
            let name = ServerName::try_from(self.origin.host().to_owned())
                .map_err(|_| Trouble::Address(self.origin.to_string()))?;
            let stream = TlsConnector::from(Arc::clone(&self.config)).connect(name, stream).await;
            let stream = stream.map_err(|error| self.untrusted(&error))?;
            http1::Builder::new()
                .max_buf_size(HEAD)
                .title_case_headers(true)
                .handshake(TokioIo::new(stream))
                .await
                .map_err(|error| Trouble::Unreachable(chain(&error)))
        };
        let (sender, connection) = tokio::time::timeout_at(deadline, connecting)
            .await
            .unwrap_or_else(|_| Err(Trouble::Unreachable("it took too long".to_owned())))?;
        let driver = tokio::spawn(connection).abort_handle();
        Ok(Connection { sender, driver })
    }

    fn untrusted(&self, error: &std::io::Error) -> Trouble {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match (inner, self.judge.seen()) {
            (Some(rustls::Error::InvalidCertificate(error)), Some(fingerprint)) => {
                Trouble::Certificate { why: certificate::why(error), fingerprint }
            }
            _ => Trouble::Tls(error.to_string()),
        }
    }
}

async fn connect_from(from: Ipv4Addr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    socket.connect(to).await
}

async fn read(mut body: Incoming, most: usize, deadline: Instant) -> Body {
    let mut bytes = Vec::new();
    loop {
        match tokio::time::timeout_at(deadline, body.frame()).await {
            Err(_) => return Body::TooSlow,
            Ok(None) => return Body::Whole(bytes),
            Ok(Some(Err(_))) => return Body::CutOff(bytes.len()),
            Ok(Some(Ok(frame))) => {
                // Trailers have no power in browsers.
                let Ok(data) = frame.into_data() else { continue };
                if bytes.len() + data.len() > most {
                    return Body::TooLong(most);
                }
                bytes.extend_from_slice(&data);
            }
        }
    }
}

/// An error with all its reasons.
fn chain(error: &dyn std::error::Error) -> String {
    let reasons = std::iter::successors(Some(error), |error| error.source());
    reasons.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl Default for Patience {
    fn default() -> Self {
        Self { answer: Duration::from_secs(60), whole: Duration::from_secs(600) }
    }
}
