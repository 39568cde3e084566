//! mediasoup: a worker process, which forwards, behind a Node program that only signals.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use incamera_conference::wire::Source;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use str0m::Rtc;
use str0m::media::Rid;

use super::connection::{self, Publishing};
use super::ortc::{Consumer, Encoding, Retransmissions, RtpParameters, Transport};
use super::process::{Process, free_port};
use super::rooms::Rooms;
use crate::load::system::{Description, Layer, Leg, Plan, Sends, System};
use crate::load::workload::Streams;

/// Bits per second of a voice, headers included.
const SOUND: u32 = 100_000;

/// A running mediasoup with one worker and one port.
#[derive(Debug)]
pub(in crate::load) struct Mediasoup {
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    next: u64,
    worker: u32,
    node: String,
    rooms: Rooms<()>,
    // After the pipes, so that the program is still there when they close.
    _process: Process,
}

impl Mediasoup {
    /// Starts on a core what `peers/install` has put into this folder.
    pub(in crate::load) fn start(peers: &Path, core: usize) -> Result<Self> {
        let folder = peers.join("mediasoup");
        let mut process = Process::start(
            core,
            Command::new("node")
                .arg("server.mjs")
                .arg(free_port()?.to_string())
                .env("MEDIASOUP_WORKER_BIN", folder.join("mediasoup-worker"))
                .current_dir(&folder)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped()),
        )?;
        let requests = process.0.stdin.take().context("no standard input")?;
        let mut answers = BufReader::new(process.0.stdout.take().context("no standard output")?);
        let Ready { ready } = read(&mut answers).context("mediasoup does not start")?;
        Ok(Self {
            requests,
            answers,
            next: 0,
            worker: ready.worker,
            node: ready.node,
            rooms: Rooms::default(),
            _process: process,
        })
    }

    /// Asks for another layer of all cameras that a participant receives.
    #[cfg(test)]
    pub(super) fn prefer(&mut self, room: usize, participant: usize, layer: Layer) -> Result<()> {
        let layer = layer as usize;
        self.ask("prefer", json!({ "room": room, "participant": participant, "layer": layer }))?;
        Ok(())
    }

    fn ask(&mut self, method: &str, mut request: Value) -> Result<Value> {
        self.next += 1;
        request["id"] = self.next.into();
        request["method"] = method.into();
        writeln!(self.requests, "{request}")?;
        let answer: Answer = read(&mut self.answers)?;
        match answer.error {
            None if answer.id == self.next => Ok(answer.result),
            None => bail!("an answer to request {} after request {}", answer.id, self.next),
            Some(error) => bail!("mediasoup refuses {method}: {error}"),
        }
    }
}

impl System for Mediasoup {
    fn description(&self) -> Description {
        Description {
            name: "mediasoup".into(),
            version: "3.15.8".into(),
            build: "from the npm package's source as its release build, with Debian's libraries and libsrtp 2.5.0 on \
                    OpenSSL"
                .into(),
            settings: format!(
                "one worker; WebRtcServer: one UDP socket for all, with buffers of 4 MiB; io_uring as by default; the \
                 estimate of the outgoing bitrate never below what the asked layers take; VP8 with RTX, NACK and PLI; \
                 transport-wide congestion control; no audio level extension; SRTP AEAD_AES_256_GCM. Node {}, which \
                 only signals, is not counted.",
                self.node
            ),
        }
    }

    fn processes(&self) -> Vec<u32> {
        vec![self.worker]
    }

    fn enter(&mut self, room: usize, participant: usize, plan: &Plan) -> Result<Vec<Leg>> {
        self.rooms.enter(room, participant, plan);
        let Some(mut publishing) = Publishing::new(plan, &Layer::ALL)? else { return Ok(Vec::new()) };
        let fingerprint = publishing.fingerprint();
        let request = json!({ "room": room, "participant": participant, "fingerprint": fingerprint });
        let transport: Transport = serde_json::from_value(self.ask("publish", request)?)?;
        let answer = transport.answer(publishing.offer());
        let offer = publishing.offer().to_owned();
        let mut leg = publishing.accept(&answer)?;
        for sends in leg.sends.clone() {
            let parameters = RtpParameters::offered(&offer, &sends.mid, encodings(&mut leg.rtc, &sends)?);
            let parameters = parameters.context("a section that was not offered")?;
            let kind = if sends.source.is_video() { "video" } else { "audio" };
            self.ask(
                "produce",
                json!({
                    "room": room,
                    "participant": participant,
                    "source": name(sends.source),
                    "kind": kind,
                    "rtpParameters": parameters,
                }),
            )?;
            self.rooms.publish(room, participant, sends.source, ());
        }
        Ok(vec![leg])
    }

    fn watch(&mut self, room: usize, participant: usize) -> Result<Vec<Leg>> {
        let (plan, wanted) = self.rooms.wanted(room, participant)?;
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let sources: Vec<String> =
            wanted.iter().map(|wanted| format!("{} {}", wanted.publisher, name(wanted.source))).collect();
        let rate = |source| Streams.rate(source, plan.layer).map_or(SOUND, |rate| rate.bits);
        let bitrate: u32 = wanted.iter().map(|wanted| rate(wanted.source)).sum();
        let request = json!({
            "room": room,
            "participant": participant,
            "sources": sources,
            "layer": plan.layer as usize,
            "bitrate": bitrate,
        });
        let Receive { transport, consumers } = serde_json::from_value(self.ask("receive", request)?)?;
        let (mut leg, _) = connection::receiving(&transport.offer(&consumers))?;
        let fingerprint = connection::fingerprint(&mut leg.rtc);
        let request = json!({ "room": room, "participant": participant, "fingerprint": fingerprint });
        self.ask("connect", request)?;
        Ok(vec![leg])
    }

    fn poll(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The first line.
#[derive(Debug, Deserialize)]
struct Ready {
    ready: Started,
}

#[derive(Debug, Deserialize)]
struct Started {
    worker: u32,
    node: String,
}

#[derive(Debug, Deserialize)]
struct Answer {
    id: u64,
    #[serde(default)]
    result: Value,
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Receive {
    transport: Transport,
    consumers: Vec<Consumer>,
}

fn read<T: DeserializeOwned>(answers: &mut BufReader<ChildStdout>) -> Result<T> {
    let mut line = String::new();
    answers.read_line(&mut line)?;
    serde_json::from_str(&line).with_context(|| format!("an answer of mediasoup: {line:?}"))
}

fn name(source: Source) -> &'static str {
    match source {
        Source::Microphone => "microphone",
        Source::Camera => "camera",
        Source::Screen => "screen",
        Source::ScreenAudio => "screen audio",
    }
}

/// The layers, or the numbers of the only stream.
fn encodings(rtc: &mut Rtc, sends: &Sends) -> Result<Vec<Encoding>> {
    if !sends.rids.is_empty() {
        let layer = |rid: &Rid| Encoding { rid: Some(rid.to_string()), ..Encoding::default() };
        return Ok(sends.rids.iter().map(layer).collect());
    }
    let mut api = rtc.direct_api();
    let stream = api.stream_tx_by_mid(sends.mid, None).context("nothing is sent")?;
    let rtx = stream.rtx().map(|ssrc| Retransmissions { ssrc: *ssrc });
    Ok(vec![Encoding { ssrc: Some(*stream.ssrc()), rtx, ..Encoding::default() }])
}
