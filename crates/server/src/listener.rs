//! The TCP port: connections in, TLS, and then HTTP/1.1 or TURN.
//!
//! The first byte inside of TLS tells which: STUN messages begin with two bits that are zero (RFC 8489, section 5), and
//! methods of HTTP with a letter. ChannelData, which begins with the same bytes as some letters, is never first.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::app::Client;
use crate::limits;
use crate::prefixed::Prefixed;
use crate::rate::Gatekeeper;
use crate::relay::RelayConnection;
use crate::tls::CHALLENGE_ALPN;

/// After the kernel has no more file descriptors: connections that end give some back.
const BREATHER: Duration = Duration::from_millis(100);
/// The head of a request, all header lines together.
const HEAD: usize = 32 * 1024;

/// The listener, and what it needs for each connection.
pub struct Listener {
    /// Bound.
    pub tcp: TcpListener,
    /// The TLS side.
    pub tls: Arc<ServerConfig>,
    /// Who may connect.
    pub gatekeeper: Arc<Gatekeeper>,
    /// What answers.
    pub router: Router,
    /// What relays.
    pub relay: RelayConnection,
    /// `true` once the server stops.
    pub stopping: watch::Receiver<bool>,
}

impl Listener {
    /// Accepts until the server stops, then waits for the connections to end.
    pub async fn run(self) {
        let acceptor = TlsAcceptor::from(Arc::clone(&self.tls));
        let mut stopping = self.stopping.clone();
        loop {
            let accepted = tokio::select! {
                _ = stopping.wait_for(|stopping| *stopping) => break,
                accepted = self.tcp.accept() => accepted,
            };
            let Ok((stream, address)) = accepted else {
                tokio::time::sleep(BREATHER).await;
                continue;
            };
            #[cfg(debug_assertions)]
            crate::leak::keep(address);
            let source = self.gatekeeper.source(address.ip());
            // One too many is closed without a word: a word would cost a handshake.
            let (Some(place), Ok(local)) = (self.gatekeeper.connect(source), stream.local_addr()) else {
                continue;
            };
            let client = Client { source, local: local.ip().to_canonical(), place: Arc::new(place) };
            let connection = Connection {
                acceptor: acceptor.clone(),
                router: self.router.clone(),
                relay: self.relay.clone(),
                gatekeeper: Arc::clone(&self.gatekeeper),
                client,
                stopping: self.stopping.clone(),
            };
            tokio::spawn(connection.run(stream));
        }
        // Answers that are on their way, and the farewells of the WebSockets.
        let _ = tokio::time::timeout(limits::DRAIN, self.gatekeeper.emptied()).await;
    }
}

struct Connection {
    acceptor: TlsAcceptor,
    router: Router,
    relay: RelayConnection,
    gatekeeper: Arc<Gatekeeper>,
    client: Client,
    stopping: watch::Receiver<bool>,
}

impl Connection {
    /// Until it ends, or gives way to another.
    async fn run(self, stream: TcpStream) {
        let place = Arc::clone(&self.client.place);
        tokio::select! {
            () = self.serve(stream) => {}
            () = place.gives_way() => {}
        }
    }

    async fn serve(self, stream: TcpStream) {
        // Signalling is small messages that somebody waits for.
        let _ = stream.set_nodelay(true);
        let handshake = tokio::time::timeout(limits::HANDSHAKE, self.acceptor.accept(stream));
        let Ok(Ok(mut stream)) = handshake.await else { return };
        if stream.get_ref().1.alpn_protocol() == Some(CHALLENGE_ALPN) {
            // To have shown the certificate was all (RFC 8737, 3).
            return;
        }
        let mut stopping = self.stopping;
        let first = tokio::select! {
            first = tokio::time::timeout(limits::REQUEST_HEAD, stream.read_u8()) => first,
            _ = stopping.wait_for(|stopping| *stopping) => return,
        };
        let Ok(Ok(first)) = first else { return };
        let (router, client) = (self.router, self.client);
        if is_stun(first) {
            if self.gatekeeper.request(client.source).is_ok() {
                self.relay.serve(stream, &[first], &client, stopping).await;
            }
            return;
        }
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(client.clone());
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits::REQUEST_HEAD)
            .max_buf_size(HEAD)
            .serve_connection(TokioIo::new(Prefixed::new(first, stream)), service)
            .with_upgrades();
        tokio::pin!(connection);
        tokio::select! {
            _ = connection.as_mut() => return,
            () = tokio::time::sleep(limits::CONNECTION) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
        // The request at hand is answered, then it is closed; a reader who takes too long is cut off.
        connection.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(limits::DRAIN, connection).await;
    }
}

/// Whether the first byte of a connection is that of a STUN message.
fn is_stun(first: u8) -> bool {
    first <= 0x03
}
