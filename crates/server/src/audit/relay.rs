//! That nobody is passed on to elsewhere through this server (K8, B3): a stranger asks it to.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use incamera_turn::probe::{Answer, Challenge, Wish, answer, request};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use socket2::{Domain, Socket, Type};

use super::{Outcome, Site};
use crate::bytes;
use crate::setup::connect;
use crate::verify::certificate::{Trust, client_config};

/// To where a stranger asks to be passed on: an address of documents (RFC 5737), which is nobody's.
const ELSEWHERE: &str = "192.0.2.1:9";
/// How long an answer by UDP may take: mostly there is none.
const SILENCE: Duration = Duration::from_millis(500);
/// Bytes of an answer.
const ANSWER: usize = 2048;

/// Whether it relays for nobody who has no business here.
pub(super) fn stranger(site: &Site) -> Outcome {
    let mut found = Vec::new();
    match by_tls(site) {
        Ok(told) => found.extend(told),
        Err(why) => return Outcome::Unknown(why),
    }
    if by_udp(site.at) {
        found.push("a relay answers at the UDP port, and lets a stranger in".to_owned());
    }
    Outcome::judged(
        found,
        "A stranger asked for a relay, with no name and with one that nobody gave out, and was refused. Whom a meeting let in reaches \
         nothing by it but this server: tests of the program prove that (crates/server/tests/server/relay.rs).",
    )
}

fn by_tls(site: &Site) -> Result<Vec<String>, String> {
    let mut talk = Talk::begin(site).ok_or("no connection came about")?;
    let elsewhere = ELSEWHERE.parse().map_err(|_| "the address of documents is none")?;
    let mut found = Vec::new();
    let mut challenge: Option<Challenge> = None;
    for named in [false, true] {
        for wish in [Wish::Allocation, Wish::Permission(elsewhere)] {
            // Who says nothing, or hangs up, relays nothing.
            let Some(answer) = talk.ask(wish, challenge.as_ref().filter(|_| named)) else { return Ok(found) };
            match answer {
                Answer::Done => found.push(match wish {
                    Wish::Allocation => "a stranger gets a relay".to_owned(),
                    Wish::Permission(_) => "a stranger is passed on to elsewhere".to_owned(),
                }),
                Answer::Refused(_, told) => challenge = challenge.or(Some(told)),
            }
        }
    }
    Ok(found)
}

/// Whether a relay answers by UDP, and does as a stranger wishes.
fn by_udp(at: SocketAddr) -> bool {
    let asked = || {
        // Without a port of its own choice: whoever runs this may not be allowed one.
        let socket = Socket::new(Domain::for_address(at), Type::DGRAM, None).ok()?;
        socket.connect(&at.into()).ok()?;
        let socket = UdpSocket::from(socket);
        socket.set_read_timeout(Some(SILENCE)).ok()?;
        socket.send(&request(Wish::Allocation, bytes::random(), None)).ok()?;
        let mut buffer = [0; ANSWER];
        let length = socket.recv(&mut buffer).ok()?;
        answer(&buffer[..length])
    };
    asked() == Some(Answer::Done)
}

/// A connection, over which one asks after the other.
struct Talk(StreamOwned<ClientConnection, std::net::TcpStream>);

impl Talk {
    fn begin(site: &Site) -> Option<Self> {
        let (config, _) = client_config(Trust::Anybody).ok()?;
        let name = ServerName::try_from(site.name.clone()).ok()?;
        // As those say who relay (RFC 7443).
        let mut config = Arc::unwrap_or_clone(config);
        config.alpn_protocols = vec![b"stun.turn".to_vec()];
        let connection = ClientConnection::new(Arc::new(config), name).ok()?;
        let mut stream = StreamOwned::new(connection, connect(site.at, site.patience).ok()?);
        stream.flush().ok()?;
        Some(Self(stream))
    }

    fn ask(&mut self, wish: Wish, challenge: Option<&Challenge>) -> Option<Answer> {
        self.0.write_all(&request(wish, bytes::random(), challenge)).ok()?;
        self.0.flush().ok()?;
        let mut buffer = [0; ANSWER];
        let length = self.0.read(&mut buffer).ok()?;
        answer(&buffer[..length])
    }
}
