//! Who gets which packets: rooms, tracks, slots, layers.
//!
//! The router knows peers by [`Key`] and their connections as [`Transport`]s. What it decides to send waits in the
//! transports; the peers whose transport has something to do are listed in [`Router::take_touched`].

mod assign;
mod choose;
mod layers;
mod slot;
mod track;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use incamera_conference::ids::ParticipantId;
use incamera_conference::wire::{self, Source, Watch};

use self::slot::{Pass, Place, Seen, Slot};
use self::track::{Need, Track};
use crate::ids::{PeerId, RoomId};
use crate::meter::{Bucket, Resends};
use crate::offer::{OfferedSection, Use};
use crate::packet::{Layer, Outgoing, Packet, Section};
use crate::random::Random;
use crate::rate::Bitrate;
use crate::sfu::SfuEvent;
use crate::transport::{Transport, TransportEvent};
use crate::vp8::Vp8;

/// Key frames that a peer can cause to be asked for at once, enough to change everything it sees twice, and how soon one
/// more: others pay for them with the quality of their pictures.
const KEY_FRAMES_AT_ONCE: u32 = 20;
const KEY_FRAME_RECOVERY: Duration = Duration::from_secs(1);

/// Receivers of one source for whom it pays to wait for the rest of a frame.
const MANY: usize = 8;

/// A peer's place in the tables of its shard. Given again after the peer left.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Key(pub(crate) u32);

/// All rooms of a shard.
#[derive(Debug)]
pub(crate) struct Router<T> {
    peers: Vec<Option<Peer<T>>>,
    rooms: BTreeMap<RoomId, Vec<Key>>,
    random: Random,
    touched: Vec<Key>,
    /// Peers for whom something is to be decided before the turn ends.
    stale: Vec<Key>,
    events: VecDeque<SfuEvent>,
    tick: Option<Instant>,
    /// Counts the openings of gates: who opened first is heard first.
    openings: u64,
    /// Frames of which a packet came in this turn and the last one did not: source and layer.
    unfinished: Vec<(Place, Layer)>,
}

#[derive(Debug)]
struct Peer<T> {
    id: PeerId,
    participant: ParticipantId,
    room: RoomId,
    transport: Option<T>,
    /// Whether media can flow to it.
    connected: bool,
    /// When each source's gate was opened, where it is open.
    gates: [Option<u64>; 4],
    /// Most people send nothing, and a track is larger than all else here together.
    tracks: [Option<Box<Track>>; 4],
    slots: Vec<Slot>,
    announced: Vec<wire::Slot>,
    watched: Vec<Watch>,
    estimate: Bitrate,
    wanted: Bitrate,
    key_frames: Bucket,
    resends: Resends,
    touched: bool,
    stale: bool,
}

impl<T> Peer<T> {
    fn gate(&self, source: Source) -> Option<u64> {
        self.gates[source as usize]
    }

    fn track(&self, source: Source) -> Option<&Track> {
        self.tracks[source as usize].as_deref()
    }

    fn track_mut(&mut self, source: Source) -> Option<&mut Track> {
        self.tracks[source as usize].as_deref_mut()
    }
}

impl<T: Transport> Router<T> {
    pub(crate) fn new(random: Random) -> Self {
        Self {
            peers: Vec::new(),
            rooms: BTreeMap::new(),
            random,
            touched: Vec::new(),
            stale: Vec::new(),
            events: VecDeque::new(),
            tick: None,
            openings: 0,
            unfinished: Vec::new(),
        }
    }

    /// Randomness for what belongs to the same shard.
    pub(crate) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    fn peer(&self, key: Key) -> Option<&Peer<T>> {
        self.peers.get(key.0 as usize)?.as_ref()
    }

    fn peer_mut(&mut self, key: Key) -> Option<&mut Peer<T>> {
        self.peers.get_mut(key.0 as usize)?.as_mut()
    }

    pub(crate) fn join(&mut self, room: RoomId, id: PeerId, participant: ParticipantId) -> Key {
        let free = self.peers.iter().position(Option::is_none).unwrap_or(self.peers.len());
        if free == self.peers.len() {
            // Each takes several kilobytes here: room is not made for twice as many.
            if self.peers.len() == self.peers.capacity() {
                self.peers.reserve_exact(1 + self.peers.len() / 8);
            }
            self.peers.push(None);
        }
        let key = Key(u32::try_from(free).expect("fewer peers than memory for them"));
        self.peers[free] = Some(Peer {
            id,
            participant,
            room,
            transport: None,
            connected: false,
            gates: [None; 4],
            tracks: Default::default(),
            slots: Vec::new(),
            announced: Vec::new(),
            watched: Vec::new(),
            estimate: crate::transport::FIRST_ESTIMATE,
            wanted: Bitrate::default(),
            key_frames: Bucket::new(KEY_FRAMES_AT_ONCE, KEY_FRAME_RECOVERY),
            resends: Resends::default(),
            touched: false,
            stale: false,
        });
        self.rooms.entry(room).or_default().push(key);
        key
    }

    /// Forgets a peer and all it sent.
    pub(crate) fn leave(&mut self, key: Key) {
        self.disconnect(key);
        let Some(peer) = self.peers.get_mut(key.0 as usize).and_then(Option::take) else { return };
        if let Some(room) = self.rooms.get_mut(&peer.room) {
            room.retain(|member| *member != key);
            if room.is_empty() {
                self.rooms.remove(&peer.room);
            }
        }
        self.touched.retain(|touched| *touched != key);
        self.stale.retain(|stale| *stale != key);
    }

    pub(crate) fn transport_mut(&mut self, key: Key) -> Option<&mut T> {
        self.peer_mut(key)?.transport.as_mut()
    }

    /// Gives a peer a connection, which replaces the former one.
    pub(crate) fn connect(&mut self, key: Key, transport: T, sections: &[OfferedSection]) {
        self.disconnect(key);
        let Some(peer) = self.peer_mut(key) else { return };
        peer.transport = Some(transport);
        peer.estimate = crate::transport::FIRST_ESTIMATE;
        peer.wanted = Bitrate::default();
        self.renegotiated(key, sections);
    }

    /// Takes a peer's connection away, and with it all that it publishes and receives.
    pub(crate) fn disconnect(&mut self, key: Key) {
        self.renegotiated(key, &[]);
        let Some(peer) = self.peer_mut(key) else { return };
        peer.transport = None;
        peer.connected = false;
    }

    /// Applies what each media section is used for. What is used as before goes on undisturbed.
    pub(crate) fn renegotiated(&mut self, key: Key, sections: &[OfferedSection]) {
        let is = |section: Section, purpose: Use| {
            sections.iter().any(|offered| offered.section == section && offered.purpose == purpose)
        };
        for source in Source::ALL {
            let track = self.peer(key).and_then(|peer| peer.track(source));
            if track.is_some_and(|track| !is(track.section, Use::Publish(source))) {
                self.drop_track(key, source);
            }
        }
        let slots = self.peer(key).map_or(0, |peer| peer.slots.len());
        for index in (0..slots).rev() {
            let section = self.peer(key).map(|peer| peer.slots[index].section);
            if section.is_some_and(|section| !is(section, Use::Receive)) {
                self.drop_slot(key, index);
            }
        }
        for offered in sections {
            match offered.purpose {
                Use::Publish(source) => {
                    let Some(peer) = self.peer_mut(key) else { return };
                    peer.tracks[source as usize]
                        .get_or_insert_with(|| Box::new(Track::new(source, offered.section)));
                }
                Use::Receive => {
                    let random = &mut self.random;
                    let Some(Some(peer)) = self.peers.get_mut(key.0 as usize) else { return };
                    if !peer.slots.iter().any(|slot| slot.section == offered.section) {
                        peer.slots.push(Slot::new(
                            offered.section,
                            offered.mid.clone(),
                            offered.kind,
                            random,
                        ));
                    }
                }
                Use::Idle => {}
            }
        }
        self.invalidate_room_of(key);
        self.touch(key);
    }

    fn drop_track(&mut self, key: Key, source: Source) {
        let track = self.peer_mut(key).and_then(|peer| peer.tracks[source as usize].take());
        for (receiver, slot) in track.map(|track| track.subscribers).unwrap_or_default() {
            self.silence(receiver, slot);
            if let Some(receiver) = self.peer_mut(receiver) {
                receiver.slots[slot].place = None;
            }
        }
    }

    /// Removes a slot; those behind it move up by one, and their subscriptions with them.
    fn drop_slot(&mut self, key: Key, index: usize) {
        self.vacate(key, index);
        let Some(peer) = self.peer_mut(key) else { return };
        peer.slots.remove(index);
        let moved: Vec<Place> = peer.slots[index..].iter().filter_map(|slot| slot.place).collect();
        for place in moved {
            let Some(track) = self.peer_mut(place.peer).and_then(|peer| peer.track_mut(place.source)) else {
                continue;
            };
            for (receiver, slot) in &mut track.subscribers {
                if *receiver == key && *slot > index {
                    *slot -= 1;
                }
            }
        }
    }

    /// Opens or closes a gate. When it closes, nothing of the source leaves any more from here on.
    pub(crate) fn set_gate(&mut self, now: Instant, key: Key, source: Source, open: bool) {
        self.openings += 1;
        let openings = self.openings;
        let Some(peer) = self.peer_mut(key) else { return };
        if peer.gate(source).is_some() == open {
            return;
        }
        peer.gates[source as usize] = open.then_some(openings);
        if let Some(track) = peer.track_mut(source) {
            track.reset();
            if open {
                for layer in Layer::ALL {
                    self.ask_for_key_frame(now, Place { peer: key, source }, layer, Need::Start, &[]);
                }
            } else {
                for (receiver, slot) in track.subscribers.clone() {
                    self.silence(receiver, slot);
                }
            }
        }
        self.invalidate_room_of(key);
    }

    /// Replaces what a peer's page shows.
    pub(crate) fn watch(&mut self, key: Key, videos: &[Watch]) {
        if let Some(peer) = self.peer_mut(key) {
            peer.watched = videos.to_vec();
            self.invalidate(key);
        }
    }

    /// Takes what a peer's transport reports.
    pub(crate) fn handle_event(&mut self, now: Instant, key: Key, event: TransportEvent) {
        match event {
            TransportEvent::Packet { section, packet } => self.handle_packet(now, key, section, &packet),
            TransportEvent::KeyFrameWanted { section } => {
                let slot =
                    self.peer(key).and_then(|peer| peer.slots.iter().find(|slot| slot.section == section));
                let wanted = slot.and_then(|slot| Some((slot.place?, slot.target()?)));
                if let Some((place, (layer, need))) = wanted {
                    self.ask_for_key_frame(now, place, layer, need, &[key]);
                }
            }
            TransportEvent::Lost { section, sequence } => self.send_again(key, section, sequence),
            TransportEvent::Estimate(estimate) => {
                if let Some(peer) = self.peer_mut(key) {
                    peer.estimate = estimate;
                    self.choose_layers(now, key);
                }
            }
            TransportEvent::Connected => self.set_connected(key, true),
            TransportEvent::Disconnected => self.set_connected(key, false),
            TransportEvent::Closed => {
                self.set_connected(key, false);
                self.disconnect(key);
            }
        }
    }

    fn set_connected(&mut self, key: Key, connected: bool) {
        let Some(peer) = self.peer_mut(key) else { return };
        if peer.connected == connected {
            return;
        }
        peer.connected = connected;
        let peer = peer.id;
        self.events.push_back(match connected {
            true => SfuEvent::Connected { peer },
            false => SfuEvent::Disconnected { peer },
        });
        self.invalidate(key);
    }

    fn handle_packet(&mut self, now: Instant, key: Key, section: Section, packet: &Packet) {
        let Some(peer) = self.peer_mut(key) else { return };
        let Some(track) = peer.tracks.iter_mut().flatten().find(|track| track.section == section) else {
            return;
        };
        let source = track.source;
        if peer.gates[source as usize].is_none() {
            return;
        }
        if !track.admits(now, packet.layer, packet.payload.len()) {
            return;
        }
        if track.count(now, packet.layer, packet.payload.len()) {
            // Whoever waits for it must be ready before its first packet is looked at, which may be a key frame's.
            for (receiver, _) in track.subscribers.clone() {
                self.invalidate(receiver);
            }
            self.settle(now);
        }
        let Some(track) = self.peer_mut(key).and_then(|peer| peer.track_mut(source)) else { return };
        let seen = track.see(packet);
        if source.is_video() && !seen.upper {
            track.count_thin(now, packet.layer, packet.payload.len());
        }
        let overtakers =
            if seen.starts && source.is_video() { track.overtakers_of(packet) } else { Vec::new() };
        let overtakers: Vec<(Packet, Seen)> = overtakers
            .into_iter()
            .map(|packet| {
                let seen = Seen { starts: false, ..track.see(&packet) };
                (packet, seen)
            })
            .collect();
        let subscribers = std::mem::take(&mut track.subscribers);
        if source.is_video() && subscribers.len() >= MANY {
            self.note_frame(Place { peer: key, source }, packet);
        }
        let mut waiting = Vec::new();
        let mut sent = false;
        let mut started = false;
        for (receiver, slot) in &subscribers {
            match self.offer(*receiver, *slot, packet, seen) {
                Pass::Start(out) => {
                    (sent, started) = (true, true);
                    self.send(*receiver, *slot, out);
                    for (packet, seen) in &overtakers {
                        if let Pass::Forward(out) = self.offer(*receiver, *slot, packet, *seen) {
                            self.send(*receiver, *slot, out);
                        }
                    }
                }
                Pass::Forward(out) => {
                    sent = true;
                    self.send(*receiver, *slot, out);
                }
                Pass::NeedsKeyFrame => waiting.push(*receiver),
                Pass::Drop => {}
            }
        }
        if let Some(track) = self.peer_mut(key).and_then(|peer| peer.track_mut(source)) {
            track.subscribers = subscribers;
            if sent && source.is_video() {
                let overtakers = overtakers.iter().map(|(packet, _)| packet).filter(|_| started);
                [packet].into_iter().chain(overtakers).for_each(|packet| track.keep(now, packet));
            }
            if !waiting.is_empty() {
                track.keep_overtaker(packet);
            }
        }
        if !waiting.is_empty() {
            self.ask_for_key_frame(now, Place { peer: key, source }, packet.layer, Need::Start, &waiting);
        }
    }

    fn note_frame(&mut self, place: Place, packet: &Packet) {
        let known = self.unfinished.iter().position(|frame| *frame == (place, packet.layer));
        match known {
            Some(at) if packet.marker => drop(self.unfinished.swap_remove(at)),
            None if !packet.marker => self.unfinished.push((place, packet.layer)),
            _ => {}
        }
    }

    /// Whether the rest of a frame for many is under way: they are better sent all of it together.
    pub(crate) fn is_unfinished(&self) -> bool {
        !self.unfinished.is_empty()
    }

    /// Waits for no rest any longer.
    pub(crate) fn give_up_waiting(&mut self) {
        self.unfinished.clear();
    }

    fn offer(&mut self, receiver: Key, slot: usize, packet: &Packet, seen: Seen) -> Pass {
        self.peer_mut(receiver).map_or(Pass::Drop, |peer| peer.slots[slot].offer(packet, seen))
    }

    fn send(&mut self, receiver: Key, slot: usize, packet: Outgoing) {
        let Some(peer) = self.peer_mut(receiver) else { return };
        let section = peer.slots[slot].section;
        peer.resends.earn(packet.payload.len());
        if let Some(transport) = &mut peer.transport {
            transport.send(section, packet);
        }
        self.touch(receiver);
    }

    /// Sends a packet again, if it is still there: it is not if its gate has closed since.
    fn send_again(&mut self, key: Key, section: Section, sequence: u16) {
        let Some(peer) = self.peer(key) else { return };
        let slot = peer.slots.iter().find(|slot| slot.section == section);
        let Some(missed) = slot.and_then(|slot| slot.missed(sequence)) else { return };
        let track = self.peer(missed.place.peer).and_then(|peer| peer.track(missed.place.source));
        let Some(packet) = track.and_then(|track| track.kept(missed.layer, missed.sequence)) else { return };
        let outgoing = missed.shift.apply(packet, Vp8::parse(&packet.payload), missed.outgoing);
        let Some(peer) = self.peer_mut(key) else { return };
        if !peer.resends.take(outgoing.payload.len()) {
            return;
        }
        if let Some(transport) = &mut peer.transport {
            transport.send_again(section, outgoing);
        }
        self.touch(key);
    }

    /// Asks for a key frame of a layer that arrives, unless one was asked for just now. It is charged to one of those
    /// who want it, if any of them has something left; what nobody asks for is ours and free.
    fn ask_for_key_frame(&mut self, now: Instant, place: Place, layer: Layer, need: Need, wanted_by: &[Key]) {
        if !place.source.is_video() {
            return;
        }
        let track = self.peer(place.peer).and_then(|peer| peer.track(place.source));
        if !track.is_some_and(|track| track.may_ask(now, layer, need)) {
            return;
        }
        let mut charge = |key: &Key| self.peer_mut(*key).is_some_and(|peer| peer.key_frames.take(now, 1));
        if !wanted_by.is_empty() && !wanted_by.iter().any(&mut charge) {
            return;
        }
        let Some(peer) = self.peer_mut(place.peer) else { return };
        let Some(track) = peer.tracks[place.source as usize].as_mut() else { return };
        track.asked(now, layer);
        let section = track.section;
        if let Some(transport) = &mut peer.transport {
            transport.request_key_frame(section, layer);
        }
        self.touch(place.peer);
    }

    /// Stops a slot at once and takes back what was not sent yet.
    fn silence(&mut self, receiver: Key, slot: usize) {
        let Some(peer) = self.peer_mut(receiver) else { return };
        let slot = &mut peer.slots[slot];
        slot.aim(None);
        if let Some(transport) = &mut peer.transport {
            transport.forget(slot.section);
        }
    }

    fn touch(&mut self, key: Key) {
        if let Some(Some(peer)) = self.peers.get_mut(key.0 as usize)
            && !std::mem::replace(&mut peer.touched, true)
        {
            self.touched.push(key);
        }
    }

    fn invalidate(&mut self, key: Key) {
        if let Some(Some(peer)) = self.peers.get_mut(key.0 as usize)
            && !std::mem::replace(&mut peer.stale, true)
        {
            self.stale.push(key);
        }
    }

    fn invalidate_room_of(&mut self, key: Key) {
        let Some(room) = self.peer(key).map(|peer| peer.room) else { return };
        for member in self.rooms.get(&room).cloned().unwrap_or_default() {
            self.invalidate(member);
        }
    }

    /// The peers whose transports have something to do, each once.
    pub(crate) fn take_touched(&mut self) -> Vec<Key> {
        let touched = std::mem::take(&mut self.touched);
        for key in &touched {
            if let Some(peer) = self.peer_mut(*key) {
                peer.touched = false;
            }
        }
        touched
    }

    /// Takes back the list of [`Self::take_touched`], for its memory.
    pub(crate) fn recycle(&mut self, mut touched: Vec<Key>) {
        if self.touched.is_empty() {
            touched.clear();
            self.touched = touched;
        }
    }

    /// Decides what is to be decided: which slot shows what, and in which layer.
    pub(crate) fn settle(&mut self, now: Instant) {
        while let Some(key) = self.stale.pop() {
            if let Some(peer) = self.peer_mut(key) {
                peer.stale = false;
                self.assign(key);
                self.choose_layers(now, key);
                self.announce(key);
            }
        }
    }

    /// Does what is due: estimates, rates and layers that came or went are looked at again.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.tick.is_some_and(|tick| tick <= now) {
            self.tick = None;
            for index in 0..self.peers.len() {
                self.choose_layers(now, Key(index as u32));
            }
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.tick
    }

    pub(crate) fn poll_event(&mut self) -> Option<SfuEvent> {
        self.events.pop_front()
    }
}
