//! The meeting of the proof: two people without a browser, who come in by the server's own port as everybody does.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use incamera_conference::ids::MeetingId;
use incamera_conference::text;
use incamera_conference::wire::{Act, Source};
use incamera_e2ee::account::{RecoveryCode, split_password};
use incamera_e2ee::envelope::Label;
use incamera_e2ee::meeting::MeetingKeys;
use incamera_participant::{Connector, Guise, Meeting, Person, Sound, random};
use serde::Serialize;
use serde_json::json;

use super::canaries::{Attendant, Canaries};
use super::forms::Needle;
use crate::verify::Trust;
use crate::verify::certificate::client_config;

/// Longer than any step takes.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at a connection.
const PAUSE: Duration = Duration::from_millis(1);

/// Where the meeting is held, and by whose leave.
pub(super) struct Venue {
    /// The server's port on this machine.
    pub(super) door: SocketAddr,
    /// The account's name.
    pub(super) account: String,
    /// By which the account is made.
    pub(super) token: String,
    /// How long sound is sent.
    pub(super) length: Duration,
}

/// What the meeting was.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Held {
    /// How many were in it.
    pub(super) people: usize,
    /// Lines of chat that the other one read.
    pub(super) lines_read: usize,
    /// Sounds that were sent, sealed.
    pub(super) sounds_sent: u64,
    /// Sounds that came to the other one, and could be opened there.
    pub(super) sounds_opened: u64,
}

/// Holds it. `during` is called while all are in. What the server was shown besides what was drawn beforehand is added to
/// the traces.
pub(super) fn hold(
    venue: &Venue,
    canaries: &Canaries,
    needles: &mut Vec<Needle>,
    during: impl FnOnce(&[Needle]) -> anyhow::Result<()>,
) -> anyhow::Result<Held> {
    // A server that was just started has a certificate of its own, for which nobody vouches.
    let (config, _) = client_config(Trust::Anybody)?;
    let connector = Connector::new(config);
    let cookie =
        enrol(&connector, venue, canaries).context(
        "the account for the meeting could not be made. Look with `incamera doctor`, whether the server runs and is open",
    )?;
    note_cookie(needles, &cookie);
    let planner = Planner { connector: &connector, venue, canaries, cookie: &cookie };
    let meeting = planner
        .plan(&canaries.meeting, &canaries.title, false, needles)
        .and_then(|meeting| {
            planner.plan(&canaries.kept, &canaries.kept_title, true, needles).map(|_| meeting)
        })
        .context("the meeting could not be made")?;

    let host = canaries.seed.signing_key();
    let mut people = Vec::new();
    for (attendant, host) in [(&canaries.host, Some(host)), (&canaries.guest, None)] {
        let cookie = host.is_some().then_some(cookie.as_str());
        let from = IpAddr::V4(attendant.address);
        let channel = connector.websocket(from, venue.door, "/api/ws", cookie)?;
        let port = channel.local()?.port();
        let guise = Guise::new(&meeting, &attendant.name, host)?;
        needles.push(Needle::bytes("a person's key", &guise.identity.verifying_key().to_bytes()));
        needles.push(Needle::bytes("a sealed name", guise.name.as_bytes()));
        let mut person = Person::new(channel, meeting.clone(), guise);
        come_in(&mut person, &mut people).context("not let into the meeting")?;
        let sound = Sound::connect(&mut person, attendant.address, attendant.voice, PATIENCE)?;
        needles.push(Needle::text("a password of the connection for sound", sound.password()));
        needles.push(Needle::address("an address", attendant.address, vec![port, sound.port()]));
        people.push((person, sound));
        // Who is in already follows, so that the next one can come into the group.
        let expected = people.len();
        until(&mut people, "the encrypted group was not made", |people| {
            people.iter().all(|(person, _)| person.people() == expected && person.key().is_some())
        })?;
    }

    for ((person, _), attendant) in people.iter_mut().zip([&canaries.host, &canaries.guest]) {
        introduce(person, attendant, needles)?;
    }
    until(&mut people, "a line of chat did not arrive", |people| {
        people.iter().all(|(person, _)| read(person) > 0)
    })?;
    sound(&mut people, venue.length)?;
    during(needles)?;

    let held = Held {
        people: people.len(),
        lines_read: people.iter().map(|(person, _)| read(person)).sum(),
        sounds_sent: people.iter().map(|(_, sound)| sound.sent).sum(),
        sounds_opened: people.iter().map(|(_, sound)| sound.opened).sum(),
    };
    // For everybody, as the host does it. Connections end by it.
    let (host, _) = people.first_mut().context("nobody is in")?;
    host.act(Act::EndForAll)?;
    let deadline = Instant::now() + PATIENCE;
    while host.poll().is_ok() {
        if Instant::now() > deadline {
            bail!("the meeting could not be ended");
        }
        std::thread::sleep(PAUSE);
    }
    drop(people);
    let from = IpAddr::V4(canaries.host.address);
    connector.post(from, venue.door, "/api/sign-out", Some(&cookie), &json!({}))?;
    Ok(held)
}

/// As the page of a new host does it.
fn enrol(connector: &Connector, venue: &Venue, canaries: &Canaries) -> anyhow::Result<String> {
    let salt: [u8; 16] = random()?;
    let (sign_in, wrapping) = split_password(&canaries.account_password, &salt);
    let recovery = RecoveryCode::from_bytes(random()?).wrapping_key();
    let body = json!({
        "token": venue.token, "name": venue.account, "salt": text::encode(&salt),
        "signInKey": text::encode(sign_in.as_bytes()),
        "hostKey": text::encode(&canaries.seed.signing_key().verifying_key().to_bytes()),
        "wrappedByPassword": text::encode(&wrapping.wrap(&canaries.seed, random()?)),
        "wrappedByRecovery": text::encode(&recovery.wrap(&canaries.seed, random()?)),
    });
    let from = IpAddr::V4(canaries.host.address);
    let (cookie, _) = connector.post(from, venue.door, "/api/enrol", None, &body)?;
    cookie.context("the server did not sign the new host in")
}

fn note_cookie(needles: &mut Vec<Needle>, cookie: &str) {
    if let Some((_, token)) = cookie.split_once('=') {
        needles.push(Needle::text("the host's sign-in", token));
        if let Ok(bytes) = text::decode(token) {
            needles.push(Needle::bytes("the host's sign-in", &bytes));
        }
    }
}

/// Waits until the server lets somebody in: the host at once, and everybody else when the host lets them in.
fn come_in(person: &mut Person, inside: &mut [(Person, Sound)]) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut admitted = false;
    while person.me.is_none() {
        person.poll()?;
        for (host, sound) in inside.iter_mut() {
            host.poll()?;
            sound.drive()?;
            if let Some(knock) = host.knocks.first().copied().filter(|_| !admitted) {
                host.act(Act::Admit { knock })?;
                admitted = true;
            }
        }
        if Instant::now() > deadline {
            bail!("the server did not answer in time");
        }
        std::thread::sleep(PAUSE);
    }
    anyhow::ensure!(admitted || inside.is_empty(), "nobody had to wait in the lobby");
    Ok(())
}

/// Makes meetings, as the host's page does it.
struct Planner<'a> {
    connector: &'a Connector,
    venue: &'a Venue,
    canaries: &'a Canaries,
    /// By which the host is signed in.
    cookie: &'a str,
}

impl Planner<'_> {
    /// With a password, and a lobby.
    fn plan(&self, id: &str, name: &str, kept: bool, needles: &mut Vec<Needle>) -> anyhow::Result<Meeting> {
        let Self { connector, venue, canaries, cookie } = *self;
        let keys = MeetingKeys::derive(id, &canaries.secret, Some(&canaries.password));
        let host_key = canaries.seed.signing_key().verifying_key().to_bytes();
        let title = keys.envelope.seal(Label::Title, id, name.as_bytes(), random()?);
        let storage = canaries.seed.storage_key();
        let record = storage.seal(Label::Record, id, name.as_bytes(), random()?);
        needles.extend([
            Needle::bytes("what the link lets in by", keys.admission.as_bytes()),
            Needle::bytes("the hash of what the link lets in by", &keys.admission.hash()),
            Needle::bytes("the sealed title", &title),
            Needle::bytes("the host's sealed note", &record),
        ]);
        let body = json!({
            "id": id, "kept": kept, "admission": text::encode(&keys.admission.hash()),
            "title": text::encode(&title), "record": text::encode(&record),
            "settings": {
                "lobby": true, "locked": false, "earlyStart": true, "unmute": true,
                "video": true, "screen": true, "chat": true, "rename": true,
            },
        });
        let from = IpAddr::V4(canaries.host.address);
        connector.post(from, venue.door, "/api/meetings", Some(cookie), &body)?;
        Ok(Meeting::new(MeetingId::parse(id)?, keys, host_key, name.to_owned()))
    }
}

/// Says who they are, and one line, as pages do.
fn introduce(person: &mut Person, attendant: &Attendant, needles: &mut Vec<Needle>) -> anyhow::Result<()> {
    let contents = [
        json!({ "type": "profile", "name": attendant.name, "hand": null }),
        json!({ "type": "chat", "text": attendant.line }),
    ];
    for content in contents {
        let body = person.tell(content.to_string().as_bytes())?;
        needles.push(Needle::bytes("a sealed line", body.as_bytes()));
    }
    Ok(())
}

/// How many lines of chat somebody could open.
fn read(person: &Person) -> usize {
    let is_chat = |content: &&Vec<u8>| {
        serde_json::from_slice::<serde_json::Value>(content).is_ok_and(|content| content["type"] == "chat")
    };
    person.heard.iter().filter(is_chat).count()
}

fn sound(people: &mut [(Person, Sound)], length: Duration) -> anyhow::Result<()> {
    for (person, _) in people.iter_mut() {
        person.act(Act::Switch { source: Source::Microphone, on: true })?;
    }
    let deadline = Instant::now() + PATIENCE;
    let mut until = None;
    loop {
        for (person, sound) in people.iter_mut() {
            person.poll()?;
            if let Some(key) = person.key() {
                sound.hold(&key);
            }
            sound.drive()?;
        }
        let now = Instant::now();
        if until.is_none() && people.iter().all(|(_, sound)| sound.opened > 0) {
            until = Some(now + length);
        }
        match until {
            Some(until) if now > until => return Ok(()),
            None if now > deadline => bail!(
                "no sound came through. Look with `incamera doctor`, whether anything keeps datagrams from the server's port"
            ),
            _ => std::thread::sleep(PAUSE),
        }
    }
}

fn until(
    people: &mut [(Person, Sound)],
    otherwise: &'static str,
    is: impl Fn(&[(Person, Sound)]) -> bool,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        for (person, sound) in people.iter_mut() {
            person.poll()?;
            sound.drive()?;
        }
        if is(people) {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!(otherwise);
        }
        std::thread::sleep(PAUSE);
    }
}

/// The server's port as it is reached from this machine's own addresses.
pub(super) fn door(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
