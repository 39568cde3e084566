//! The meetings of a shard: each one's state machine, its people's places in the SFU, and the ways to them.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use incamera_conference::Meeting;
use incamera_conference::effect::{Effect, Founding, Input, UnixSeconds};
use incamera_conference::ids::{ConnectionId, MeetingId, ParticipantId, RequestId};
use incamera_conference::private::Private;
use incamera_conference::wire::{ClientMessage, Denial, Refusal, ServerMessage, Slot, SourceSection};
use incamera_media::{PeerId, RoomId, Sfu, SfuEvent};

use super::ended::Ended;
use super::homes::Homes;
use super::{Arrival, Command, LiveMeetings, NewAdmission, Outbox, Outgoing, ShardHandle};
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
    homes: Arc<Homes>,
    ended: Ended,
    by_meeting: HashMap<MeetingId, RoomId>,
    rooms: HashMap<RoomId, Room>,
    connections: HashMap<ConnectionId, Connection>,
    peers: HashMap<PeerId, Peer>,
    deadlines: BTreeSet<(Instant, RoomId)>,
    /// Offers that wait for a turn, in the order of their coming.
    offers: VecDeque<WaitingOffer>,
    /// Of one participant.
    offer_rate: Rate,
    /// Admissions that the store did not take, and when to try again.
    unstored: Vec<(Instant, NewAdmission)>,
    /// The last message that was sent.
    written: Option<Arc<Outgoing>>,
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
    sdp: Private,
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
        homes: Arc<Homes>,
        offer_rate: Rate,
    ) -> Self {
        Self {
            boot,
            own,
            store,
            live,
            homes,
            ended: Ended::new(),
            by_meeting: HashMap::new(),
            rooms: HashMap::new(),
            connections: HashMap::new(),
            peers: HashMap::new(),
            deadlines: BTreeSet::new(),
            offers: VecDeque::new(),
            offer_rate,
            unstored: Vec::new(),
            written: None,
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
            Command::StoreAgain(admission) => self.store_again(now, *admission),
            Command::AdmissionStored { room, ticket, stored } => {
                self.feed(now, sfu, room, Input::AdmissionStored { ticket, stored });
            }
            Command::Withdraw { meeting } => {
                self.ended.note(now, &meeting);
                if let Some(room) = self.by_meeting.get(&meeting) {
                    self.feed(now, sfu, *room, Input::Withdrawn);
                }
            }
            Command::Answer(asked) => {
                let _ = asked.send(());
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
        let offers = (!self.offers.is_empty()).then_some(self.boot);
        let unstored = self.unstored.iter().map(|(due, _)| *due).min();
        let deadline = self.deadlines.first().map(|(due, _)| *due);
        [offers, unstored, deadline].into_iter().flatten().min()
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, now: Instant, sfu: &mut Sfu) {
        for (due, admission) in std::mem::take(&mut self.unstored) {
            if due > now {
                self.unstored.push((due, admission));
            } else if admission.tries >= limits::STORE_TRIES {
                let NewAdmission { room, ticket, .. } = admission;
                self.feed(now, sfu, room, Input::AdmissionStored { ticket, stored: false });
            } else {
                self.store(now, admission);
            }
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
        let Arrival { connection, standing, origin, hello, founding, read, outbox, candidates } = arrival;
        let room = match (self.by_meeting.get(&hello.meeting), founding) {
            (Some(room), _) => *room,
            (None, None) => return refuse(outbox, Refusal::NotAdmitted),
            (None, Some(_)) if self.ended.is_stale(&hello.meeting, read) => {
                return refuse(outbox, Refusal::Ended);
            }
            (None, Some(_)) if self.rooms.len() >= limits::MEETINGS_PER_SHARD => {
                return refuse(outbox, Refusal::Full);
            }
            (None, Some(founding)) => self.found(*founding),
        };
        self.connections.insert(connection, Connection { room, outbox, peer: None, candidates });
        self.feed(now, sfu, room, Input::Hello { connection, standing, origin, hello });
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
            ClientMessage::Group { request, message } => {
                self.feed(now, sfu, room, Input::Group { connection, request, message });
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
        Ok(sdp) => ServerMessage::Answer { request, sdp: sdp.into() },
        Err(error) => {
            tracing::debug!("an offer was not used: {error}");
            unusable
        }
    }
}

fn refuse(mut outbox: Outbox, reason: Refusal) {
    // It is closed by being dropped.
    outbox.send(Outgoing::new(ServerMessage::Refused { reason }));
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
                    if let Some(room) = self.rooms.get(&id) {
                        let meeting = room.id.clone();
                        self.store(
                            now,
                            NewAdmission { room: id, meeting, ticket, admission, title, tries: 0 },
                        );
                    }
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

    fn store(&mut self, now: Instant, admission: NewAdmission) {
        let (own, tried) = (self.own.clone(), admission.clone());
        let queued = self.store.post(move |db| {
            let NewAdmission { room, ticket, .. } = tried;
            let command = match db.set_admission(&tried.meeting, &tried.admission, &tried.title) {
                Ok(stored) => Command::AdmissionStored { room, ticket, stored },
                Err(error) => {
                    tracing::error!("a new link was not stored: {error}");
                    Command::StoreAgain(Box::new(tried))
                }
            };
            own.send_blocking(command);
        });
        if queued.is_err() {
            self.store_again(now, admission);
        }
    }

    /// Later also when it was the last try: the meeting must not be fed while its effects are carried out.
    fn store_again(&mut self, now: Instant, admission: NewAdmission) {
        // A meeting that began anew has its admission from the store: an older one must not come after it.
        let is_over = self.by_meeting.get(&admission.meeting).is_some_and(|room| *room != admission.room);
        if !is_over {
            let tries = admission.tries + 1;
            self.unstored.push((now + limits::STORE_RETRY, NewAdmission { tries, ..admission }));
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
        self.homes.ends(now, &room.id);
        self.live.forget(&room.id);
        self.ended.note(now, &room.id);
        if begun && let Err(error) = self.forget(room.id) {
            // It is forgotten at the next start.
            tracing::error!("a meeting that is over was not deleted: {error}");
        }
    }

    fn forget(&self, meeting: MeetingId) -> Result<(), StoreError> {
        let own = self.own.clone();
        self.store.post(move |db| {
            match db.forget_meeting(&meeting).and_then(|()| db.meeting(&meeting)) {
                // Somebody may have read it since it was over.
                Ok(None) => own.send_blocking(Command::Withdraw { meeting }),
                Ok(Some(_)) => {}
                Err(error) => tracing::error!("a meeting that is over was not deleted: {error}"),
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
            // A broadcast is the same message for one after another.
            let outgoing = match &self.written {
                Some(written) if written.message == message => Arc::clone(written),
                _ => Outgoing::new(message),
            };
            state.outbox.send(Arc::clone(&outgoing));
            self.written = Some(outgoing);
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
