//! Places for connections (D2): each takes memory and a file descriptor.
//!
//! Whoever showed that they belong here - a sign-in that is good, or the right link of a meeting - has a place for as
//! long as the connection lasts. All others, those in the middle of a TLS handshake included, have three quarters of
//! the places. When these are taken, whoever comes next gets the place of another one: of the network with the most of
//! them, the one that asked for nothing yet and waits longest. So strangers push out each other, and first those who
//! have many connections.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use crate::limits;
use crate::rate::{SourceKey, WIDE};

/// All of them. All clones are the same.
#[derive(Clone)]
pub struct Places(Arc<Shared>);

struct Shared {
    /// How many there are.
    room: usize,
    open: Mutex<Open>,
    emptied: Notify,
}

#[derive(Default)]
struct Open {
    last: u64,
    taken: HashMap<u64, Taken>,
    of_source: HashMap<u64, usize>,
    of_network: HashMap<u64, usize>,
    /// Of each network, the connections of those who are not known, in the order in which they give way.
    unknown: HashMap<u64, BTreeMap<(Asked, u64), watch::Sender<bool>>>,
    unknown_count: usize,
}

struct Taken {
    source: SourceKey,
    stage: Stage,
}

/// Whether anything was asked for by a connection. Those that asked for nothing give way first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Nothing,
    Something,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Unknown(Asked),
    Known,
}

impl Places {
    /// So many.
    pub fn new(room: usize) -> Self {
        Self(Arc::new(Shared { room, open: Mutex::default(), emptied: Notify::new() }))
    }

    /// Takes one for somebody who is not known yet.
    pub fn take(&self, source: SourceKey) -> Option<Place> {
        let mut open = self.0.open();
        let count = |of: &HashMap<u64, usize>, key: u64| of.get(&key).copied().unwrap_or(0);
        let most_of_network = limits::CONNECTIONS_PER_SOURCE * WIDE as usize;
        if count(&open.of_source, source.own) >= limits::CONNECTIONS_PER_SOURCE
            || source.network.is_some_and(|network| count(&open.of_network, network) >= most_of_network)
        {
            return None;
        }
        let full = open.taken.len() >= self.0.room || open.unknown_count >= self.0.room.div_ceil(4) * 3;
        if full && !open.make_way() {
            return None;
        }
        Some(Place { shared: Arc::clone(&self.0), gives_way: open.enter(source), number: open.last })
    }

    /// Resolves when none is taken.
    pub async fn emptied(&self) {
        loop {
            let emptied = self.0.emptied.notified();
            if self.0.open().taken.is_empty() {
                return;
            }
            emptied.await;
        }
    }
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn enter(&mut self, source: SourceKey) -> watch::Receiver<bool> {
        let (way, gives_way) = watch::channel(false);
        self.last += 1;
        let stage = Stage::Unknown(Asked::Nothing);
        self.taken.insert(self.last, Taken { source, stage });
        *self.of_source.entry(source.own).or_default() += 1;
        if let Some(network) = source.network {
            *self.of_network.entry(network).or_default() += 1;
        }
        self.unknown.entry(source.widest()).or_default().insert((Asked::Nothing, self.last), way);
        self.unknown_count += 1;
        gives_way
    }

    /// Takes a place from somebody who is not known. `false`: there is nobody of that kind.
    fn make_way(&mut self) -> bool {
        let largest = self.unknown.values().max_by_key(|connections| connections.len());
        let Some(&(_, number)) = largest.and_then(|connections| connections.keys().next()) else {
            return false;
        };
        if let Some(way) = self.leave(number) {
            way.send_replace(true);
        }
        true
    }

    /// Gives a place back, if it is still taken.
    fn leave(&mut self, number: u64) -> Option<watch::Sender<bool>> {
        let Taken { source, stage } = self.taken.remove(&number)?;
        let give_back = |of: &mut HashMap<u64, usize>, key: u64| {
            if let Some(count) = of.get_mut(&key) {
                *count -= 1;
                if *count == 0 {
                    of.remove(&key);
                }
            }
        };
        give_back(&mut self.of_source, source.own);
        if let Some(network) = source.network {
            give_back(&mut self.of_network, network);
        }
        self.no_longer_unknown(number, source, stage)
    }

    fn no_longer_unknown(
        &mut self,
        number: u64,
        source: SourceKey,
        stage: Stage,
    ) -> Option<watch::Sender<bool>> {
        let Stage::Unknown(asked) = stage else { return None };
        let of_network = self.unknown.get_mut(&source.widest())?;
        let way = of_network.remove(&(asked, number))?;
        if of_network.is_empty() {
            self.unknown.remove(&source.widest());
        }
        self.unknown_count -= 1;
        Some(way)
    }

    fn promote(&mut self, number: u64, stage: Stage) {
        let Some(taken) = self.taken.get_mut(&number) else { return };
        if taken.stage == Stage::Known || taken.stage == stage {
            return;
        }
        let (source, former) = (taken.source, std::mem::replace(&mut taken.stage, stage));
        let way = self.no_longer_unknown(number, source, former);
        if let (Stage::Unknown(asked), Some(way)) = (stage, way) {
            self.unknown.entry(source.widest()).or_default().insert((asked, number), way);
            self.unknown_count += 1;
        }
    }
}

/// A TCP connection's place among those that are open.
pub struct Place {
    shared: Arc<Shared>,
    number: u64,
    gives_way: watch::Receiver<bool>,
}

impl Place {
    /// Whoever has it has made a request.
    pub fn has_asked(&self) {
        self.shared.open().promote(self.number, Stage::Unknown(Asked::Something));
    }

    /// Whoever has it belongs here.
    pub fn is_known(&self) {
        self.shared.open().promote(self.number, Stage::Known);
    }

    /// Resolves when the connection is to be closed, for somebody else.
    pub async fn gives_way(&self) {
        // Of those who are known the other end is gone: they keep it.
        if self.gives_way.clone().wait_for(|gives_way| *gives_way).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.shared.open();
        open.leave(self.number);
        if open.taken.is_empty() {
            self.shared.emptied.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(network: u64) -> SourceKey {
        SourceKey { own: network, network: None }
    }

    fn is_gone(place: &Place) -> bool {
        *place.gives_way.borrow()
    }

    #[test]
    fn places_of_one_source_and_one_network_are_counted_and_given_back_d2() {
        let places = Places::new(100_000);
        let of = |subnet| SourceKey { own: subnet, network: Some(1) };
        let mut taken = Vec::new();
        for subnet in 0..u64::from(WIDE) {
            taken.extend((0..limits::CONNECTIONS_PER_SOURCE).filter_map(|_| places.take(of(subnet))));
            assert!(places.take(of(subnet)).is_none());
        }
        assert_eq!(taken.len(), limits::CONNECTIONS_PER_SOURCE * WIDE as usize);
        assert!(places.take(of(9)).is_none(), "the whole network has its number");
        assert!(places.take(source(100)).is_some());
        taken.pop();
        assert!(places.take(of(9)).is_some());
        drop(taken);
        let open = places.0.open();
        assert!(open.taken.is_empty() && open.of_source.is_empty() && open.of_network.is_empty());
        assert!(open.unknown.is_empty() && open.unknown_count == 0);
    }

    #[test]
    fn half_open_connections_push_out_nobody_who_belongs_here_d2() {
        let places = Places::new(40);
        let known: Vec<_> = (0..30).map(|_| places.take(source(1)).expect("room")).collect();
        known.iter().for_each(Place::is_known);
        let guest = places.take(source(2)).expect("room");
        guest.has_asked();
        // A stranger with two addresses and as many connections as can be.
        let flood: Vec<_> =
            (0..500).map(|number| places.take(source(3 + number % 2)).expect("a place")).collect();
        assert!(!known.iter().any(is_gone));
        assert!(!is_gone(&guest), "nor those who have few");
        assert_eq!(flood.iter().filter(|place| !is_gone(place)).count(), 9);
        assert!(places.take(source(5)).is_some(), "and others come in");
    }

    #[test]
    fn a_part_of_the_places_is_kept_for_those_who_belong_here_d2() {
        let places = Places::new(40);
        let strangers: Vec<_> =
            (0..100).map(|number| places.take(source(number)).expect("a place")).collect();
        assert_eq!(strangers.iter().filter(|place| !is_gone(place)).count(), 30);
        let all: Vec<_> =
            (0..40).map(|_| places.take(source(1000)).expect("a place")).inspect(Place::is_known).collect();
        assert!(!all.iter().any(is_gone));
        assert!(places.take(source(2000)).is_none(), "where everybody belongs here it is full");
    }

    #[test]
    fn those_who_asked_for_nothing_give_way_first_d2() {
        let places = Places::new(4);
        let taken: Vec<_> = (0..3).map(|_| places.take(source(1)).expect("room")).collect();
        taken[0].has_asked();
        let _next = places.take(source(2)).expect("a place");
        assert_eq!(taken.iter().map(is_gone).collect::<Vec<_>>(), [false, true, false]);
    }

    #[tokio::test]
    async fn who_gives_way_is_told_and_who_belongs_here_never_is() {
        let places = Places::new(2);
        let stranger = places.take(source(1)).expect("room");
        let known = places.take(source(2)).expect("room");
        known.is_known();
        let _next = places.take(source(3)).expect("a place");
        stranger.gives_way().await;
        assert!(!is_gone(&known));
    }
}
