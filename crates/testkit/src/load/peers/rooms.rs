//! Who is in which room and publishes what.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use incamera_conference::wire::Source;

use crate::load::system::Plan;

/// The rooms of a system, with what it knows of each published source.
#[derive(Debug)]
pub(super) struct Rooms<T> {
    plans: BTreeMap<(usize, usize), Plan>,
    published: BTreeMap<(usize, usize, Source), T>,
}

impl<T> Default for Rooms<T> {
    fn default() -> Self {
        Self { plans: BTreeMap::new(), published: BTreeMap::new() }
    }
}

impl<T> Rooms<T> {
    /// Somebody is in.
    pub(super) fn enter(&mut self, room: usize, participant: usize, plan: &Plan) {
        self.plans.insert((room, participant), plan.clone());
    }

    /// Somebody publishes.
    pub(super) fn publish(&mut self, room: usize, participant: usize, source: Source, known: T) {
        self.published.insert((room, participant, source), known);
    }

    /// The plan of somebody, and the sources that it receives: of those who come after it in the room, and then of
    /// those from the first on, so that all are received equally often.
    pub(super) fn wanted(&self, room: usize, participant: usize) -> Result<(&Plan, Vec<Wanted<'_, T>>)> {
        let plan = self.plans.get(&(room, participant)).context("watches before it has entered")?;
        let others = |after: bool| {
            let here = move |(of, publisher, _): &(usize, usize, Source)| {
                *of == room && *publisher != participant && (*publisher > participant) == after
            };
            self.published.iter().filter(move |(key, _)| here(key))
        };
        let others = || others(true).chain(others(false));
        let of_kind = |video: bool, most: usize| {
            let kind = others().filter(move |((.., source), _)| source.is_video() == video).take(most);
            kind.map(|((_, publisher, source), known)| Wanted {
                publisher: *publisher,
                source: *source,
                known,
            })
        };
        Ok((plan, of_kind(false, plan.hears).chain(of_kind(true, plan.sees)).collect()))
    }
}

/// A source that somebody receives.
#[derive(Debug)]
pub(super) struct Wanted<'a, T> {
    pub(super) publisher: usize,
    pub(super) source: Source,
    pub(super) known: &'a T,
}
