//! TLS to a server on this machine: HTTP requests and WebSockets, blocking.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use serde_json::Value;
use socket2::{Domain, Socket, Type};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(20);

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// Connects to servers.
#[derive(Clone)]
pub struct Connector(Arc<ClientConfig>);

impl Connector {
    /// One that trusts as this configuration of TLS says.
    #[must_use]
    pub fn new(config: Arc<ClientConfig>) -> Self {
        Self(config)
    }

    /// A connection from one of this machine's addresses.
    fn connect(&self, from: IpAddr, to: SocketAddr) -> anyhow::Result<Stream> {
        let socket = Socket::new(Domain::for_address(to), Type::STREAM, None)?;
        socket.bind(&SocketAddr::new(from, 0).into())?;
        socket.connect(&to.into()).context("cannot connect")?;
        socket.set_tcp_nodelay(true)?;
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let connection = ClientConnection::new(Arc::clone(&self.0), ServerName::try_from("localhost")?)?;
        Ok(StreamOwned::new(connection, stream))
    }

    /// One request with a body in JSON, on a connection of its own. Returns the cookie that was set, if any, and the
    /// body of the answer.
    ///
    /// # Errors
    /// The server cannot be reached, or refuses.
    pub fn post(
        &self,
        from: IpAddr,
        to: SocketAddr,
        path: &str,
        cookie: Option<&str>,
        body: &Value,
    ) -> anyhow::Result<(Option<String>, String)> {
        let mut stream = self.connect(from, to)?;
        let (port, body) = (to.port(), body.to_string());
        let cookie = cookie.map_or(String::new(), |cookie| format!("cookie: {cookie}\r\n"));
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost:{port}\r\norigin: https://localhost:{port}\r\n\
             connection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{cookie}\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        // Some ends of connections are not announced by TLS; the status was read before.
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
        if !head.starts_with("HTTP/1.1 2") {
            bail!("{path}: {} {body}", head.lines().next().unwrap_or_default());
        }
        let set = head.lines().find_map(|line| line.strip_prefix("set-cookie: "));
        let cookie = set.and_then(|set| set.split(';').next()).map(str::to_owned);
        Ok((cookie, body.to_owned()))
    }

    /// Opens a WebSocket, which does not block from then on.
    ///
    /// # Errors
    /// The server cannot be reached, or refuses.
    pub fn websocket(
        &self,
        from: IpAddr,
        to: SocketAddr,
        path: &str,
        cookie: Option<&str>,
    ) -> anyhow::Result<Channel> {
        let port = to.port();
        let mut request = format!("wss://localhost:{port}{path}").into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("origin", format!("https://localhost:{port}").parse()?);
        if let Some(cookie) = cookie {
            headers.insert("cookie", cookie.parse()?);
        }
        let stream = self.connect(from, to)?;
        let (socket, _) = tungstenite::client::client(request, stream)
            .map_err(|error| anyhow::anyhow!("no WebSocket: {error}"))?;
        socket.get_ref().sock.set_nonblocking(true)?;
        Ok(Channel(socket))
    }
}

/// A WebSocket for text.
pub struct Channel(WebSocket<Stream>);

impl Channel {
    /// From where it was opened.
    ///
    /// # Errors
    /// The connection was lost.
    pub fn local(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.0.get_ref().sock.local_addr()?)
    }

    /// The next text that has come, if one has.
    ///
    /// # Errors
    /// The connection was lost.
    pub fn poll(&mut self) -> anyhow::Result<Option<String>> {
        loop {
            match self.0.read() {
                Ok(Message::Text(text)) => return Ok(Some(text.to_string())),
                Ok(Message::Close(_)) => bail!("the server closed the connection"),
                Ok(_) => {}
                Err(error) if is_busy(&error) => return Ok(None),
                Err(error) => return Err(error).context("the connection was lost"),
            }
        }
    }

    /// Sends a text.
    ///
    /// # Errors
    /// The connection was lost.
    pub fn say(&mut self, text: String) -> anyhow::Result<()> {
        let mut outcome = self.0.send(Message::text(text));
        // What does not fit into the kernel's buffer stays in the socket's own.
        while outcome.as_ref().is_err_and(is_busy) {
            std::thread::sleep(Duration::from_micros(200));
            outcome = self.0.flush();
        }
        outcome.context("the connection was lost")
    }
}

fn is_busy(error: &tungstenite::Error) -> bool {
    matches!(error, tungstenite::Error::Io(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}
