//! Which layer of its source each slot shows, as the receiver's path allows.

use std::time::{Duration, Instant};

use incamera_conference::wire::Source;

use super::layers::{self, Grade};
use super::track::Need;
use super::{Key, Router};
use crate::packet::{Kind, Layer};
use crate::rate::Bitrate;
use crate::transport::Transport;

/// How often layers are chosen anew while there are videos to choose for.
const TICK: Duration = Duration::from_millis(200);

/// Where packets of pictures have waited for so long, what is sent does not fit, whatever the estimate hopes for.
const PATIENCE: Duration = Duration::from_millis(600);

impl<T: Transport> Router<T> {
    /// Chooses the layer of each of a peer's slots.
    pub(super) fn choose_layers(&mut self, now: Instant, key: Key) {
        let Some(peer) = self.peer(key) else { return };
        let mut audio = Vec::new();
        let mut audio_rate = Bitrate::default();
        let mut videos = Vec::new();
        for (index, slot) in peer.slots.iter().enumerate() {
            let Some(place) = slot.place else { continue };
            let Some(publisher) = self.peer(place.peer) else { continue };
            let Some(track) = publisher.track(place.source) else { continue };
            let open = peer.connected && publisher.gate(place.source).is_some();
            let rates = track.rates(now);
            if slot.kind == Kind::Audio {
                audio_rate = audio_rate + rates.into_iter().flatten().sum();
                audio.push((index, open.then_some(Grade::whole(Layer::Full))));
                continue;
            }
            let watched = peer
                .watched
                .iter()
                .position(|watch| watch.source == place.source && watch.participant == publisher.participant);
            let Some(rank) = watched else { continue };
            let ceiling = layers::ceiling(peer.watched[rank].size);
            let wish = layers::Wish {
                ceiling,
                rates: if open { rates } else { [None; 3] },
                thin: if open { track.thin_rates(now) } else { [None; 3] },
                current: slot.aimed_at(),
                passing: slot.passing(),
            };
            videos.push(((place.source != Source::Screen, rank), index, wish));
        }
        videos.sort_by_key(|(rank, ..)| *rank);
        let wishes: Vec<layers::Wish> = videos.iter().map(|(.., wish)| *wish).collect();
        let budget = peer.estimate - audio_rate;
        let backlog = peer.transport.as_ref().map_or(Duration::ZERO, |transport| transport.backlog(now));
        let patient = backlog < PATIENCE;
        let given = layers::allocate(budget, &wishes, patient);
        let cut = layers::is_far_beyond(budget, &wishes);
        if !videos.is_empty() {
            self.tick = Some(self.tick.map_or(now + TICK, |tick| tick.min(now + TICK)));
        }
        let wanted = audio_rate + wishes.iter().map(layers::Wish::full_cost).sum();
        self.want(key, wanted.percent(120));
        let paused = videos.iter().zip(&given).map(|((_, index, wish), layer)| {
            (*index, layer.is_none() && wish.rates.iter().any(Option::is_some))
        });
        self.pause(key, paused);
        let videos = videos.iter().zip(&given).map(|((_, index, _), grade)| (*index, *grade));
        for (index, grade) in audio.into_iter().chain(videos) {
            self.aim(now, key, index, grade);
            if cut {
                self.cut(key, index);
            }
        }
    }

    /// A smaller layer does not wait behind a better one for which there is no room: its key frame goes first. Nor does anything
    /// wait behind a picture that is paused.
    fn cut(&mut self, key: Key, index: usize) {
        let Some(peer) = self.peer_mut(key) else { return };
        let slot = &mut peer.slots[index];
        if slot.cut()
            && let Some(transport) = &mut peer.transport
        {
            transport.forget(slot.section);
        }
    }

    /// Tells the page which pictures its path does not carry.
    fn pause(&mut self, key: Key, slots: impl Iterator<Item = (usize, bool)>) {
        let Some(peer) = self.peer_mut(key) else { return };
        let mut changed = false;
        for (index, paused) in slots {
            changed |= std::mem::replace(&mut peer.slots[index].paused, paused) != paused;
        }
        if changed {
            self.announce(key);
        }
    }

    fn aim(&mut self, now: Instant, key: Key, index: usize, grade: Option<Grade>) {
        let Some(peer) = self.peer_mut(key) else { return };
        let slot = &mut peer.slots[index];
        let Some(place) = slot.place else { return };
        if slot.aim(grade)
            && let Some(grade) = grade
        {
            self.ask_for_key_frame(now, place, grade.layer, Need::Start, &[key]);
        }
    }

    /// Tells the transport what is wanted, when that changed noticeably.
    fn want(&mut self, key: Key, rate: Bitrate) {
        let Some(peer) = self.peer_mut(key) else { return };
        if (peer.wanted.percent(90)..=peer.wanted.percent(110)).contains(&rate) {
            return;
        }
        peer.wanted = rate;
        if let Some(transport) = &mut peer.transport {
            transport.set_wanted_rate(rate);
        }
        // What it has to do changed with it.
        self.touch(key);
    }
}
