//! One TURN connection: bytes in, datagrams to the media; datagrams of the media, bytes out.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;

use incamera_media::ShardId;
use incamera_turn::{Family, Relay, Setup};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, WriteHalf};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tokio_rustls::server::TlsStream;

use super::pace::Pace;
use super::{Relays, Returning, Share};
use crate::app::{Client, Reach};
use crate::bytes;
use crate::limits;
use crate::shard::{Shards, Stray};

/// Bytes that are read at once.
const READ: usize = 16 * 1024;
/// Datagrams that are written together.
const TOGETHER: usize = 32;
/// Bytes that the kernel keeps before it calls a socket full: what it has, nobody can drop any more when it is late.
const UNSENT: u32 = 32 * 1024;

/// What a TURN connection needs.
#[derive(Clone)]
pub struct RelayConnection {
    /// Where it is one of many.
    pub relays: Relays,
    /// Where the media is.
    pub shards: Shards,
    /// At which addresses the media seems to be.
    pub reach: Arc<Reach>,
}

/// What waits to be written.
#[derive(Default)]
struct Unwritten {
    bytes: Vec<u8>,
    done: usize,
    /// Whether the TLS layer may still have some of it.
    flushing: bool,
    /// When something was last written, or there was nothing to write.
    progress: Option<Instant>,
}

impl Unwritten {
    fn is_empty(&self) -> bool {
        self.rest().is_empty() && !self.flushing
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.done..]
    }

    /// Writes a part of it. `false`: it cannot be written. Loses nothing where it is not waited for to the end.
    async fn write(&mut self, writer: &mut WriteHalf<&mut TlsStream<TcpStream>>) -> bool {
        if self.rest().is_empty() {
            let flushed = writer.flush().await;
            self.flushing = false;
            return flushed.is_ok();
        }
        let Ok(count @ 1..) = writer.write(self.rest()).await else { return false };
        self.done += count;
        self.progress = Some(Instant::now());
        true
    }
}

impl RelayConnection {
    /// Serves it until it ends. `first`: what was read of it.
    pub async fn serve(
        self,
        mut stream: TlsStream<TcpStream>,
        first: &[u8],
        client: &Client,
        mut stopping: watch::Receiver<bool>,
    ) {
        // Best effort: without it what is late is dropped later.
        #[cfg(target_os = "linux")]
        let _ = socket2::SockRef::from(stream.get_ref().0).set_tcp_notsent_lowat(UNSENT);
        let (seat, mut returning) = self.relays.enter();
        let peers = self.reach.candidates(client.local);
        let family = Family::of(client.local);
        let setup = Setup { peers, relayed: seat.relayed, family, nonce: bytes::random() };
        let start = Instant::now();
        let mut talk = Talk {
            relay: Relay::new(start.into_std(), setup),
            media: Media { shards: self.shards, source: seat.relayed.address(family), shard: None },
            relays: self.relays,
            share: None,
            pace: Pace::new(start),
        };
        let mut out = Unwritten::default();
        let conversation = async {
            let mut on = talk.hear(first, client);
            let mut buffer = vec![0; READ];
            while on {
                if out.is_empty() {
                    let bytes = talk.relay.poll_transmit().unwrap_or_default();
                    out = Unwritten {
                        flushing: !bytes.is_empty(),
                        bytes,
                        done: 0,
                        progress: Some(Instant::now()),
                    };
                }
                on = talk.turn(&mut stream, &mut buffer, &mut out, &mut returning, client).await;
            }
        };
        tokio::select! {
            () = conversation => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
        // With a word that it is over, so that nobody can cut it off unnoticed; who does not read it is not waited for.
        let _ = tokio::time::timeout(limits::FAREWELL, stream.shutdown()).await;
    }
}

/// The state of one connection.
struct Talk {
    relay: Relay,
    media: Media,
    relays: Relays,
    /// Once there is an allocation.
    share: Option<Share>,
    pace: Pace,
}

impl Talk {
    /// One thing that happens. `false`: it is over.
    async fn turn(
        &mut self,
        stream: &mut TlsStream<TcpStream>,
        buffer: &mut [u8],
        out: &mut Unwritten,
        returning: &mut mpsc::Receiver<Returning>,
        client: &Client,
    ) -> bool {
        let idle = out.is_empty();
        let stuck = out.progress.filter(|_| !idle).map(|progress| progress + limits::DELIVERY);
        let due = Instant::from_std(self.relay.poll_timeout());
        let (mut reader, mut writer) = tokio::io::split(stream);
        tokio::select! {
            read = async { sleep_until(self.pace.due()).await; reader.read(buffer).await } => match read {
                Ok(0) | Err(_) => false,
                Ok(count) => self.hear(&buffer[..count], client),
            },
            written = out.write(&mut writer), if !idle => written,
            Some(first) = returning.recv(), if idle => {
                let now = Instant::now().into_std();
                let more = std::iter::from_fn(|| returning.try_recv().ok()).take(TOGETHER - 1);
                for Returning { from, bytes } in std::iter::once(first).chain(more) {
                    self.relay.handle_datagram(now, from, &bytes);
                }
                true
            },
            () = sleep_until(due) => self.relay.handle_timeout(Instant::now().into_std()).is_ok(),
            () = until(stuck) => false,
        }
    }

    /// Takes what the client sent. `false`: it is over.
    fn hear(&mut self, bytes: &[u8], client: &Client) -> bool {
        let now = Instant::now();
        let (relay, media, mut datagrams) = (&mut self.relay, &mut self.media, 0);
        let heard = relay.handle_bytes(now.into_std(), &self.relays.0.issuer, bytes, |to, datagram| {
            datagrams += 1;
            media.deliver(to, datagram);
        });
        self.pace.take(now, bytes.len(), datagrams);
        match (self.relay.user(), &self.share) {
            (Some(user), None) => {
                let Some(share) = self.relays.share(user) else { return false };
                self.share = Some(share);
                client.place.is_known();
            }
            (None, Some(_)) => self.share = None,
            _ => {}
        }
        heard.is_ok()
    }
}

/// The way to the shard that serves this client.
struct Media {
    shards: Shards,
    source: SocketAddr,
    /// As the latest connectivity check named it.
    shard: Option<ShardId>,
}

impl Media {
    fn deliver(&mut self, to: SocketAddr, datagram: &[u8]) {
        self.shard = incamera_media::shard_of_check(datagram).or(self.shard);
        if let Some(shard) = self.shard {
            let stray = Stray { source: self.source, local: Some(to.ip()), bytes: datagram.to_vec() };
            self.shards.relay(shard, stray);
        }
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}
