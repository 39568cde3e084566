//! One person's sound: sealed as pages seal it, sent by WebRTC, and the others' opened again.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::Context;
use incamera_conference::wire::{Source, SourceSection};
use str0m::change::SdpAnswer;
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Output, Rtc};

use crate::sframe::{Opener, Sealer};
use crate::{MediaKey, Person};

/// What a sound has in it, where no microphone made one.
pub type Voice = [u8; 24];

/// One sound of Opus (RFC 7587).
const INTERVAL: Duration = Duration::from_millis(20);
const STEP: u32 = 960;
/// Packets taken in one go, so that others have their turn.
const BURST: usize = 64;

/// Somebody's connection for sound.
pub struct Sound {
    rtc: Rtc,
    socket: UdpSocket,
    address: SocketAddr,
    mid: Mid,
    format: Option<Pt>,
    voice: Voice,
    key: Option<MediaKey>,
    sealer: Option<Sealer>,
    opener: Opener,
    connected: bool,
    next: Instant,
    timestamp: u32,
    password: String,
    /// Sounds that were sent, sealed.
    pub sent: u64,
    /// Sounds that came and could be opened.
    pub opened: u64,
}

impl Sound {
    /// Offers it to the server. Nothing flows before [`Self::drive`].
    ///
    /// # Errors
    /// The address is not this machine's; the server gives no answer in time.
    pub fn connect(
        person: &mut Person,
        from: Ipv4Addr,
        voice: Voice,
        patience: Duration,
    ) -> anyhow::Result<Self> {
        let socket = UdpSocket::bind((from, 0)).context("cannot take an address of this machine")?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        let now = Instant::now();
        let mut rtc = Rtc::builder().set_rtp_mode(true).build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp")?);
        let mut api = rtc.sdp_api();
        let mid = api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
        api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
        let (sdp, pending) = api.apply().context("an offer of nothing")?;
        // Pages keep their addresses to themselves.
        let sdp = sdp.to_sdp_string();
        let sdp: String =
            sdp.split_inclusive("\r\n").filter(|line| !line.starts_with("a=candidate")).collect();
        let password = sdp.lines().find_map(|line| line.strip_prefix("a=ice-pwd:"));
        let password = password.context("an offer without a password")?.trim().to_owned();
        let sources = vec![SourceSection { mid: mid.to_string(), source: Source::Microphone }];
        let answer = person.offer(&sdp, sources, patience)?;
        rtc.sdp_api().accept_answer(pending, SdpAnswer::from_sdp_string(&answer)?)?;
        let format = rtc.codec_config().params().iter().find(|one| one.spec().codec == Codec::Opus);
        let format = format.map(|one| one.pt());
        Ok(Self {
            rtc,
            socket,
            address,
            mid,
            format,
            voice,
            key: None,
            sealer: None,
            opener: Opener::default(),
            connected: false,
            next: now,
            timestamp: 0,
            password,
            sent: 0,
            opened: 0,
        })
    }

    /// What proves to the server who sends (RFC 8445, section 5.3). In clear it is in the signalling alone.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// From which port it comes.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Seals with this key from now on, and opens what is sealed with it.
    pub fn hold(&mut self, key: &MediaKey) {
        if self.key.as_ref() != Some(key) {
            self.sealer = Some(Sealer::new(key, Source::Microphone));
            self.opener.hold(key);
            self.key = Some(key.clone());
        }
    }

    /// Takes what has come, and sends what is due. To be called every few milliseconds.
    ///
    /// # Errors
    /// The connection broke down.
    pub fn drive(&mut self) -> anyhow::Result<()> {
        let mut buffer = [0; 2048];
        for _ in 0..BURST {
            let Ok((length, from)) = self.socket.recv_from(&mut buffer) else { break };
            let Ok(receive) = Receive::new(Protocol::Udp, from, self.address, &buffer[..length]) else {
                continue;
            };
            self.rtc.handle_input(Input::Receive(Instant::now(), receive))?;
            self.drain()?;
        }
        let now = Instant::now();
        if self.connected && now >= self.next {
            self.next = now + INTERVAL;
            self.send(now);
        }
        self.rtc.handle_input(Input::Timeout(now))?;
        self.drain()
    }

    fn send(&mut self, now: Instant) {
        let (Some(sealer), Some(format)) = (&mut self.sealer, self.format) else { return };
        let payload = sealer.seal(false, &self.voice);
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_tx_by_mid(self.mid, None) else { return };
        self.timestamp = self.timestamp.wrapping_add(STEP);
        self.sent += 1;
        stream.write_rtp(RtpWrite::new(format, self.sent.into(), self.timestamp, now, payload));
    }

    fn drain(&mut self) -> anyhow::Result<()> {
        loop {
            match self.rtc.poll_output()? {
                // Whoever drives looks again soon in any case.
                Output::Timeout(_) => return Ok(()),
                Output::Transmit(transmit) => {
                    // What a full socket does not take is lost, as on any network.
                    let _ = self.socket.send_to(&transmit.contents, transmit.destination);
                }
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::RtpPacket(packet)) => {
                    let opened = self.opener.open(false, &packet.payload);
                    self.opened += u64::from(opened.is_ok());
                }
                Output::Event(_) => {}
            }
        }
    }
}
