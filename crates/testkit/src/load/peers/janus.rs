//! Janus with its VideoRoom plugin: one process, driven over one WebSocket.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use incamera_conference::wire::Source;
use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::client::IntoClientRequest as _;
use tungstenite::http::HeaderValue;
use tungstenite::{Error, Message, WebSocket};

use super::connection::{self, Publishing};
use super::process::{self, Process, free_port};
use super::rooms::Rooms;
use crate::load::system::{Description, Layer, Leg, Plan, System};

const CONFIGURATION: &str = include_str!("../../../peers/janus/janus.jcfg");
const WEBSOCKET: &str = include_str!("../../../peers/janus/janus.transport.websockets.jcfg");
/// For any answer, also while a hundred participants connect.
const PATIENCE: Duration = Duration::from_secs(30);
/// Janus takes the first that is offered for the highest.
const LAYERS: [Layer; 3] = [Layer::Full, Layer::Half, Layer::Quarter];
/// What it says of a publisher whose DTLS is done on our side, and on its own not quite.
const NO_SUCH_FEED: u32 = 428;
const PAUSE: Duration = Duration::from_millis(5);

/// Which libsrtp Janus is run with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::load) enum Libsrtp {
    /// The one that `peers/install` has built on OpenSSL.
    OpenSsl,
    /// Debian's, built on NSS.
    Packaged,
}

/// A running Janus with one event loop.
#[derive(Debug)]
pub(in crate::load) struct Janus {
    socket: WebSocket<TcpStream>,
    session: u64,
    next: u64,
    libsrtp: Libsrtp,
    opened: BTreeSet<usize>,
    /// What is known of a source: the feed and its media section.
    rooms: Rooms<(u64, String)>,
    /// Of each receiver its handle, and the sections that have layers.
    receiving: BTreeMap<(usize, usize), (u64, Vec<String>)>,
    process: Process,
    _configuration: TempDir,
}

impl Janus {
    /// Starts Debian's Janus on a core; `peers` is the folder that `peers/install` was given.
    pub(in crate::load) fn start(peers: &Path, core: usize, libsrtp: Libsrtp) -> Result<Self> {
        let configuration = tempfile::tempdir()?;
        let port = free_port()?;
        let write = |name: &str, text: &str| std::fs::write(configuration.path().join(name), text);
        write("janus.jcfg", CONFIGURATION)?;
        write("janus.transport.websockets.jcfg", &WEBSOCKET.replace("PORT", &port.to_string()))?;
        write("janus.plugin.videoroom.jcfg", "")?;
        let mut command = Command::new("janus");
        command.arg("-F").arg(configuration.path()).stdin(Stdio::null()).stdout(Stdio::null());
        let loopback = peers.join("janus/loopback.so");
        ensure!(loopback.is_file(), "{} is missing", loopback.display());
        command.env("LD_PRELOAD", loopback);
        if libsrtp == Libsrtp::OpenSsl {
            let folder = peers.join("libsrtp/lib");
            ensure!(folder.is_dir(), "{} is missing", folder.display());
            command.env("LD_LIBRARY_PATH", folder);
        }
        let process = Process::start(core, &mut command)?;
        let socket = connect(port)?;
        let mut janus = Self {
            socket,
            session: 0,
            next: 0,
            libsrtp,
            opened: BTreeSet::new(),
            rooms: Rooms::default(),
            receiving: BTreeMap::new(),
            process,
            _configuration: configuration,
        };
        janus.session = number(&janus.ask(json!({ "janus": "create" }))?, "/data/id")?;
        Ok(janus)
    }

    /// Asks for another layer of all cameras that a participant receives.
    pub(super) fn prefer(&mut self, room: usize, participant: usize, layer: Layer) -> Result<()> {
        let (handle, layered) = self.receiving.get(&(room, participant)).context("receives nothing")?;
        if layered.is_empty() {
            return Ok(());
        }
        let stream = |mid: &String| json!({ "mid": mid, "substream": layer as usize });
        let streams: Vec<Value> = layered.iter().map(stream).collect();
        self.message(*handle, json!({ "request": "configure", "streams": streams }), None)?;
        Ok(())
    }

    fn open(&mut self, room: usize) -> Result<()> {
        if !self.opened.insert(room) {
            return Ok(());
        }
        let handle = self.attach()?;
        let body = json!({
            "request": "create",
            "room": room + 1,
            "publishers": 10_000,
            "audiocodec": "opus",
            "videocodec": "vp8",
            // No limit.
            "bitrate": 0,
            "audiolevel_ext": false,
            "videoorient_ext": false,
            "playoutdelay_ext": false,
            "transport_wide_cc_ext": true,
        });
        self.message(handle, body, None)?;
        Ok(())
    }

    fn attach(&mut self) -> Result<u64> {
        let answer = self.ask(json!({ "janus": "attach", "plugin": "janus.plugin.videoroom" }))?;
        number(&answer, "/data/id")
    }

    /// A request to the plugin.
    fn message(&mut self, handle: u64, body: Value, jsep: Option<(&str, &str)>) -> Result<Value> {
        let mut request = json!({ "janus": "message", "handle_id": handle, "body": body });
        if let Some((kind, sdp)) = jsep {
            request["jsep"] = json!({ "type": kind, "sdp": sdp });
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.ask(request.clone())?;
            let Some(error) = answer.pointer("/plugindata/data/error") else { return Ok(answer) };
            let is_early = answer.pointer("/plugindata/data/error_code") == Some(&NO_SUCH_FEED.into());
            if !is_early || Instant::now() > deadline {
                bail!("the VideoRoom refuses {}: {error}", body["request"]);
            }
            thread::sleep(PAUSE);
        }
    }

    fn ask(&mut self, mut request: Value) -> Result<Value> {
        self.next += 1;
        let transaction = self.next.to_string();
        request["transaction"] = transaction.as_str().into();
        if self.session != 0 {
            request["session_id"] = self.session.into();
        }
        self.socket.get_mut().set_read_timeout(Some(PATIENCE))?;
        self.socket.send(Message::text(request.to_string()))?;
        loop {
            let Message::Text(text) = self.socket.read().context("no answer of Janus")? else { continue };
            let answer: Value = serde_json::from_str(&text)?;
            match answer["janus"].as_str() {
                // The answer to a request that takes long comes later, as an event.
                _ if answer["transaction"] != transaction => {}
                Some("ack") => {}
                Some("error") => bail!("Janus refuses {}: {}", request["janus"], answer["error"]),
                _ => return Ok(answer),
            }
        }
    }
}

impl System for Janus {
    fn description(&self) -> Description {
        let build = match self.libsrtp {
            Libsrtp::OpenSsl => "Debian's package, with libsrtp 2.5.0 on OpenSSL in place of Debian's on NSS",
            Libsrtp::Packaged => "Debian's package, with Debian's libsrtp 2.5.0 on NSS",
        };
        Description {
            name: "Janus".into(),
            version: "1.1.2, VideoRoom".into(),
            build: build.into(),
            settings: "one event loop, so that one thread forwards; a socket for each connection; UDP only, ICE lite; \
                       VP8 with RTX, NACK and PLI; transport-wide congestion control; no audio level extension; \
                       SRTP AEAD_AES_256_GCM; signalling over a WebSocket"
                .into(),
        }
    }

    fn processes(&self) -> Vec<u32> {
        vec![self.process.id()]
    }

    fn enter(&mut self, room: usize, participant: usize, plan: &Plan) -> Result<Vec<Leg>> {
        self.open(room)?;
        self.rooms.enter(room, participant, plan);
        let Some(publishing) = Publishing::new(plan, &LAYERS)? else { return Ok(Vec::new()) };
        let handle = self.attach()?;
        let feed = participant as u64 + 1;
        let body =
            json!({ "request": "joinandconfigure", "ptype": "publisher", "room": room + 1, "id": feed });
        let answer = self.message(handle, body, Some(("offer", publishing.offer())))?;
        let leg = publishing.accept(sdp(&answer)?)?;
        for sends in &leg.sends {
            self.rooms.publish(room, participant, sends.source, (feed, sends.mid.to_string()));
        }
        Ok(vec![leg])
    }

    fn watch(&mut self, room: usize, participant: usize) -> Result<Vec<Leg>> {
        let (plan, wanted) = self.rooms.wanted(room, participant)?;
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let layer = plan.layer;
        let stream = |(feed, mid): &(u64, String)| json!({ "feed": feed, "mid": mid });
        let streams: Vec<Value> = wanted.iter().map(|wanted| stream(wanted.known)).collect();
        let cameras: Vec<(u64, String)> = wanted
            .iter()
            .filter(|wanted| wanted.source == Source::Camera)
            .map(|wanted| wanted.known.clone())
            .collect();
        let handle = self.attach()?;
        let body = json!({ "request": "join", "ptype": "subscriber", "room": room + 1, "streams": streams });
        let joined = self.message(handle, body, None)?;
        let streams = joined.pointer("/plugindata/data/streams").and_then(Value::as_array);
        let camera = |stream: &&Value| {
            let is = |(feed, mid): &(u64, String)| stream["feed_id"] == *feed && stream["feed_mid"] == **mid;
            cameras.iter().any(is)
        };
        let layered = streams.context("no streams")?.iter().filter(camera);
        let layered = layered.filter_map(|stream| Some(stream["mid"].as_str()?.to_owned())).collect();
        let (leg, answer) = connection::receiving(sdp(&joined)?)?;
        self.message(handle, json!({ "request": "start" }), Some(("answer", &answer)))?;
        self.receiving.insert((room, participant), (handle, layered));
        self.prefer(room, participant, layer)?;
        Ok(vec![leg])
    }

    fn poll(&mut self) -> Result<()> {
        self.socket.get_mut().set_nonblocking(true)?;
        let lost = loop {
            match self.socket.read() {
                // News about connections and publishers, which the engine sees by itself.
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => break None,
                Err(error) => break Some(error),
            }
        };
        self.socket.get_mut().set_nonblocking(false)?;
        lost.map_or(Ok(()), |error| Err(error).context("the connection to Janus"))
    }
}

fn connect(port: u16) -> Result<WebSocket<TcpStream>> {
    let stream = process::connect(port).context("Janus")?;
    let mut request = format!("ws://127.0.0.1:{port}/").into_client_request()?;
    request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("janus-protocol"));
    let (socket, _) = tungstenite::client(request, stream).context("the WebSocket of Janus")?;
    Ok(socket)
}

fn number(answer: &Value, at: &str) -> Result<u64> {
    answer.pointer(at).and_then(Value::as_u64).with_context(|| format!("no number at {at} in {answer}"))
}

fn sdp(answer: &Value) -> Result<&str> {
    answer.pointer("/jsep/sdp").and_then(Value::as_str).with_context(|| format!("no description in {answer}"))
}
