//! Which shard each meeting is on.
//!
//! A meeting that begins goes to the shard where fewest people are, and stays: what a shard remembers of a meeting that
//! ended (late readers of the store, a link that is still to be stored) is of no use on another. So a home outlasts its meeting
//! for longer than anything can be on its way.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use incamera_conference::ids::MeetingId;

use super::LiveMeetings;
use crate::limits;

/// How often homes out of use are looked for where there is no room for another.
const SWEEP_FULL: Duration = Duration::from_secs(1);

/// Where meetings are.
pub(super) struct Homes {
    known: Mutex<Known>,
    live: LiveMeetings,
    hasher: RandomState,
}

struct Known {
    homes: HashMap<MeetingId, Home>,
    shards: Vec<Load>,
    /// When those out of use were last looked for.
    swept: Option<Instant>,
}

struct Home {
    shard: usize,
    /// Connections of people, those who wait at the door among them.
    people: usize,
    /// When somebody came or went, or something was said about it.
    seen: Instant,
}

/// What is on one shard. The smaller one comes first.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Load {
    people: usize,
    homes: usize,
}

impl Homes {
    pub(super) fn new(shards: usize, live: LiveMeetings) -> Arc<Self> {
        let known = Known { homes: HashMap::new(), shards: vec![Load::default(); shards], swept: None };
        Arc::new(Self { known: Mutex::new(known), live, hasher: RandomState::new() })
    }

    /// A seat on the meeting's shard. `may_begin`: whoever takes it can bring the meeting to life, so that a home is chosen
    /// where there is none. Others find out by any shard that nobody meets, and keep no home from being forgotten. `None`: as many
    /// meetings have a home as can.
    pub(super) fn seat(self: &Arc<Self>, now: Instant, meeting: &MeetingId, may_begin: bool) -> Option<Seat> {
        let mut known = self.lock();
        let home = self.home(&mut known, now, meeting);
        if !may_begin && (home.is_none() || !self.live.is_alive(meeting)) {
            let shard = home.unwrap_or_else(|| self.first(meeting, known.shards.len()));
            return Some(Seat { shard, taken: None });
        }
        if home.is_none() {
            self.choose(&mut known, now, meeting)?;
        }
        let home = known.homes.get_mut(meeting)?;
        home.people += 1;
        home.seen = now;
        let shard = home.shard;
        known.shards[shard].people += 1;
        Some(Seat { shard, taken: Some(Taken { homes: Arc::clone(self), meeting: meeting.clone() }) })
    }

    /// Where the meeting is, if it is anywhere. It stays there for a while, so that a word to its shard does not miss it.
    pub(super) fn of(&self, now: Instant, meeting: &MeetingId) -> Option<usize> {
        self.keep(&mut self.lock(), now, meeting)
    }

    /// The meeting is about to end. Whoever comes late still finds its shard.
    pub(super) fn ends(&self, now: Instant, meeting: &MeetingId) {
        let mut known = self.lock();
        self.keep(&mut known, now, meeting);
        self.sweep(&mut known, now);
    }

    fn keep(&self, known: &mut Known, now: Instant, meeting: &MeetingId) -> Option<usize> {
        let shard = self.home(known, now, meeting)?;
        known.homes.get_mut(meeting)?.seen = now;
        Some(shard)
    }

    /// One that is out of use is forgotten.
    fn home(&self, known: &mut Known, now: Instant, meeting: &MeetingId) -> Option<usize> {
        let home = known.homes.get(meeting)?;
        if self.is_in_use(now, meeting, home) {
            return Some(home.shard);
        }
        known.forget(meeting);
        None
    }

    fn is_in_use(&self, now: Instant, meeting: &MeetingId, home: &Home) -> bool {
        home.people > 0
            || now.saturating_duration_since(home.seen) < limits::HOME_KEPT
            || self.live.is_alive(meeting)
    }

    fn choose(&self, known: &mut Known, now: Instant, meeting: &MeetingId) -> Option<()> {
        let count = known.shards.len();
        let most = limits::HOMES_PER_SHARD * count;
        self.sweep(known, now);
        if known.homes.len() >= most {
            return None;
        }
        // Among equals none comes first for every meeting.
        let first = self.first(meeting, count);
        let shard = (0..count).map(|step| (first + step) % count).min_by_key(|shard| known.shards[*shard])?;
        known.shards[shard].homes += 1;
        known.homes.insert(meeting.clone(), Home { shard, people: 0, seen: now });
        Some(())
    }

    /// Forgets homes out of use, now and then. Names of meetings are not kept for their own sake.
    fn sweep(&self, known: &mut Known, now: Instant) {
        let is_full = known.homes.len() >= limits::HOMES_PER_SHARD * known.shards.len();
        let pause = if is_full { SWEEP_FULL } else { limits::HOME_KEPT };
        if known.swept.is_some_and(|swept| now.saturating_duration_since(swept) < pause) {
            return;
        }
        known.swept = Some(now);
        let unused = |(id, home): (&MeetingId, &Home)| (!self.is_in_use(now, id, home)).then(|| id.clone());
        let unused: Vec<_> = known.homes.iter().filter_map(unused).collect();
        for meeting in unused {
            known.forget(&meeting);
        }
    }

    fn first(&self, meeting: &MeetingId, count: usize) -> usize {
        (self.hasher.hash_one(meeting) % count as u64) as usize
    }

    fn leave(&self, now: Instant, meeting: &MeetingId) {
        let mut known = self.lock();
        let Some(home) = known.homes.get_mut(meeting) else { return };
        home.people -= 1;
        home.seen = now;
        let shard = home.shard;
        known.shards[shard].people -= 1;
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn forget(&mut self, meeting: &MeetingId) {
        if let Some(home) = self.homes.remove(meeting) {
            self.shards[home.shard].homes -= 1;
        }
    }
}

// Who meets where is nobody's business.
impl std::fmt::Debug for Homes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Homes").finish_non_exhaustive()
    }
}

/// Somebody's, for as long as their connection stands.
pub struct Seat {
    pub(super) shard: usize,
    /// Only in a meeting that has a home.
    taken: Option<Taken>,
}

struct Taken {
    homes: Arc<Homes>,
    meeting: MeetingId,
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(Taken { homes, meeting }) = self.taken.take() {
            homes.leave(Instant::now(), &meeting);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::meeting;
    use super::*;

    struct World {
        now: Instant,
        live: LiveMeetings,
        homes: Arc<Homes>,
    }

    impl World {
        fn new(shards: usize) -> Self {
            let live = LiveMeetings::default();
            Self { now: Instant::now(), live: live.clone(), homes: Homes::new(shards, live) }
        }

        fn seats(&self, number: usize, people: usize) -> Vec<Seat> {
            (0..people).map(|_| self.seat(number).expect("there is room")).collect()
        }

        fn seat(&self, number: usize) -> Option<Seat> {
            self.homes.seat(self.now, &meeting(number), true)
        }

        fn people(&self) -> Vec<usize> {
            self.homes.lock().shards.iter().map(|load| load.people).collect()
        }
    }

    #[test]
    fn a_meeting_begins_where_fewest_people_are_b9() {
        let world = World::new(4);
        let mut seats = world.seats(0, 30);
        for number in 1..=3 {
            seats.extend(world.seats(number, 10));
        }
        let mut people = world.people();
        people.sort_unstable();
        assert_eq!(people, [10, 10, 10, 30]);
        for number in 4..=9 {
            seats.extend(world.seats(number, 10));
        }
        assert_eq!(world.people(), [30, 30, 30, 30]);
        drop(seats);
        assert_eq!(world.people(), [0; 4]);
    }

    #[test]
    fn empty_shards_are_filled_in_no_fixed_order() {
        let firsts: std::collections::HashSet<usize> =
            (0..64).map(|_| World::new(4).seats(0, 1)[0].shard).collect();
        assert!(firsts.len() > 1);
    }

    #[test]
    fn a_meeting_stays_while_people_are_there_or_it_is_alive_or_something_may_be_on_its_way_b5() {
        let mut world = World::new(2);
        let first = world.seat(0).expect("a seat");
        let home = first.shard;
        let others = world.seats(1, 3);
        let elsewhere = others[0].shard;
        drop(first);
        // Nor would it be chosen again.
        let more = world.seats(2, 5);
        assert_eq!((more[0].shard, elsewhere), (home, 1 - home));
        let is_home = |world: &World| world.homes.of(world.now, &meeting(0)) == Some(home);
        assert!(is_home(&world), "kept for a while");
        let seat = world.seat(0);
        world.now += 10 * limits::HOME_KEPT;
        assert!(is_home(&world), "somebody is there");
        world.live.note(&meeting(0), false);
        drop(seat);
        world.now += 10 * limits::HOME_KEPT;
        assert!(is_home(&world), "alive");
        world.now += 10 * limits::HOME_KEPT;
        world.homes.ends(world.now, &meeting(0));
        world.live.forget(&meeting(0));
        world.now += limits::HOME_KEPT - Duration::from_secs(1);
        let seat = world.seat(0).expect("a seat");
        assert_eq!(seat.shard, home, "what the shard remembers of it counts");
        drop(seat);
        world.now = Instant::now() + 30 * limits::HOME_KEPT;
        assert!(!is_home(&world), "nothing is left of it");
        assert_eq!(world.seat(0).expect("a seat").shard, elsewhere, "it begins anew where fewest are");
    }

    #[test]
    fn who_cannot_begin_a_meeting_occupies_nothing_d1() {
        let world = World::new(3);
        let stranger = world.homes.seat(world.now, &meeting(0), false).expect("a seat");
        assert!(stranger.shard < 3);
        assert_eq!(world.homes.of(world.now, &meeting(0)), None);
        drop(stranger);
        assert_eq!(world.people(), [0; 3]);
        let host = world.seat(0).expect("a seat");
        let stranger = world.homes.seat(world.now, &meeting(0), false).expect("a seat");
        assert_eq!((stranger.shard, world.people()[host.shard]), (host.shard, 1), "it has not begun");
        world.live.note(&meeting(0), false);
        let guest = world.homes.seat(world.now, &meeting(0), false).expect("a seat");
        assert_eq!((guest.shard, world.people()[host.shard]), (host.shard, 2));
    }

    #[test]
    fn who_cannot_begin_a_meeting_keeps_no_home_d1() {
        let mut world = World::new(2);
        drop(world.seat(0));
        let _stranger = world.homes.seat(world.now, &meeting(0), false).expect("a seat");
        world.now += 2 * limits::HOME_KEPT;
        assert_eq!(world.homes.of(world.now, &meeting(0)), None);
    }

    #[test]
    fn names_of_meetings_that_are_over_are_forgotten_i3() {
        let mut world = World::new(2);
        drop(world.seats(0, 1));
        world.now += 2 * limits::HOME_KEPT;
        drop(world.seats(1, 1));
        assert_eq!(world.homes.lock().homes.len(), 1);
        world.now += 2 * limits::HOME_KEPT;
        world.homes.ends(world.now, &meeting(2));
        assert_eq!(world.homes.lock().homes.len(), 0);
    }

    #[test]
    fn homes_are_bounded_and_those_out_of_use_make_room_d1() {
        let mut world = World::new(2);
        let most = 2 * limits::HOMES_PER_SHARD;
        for number in 0..most {
            drop(world.seat(number).expect("there is room"));
        }
        assert!(world.seat(most).is_none());
        // At any other time there would be room in a moment: who leaves does so by the machine's clock.
        world.now += 2 * limits::HOME_KEPT;
        assert!(world.seat(most).is_some());
        assert_eq!(world.homes.lock().homes.len(), 1);
    }
}
