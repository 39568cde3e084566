//! One connection: who is there, what is allocated, and what may pass.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::address::{Family, Relayed};
use crate::credentials::{Issuer, Key, User};
use crate::frames::{self, Frame, Frames};
use crate::stun::{Class, ErrorCode, Message, Writer, attribute, method};

/// Of the long-term credential mechanism (RFC 8489, section 9.2). It tells nothing.
const REALM: &str = "incamera";
/// UDP, the only transport that is relayed (RFC 8656, section 18.8).
const UDP: u8 = 17;
/// How long an allocation lives without a refresh (RFC 8656, section 7.2).
const LIFETIME: Duration = Duration::from_secs(600);
/// How long a permission lives (RFC 8656, section 9).
const PERMISSION: Duration = Duration::from_secs(300);
/// How long a channel lives (RFC 8656, section 12).
const CHANNEL: Duration = Duration::from_secs(600);
/// RFC 8656, section 12: the others are reserved.
const CHANNELS: std::ops::RangeInclusive<u16> = 0x4000..=0x4fff;
/// How long somebody may be connected without an allocation.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long an allocation may be kept through which nothing comes from the media. Connectivity checks are answered every
/// few seconds, so this one is of no use to anybody.
const IDLE: Duration = Duration::from_secs(60);
/// How often a connection may say what comes to nothing: be it a first request, which has no nonce yet, or a password
/// that is wrong.
const TRIES: u8 = 8;
/// Bytes that wait for the client while more comes from it. Answers are short; who sends requests and reads none is gone.
const OUTPUT: usize = 64 * 1024;

/// Where a client seems to come from (RFC 8656, section 7.3, wants to tell it). We do not know, and browsers use it for
/// nothing but their statistics.
const NOBODY_V4: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::new(192, 88, 99, 255)), 9);
const NOBODY_V6: SocketAddr =
    SocketAddr::new(IpAddr::V6(std::net::Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0xffff)), 9);

/// Why a connection is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// What came is not TURN.
    #[error("what came is not TURN")]
    Malformed,
    /// A frame is longer than anything that there is a reason to send.
    #[error("a frame is too long")]
    TooLong,
    /// Too much that came to nothing.
    #[error("too many tries")]
    TooManyTries,
    /// It does not read the answers.
    #[error("it does not read the answers")]
    TooSlow,
    /// It made no use of being connected.
    #[error("it is not used")]
    Unused,
}

/// What a [`Relay`] is made with.
#[derive(Clone)]
pub struct Setup {
    /// Where the media is reached: the only peers that there are.
    pub peers: Vec<SocketAddr>,
    /// Where the client is reached by the media.
    pub relayed: Relayed,
    /// Of the relayed address, where the request does not say. RFC 8656, section 7.2, says IPv4; but a browser that
    /// came by IPv6 was offered an IPv6 address for its media, and pairs none with it but its own kind.
    pub family: Family,
    /// Random.
    pub nonce: [u8; 16],
}

/// One client's connection.
pub struct Relay {
    relayed: Relayed,
    family: Family,
    nonce: String,
    peers: Vec<Peer>,
    state: State,
    tries: u8,
    frames: Frames,
    output: Vec<u8>,
}

enum State {
    /// There is no allocation.
    Waiting {
        since: Instant,
    },
    Allocated(Allocation),
}

/// RFC 8656, section 3.2. There is one of each connection at most.
struct Allocation {
    user: User,
    key: Key,
    family: Family,
    expires: Instant,
    /// When something last came for it from the media.
    used: Instant,
}

/// One address of the media, and what the client may do with it.
struct Peer {
    address: SocketAddr,
    permitted: Option<Instant>,
    channel: Option<(u16, Instant)>,
}

// The addresses of the media may tell where somebody came in; the rest is secret.

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("family", &self.family).finish_non_exhaustive()
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("allocated", &self.user().is_some()).finish_non_exhaustive()
    }
}

impl Peer {
    fn is_permitted(&self, now: Instant) -> bool {
        self.permitted.is_some_and(|until| now < until)
    }

    fn channel(&self, now: Instant) -> Option<u16> {
        self.channel.filter(|(_, until)| now < *until).map(|(number, _)| number)
    }
}

/// Somebody who was authenticated.
struct Authentic {
    user: User,
    key: Key,
}

impl Relay {
    /// For a connection that has just begun.
    pub fn new(now: Instant, setup: Setup) -> Self {
        let Setup { peers, relayed, family, nonce } = setup;
        let peer = |address: SocketAddr| Peer {
            address: SocketAddr::new(address.ip().to_canonical(), address.port()),
            permitted: None,
            channel: None,
        };
        Self {
            relayed,
            family,
            nonce: nonce.iter().map(|byte| format!("{byte:02x}")).collect(),
            peers: peers.into_iter().map(peer).collect(),
            state: State::Waiting { since: now },
            tries: TRIES,
            frames: Frames::default(),
            output: Vec::new(),
        }
    }

    /// With whose credentials there is an allocation.
    pub fn user(&self) -> Option<User> {
        match &self.state {
            State::Waiting { .. } => None,
            State::Allocated(allocation) => Some(allocation.user),
        }
    }

    /// Takes what came from the client. `deliver` gets each datagram for the media, and at which of the peers'
    /// addresses it arrives; it comes from the relayed address.
    pub fn handle_bytes(
        &mut self,
        now: Instant,
        issuer: &Issuer,
        bytes: &[u8],
        mut deliver: impl FnMut(SocketAddr, &[u8]),
    ) -> Result<(), Fault> {
        self.expire(now);
        let mut frames = std::mem::take(&mut self.frames);
        frames.push(bytes);
        while let Some(frame) = frames.next()? {
            match frame {
                Frame::Message(bytes) => {
                    let message = Message::read(bytes).ok_or(Fault::Malformed)?;
                    match message.class {
                        Class::Request => self.handle_request(now, issuer, message)?,
                        Class::Indication => self.handle_indication(now, message, &mut deliver)?,
                        // We ask nothing.
                        Class::Success | Class::Error => self.comes_to_nothing()?,
                    }
                }
                Frame::Channel { number, data } => self.handle_channel(now, number, data, &mut deliver)?,
            }
            if self.output.len() > OUTPUT {
                return Err(Fault::TooSlow);
            }
        }
        self.frames = frames;
        Ok(())
    }

    /// Takes a datagram of the media for the relayed address. `from`: by which of its addresses, where it says. Dropped
    /// unless the client has permitted that one (RFC 8656, section 11.3).
    pub fn handle_datagram(&mut self, now: Instant, from: Option<IpAddr>, datagram: &[u8]) {
        self.expire(now);
        let State::Allocated(allocation) = &mut self.state else { return };
        let of_family = |peer: &&Peer| Family::of(peer.address.ip()) == allocation.family;
        let is_it = |peer: &&Peer| from.is_none_or(|from| from.to_canonical() == peer.address.ip());
        let may = |peer: &&Peer| peer.is_permitted(now);
        let Some(peer) = self.peers.iter().filter(of_family).filter(may).find(is_it) else { return };
        allocation.used = now;
        if self.output.len() > OUTPUT {
            return;
        }
        match peer.channel(now) {
            Some(number) => frames::write_channel(&mut self.output, number, datagram),
            // The transaction of an indication is nobody's.
            None => {
                Writer::new(&mut self.output, Class::Indication, method::DATA, [0; 12])
                    .with_address(attribute::XOR_PEER_ADDRESS, peer.address)
                    .with(attribute::DATA, datagram);
            }
        }
    }

    /// What is to be sent to the client.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        (!self.output.is_empty()).then(|| std::mem::take(&mut self.output))
    }

    /// When [`Self::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Instant {
        match &self.state {
            State::Waiting { since } => *since + PATIENCE,
            State::Allocated(allocation) => allocation.expires.min(allocation.used + IDLE),
        }
    }

    /// Ends what has had its time.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), Fault> {
        self.expire(now);
        let over = match &self.state {
            State::Waiting { since } => now >= *since + PATIENCE,
            State::Allocated(allocation) => now >= allocation.used + IDLE,
        };
        if over { Err(Fault::Unused) } else { Ok(()) }
    }

    fn expire(&mut self, now: Instant) {
        if let State::Allocated(allocation) = &self.state
            && allocation.expires <= now
        {
            self.release(now);
        }
    }

    fn release(&mut self, now: Instant) {
        self.state = State::Waiting { since: now };
        for peer in &mut self.peers {
            (peer.permitted, peer.channel) = (None, None);
        }
    }

    fn comes_to_nothing(&mut self) -> Result<(), Fault> {
        self.tries = self.tries.checked_sub(1).ok_or(Fault::TooManyTries)?;
        Ok(())
    }
}

/// Requests.
impl Relay {
    fn handle_request(&mut self, now: Instant, issuer: &Issuer, request: Message<'_>) -> Result<(), Fault> {
        if request.method == method::BINDING {
            // Costs as much as a try: nobody needs to ask more than once (RFC 8489, section 2).
            self.comes_to_nothing()?;
            let nobody = self.nobody(self.family);
            Writer::success(&mut self.output, request).with_address(attribute::XOR_MAPPED_ADDRESS, nobody);
            return Ok(());
        }
        let handle = match request.method {
            method::ALLOCATE => Self::allocate,
            method::REFRESH => Self::refresh,
            method::CREATE_PERMISSION => Self::create_permission,
            method::CHANNEL_BIND => Self::channel_bind,
            // The connections of RFC 6062 among them.
            _ => {
                self.comes_to_nothing()?;
                Writer::error(&mut self.output, request, ErrorCode::BadRequest);
                return Ok(());
            }
        };
        let Some(authentic) = self.authenticate(now, issuer, request)? else { return Ok(()) };
        let unknown = unknown_attributes(request);
        let refused = if unknown.is_empty() {
            handle(self, now, request, &authentic).err()
        } else {
            Some(ErrorCode::UnknownAttribute)
        };
        if let Some(code) = refused {
            let mut error = Writer::error(&mut self.output, request, code);
            if !unknown.is_empty() {
                error = error.with(attribute::UNKNOWN_ATTRIBUTES, &unknown);
            }
            error.sign(&authentic.key);
        }
        Ok(())
    }

    /// RFC 8489, section 9.2.4. `None`: it was refused.
    fn authenticate(
        &mut self,
        now: Instant,
        issuer: &Issuer,
        request: Message<'_>,
    ) -> Result<Option<Authentic>, Fault> {
        let refusal = match self.check(now, issuer, request) {
            Ok(authentic) => return Ok(Some(authentic)),
            Err(refusal) => refusal,
        };
        self.comes_to_nothing()?;
        let error = Writer::error(&mut self.output, request, refusal);
        if matches!(refusal, ErrorCode::Unauthenticated | ErrorCode::StaleNonce) {
            error.with(attribute::REALM, REALM.as_bytes()).with(attribute::NONCE, self.nonce.as_bytes());
        }
        Ok(None)
    }

    fn check(&self, now: Instant, issuer: &Issuer, request: Message<'_>) -> Result<Authentic, ErrorCode> {
        if !request.has_integrity() {
            return Err(ErrorCode::Unauthenticated);
        }
        let get = |kind| request.get(kind).ok_or(ErrorCode::BadRequest);
        let (name, realm, nonce) =
            (get(attribute::USERNAME)?, get(attribute::REALM)?, get(attribute::NONCE)?);
        if nonce != self.nonce.as_bytes() {
            return Err(ErrorCode::StaleNonce);
        }
        let user =
            Issuer::read(name).filter(|_| realm == REALM.as_bytes()).ok_or(ErrorCode::Unauthenticated)?;
        let known = match &self.state {
            State::Allocated(allocation) if allocation.user == user => Some(allocation.key),
            State::Allocated(_) | State::Waiting { .. } => None,
        };
        // Who has an allocation goes on with it: its time is bounded by its use.
        if known.is_none() && !issuer.is_current(now, user) {
            return Err(ErrorCode::Unauthenticated);
        }
        let key = known.unwrap_or_else(|| issuer.key(user, REALM));
        if !request.is_by(&key) {
            return Err(ErrorCode::Unauthenticated);
        }
        // RFC 8656, section 5.
        let is_anothers = self.user().is_some_and(|owner| owner != user);
        if is_anothers { Err(ErrorCode::WrongCredentials) } else { Ok(Authentic { user, key }) }
    }

    /// RFC 8656, section 7.2.
    fn allocate(&mut self, now: Instant, request: Message<'_>, by: &Authentic) -> Result<(), ErrorCode> {
        if self.user().is_some() {
            return Err(ErrorCode::AllocationMismatch);
        }
        let [transport, ..] =
            request.get_word(attribute::REQUESTED_TRANSPORT).ok_or(ErrorCode::BadRequest)?;
        if transport != UDP {
            return Err(ErrorCode::UnsupportedTransport);
        }
        let family = requested_family(request)?.unwrap_or(self.family);
        if !self.peers.iter().any(|peer| Family::of(peer.address.ip()) == family) {
            return Err(ErrorCode::AddressFamilyNotSupported);
        }
        let Authentic { user, key } = *by;
        self.state = State::Allocated(Allocation { user, key, family, expires: now + LIFETIME, used: now });
        let (relayed, nobody) = (self.relayed.address(family), self.nobody(family));
        Writer::success(&mut self.output, request)
            .with_address(attribute::XOR_RELAYED_ADDRESS, relayed)
            .with_address(attribute::XOR_MAPPED_ADDRESS, nobody)
            .with(attribute::LIFETIME, &lifetime(LIFETIME))
            .sign(&key);
        Ok(())
    }

    /// RFC 8656, section 8.2.
    fn refresh(&mut self, now: Instant, request: Message<'_>, by: &Authentic) -> Result<(), ErrorCode> {
        let State::Allocated(allocation) = &mut self.state else { return Err(ErrorCode::AllocationMismatch) };
        if requested_family(request)?.is_some_and(|family| family != allocation.family) {
            return Err(ErrorCode::PeerAddressFamilyMismatch);
        }
        let granted = match request.get_word(attribute::LIFETIME) {
            Some([0, 0, 0, 0]) => Duration::ZERO,
            _ => LIFETIME,
        };
        allocation.expires = now + granted;
        if granted.is_zero() {
            self.release(now);
        }
        Writer::success(&mut self.output, request)
            .with(attribute::LIFETIME, &lifetime(granted))
            .sign(&by.key);
        Ok(())
    }

    /// RFC 8656, section 10.2. A permission is for an IP address; what is sent must name the port as well.
    fn create_permission(
        &mut self,
        now: Instant,
        request: Message<'_>,
        by: &Authentic,
    ) -> Result<(), ErrorCode> {
        let mut wanted = Vec::new();
        for (_, value) in request.attributes().filter(|(kind, _)| *kind == attribute::XOR_PEER_ADDRESS) {
            let ip = request.address(value).ok_or(ErrorCode::BadRequest)?.ip();
            self.may_be_peer(ip, |peer| peer.address.ip() == ip)?;
            wanted.push(ip);
        }
        if wanted.is_empty() {
            return Err(ErrorCode::BadRequest);
        }
        for peer in self.peers.iter_mut().filter(|peer| wanted.contains(&peer.address.ip())) {
            peer.permitted = Some(now + PERMISSION);
        }
        Writer::success(&mut self.output, request).sign(&by.key);
        Ok(())
    }

    /// RFC 8656, section 12.2.
    fn channel_bind(&mut self, now: Instant, request: Message<'_>, by: &Authentic) -> Result<(), ErrorCode> {
        let address = request.get(attribute::XOR_PEER_ADDRESS).and_then(|value| request.address(value));
        let address = address.ok_or(ErrorCode::BadRequest)?;
        let [high, low, ..] = request.get_word(attribute::CHANNEL_NUMBER).ok_or(ErrorCode::BadRequest)?;
        let number = u16::from_be_bytes([high, low]);
        let chosen = self.may_be_peer(address.ip(), |peer| peer.address == address)?;
        // One number is one peer's, and one peer has one number.
        let is_bound_otherwise = self.peers.iter().enumerate().any(|(index, peer)| {
            peer.channel(now).is_some_and(|bound| (bound == number) != (index == chosen))
        });
        if !CHANNELS.contains(&number) || is_bound_otherwise {
            return Err(ErrorCode::BadRequest);
        }
        let peer = &mut self.peers[chosen];
        peer.channel = Some((number, now + CHANNEL));
        peer.permitted = Some(now + PERMISSION);
        Writer::success(&mut self.output, request).sign(&by.key);
        Ok(())
    }

    /// Which peer it is, of those that the allocation can reach. Nobody is but the media.
    fn may_be_peer(&self, ip: IpAddr, is_it: impl Fn(&Peer) -> bool) -> Result<usize, ErrorCode> {
        let State::Allocated(allocation) = &self.state else { return Err(ErrorCode::AllocationMismatch) };
        if Family::of(ip) != allocation.family {
            return Err(ErrorCode::PeerAddressFamilyMismatch);
        }
        self.peers.iter().position(is_it).ok_or(ErrorCode::Forbidden)
    }

    fn nobody(&self, family: Family) -> SocketAddr {
        match family {
            Family::V4 => NOBODY_V4,
            Family::V6 => NOBODY_V6,
        }
    }
}

/// What is to be passed on.
impl Relay {
    /// RFC 8656, section 11.2.
    fn handle_indication(
        &mut self,
        now: Instant,
        indication: Message<'_>,
        deliver: &mut impl FnMut(SocketAddr, &[u8]),
    ) -> Result<(), Fault> {
        let address = indication.get(attribute::XOR_PEER_ADDRESS).and_then(|value| indication.address(value));
        let data = indication.get(attribute::DATA);
        let is_send = indication.method == method::SEND && unknown_attributes(indication).is_empty();
        match (address, data) {
            (Some(address), Some(data)) if is_send => {
                self.pass(now, data, |peer| peer.address == address, deliver)
            }
            _ => self.outside(),
        }
    }

    /// RFC 8656, section 12.6.
    fn handle_channel(
        &mut self,
        now: Instant,
        number: u16,
        data: &[u8],
        deliver: &mut impl FnMut(SocketAddr, &[u8]),
    ) -> Result<(), Fault> {
        self.pass(now, data, |peer| peer.channel(now) == Some(number), deliver)
    }

    fn pass(
        &mut self,
        now: Instant,
        data: &[u8],
        is_it: impl Fn(&Peer) -> bool,
        deliver: &mut impl FnMut(SocketAddr, &[u8]),
    ) -> Result<(), Fault> {
        let State::Allocated(allocation) = &self.state else { return self.outside() };
        let of_family = |peer: &&Peer| Family::of(peer.address.ip()) == allocation.family;
        let may = |peer: &&Peer| peer.is_permitted(now);
        if let Some(peer) = self.peers.iter().filter(of_family).filter(may).find(|peer| is_it(peer)) {
            deliver(peer.address, data);
        }
        Ok(())
    }

    /// Something that was dropped. Without an allocation there is no reason to send it.
    fn outside(&mut self) -> Result<(), Fault> {
        match &self.state {
            State::Waiting { .. } => self.comes_to_nothing(),
            State::Allocated(_) => Ok(()),
        }
    }
}

fn lifetime(lifetime: Duration) -> [u8; 4] {
    (lifetime.as_secs() as u32).to_be_bytes()
}

/// RFC 8656, section 18.6.
fn requested_family(request: Message<'_>) -> Result<Option<Family>, ErrorCode> {
    match request.get_word(attribute::REQUESTED_ADDRESS_FAMILY) {
        None if request.get(attribute::REQUESTED_ADDRESS_FAMILY).is_some() => Err(ErrorCode::BadRequest),
        None => Ok(None),
        Some([1, ..]) => Ok(Some(Family::V4)),
        Some([2, ..]) => Ok(Some(Family::V6)),
        Some(_) => Err(ErrorCode::AddressFamilyNotSupported),
    }
}

/// The types of those that must be understood and are not (RFC 8489, section 14.9). EVEN-PORT, RESERVATION-TOKEN and
/// DONT-FRAGMENT are among them: there are no ports, and no packets that could be fragmented.
fn unknown_attributes(message: Message<'_>) -> Vec<u8> {
    let known = [
        attribute::USERNAME,
        attribute::CHANNEL_NUMBER,
        attribute::LIFETIME,
        attribute::XOR_PEER_ADDRESS,
        attribute::DATA,
        attribute::REALM,
        attribute::NONCE,
        attribute::REQUESTED_ADDRESS_FAMILY,
        attribute::REQUESTED_TRANSPORT,
    ];
    let must_be_understood = |kind: &u16| *kind < 0x8000 && !known.contains(kind);
    let unknown = message.attributes().map(|(kind, _)| kind).filter(must_be_understood);
    unknown.flat_map(u16::to_be_bytes).collect()
}

#[cfg(test)]
mod tests;
