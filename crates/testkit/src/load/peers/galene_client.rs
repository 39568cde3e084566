//! One person's signalling with Galène (its `galene-protocol.md`, version 2).

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tungstenite::{Error, Message, WebSocket};

use super::process;

/// For any answer, also while hundreds of people connect.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_micros(500);

/// A person in a group.
#[derive(Debug)]
pub(super) struct Client {
    socket: WebSocket<TcpStream>,
    joined: bool,
    streams: BTreeMap<String, Stream>,
}

/// How far a stream is, this person's own or another's. Others' that are not there are not wanted.
#[derive(Debug)]
enum Stream {
    /// Description and candidate, in the order in which they like to come.
    Awaited { sdp: Option<String>, candidate: Option<String> },
    /// Both were handed out.
    Told,
}

/// What Galène says of its side of a connection.
#[derive(Debug)]
pub(super) struct Telling {
    pub(super) sdp: String,
    pub(super) candidate: String,
}

impl Client {
    /// Comes into a group, where nobody else has this identifier.
    pub(super) fn join(port: u16, group: &str, id: &str) -> Result<Self> {
        let stream = process::connect(port).context("Galène")?;
        let (socket, _) = tungstenite::client(format!("ws://127.0.0.1:{port}/ws"), stream)
            .context("the WebSocket of Galène")?;
        socket.get_ref().set_nonblocking(true)?;
        let mut client = Self { socket, joined: false, streams: BTreeMap::new() };
        client.say(&json!({ "type": "handshake", "version": ["2"], "id": id }))?;
        client.say(&json!({ "type": "join", "kind": "join", "group": group, "username": id }))?;
        client.wait(|client| client.joined).context("not let in")?;
        Ok(client)
    }

    pub(super) fn say(&mut self, message: &Value) -> Result<()> {
        self.socket.send(Message::text(message.to_string())).context("the connection to Galène")
    }

    /// Waits until Galène has told its side of these streams' connections.
    pub(super) fn told(&mut self, streams: &[String]) -> Result<Vec<Telling>> {
        for stream in streams {
            self.streams.insert(stream.clone(), Stream::Awaited { sdp: None, candidate: None });
        }
        let is_told = |stream: &Stream| match stream {
            Stream::Awaited { sdp, candidate } => sdp.is_some() && candidate.is_some(),
            Stream::Told => true,
        };
        self.wait(|client| client.streams.values().all(is_told))?;
        let tell = |stream| match self.streams.insert(String::clone(stream), Stream::Told) {
            Some(Stream::Awaited { sdp: Some(sdp), candidate: Some(candidate) }) => {
                Ok(Telling { sdp, candidate })
            }
            _ => bail!("{stream} is waited for twice"),
        };
        streams.iter().map(tell).collect()
    }

    /// Hears what was said meanwhile.
    pub(super) fn poll(&mut self) -> Result<()> {
        while let Some(text) = self.read().context("the connection to Galène")? {
            self.hear(&serde_json::from_str(&text)?)?;
        }
        Ok(())
    }

    /// Says that it leaves.
    pub(super) fn leave(&mut self) -> Result<()> {
        Ok(self.socket.close(None)?)
    }

    /// Waits until Galène has let go of it.
    pub(super) fn gone(mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            ensure!(Instant::now() < deadline, "Galène lets nobody go");
            match self.read() {
                Ok(Some(_)) => {}
                Ok(None) => thread::sleep(PAUSE),
                Err(_) => return Ok(()),
            }
        }
    }

    fn wait(&mut self, done: impl Fn(&Self) -> bool) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.poll()?;
            if done(self) {
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "no answer of Galène; of the streams it has told {:?}",
                self.streams
            );
            thread::sleep(PAUSE);
        }
    }

    fn read(&mut self) -> tungstenite::Result<Option<String>> {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => return Ok(Some(text.to_string())),
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    fn hear(&mut self, message: &Value) -> Result<()> {
        let text = |name: &str| message[name].as_str().unwrap_or_default();
        let (id, kind) = (text("id"), text("kind"));
        match text("type") {
            "ping" => self.say(&json!({ "type": "pong" }))?,
            "joined" if kind == "join" => self.joined = true,
            "joined" if kind == "change" => {}
            "joined" | "abort" | "renegotiate" => bail!("Galène says {message}"),
            "usermessage" if kind == "error" => bail!("Galène says {message}"),
            "offer" | "answer" => match self.streams.get_mut(id) {
                Some(Stream::Awaited { sdp, .. }) => *sdp = Some(text("sdp").to_owned()),
                Some(Stream::Told) => bail!("Galène describes {id} once more"),
                None => self.say(&json!({ "type": "abort", "id": id }))?,
            },
            "ice" => {
                if let Some(Stream::Awaited { candidate, .. }) = self.streams.get_mut(id) {
                    *candidate =
                        message.pointer("/candidate/candidate").and_then(Value::as_str).map(Into::into);
                }
            }
            // Before anything was asked for, Galène says of each stream that it is closed.
            "close" if matches!(self.streams.get(id), Some(Stream::Told)) => bail!("Galène ends {id}"),
            // News about people, and the talk of others.
            _ => {}
        }
        Ok(())
    }
}
