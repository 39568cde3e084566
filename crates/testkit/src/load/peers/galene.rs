//! Galène: one process, driven over a WebSocket for each person.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use incamera_conference::wire::Source;
use serde_json::{Value, json};
use str0m::format::Codec;
use str0m::media::Rid;
use str0m::rtp::RtpWrite;
use tempfile::TempDir;

use super::connection::{self, Publishing};
use super::galene_client::Client;
use super::process::{self, Process, free_port};
use super::rooms::Rooms;
use crate::load::system::{Description, Layer, Leg, Plan, Sends, System};

/// Everybody may come into any room and publish; rooms are made when somebody comes.
const GROUPS: &str = r#"{
    "auto-subgroups": true,
    "wildcard-user": { "password": { "type": "wildcard" }, "permissions": "present" }
}"#;
/// Who may ask for statistics.
const CONFIGURATION: &str = r#"{ "users": { "load": { "password": "load", "permissions": "admin" } } }"#;
const STATISTICS: &str = "GET /galene-api/v0/.stats HTTP/1.0\r\nAuthorization: Basic bG9hZDpsb2Fk\r\n\r\n";
/// In which order the layers begin. Galène forwards the one that came first as `video` and the one that came last as
/// `video-low`, and what is between them to nobody. Nobody asks for the full layer of a camera.
const LAYERS: [Layer; 3] = [Layer::Half, Layer::Full, Layer::Quarter];

/// Where a socket for each connection gets its port.
const PORTS: &str = "10000-60000";

/// How many UDP sockets Galène is run with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::load) enum Sockets {
    /// One for all. A packet costs least so, but the socket has the system's default buffer, which a moment fills.
    One,
    /// One for each connection, as Galène does it if nothing is said.
    Each,
}

/// A running Galène.
#[derive(Debug)]
pub(in crate::load) struct Galene {
    port: u16,
    sockets: Sockets,
    about: About,
    clients: BTreeMap<(usize, usize), Client>,
    /// What is known of a source: the stream that it belongs to.
    rooms: Rooms<String>,
    process: Process,
    _folder: TempDir,
}

/// It cannot tell which one it is: who installs it does.
#[derive(Clone, Debug)]
struct About {
    version: String,
    build: String,
}

impl Galene {
    /// Starts on a core what is in the folder `galene` of this one.
    pub(in crate::load) fn start(peers: &Path, core: usize, sockets: Sockets) -> Result<Self> {
        connection::ensure_apart().context("Galène takes no loopback interface")?;
        let installed = peers.join("galene");
        let about = About::read(&installed.join("about"))?;
        let folder = tempfile::tempdir()?;
        let within = |name: &str| folder.path().join(name);
        for name in ["data", "groups"] {
            std::fs::create_dir(within(name))?;
        }
        std::fs::write(within("data/config.json"), CONFIGURATION)?;
        std::fs::write(within("groups/load.json"), GROUPS)?;
        let port = free_port()?;
        let mut command = Command::new(installed.join("galene"));
        command.arg("-insecure").args(["-http", &format!("127.0.0.1:{port}")]);
        let range = match sockets {
            Sockets::One => free_port()?.to_string(),
            Sockets::Each => PORTS.to_owned(),
        };
        command.args(["-turn", "", "-udp-range", &range]);
        for (option, name) in
            [("-data", "data"), ("-groups", "groups"), ("-static", ""), ("-recordings", "recordings")]
        {
            command.arg(option).arg(within(name));
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Process::start(core, &mut command)?;
        process::connect(port).context("Galène")?;
        let (clients, rooms) = (BTreeMap::new(), Rooms::default());
        Ok(Self { port, sockets, about, clients, rooms, process, _folder: folder })
    }

    fn client(&mut self, room: usize, participant: usize) -> Result<&mut Client> {
        self.clients.get_mut(&(room, participant)).context("has not entered")
    }

    /// Sends the first packet of everything, one after the other: Galène does not know of a track before, and knows
    /// layers by when they came.
    fn begin(&self, stream: &str, leg: &mut Leg) -> Result<()> {
        connection::drive(leg, |rtc| Ok(rtc.is_connected()))?;
        let firsts = leg.sends.clone().into_iter().flat_map(encodings);
        for (number, (sends, rid)) in firsts.enumerate() {
            let codec = if sends.source.is_video() { Codec::Vp8 } else { Codec::Opus };
            let formats = leg.rtc.codec_config().params();
            let format = formats.iter().find(|one| one.spec().codec == codec).context("no format")?.pt();
            let mut api = leg.rtc.direct_api();
            let sender = api.stream_tx_by_mid(sends.mid, rid).context("nothing is sent")?;
            // Nothing is in it, so that nobody takes it for media.
            sender.write_rtp(RtpWrite::new(format, 0.into(), 0, Instant::now(), Vec::new()));
            connection::drive(leg, |_| Ok(self.tracks(stream)? > number))?;
        }
        Ok(())
    }

    /// How many tracks of a stream have come.
    fn tracks(&self, stream: &str) -> Result<usize> {
        let mut connection = process::connect(self.port)?;
        connection.write_all(STATISTICS.as_bytes())?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        let (_, groups) = answer.split_once("\r\n\r\n").context("an answer without a body")?;
        let groups: Value = serde_json::from_str(groups).with_context(|| answer.clone())?;
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let clients = list(&groups).into_iter().flat_map(|group| list(&group["clients"]));
        let mut streams = clients.flat_map(|client| list(&client["up"]));
        let found = streams.find(|up| up["id"] == stream);
        Ok(found.map_or(0, |up| list(&up["tracks"]).len()))
    }
}

impl System for Galene {
    fn description(&self) -> Description {
        let sockets = match self.sockets {
            Sockets::One => "one UDP socket for all",
            Sockets::Each => "a UDP socket for each connection",
        };
        Description {
            name: "Galène".into(),
            version: self.about.version.clone(),
            build: self.about.build.clone(),
            settings: format!(
                "as many threads as Go makes on one core; {sockets}; no TURN, no recording; a connection for each stream \
                 and receiver, as its protocol has it; of the three layers it forwards two, and nobody asks for the \
                 third; VP8 with NACK and PLI, without RTX; REMB, no transport-wide congestion control; no audio level \
                 extension; SRTP AEAD_AES_256_GCM; signalling over a WebSocket for each person, without TLS"
            ),
        }
    }

    fn processes(&self) -> Vec<u32> {
        vec![self.process.id()]
    }

    fn enter(&mut self, room: usize, participant: usize, plan: &Plan) -> Result<Vec<Leg>> {
        let client = Client::join(self.port, &format!("load/{room}"), &format!("{room}-{participant}"))?;
        self.clients.insert((room, participant), client);
        self.rooms.enter(room, participant, plan);
        let mut legs = Vec::new();
        // As its page does it: a screen is a stream of its own.
        let camera = Plan { screen: false, ..*plan };
        let screen = Plan { audio: false, camera: false, ..*plan };
        for (label, plan) in [("camera", camera), ("screenshare", screen)] {
            let Some(publishing) = Publishing::new(&plan, &LAYERS)? else { continue };
            let stream = format!("{room}-{participant}-{label}");
            let client = self.client(room, participant)?;
            client
                .say(&json!({ "type": "offer", "id": stream, "label": label, "sdp": publishing.offer() }))?;
            let told = client.told(std::slice::from_ref(&stream))?.remove(0);
            let mut leg = publishing.accept(&told.sdp)?;
            connection::add_candidate(&mut leg, &told.candidate)?;
            self.begin(&stream, &mut leg)?;
            for sends in &leg.sends {
                self.rooms.publish(room, participant, sends.source, stream.clone());
            }
            legs.push(leg);
        }
        Ok(legs)
    }

    /// Kinds are asked for, of everybody alike; who is not to be received is refused.
    fn watch(&mut self, room: usize, participant: usize) -> Result<Vec<Leg>> {
        let (plan, wanted) = self.rooms.wanted(room, participant)?;
        let is = |source| wanted.iter().any(|wanted| wanted.source == source);
        let mut camera = Vec::from_iter(is(Source::Microphone).then_some("audio"));
        if is(Source::Camera) {
            camera.push(match plan.layer {
                Layer::Quarter => "video-low",
                Layer::Half => "video",
                Layer::Full => {
                    bail!("Galène's simulcast has two layers: the full one is forwarded to nobody")
                }
            });
        }
        let screen = Vec::from_iter(is(Source::Screen).then_some("video"));
        let mut streams: Vec<String> = wanted.iter().map(|wanted| wanted.known.clone()).collect();
        streams.sort();
        streams.dedup();
        if streams.is_empty() {
            return Ok(Vec::new());
        }
        let client = self.client(room, participant)?;
        client.say(&json!({ "type": "request", "request": { "camera": camera, "screenshare": screen } }))?;
        let offers = client.told(&streams)?;
        let mut legs = Vec::new();
        for (stream, offer) in streams.iter().zip(offers) {
            let (mut leg, answer) = connection::receiving(&offer.sdp)?;
            connection::add_candidate(&mut leg, &offer.candidate)?;
            client.say(&json!({ "type": "answer", "id": stream, "sdp": answer }))?;
            legs.push(leg);
        }
        Ok(legs)
    }

    fn poll(&mut self) -> Result<()> {
        self.clients.values_mut().try_for_each(Client::poll)
    }

    fn empty(&mut self) -> Result<()> {
        self.rooms = Rooms::default();
        let mut clients = std::mem::take(&mut self.clients);
        clients.values_mut().try_for_each(Client::leave)?;
        clients.into_values().try_for_each(Client::gone)
    }
}

impl About {
    fn read(path: &Path) -> Result<Self> {
        let missing = || {
            format!(
                "{} has to say in its first line which version of Galène this is, and in its second how it was built",
                path.display()
            )
        };
        let text = std::fs::read_to_string(path).with_context(missing)?;
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let (version, build) = lines.next().zip(lines.next()).with_context(missing)?;
        Ok(Self { version: version.to_owned(), build: build.to_owned() })
    }
}

/// What a source is sent in, in the order of [`LAYERS`].
fn encodings(sends: Sends) -> Vec<(Sends, Option<Rid>)> {
    if sends.rids.is_empty() {
        return vec![(sends, None)];
    }
    LAYERS.map(|layer| (sends.clone(), Some(layer.rid().into()))).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_installs_it_has_to_say_which_one_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("about");
        let refused = About::read(&path).unwrap_err().to_string();
        assert!(refused.contains("first line") && refused.contains("about"), "{refused}");
        std::fs::write(&path, "1.0\n\n").unwrap();
        assert!(About::read(&path).is_err());
        std::fs::write(&path, "1.0\nfrom its source\n").unwrap();
        let about = About::read(&path).unwrap();
        assert_eq!((about.version.as_str(), about.build.as_str()), ("1.0", "from its source"));
    }
}
