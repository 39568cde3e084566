//! Which slot shows which source.
//!
//! Audio: everybody who is live is heard, first come, first served where slots are too few. A source whose gate
//! closed keeps its slot until another needs it. Video: what the page watches, in its order. In either case a
//! source stays in its slot as long as it is there.

use incamera_conference::wire::{self, Source};

use super::slot::Place;
use super::{Key, Router};
use crate::packet::Kind;
use crate::sfu::SfuEvent;
use crate::transport::Transport;

impl<T: Transport> Router<T> {
    /// Fills a peer's slots.
    pub(super) fn assign(&mut self, key: Key) {
        let audible = self.audible(key);
        self.fill(key, Kind::Audio, &audible);
        let visible = self.visible(key);
        self.release(key, &visible);
        self.fill(key, Kind::Video, &visible);
    }

    /// The live sounds of the room, the one that began first at the front.
    fn audible(&self, key: Key) -> Vec<Place> {
        let Some(peer) = self.peer(key) else { return Vec::new() };
        let members = self.rooms.get(&peer.room).map(Vec::as_slice).unwrap_or_default();
        let mut places: Vec<(u64, Place)> = Vec::new();
        for member in members.iter().filter(|member| **member != key) {
            let Some(publisher) = self.peer(*member) else { continue };
            for source in [Source::Microphone, Source::ScreenAudio] {
                if let (Some(opened), Some(_)) = (publisher.gate(source), publisher.track(source)) {
                    places.push((opened, Place { peer: *member, source }));
                }
            }
        }
        places.sort_by_key(|(opened, _)| *opened);
        places.into_iter().map(|(_, place)| place).collect()
    }

    /// The watched videos that there are, as many as there are slots: live ones before those whose gate is closed.
    fn visible(&self, key: Key) -> Vec<Place> {
        let Some(peer) = self.peer(key) else { return Vec::new() };
        let members = self.rooms.get(&peer.room).map(Vec::as_slice).unwrap_or_default();
        let mut places: Vec<(bool, Place)> = Vec::new();
        for watch in peer.watched.iter().filter(|watch| watch.source.is_video()) {
            let of =
                |member: &&Key| self.peer(**member).is_some_and(|peer| peer.participant == watch.participant);
            let Some(member) = members.iter().filter(|member| **member != key).find(of) else { continue };
            let place = Place { peer: *member, source: watch.source };
            let Some(publisher) = self.peer(*member) else { continue };
            if publisher.track(watch.source).is_some() && !places.iter().any(|(_, known)| *known == place) {
                places.push((publisher.gate(watch.source).is_none(), place));
            }
        }
        places.sort_by_key(|(closed, _)| *closed);
        let slots = peer.slots.iter().filter(|slot| slot.kind == Kind::Video).count();
        places.into_iter().take(slots).map(|(_, place)| place).collect()
    }

    /// Frees the video slots of what is not to be seen.
    fn release(&mut self, key: Key, visible: &[Place]) {
        let Some(peer) = self.peer(key) else { return };
        let unwanted = |place: Place| place.source.is_video() && !visible.contains(&place);
        let slots: Vec<usize> =
            (0..peer.slots.len()).filter(|at| peer.slots[*at].place.is_some_and(unwanted)).collect();
        for slot in slots {
            self.vacate(key, slot);
        }
    }

    /// Gives each of these a slot that has none, while there are slots.
    fn fill(&mut self, key: Key, kind: Kind, places: &[Place]) {
        for place in places {
            let Some(peer) = self.peer(key) else { return };
            if peer.slots.iter().any(|slot| slot.place == Some(*place)) {
                continue;
            }
            let closed =
                |place: Place| self.peer(place.peer).is_none_or(|peer| peer.gate(place.source).is_none());
            let of_kind = || peer.slots.iter().enumerate().filter(|(_, slot)| slot.kind == kind);
            let free = of_kind()
                .find(|(_, slot)| slot.place.is_none())
                .or_else(|| of_kind().find(|(_, slot)| slot.place.is_some_and(closed)))
                .map(|(index, _)| index);
            let Some(free) = free else { return };
            self.vacate(key, free);
            if let Some(peer) = self.peer_mut(key) {
                peer.slots[free].place = Some(*place);
            }
            if let Some(track) = self.peer_mut(place.peer).and_then(|peer| peer.track_mut(place.source)) {
                track.subscribers.push((key, free));
            }
        }
    }

    /// Ends what a slot shows.
    pub(super) fn vacate(&mut self, key: Key, index: usize) {
        let place = self.peer_mut(key).and_then(|peer| peer.slots[index].place.take());
        let Some(place) = place else { return };
        if let Some(peer) = self.peer_mut(key) {
            peer.slots[index].paused = false;
        }
        self.silence(key, index);
        if let Some(track) = self.peer_mut(place.peer).and_then(|peer| peer.track_mut(place.source)) {
            track.subscribers.retain(|subscriber| *subscriber != (key, index));
        }
    }

    /// Tells what the slots show, if that changed.
    pub(super) fn announce(&mut self, key: Key) {
        let Some(peer) = self.peer(key) else { return };
        let mut slots = Vec::new();
        for slot in &peer.slots {
            let Some((place, publisher)) = slot.place.and_then(|place| Some((place, self.peer(place.peer)?)))
            else {
                continue;
            };
            slots.push(wire::Slot {
                mid: slot.mid.clone(),
                participant: publisher.participant,
                source: place.source,
                paused: slot.paused,
            });
        }
        let Some(peer) = self.peer_mut(key) else { return };
        if peer.announced != slots {
            peer.announced.clone_from(&slots);
            let peer = peer.id;
            self.events.push_back(SfuEvent::SlotsChanged { peer, slots });
        }
    }
}
