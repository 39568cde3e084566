//! TURN on the port of HTTPS, as strangers and as people of a meeting use it (B3, D2).

use hmac::{Hmac, KeyInit as _, Mac as _};
use incamera_conference::wire::ServerMessage;
use md5::{Digest as _, Md5};
use sha1::Sha1;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::harness::{House, Person, Plan, connect, raw};

const MEETING: &str = "relayrelayrelayr";
const ALLOCATE: u16 = 0x003;
const CREATE_PERMISSION: u16 = 0x008;
const CHANNEL_BIND: u16 = 0x009;
const COOKIE: u32 = 0x2112_a442;
const UDP: (u16, &[u8]) = (0x0019, &[17, 0, 0, 0]);

/// A client that says what it likes.
struct Client {
    stream: TlsStream<TcpStream>,
    /// Name, nonce and key, once it has them.
    by: Option<(String, Vec<u8>, [u8; 16])>,
}

/// An answer: the type of the message, and what is in it.
struct Answer {
    kind: u16,
    attributes: Vec<(u16, Vec<u8>)>,
}

impl Answer {
    fn get(&self, kind: u16) -> Option<&[u8]> {
        self.attributes.iter().find(|(other, _)| *other == kind).map(|(_, value)| value.as_slice())
    }

    fn code(&self) -> Option<u16> {
        self.get(0x0009).map(|code| u16::from(code[2]) * 100 + u16::from(code[3]))
    }
}

impl Client {
    async fn new(house: &House) -> Self {
        Self { stream: connect(house.address()).await, by: None }
    }

    /// With credentials, and the nonce that a first request brings.
    async fn of(house: &House, user: &str, password: &str) -> Self {
        let mut client = Self::new(house).await;
        let refused = client.ask(ALLOCATE, &[UDP]).await.expect("an answer");
        assert_eq!(refused.code(), Some(401));
        let nonce = refused.get(0x0015).expect("a nonce").to_vec();
        let key = Md5::digest(format!("{user}:incamera:{password}")).into();
        client.by = Some((user.to_owned(), nonce, key));
        client
    }

    fn request(&self, method: u16, attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = method.to_be_bytes().to_vec();
        bytes.extend([0, 0]);
        bytes.extend(COOKIE.to_be_bytes());
        bytes.extend([0; 12]);
        let add = |bytes: &mut Vec<u8>, kind: u16, value: &[u8]| {
            bytes.extend(kind.to_be_bytes());
            bytes.extend((value.len() as u16).to_be_bytes());
            bytes.extend_from_slice(value);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            let length = (bytes.len() - 20) as u16;
            bytes[2..4].copy_from_slice(&length.to_be_bytes());
        };
        for (kind, value) in attributes {
            add(&mut bytes, *kind, value);
        }
        if let Some((user, nonce, key)) = &self.by {
            add(&mut bytes, 0x0006, user.as_bytes());
            add(&mut bytes, 0x0014, b"incamera");
            add(&mut bytes, 0x0015, nonce);
            let mut counted = bytes.clone();
            let length = (bytes.len() - 20 + 24) as u16;
            counted[2..4].copy_from_slice(&length.to_be_bytes());
            let mac = Hmac::<Sha1>::new_from_slice(key).expect("a key").chain_update(&counted).finalize();
            add(&mut bytes, 0x0008, &mac.into_bytes());
        }
        bytes
    }

    /// `None`: the server has closed the connection.
    async fn ask(&mut self, method: u16, attributes: &[(u16, &[u8])]) -> Option<Answer> {
        let request = self.request(method, attributes);
        self.say(&request).await;
        self.answer().await
    }

    async fn say(&mut self, bytes: &[u8]) {
        // One that was closed is noticed by reading.
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    async fn answer(&mut self) -> Option<Answer> {
        let mut header = [0; 20];
        self.stream.read_exact(&mut header).await.ok()?;
        let word = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
        let mut rest = vec![0; usize::from(word(2))];
        self.stream.read_exact(&mut rest).await.ok()?;
        let (mut attributes, mut at) = (Vec::new(), 0);
        while at < rest.len() {
            let word = |at: usize| u16::from_be_bytes([rest[at], rest[at + 1]]);
            let length = usize::from(word(at + 2));
            attributes.push((word(at), rest[at + 4..at + 4 + length].to_vec()));
            at += 4 + length.next_multiple_of(4);
        }
        Some(Answer { kind: word(0), attributes })
    }
}

/// An IPv4 address as it is in a message.
fn address(ip: [u8; 4], port: u16) -> Vec<u8> {
    let mut value = vec![0, 1];
    value.extend((port ^ (COOKIE >> 16) as u16).to_be_bytes());
    value.extend((u32::from_be_bytes(ip) ^ COOKIE).to_be_bytes());
    value
}

/// What a page is handed that is let in.
async fn credentials(house: &House) -> (String, String) {
    let mut host = house.host().await;
    let plan = Plan::new(MEETING);
    host.create(&plan).await;
    let mut socket = host.socket().await;
    socket.hello(&Person::new("hanna"), &plan.id, Some(plan.token)).await;
    let relay = |message: &ServerMessage| match message {
        ServerMessage::Relay { user, password } => {
            Some((user.clone().into_string(), password.clone().into_string()))
        }
        ServerMessage::Welcome(_) => panic!("the page connects its media when it is welcome"),
        _ => None,
    };
    socket.until(relay).await
}

#[tokio::test]
async fn who_is_in_gets_an_address_that_reaches_the_media_and_nothing_else_b3() {
    let house = House::open().await;
    let (user, password) = credentials(&house).await;
    let mut client = Client::of(&house, &user, &password).await;
    let answer = client.ask(ALLOCATE, &[UDP]).await.expect("an answer");
    assert_eq!((answer.kind, answer.code()), (0x0103, None));
    // The first three bytes of its IPv4 address.
    let relayed: Vec<_> = answer.get(0x0016).expect("an address")[4..7].to_vec();
    assert_eq!(relayed, address([192, 88, 99, 0], 0)[4..7]);

    let media = house.address().port();
    let loopback = [127, 0, 0, 1];
    for (ip, port, expected) in [
        (loopback, media, None),
        ([127, 0, 0, 2], media, Some(403)),
        ([10, 0, 0, 1], 80, Some(403)),
        ([192, 88, 99, 7], 5000, Some(403)),
    ] {
        let peer = address(ip, port);
        let answer = client.ask(CREATE_PERMISSION, &[(0x0012, &peer)]).await.expect("an answer");
        assert_eq!(answer.code(), expected, "{ip:?}");
    }
    for (port, expected) in [(22, Some(403)), (media.wrapping_add(1), Some(403)), (media, None)] {
        let peer = address(loopback, port);
        let bind = [(0x000c, &[0x40, 0, 0, 0][..]), (0x0012, &peer)];
        assert_eq!(client.ask(CHANNEL_BIND, &bind).await.expect("an answer").code(), expected, "port {port}");
    }
}

#[tokio::test]
async fn who_is_not_in_gets_nothing_and_is_cut_off_d2() {
    let house = House::open().await;
    let mut stranger = Client::new(&house).await;
    let mut refused = 0;
    while let Some(answer) = stranger.ask(ALLOCATE, &[UDP]).await {
        assert_eq!(answer.code(), Some(401));
        refused += 1;
    }
    assert!((1..20).contains(&refused), "{refused} tries");

    let (user, _) = credentials(&house).await;
    let mut guesser = Client::of(&house, &user, "a guess").await;
    assert_eq!(guesser.ask(ALLOCATE, &[UDP]).await.expect("an answer").code(), Some(401));
}

#[tokio::test]
async fn what_is_malformed_ends_one_connection_and_no_other_d2() {
    let house = House::open().await;
    let giant = [&[0, 1, 0xff, 0xfc][..], &COOKIE.to_be_bytes()].concat();
    let without_cookie = [0, 1, 0, 0, 1, 2, 3, 4];
    let not_turn_any_more =
        [&Client::new(&house).await.request(0x001, &[])[..], b"POST / HTTP/1.1\r\n\r\n"].concat();
    for bytes in [&giant[..], &without_cookie, &not_turn_any_more, &[3, 0xff, 0xff, 0xff]] {
        let mut client = Client::new(&house).await;
        client.say(bytes).await;
        while client.answer().await.is_some() {}
    }
    let answer =
        raw(house.address(), b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert_ne!(answer.status, 0);
}

#[tokio::test]
async fn channel_data_is_never_first_so_that_a_letter_is_http() {
    let house = House::open().await;
    // `GET `, as ChannelData: 17,696 and so many bytes.
    let answer =
        raw(house.address(), b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(answer.status >= 200);
    let answer = raw(house.address(), &[0x40, 0, 0, 4, 1, 2, 3, 4, b'\r', b'\n', b'\r', b'\n']).await;
    assert_eq!(answer.status, 400, "as HTTP, and not as such");
}
