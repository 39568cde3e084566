//! One way in for all tests: a server of its own for each, and small clients that speak TLS, HTTP and WebSocket.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use incamera::accounts::Cost;
use incamera::config::Config;
use incamera::server::Server;
use incamera_testkit::AnyCertificate;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};

use incamera_conference::ids::{AdmissionToken, IdentityKey, MeetingId, Nonce, RequestId, Signature};
use incamera_conference::sealed::SealedName;
use incamera_conference::text;
use incamera_conference::wire::{
    Act, ClientMessage, Hello, Refusal, ServerMessage, VERSION, Welcome, proof_text,
};

/// Longer than anything takes; a test that waits for nothing fails by it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server with a state folder that goes with it.
pub(crate) struct House {
    pub(crate) config: Config,
    server: Option<Server>,
    /// Deleted with the house.
    _state: tempfile::TempDir,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// A server with another configuration.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let state = tempfile::tempdir().expect("a folder");
        let mut config = Config {
            listen: "127.0.0.1:0".parse().expect("an address"),
            state: state.path().join("state"),
            shards: Some(2),
            // Tests sign in often; what a guess costs in earnest has a test of its own.
            password_cost: Cost { memory: 8, passes: 1 },
            ..Config::default()
        };
        change(&mut config);
        let server = Server::start(&config).await.expect("it starts");
        Self { config, server: Some(server), _state: state }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.as_ref().expect("it runs").address()
    }

    pub(crate) fn state(&self) -> &std::path::Path {
        &self.config.state
    }

    pub(crate) async fn stop(&mut self) {
        self.server.take().expect("it runs").stop().await;
    }

    /// Stops, and starts on the same state.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.server = Some(Server::start(&self.config).await.expect("it starts again"));
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.address())
    }

    /// A browser in which the first host has just made the account.
    pub(crate) async fn host(&self) -> Browser {
        let enrolment = self.server.as_ref().and_then(Server::first_enrolment).expect("no host yet");
        let mut browser = self.browser();
        let answer = browser.enrol(fragment(&enrolment), "Anna", "first password").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        browser
    }

    pub(crate) fn first_enrolment(&self) -> Option<String> {
        self.server.as_ref().and_then(Server::first_enrolment)
    }

    /// Every byte of every file in the state folder.
    pub(crate) fn disk(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in std::fs::read_dir(&self.config.state).expect("readable") {
            bytes.extend(std::fs::read(entry.expect("readable").path()).expect("readable"));
            bytes.push(0);
        }
        bytes
    }

    /// Runs `incamera host …` on this state, as the owner of the machine does while the server runs.
    pub(crate) fn command(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_incamera"))
            .args(arguments)
            .arg("--state")
            .arg(self.state())
            .output()
            .expect("it runs");
        let text =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text)
    }
}

/// What follows the `#` of a one-time address.
pub(crate) fn fragment(address: &str) -> &str {
    address.split_whitespace().find_map(|word| word.split_once("/enrol#")).expect("a one-time address").1
}

/// The program itself, in a process of its own.
pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    pub(crate) enrolment: String,
    child: Child,
}

impl Program {
    pub(crate) fn start(state: &std::path::Path, log: Option<&std::path::Path>) -> Self {
        Self::start_with(state, log, &[])
    }

    /// With variables of the environment.
    pub(crate) fn start_with(
        state: &std::path::Path,
        log: Option<&std::path::Path>,
        variables: &[(&str, &str)],
    ) -> Self {
        use std::io::BufRead as _;
        let mut command = Command::new(env!("CARGO_BIN_EXE_incamera"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--state"]).arg(state).stdout(Stdio::piped());
        // As somebody's shell that a service manager started has it: it is about another stream.
        command.env("JOURNAL_STREAM", "1:1").envs(variables.iter().copied());
        if let Some(log) = log {
            command.env("RUST_LOG", "trace").stderr(std::fs::File::create(log).expect("a file"));
        }
        let mut child = command.spawn().expect("it starts");
        let mut enrolment = String::new();
        let mut address = None;
        let stdout = child.stdout.take().expect("piped");
        for line in std::io::BufReader::new(stdout).lines() {
            let line = line.expect("text");
            if let Some((_, port)) = line.split_once("Open:        https://localhost:") {
                let port = port.trim_end_matches('/').parse().expect("a port");
                address = Some(SocketAddr::from(([127, 0, 0, 1], port)));
            } else if line.contains("/enrol#") {
                enrolment = fragment(&line).to_owned();
            } else if line.contains("safe to go on") {
                break;
            }
        }
        Self { address: address.expect("it prints its address"), enrolment, child }
    }

    /// SIGKILL: nothing is tidied up.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ended");
    }
}

impl Program {
    /// SIGTERM, as a service manager sends it.
    #[cfg(unix)]
    pub(crate) fn terminate(&mut self) -> std::process::ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("it runs").success());
        self.child.wait().expect("it ended")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer to an HTTP request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }
}

/// A browser: it keeps a cookie and says where its page came from.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) address: SocketAddr,
    pub(crate) cookie: Option<String>,
    pub(crate) origin: Option<String>,
}

impl Browser {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, cookie: None, origin: Some(format!("https://localhost:{}", address.port())) }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.request("GET", path, &[], None).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.request("POST", path, &[], Some(body)).await
    }

    pub(crate) async fn request(
        &mut self,
        method: &str,
        path: &str,
        extra: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let request = self.written(method, path, extra, body);
        let answer = raw(self.address, request.as_bytes()).await;
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let pair = cookie.split(';').next().expect("a pair");
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        answer
    }

    fn written(&self, method: &str, path: &str, extra: &[(&str, &str)], body: Option<Value>) -> String {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost:{}\r\n", self.address.port());
        let mut header = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
        header("connection", "close");
        header("content-length", &body.len().to_string());
        header("content-type", "application/json");
        if let Some(origin) = &self.origin {
            header("origin", origin);
        }
        if let Some(cookie) = &self.cookie {
            header("cookie", cookie);
        }
        for (name, value) in extra {
            header(name, value);
        }
        format!("{head}\r\n{body}")
    }

    pub(crate) async fn enrol(&mut self, token: &str, name: &str, password: &str) -> Answer {
        self.enrol_with(token, name, password, [9; 32]).await
    }

    /// With a host key of one's own.
    pub(crate) async fn enrol_with(
        &mut self,
        token: &str,
        name: &str,
        password: &str,
        host_key: [u8; 32],
    ) -> Answer {
        let keys = Keys::of(password);
        self.post(
            "/api/enrol",
            json!({
                "token": token, "name": name, "salt": keys.salt, "signInKey": keys.sign_in,
                "hostKey": text::encode(&host_key), "wrappedByPassword": keys.wrapped,
                "wrappedByRecovery": text::encode(b"under the recovery code"),
            }),
        )
        .await
    }

    pub(crate) async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        let key = Keys::of(password).sign_in;
        self.post("/api/sign-in", json!({ "name": name, "signInKey": key })).await
    }

    /// Makes a meeting as the host who is signed in.
    pub(crate) async fn create(&mut self, plan: &Plan) -> Answer {
        let body = json!({
            "id": plan.id, "kept": plan.kept, "settings": plan.settings,
            "admission": plan.token.hash(), "title": text::encode(b"sealed title"),
            "record": text::encode(b"sealed record"),
        });
        self.post("/api/meetings", body).await
    }

    /// A WebSocket that has received its challenge.
    pub(crate) async fn socket(&self) -> Socket {
        self.try_socket().await.expect("it opens")
    }

    pub(crate) async fn try_socket(&self) -> Result<Socket, u16> {
        let url = format!("wss://localhost:{}/api/ws", self.address.port());
        let mut request = url.into_client_request().expect("a request");
        let headers = [("origin", &self.origin), ("cookie", &self.cookie)];
        for (name, value) in headers.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            request.headers_mut().insert(name, value.parse().expect("a header"));
        }
        let stream = connect(self.address).await;
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((stream, _)) => Ok(Socket::greeted(stream).await),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }
}

/// What a page makes of a password. Quickly: the server cannot tell.
pub(crate) struct Keys {
    salt: String,
    pub(crate) sign_in: String,
    wrapped: String,
}

impl Keys {
    pub(crate) fn of(password: &str) -> Self {
        let mut key = [0; 32];
        key[..password.len()].copy_from_slice(password.as_bytes());
        Self {
            salt: text::encode(&key[..16]),
            sign_in: text::encode(&key),
            wrapped: text::encode(format!("under {password}").as_bytes()),
        }
    }
}

/// A meeting to be made.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) id: MeetingId,
    pub(crate) token: AdmissionToken,
    pub(crate) kept: bool,
    pub(crate) settings: Value,
}

impl Plan {
    /// A kept meeting without a lobby, that may begin without its host.
    pub(crate) fn new(id: &str) -> Self {
        let id = MeetingId::parse(id).expect("sixteen characters");
        let token =
            AdmissionToken(std::array::from_fn(|index| id.as_str().as_bytes()[index % 16] ^ index as u8));
        let settings = json!({
            "lobby": false, "locked": false, "earlyStart": true, "unmute": true,
            "video": true, "screen": true, "chat": true, "rename": true,
        });
        Self { id, token, kept: true, settings }
    }

    pub(crate) fn set(mut self, setting: &str, value: bool) -> Self {
        self.settings[setting] = value.into();
        self
    }

    pub(crate) fn passing(mut self) -> Self {
        self.kept = false;
        self
    }
}

/// A person with a key of their own.
pub(crate) struct Person {
    key: ed25519_dalek::SigningKey,
    pub(crate) name: SealedName,
}

impl Person {
    pub(crate) fn new(name: &str) -> Self {
        let mut seed = [0; 32];
        seed[..name.len()].copy_from_slice(name.as_bytes());
        Self {
            key: ed25519_dalek::SigningKey::from_bytes(&seed),
            name: SealedName::new(format!("sealed name of {name}").into_bytes()).expect("short"),
        }
    }

    pub(crate) fn identity(&self) -> IdentityKey {
        IdentityKey(self.key.verifying_key().to_bytes())
    }

    pub(crate) fn hello(&self, meeting: &MeetingId, token: Option<AdmissionToken>, nonce: &Nonce) -> Hello {
        use ed25519_dalek::Signer as _;
        Hello {
            version: VERSION,
            meeting: meeting.clone(),
            token,
            identity: self.identity(),
            proof: Signature(self.key.sign(&proof_text(meeting, nonce)).to_bytes()),
            name: self.name.clone(),
            held: None,
            group: None,
        }
    }
}

/// A WebSocket.
pub(crate) struct Socket {
    stream: WebSocketStream<TlsStream<TcpStream>>,
    pub(crate) nonce: Nonce,
    pub(crate) instance: Nonce,
}

impl Socket {
    async fn greeted(stream: WebSocketStream<TlsStream<TcpStream>>) -> Self {
        let mut socket = Self { stream, nonce: Nonce([0; 32]), instance: Nonce([0; 32]) };
        match socket.next().await {
            Some(ServerMessage::Challenge { version: VERSION, nonce, instance }) => {
                (socket.nonce, socket.instance) = (nonce, instance);
            }
            other => panic!("no challenge but {other:?}"),
        }
        socket
    }

    /// The next message as it stands; `None` when the connection was closed.
    pub(crate) async fn next_text(&mut self) -> Option<String> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.stream.next()).await.expect("in time");
            match next {
                Some(Ok(Message::Text(text))) => return Some(text.to_string()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(other)) => panic!("{other:?}"),
            }
        }
    }

    pub(crate) async fn next(&mut self) -> Option<ServerMessage> {
        let text = self.next_text().await?;
        Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
    }

    /// Messages up to the first that `wanted` takes.
    pub(crate) async fn until<T>(&mut self, mut wanted: impl FnMut(&ServerMessage) -> Option<T>) -> T {
        loop {
            let message = self.next().await.expect("the connection is open");
            if let Some(found) = wanted(&message) {
                return found;
            }
        }
    }

    pub(crate) async fn say_text(&mut self, text: impl Into<String>) {
        // A connection that the server closed is noticed by reading.
        let _ = self.stream.send(Message::text(text.into())).await;
    }

    pub(crate) async fn ping(&mut self) {
        let _ = self.stream.send(Message::Ping(Vec::new().into())).await;
    }

    pub(crate) async fn say(&mut self, message: &ClientMessage) {
        self.say_text(serde_json::to_string(message).expect("JSON")).await;
    }

    pub(crate) async fn act(&mut self, request: u32, act: Act) {
        self.say(&ClientMessage::Act { request: RequestId(request), act }).await;
    }

    pub(crate) async fn hello(
        &mut self,
        person: &Person,
        meeting: &MeetingId,
        token: Option<AdmissionToken>,
    ) {
        let hello = person.hello(meeting, token, &self.nonce);
        self.say(&ClientMessage::Hello(Box::new(hello))).await;
    }

    pub(crate) async fn welcome(&mut self) -> Welcome {
        self.until(|message| match message {
            ServerMessage::Welcome(welcome) => Some(welcome.as_ref().clone()),
            ServerMessage::Refused { reason } => panic!("refused: {reason:?}"),
            _ => None,
        })
        .await
    }

    pub(crate) async fn refused(&mut self) -> Refusal {
        let reason = self
            .until(|message| match message {
                ServerMessage::Refused { reason } => Some(*reason),
                _ => None,
            })
            .await;
        assert_eq!(self.next().await, None, "a refused connection is closed");
        reason
    }
}

/// Into a meeting in one step.
pub(crate) async fn enter(browser: &Browser, person: &Person, plan: &Plan) -> (Socket, Welcome) {
    let mut socket = browser.socket().await;
    socket.hello(person, &plan.id, Some(plan.token)).await;
    let welcome = socket.welcome().await;
    (socket, welcome)
}

/// One request as it stands, one answer. The connection is closed by the server.
pub(crate) async fn raw(address: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = connect(address).await;
    stream.write_all(request).await.expect("sent");
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).await.expect("an answer");
    let status =
        line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("{line:?}"));
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).await.expect("a header");
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut body = Vec::new();
    // Some ends of connections are not announced by TLS; the length of the body was.
    let _ = reader.read_to_end(&mut body).await;
    Answer { status, headers, body }
}

pub(crate) async fn connect(address: SocketAddr) -> TlsStream<TcpStream> {
    connect_with(address, &[&rustls::version::TLS13, &rustls::version::TLS12]).await
}

pub(crate) async fn connect_with(
    address: SocketAddr,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> TlsStream<TcpStream> {
    let provider = Arc::new(incamera::tls::provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate))
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.expect("it listens");
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("a handshake")
}
