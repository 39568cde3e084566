//! incamera itself: the program with a host account in a folder that is deleted afterwards, and people who come in as
//! pages do.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use ed25519_dalek::SigningKey;
use incamera_conference::limits::{AUDIO_SLOTS, OWNER_SEATS, PARTICIPANTS, VIDEO_SLOTS};
use incamera_conference::text;
use incamera_conference::wire::{Act, ClientMessage, Source, SourceSection, TileSize, Watch};
use incamera_e2ee::link::MeetingSecret;
use incamera_e2ee::meeting::MeetingKeys;
use incamera_participant::{Connector, Guise, Meeting, Person};
use serde_json::json;
use str0m::change::SdpAnswer;
use str0m::media::{Direction, MediaKind, Simulcast, SimulcastLayer};
use str0m::{Candidate, Rtc};

use super::kernel;
use super::system::{Description, Layer, Leg, MediaKey, Plan, Sends, System, bare, seen_by};
use crate::AnyCertificate;

/// Longer than any step of the signalling takes.
const PATIENCE: Duration = Duration::from_secs(20);
/// From where the host makes account and meetings.
const LOCAL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
/// How long to wait before looking at a connection again.
const PAUSE: Duration = Duration::from_micros(100);

/// A running server.
pub(super) struct Incamera {
    child: Child,
    /// It prints a line when it stops, and must be able to.
    _stdout: BufReader<ChildStdout>,
    _state: tempfile::TempDir,
    binary: PathBuf,
    address: SocketAddr,
    connector: Connector,
    cookie: String,
    host: SigningKey,
    /// Tells the addresses of this system's people from those of others.
    network: u8,
    rooms: HashMap<usize, Room>,
}

struct Room {
    meeting: Meeting,
    people: HashMap<usize, (Person, Plan)>,
}

impl Incamera {
    /// Starts the program on a core and makes the host's account. People come from 127.`network`.0.0/16.
    pub(super) fn start(binary: &Path, core: usize, network: u8) -> anyhow::Result<Self> {
        let state = tempfile::tempdir()?;
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--shards", "1", "--state"]);
        command.arg(state.path().join("state")).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = kernel::spawn_on(core, &mut command)?;
        let mut stdout = BufReader::new(child.stdout.take().context("no output")?);
        let (address, token) = announced(&mut stdout)?;
        let connector = Connector::new(AnyCertificate::config()?);
        let host = SigningKey::from_bytes(&incamera_participant::random()?);
        let enrol = json!({
            "token": token, "name": "Load", "salt": text::encode(&[1; 16]),
            "signInKey": text::encode(&[2; 32]),
            "hostKey": text::encode(&host.verifying_key().to_bytes()),
            "wrappedByPassword": text::encode(&[3; 60]), "wrappedByRecovery": text::encode(&[4; 60]),
        });
        let (cookie, _) = connector.post(LOCAL, address, "/api/enrol", None, &enrol)?;
        let cookie = cookie.context("no sign-in")?;
        Ok(Self {
            child,
            _stdout: stdout,
            _state: state,
            binary: binary.to_owned(),
            address,
            connector,
            cookie,
            host,
            network,
            rooms: HashMap::new(),
        })
    }

    fn make_room(&mut self, room: usize) -> anyhow::Result<Room> {
        let letter = |position: u32| char::from(b'a' + (room >> (4 * position) & 15) as u8);
        let id: String = (0..4).map(letter).chain("loadloadload".chars()).collect();
        let keys = MeetingKeys::derive(&id, &MeetingSecret::from_bytes([room as u8; 16]), None);
        let host_key = self.host.verifying_key().to_bytes();
        let parsed = incamera_conference::ids::MeetingId::parse(&id)?;
        let meeting = Meeting::new(parsed, keys, host_key, "Load".to_owned());
        let new = json!({
            "id": id, "kept": true, "admission": text::encode(&meeting.keys.admission.hash()),
            "title": text::encode(&[5; 92]), "record": text::encode(&[6; 156]),
            "settings": {
                "lobby": false, "locked": false, "earlyStart": true, "unmute": true,
                "video": true, "screen": true, "chat": true, "rename": true,
            },
        });
        self.connector.post(LOCAL, self.address, "/api/meetings", Some(&self.cookie), &new)?;
        Ok(Room { meeting, people: HashMap::new() })
    }

    /// An address of one's own: the server counts connections and seats by origin.
    fn origin(&self, room: usize, participant: usize) -> IpAddr {
        let number = (room * 1000 + participant) as u16 + 10;
        let [high, low] = number.to_be_bytes();
        IpAddr::from([127, self.network, high, low])
    }
}

/// Reads the address and the one-time token off what the program prints.
fn announced(stdout: &mut impl BufRead) -> anyhow::Result<(SocketAddr, String)> {
    let (mut address, mut token) = (None, None);
    for line in stdout.lines() {
        let line = line?;
        if let Some((_, port)) = line.split_once("Open:        https://localhost:") {
            address = Some(SocketAddr::from(([127, 0, 0, 1], port.trim_end_matches('/').parse()?)));
        } else if let Some((_, fragment)) = line.split_once("/enrol#") {
            token = Some(fragment.trim().to_owned());
        } else if line.contains("safe to go on") {
            break;
        }
    }
    Ok((address.context("the server did not start")?, token.context("the server has a host already")?))
}

/// The peer connection of a page, and its offer.
fn connection(plan: &Plan, address: SocketAddr) -> anyhow::Result<Offered> {
    let mut rtc = bare().build(Instant::now());
    rtc.add_local_candidate(Candidate::host(address, "udp")?);
    let mut api = rtc.sdp_api();
    let mut sends = Vec::new();
    for source in plan.sources() {
        let kind = if source.is_video() { MediaKind::Video } else { MediaKind::Audio };
        let rids = match source {
            Source::Camera => Layer::ALL.map(|layer| layer.rid().into()).to_vec(),
            _ => Vec::new(),
        };
        let simulcast = (source == Source::Camera).then(|| Simulcast {
            send: Layer::ALL.iter().map(|layer| SimulcastLayer::new(layer.rid())).collect(),
            recv: Vec::new(),
        });
        let mid = api.add_media(kind, Direction::SendOnly, None, None, simulcast);
        sends.push(Sends { source, mid, rids });
    }
    if plan.hears > AUDIO_SLOTS || plan.sees > VIDEO_SLOTS {
        bail!("incamera has {AUDIO_SLOTS} slots for sound and {VIDEO_SLOTS} for pictures");
    }
    for _ in 0..plan.hears {
        api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
    }
    for _ in 0..plan.sees {
        api.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
    }
    let (offer, pending) = api.apply().context("a participant that neither sends nor receives")?;
    // Pages keep their addresses to themselves.
    let sdp = offer.to_sdp_string();
    let sdp = sdp.split_inclusive("\r\n").filter(|line| !line.starts_with("a=candidate")).collect();
    Ok(Offered { rtc, sdp, pending, sends })
}

struct Offered {
    rtc: Rtc,
    sdp: String,
    pending: str0m::change::SdpPendingOffer,
    sends: Vec<Sends>,
}

impl System for Incamera {
    fn description(&self) -> Description {
        let version = Command::new(&self.binary).arg("--version").output();
        let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        Description {
            name: "incamera".into(),
            version: version.unwrap_or_default(),
            build: "cargo build --release".into(),
            settings: format!(
                "one shard; DTLS 1.2, SRTP AES-GCM; one connection for both directions; real signalling over TLS. \
                 Publishers and the sampled receivers are in the encrypted group; the others ask once to be added and \
                 nobody does, which costs a message of a few hundred bytes in five seconds. At most {PARTICIPANTS} \
                 people a meeting, {VIDEO_SLOTS} videos and {AUDIO_SLOTS} voices each."
            ),
        }
    }

    fn processes(&self) -> Vec<u32> {
        vec![self.child.id()]
    }

    fn enter(&mut self, room: usize, participant: usize, plan: &Plan) -> anyhow::Result<Vec<Leg>> {
        if !self.rooms.contains_key(&room) {
            let made = self.make_room(room)?;
            self.rooms.insert(room, made);
        }
        // The last seats are for the owner's pages alone.
        let owner = participant >= PARTICIPANTS - OWNER_SEATS;
        let cookie = owner.then_some(self.cookie.as_str());
        let origin = self.origin(room, participant);
        let channel = self.connector.websocket(origin, self.address, "/api/ws", cookie)?;
        let meeting = self.rooms[&room].meeting.clone();
        let in_group = plan.sampled || !plan.sources().is_empty();
        let guise = Guise { in_group, ..Guise::new(&meeting, "Load", None)? };
        let mut person = Person::new(channel, meeting, guise);
        person.wait(PATIENCE, |person| person.me.is_some()).context("not let in")?;

        let socket = UdpSocket::bind(SocketAddr::new(origin, 0))?;
        let Offered { mut rtc, sdp, pending, sends } = connection(plan, socket.local_addr()?)?;
        let section = |sends: &Sends| SourceSection { mid: sends.mid.to_string(), source: sends.source };
        let sources = sends.iter().map(section).collect();
        let answer = person.offer(&sdp, sources, PATIENCE)?;
        rtc.sdp_api().accept_answer(pending, SdpAnswer::from_sdp_string(&answer)?)?;
        for source in plan.sources() {
            person.act(Act::Switch { source, on: true })?;
        }

        let people = &mut self.rooms.get_mut(&room).context("no such room")?.people;
        let deadline = Instant::now() + PATIENCE;
        while in_group && person.key().is_none() {
            // Members have to follow before the next one comes in.
            for (other, _) in people.values_mut().filter(|(other, _)| other.in_group()) {
                other.poll()?;
            }
            person.poll()?;
            if Instant::now() > deadline {
                bail!("not let into the encrypted group");
            }
            std::thread::sleep(PAUSE);
        }
        people.insert(participant, (person, *plan));
        Ok(vec![Leg { rtc, socket, receives: plan.hears + plan.sees > 0, sends }])
    }

    fn watch(&mut self, room: usize, participant: usize) -> anyhow::Result<Vec<Leg>> {
        let people = &mut self.rooms.get_mut(&room).context("no such room")?.people;
        let mut shown: Vec<(usize, Source)> = Vec::new();
        for (number, (_, plan)) in people.iter() {
            shown.extend(
                plan.sources().into_iter().filter(|source| source.is_video()).map(|one| (*number, one)),
            );
        }
        shown.sort();
        let (_, plan) = people.get(&participant).context("no such participant")?;
        let size = match plan.layer {
            Layer::Quarter => TileSize::Small,
            Layer::Half => TileSize::Medium,
            Layer::Full => TileSize::Large,
        };
        let publishers: Vec<usize> = shown.iter().map(|(number, _)| *number).collect();
        let seen = seen_by(participant, &publishers, plan.sees);
        let videos: Vec<Watch> = seen
            .into_iter()
            .filter_map(|number| {
                let (_, source) = shown.iter().find(|(other, _)| *other == number)?;
                Some(Watch { participant: people.get(&number)?.0.me?, source: *source, size })
            })
            .collect();
        if !videos.is_empty() {
            let (person, _) = people.get_mut(&participant).context("no such participant")?;
            person.say(&ClientMessage::Watch { videos })?;
        }
        Ok(Vec::new())
    }

    fn poll(&mut self) -> anyhow::Result<()> {
        for (number, room) in &mut self.rooms {
            for (participant, (person, _)) in &mut room.people {
                person.poll().with_context(|| format!("participant {participant} of room {number}"))?;
            }
        }
        Ok(())
    }

    fn empty(&mut self) -> anyhow::Result<()> {
        for room in self.rooms.values_mut() {
            for (_, (mut person, _)) in room.people.drain() {
                person.act(Act::Leave)?;
                // What was not read would reset the connection, and the server not hear of it.
                let deadline = Instant::now() + PATIENCE;
                while person.poll().is_ok() && Instant::now() < deadline {
                    std::thread::sleep(PAUSE);
                }
            }
        }
        Ok(())
    }

    fn media_key(&self, room: usize, participant: usize) -> Option<MediaKey> {
        self.rooms.get(&room)?.people.get(&participant)?.0.key()
    }
}

impl Drop for Incamera {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
