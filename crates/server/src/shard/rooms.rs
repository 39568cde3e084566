//! The meetings of a shard: each one's state machine, its people's places in the SFU, and the ways to them.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;

use incamera_conference::Meeting;
use incamera_conference::effect::{Effect, Founding, Input, Ticket, UnixSeconds};
use incamera_conference::ids::{AdmissionHash, ConnectionId, MeetingId, ParticipantId, RequestId};
use incamera_conference::sealed::SealedTitle;
use incamera_conference::wire::{ClientMessage, Denial, Refusal, ServerMessage, Slot, SourceSection};
use incamera_media::{PeerId, RoomId, Sfu, SfuEvent};

use super::{Arrival, Command, LiveMeetings, Outbox, ShardHandle};
use crate::allowance::Allowance;
use crate::clock::UnixTime;
use crate::limits;
use crate::rate::Rate;
use crate::store::{Store, StoreError};

/// All meetings of a shard.
pub(super) struct Rooms {
    boot: Instant,
    own: ShardHandle,
    store: Store,
    live: LiveMeetings,
    by_meeting: HashMap<MeetingId, RoomId>,
    rooms: HashMap<RoomId, Room>,
    connections: HashMap<ConnectionId, Connection>,
    peers: HashMap<PeerId, Peer>,
    deadlines: BTreeSet<(Instant, RoomId)>,
    /// Offers that wait for a turn, in the order of their coming.
    offers: VecDeque<WaitingOffer>,
    /// Of one participant.
    offer_rate: Rate,
    /// Admissions that found the store's queue full. They are answered in the next turn.
    unstored: Vec<(RoomId, Ticket)>,
    last_room: u64,
    last_peer: u64,
}

struct Room {
    id: MeetingId,
    meeting: Meeting,
    deadline: Option<Instant>,
    people: HashMap<ParticipantId, PeerId>,
    /// As it was last noted for the edge.
    has_people: bool,
}

struct WaitingOffer {
    connection: ConnectionId,
    request: RequestId,
    sdp: String,
    sources: Vec<SourceSection>,
}

struct Connection {
    room: RoomId,
    outbox: Outbox,
    /// Once it was let in.
    peer: Option<PeerId>,
    candidates: Vec<SocketAddr>,
}

/// A participant's media. It outlives a lost connection.
struct Peer {
    connection: ConnectionId,
    /// As the SFU last said: a page that comes back needs them again.
    slots: Vec<Slot>,
    offers: Allowance,
}

impl Rooms {
    pub(super) fn new(
        boot: Instant,
        own: ShardHandle,
        store: Store,
        live: LiveMeetings,
        offer_rate: Rate,
    ) -> Self {
        Self {
            boot,
            own,
            store,
            live,
            by_meeting: HashMap::new(),
            rooms: HashMap::new(),
            connections: HashMap::new(),
            peers: HashMap::new(),
            deadlines: BTreeSet::new(),
            offers: VecDeque::new(),
            offer_rate,
            unstored: Vec::new(),
            last_room: 0,
            last_peer: 0,
        }
    }

    pub(super) fn handle(&mut self, now: Instant, sfu: &mut Sfu, command: Command) {
        match command {
            Command::Arrive(arrival) => self.arrive(now, sfu, *arrival),
            Command::Say { connection, message } => self.say(now, sfu, connection, message),
            Command::Gone { connection } => {
                if let Some(gone) = self.connections.remove(&connection) {
                    self.feed(now, sfu, gone.room, Input::Disconnected { connection });
                }
            }
            Command::SignedOut { connection } => {
                if let Some(room) = self.connections.get(&connection).map(|connection| connection.room) {
                    self.feed(now, sfu, room, Input::SignedOut { connection });
                }
            }
            Command::AdmissionStored { room, ticket, stored } => {
                self.feed(now, sfu, room, Input::AdmissionStored { ticket, stored });
            }
            Command::Withdraw { meeting } => {
                if let Some(room) = self.by_meeting.get(&meeting) {
                    self.feed(now, sfu, *room, Input::Withdrawn);
                }
            }
            Command::Stop => self.stop(now, sfu),
        }
    }

    /// Tells everybody that the server stops.
    pub(super) fn stop(&mut self, now: Instant, sfu: &mut Sfu) {
        let rooms: Vec<_> = self.rooms.keys().copied().collect();
        for room in rooms {
            self.feed(now, sfu, room, Input::Stopping);
        }
    }

    /// When [`Self::handle_timeout`] is due.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let at_once = !self.unstored.is_empty() || !self.offers.is_empty();
        at_once.then_some(self.boot).or_else(|| self.deadlines.first().map(|(due, _)| *due))
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, now: Instant, sfu: &mut Sfu) {
        for (room, ticket) in std::mem::take(&mut self.unstored) {
            self.feed(now, sfu, room, Input::AdmissionStored { ticket, stored: false });
        }
        while let Some((due, room)) = self.deadlines.first().copied()
            && due <= now
        {
            // A machine that keeps its deadline must not be asked twice in one turn.
            self.deadlines.remove(&(due, room));
            self.feed(now, sfu, room, Input::Timeout);
        }
    }

    /// Answers a few of the offers that wait.
    pub(super) fn handle_offers(&mut self, now: Instant, sfu: &mut Sfu) {
        for _ in 0..limits::OFFERS_PER_TURN {
            let Some(offer) = self.offers.pop_front() else { return };
            let Some(state) = self.connections.get(&offer.connection) else { continue };
            let answer = answer(now, sfu, state.peer, &offer);
            self.send(offer.connection, answer);
        }
    }

    pub(super) fn handle_sfu_event(&mut self, event: SfuEvent) {
        // The pages see their connection's state themselves.
        if let SfuEvent::SlotsChanged { peer, slots } = event
            && let Some(state) = self.peers.get_mut(&peer)
        {
            state.slots = slots;
            let connection = state.connection;
            self.tell_slots(peer, connection);
        }
    }
}

/// Coming in.
impl Rooms {
    fn arrive(&mut self, now: Instant, sfu: &mut Sfu, arrival: Arrival) {
        let Arrival { connection, standing, hello, founding, outbox, candidates } = arrival;
        let room = match (self.by_meeting.get(&hello.meeting), founding) {
            (Some(room), _) => *room,
            (None, None) => return refuse(outbox, Refusal::NotAdmitted),
            (None, Some(_)) if self.rooms.len() >= limits::MEETINGS_PER_SHARD => {
                return refuse(outbox, Refusal::Full);
            }
            (None, Some(founding)) => self.found(*founding),
        };
        self.connections.insert(connection, Connection { room, outbox, peer: None, candidates });
        self.feed(now, sfu, room, Input::Hello { connection, standing, hello });
    }

    fn found(&mut self, founding: Founding) -> RoomId {
        self.last_room += 1;
        let room = RoomId(self.last_room);
        let id = founding.id.clone();
        self.by_meeting.insert(id.clone(), room);
        self.live.note(&id, false);
        let meeting = Meeting::new(founding, self.boot);
        let state = Room { id, meeting, deadline: None, people: HashMap::new(), has_people: false };
        self.rooms.insert(room, state);
        room
    }

    fn say(&mut self, now: Instant, sfu: &mut Sfu, connection: ConnectionId, message: ClientMessage) {
        let Some(state) = self.connections.get(&connection) else { return };
        let (room, peer) = (state.room, state.peer);
        match message {
            ClientMessage::Act { request, act } => {
                self.feed(now, sfu, room, Input::Act { connection, request, act });
            }
            ClientMessage::Offer { request, sdp, sources } => {
                self.take_offer(now, WaitingOffer { connection, request, sdp, sources });
            }
            ClientMessage::Watch { videos } => {
                if let Some(peer) = peer {
                    sfu.watch(now, peer, &videos);
                }
            }
            // The edge answers these.
            ClientMessage::Hello(_) | ClientMessage::Ping => {}
        }
    }

    /// Counted on the participant: a new connection does not bring a new allowance.
    fn take_offer(&mut self, now: Instant, offer: WaitingOffer) {
        let (connection, request) = (offer.connection, offer.request);
        let peer = self.connections.get(&connection).and_then(|state| state.peer);
        let full = self.offers.len() >= limits::OFFERS_WAITING;
        let rate = self.offer_rate;
        let allowed =
            peer.and_then(|peer| self.peers.get_mut(&peer)).map(|peer| !full && peer.offers.take(rate, now));
        let reason = match allowed {
            Some(true) => return self.offers.push_back(offer),
            Some(false) => Denial::TooOften,
            None => Denial::UnusableOffer,
        };
        self.send(connection, ServerMessage::Denied { request, reason });
    }
}

fn answer(now: Instant, sfu: &mut Sfu, peer: Option<PeerId>, offer: &WaitingOffer) -> ServerMessage {
    let WaitingOffer { request, sdp, sources, .. } = offer;
    let request = *request;
    let unusable = ServerMessage::Denied { request, reason: Denial::UnusableOffer };
    let Some(peer) = peer else { return unusable };
    match sfu.handle_offer(now, peer, sdp, sources) {
        Ok(sdp) => ServerMessage::Answer { request, sdp },
        Err(error) => {
            tracing::debug!("an offer was not used: {error}");
            unusable
        }
    }
}

fn refuse(mut outbox: Outbox, reason: Refusal) {
    // It is closed by being dropped.
    outbox.send(ServerMessage::Refused { reason });
}

/// The meeting's effects.
impl Rooms {
    fn feed(&mut self, now: Instant, sfu: &mut Sfu, id: RoomId, input: Input) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let wall = UnixSeconds(u64::try_from(UnixTime::now().0).unwrap_or_default());
        room.meeting.handle(now, wall, input);
        let mut arrived = Vec::new();
        while let Some(effect) = self.rooms.get_mut(&id).and_then(|room| room.meeting.poll_effect()) {
            match effect {
                Effect::Send { connection, message } => self.send(connection, message),
                Effect::Close { connection } => {
                    self.connections.remove(&connection);
                }
                Effect::Bind { connection, participant } => {
                    arrived.extend(self.bind(now, sfu, id, connection, participant));
                }
                Effect::Gate { participant, source, open } => {
                    if let Some(peer) = self.peer_of(id, participant) {
                        sfu.set_gate(now, peer, source, open);
                    }
                }
                Effect::Unbind { participant } => self.unbind(now, sfu, id, participant),
                Effect::StoreAdmission { ticket, admission, title } => {
                    self.store_admission(id, ticket, admission, title);
                }
                Effect::Over { begun } => self.over(now, sfu, id, begun),
            }
        }
        // After the welcome, which the page needs to make sense of them.
        for (peer, connection) in arrived {
            self.tell_slots(peer, connection);
        }
        self.note(id);
    }

    fn bind(
        &mut self,
        now: Instant,
        sfu: &mut Sfu,
        id: RoomId,
        connection: ConnectionId,
        participant: ParticipantId,
    ) -> Option<(PeerId, ConnectionId)> {
        let room = self.rooms.get_mut(&id)?;
        let state = self.connections.get_mut(&connection)?;
        let peer = *room.people.entry(participant).or_insert_with(|| {
            self.last_peer += 1;
            PeerId(self.last_peer)
        });
        // One who comes back may come by another of our addresses: the SFU takes the new ones for its next answer.
        sfu.join(now, id, peer, participant, state.candidates.clone());
        state.peer = Some(peer);
        let known = self.peers.entry(peer).or_insert_with(|| Peer {
            connection,
            slots: Vec::new(),
            offers: Allowance::default(),
        });
        let former = std::mem::replace(&mut known.connection, connection);
        if former != connection
            && let Some(former) = self.connections.get_mut(&former)
        {
            former.peer = None;
        }
        Some((peer, connection))
    }

    fn unbind(&mut self, now: Instant, sfu: &mut Sfu, id: RoomId, participant: ParticipantId) {
        let Some(peer) = self.rooms.get_mut(&id).and_then(|room| room.people.remove(&participant)) else {
            return;
        };
        sfu.leave(now, peer);
        let Some(state) = self.peers.remove(&peer) else { return };
        if let Some(connection) = self.connections.get_mut(&state.connection) {
            connection.peer = None;
        }
    }

    fn store_admission(&mut self, id: RoomId, ticket: Ticket, admission: AdmissionHash, title: SealedTitle) {
        let Some(room) = self.rooms.get(&id) else { return };
        let (meeting, own) = (room.id.clone(), self.own.clone());
        let queued = self.store.post(move |db| {
            let outcome = db.set_admission(&meeting, &admission, &title);
            if let Err(error) = &outcome {
                tracing::error!("a new link was not stored: {error}");
            }
            let stored = outcome.unwrap_or(false);
            own.send_blocking(Command::AdmissionStored { room: id, ticket, stored });
        });
        if queued.is_err() {
            // Not at once: the meeting must not be fed while its effects are carried out.
            self.unstored.push((id, ticket));
        }
    }

    fn over(&mut self, now: Instant, sfu: &mut Sfu, id: RoomId, begun: bool) {
        let Some(room) = self.rooms.remove(&id) else { return };
        for peer in room.people.into_values() {
            sfu.leave(now, peer);
            self.peers.remove(&peer);
        }
        self.connections.retain(|_, connection| connection.room != id);
        self.by_meeting.remove(&room.id);
        self.deadlines.retain(|(_, other)| *other != id);
        self.live.forget(&room.id);
        if begun && let Err(error) = self.forget(room.id) {
            // It is forgotten at the next start.
            tracing::error!("a meeting that is over was not deleted: {error}");
        }
    }

    fn forget(&self, meeting: MeetingId) -> Result<(), StoreError> {
        self.store.post(move |db| {
            if let Err(error) = db.forget_meeting(&meeting) {
                tracing::error!("a meeting that is over was not deleted: {error}");
            }
        })
    }

    /// After every input: the deadline, and whether anybody is there.
    fn note(&mut self, id: RoomId) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let deadline = room.meeting.poll_timeout();
        if let Some(former) = room.deadline {
            self.deadlines.remove(&(former, id));
        }
        room.deadline = deadline;
        if let Some(due) = deadline {
            self.deadlines.insert((due, id));
        }
        let has_people = room.meeting.is_live();
        if has_people != room.has_people {
            room.has_people = has_people;
            self.live.note(&room.id, has_people);
        }
    }
}

/// The ways to people.
impl Rooms {
    fn send(&mut self, connection: ConnectionId, message: ServerMessage) {
        if let Some(state) = self.connections.get_mut(&connection) {
            state.outbox.send(message);
        }
    }

    fn tell_slots(&mut self, peer: PeerId, connection: ConnectionId) {
        let Some(state) = self.peers.get(&peer) else { return };
        let slots = state.slots.clone();
        self.send(connection, ServerMessage::Slots { slots });
    }

    fn peer_of(&self, room: RoomId, participant: ParticipantId) -> Option<PeerId> {
        self.rooms.get(&room)?.people.get(&participant).copied()
    }
}
