//! Who is in which room and publishes what.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use incamera_conference::wire::Source;

use crate::load::system::{Plan, seen_by};

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
        self.plans.insert((room, participant), *plan);
    }

    /// Somebody publishes.
    pub(super) fn publish(&mut self, room: usize, participant: usize, source: Source, known: T) {
        self.published.insert((room, participant, source), known);
    }

    /// The plan of somebody, and the sources that it receives: by the rule of [`seen_by`], of those who publish such.
    pub(super) fn wanted(&self, room: usize, participant: usize) -> Result<(&Plan, Vec<Wanted<'_, T>>)> {
        let plan = self.plans.get(&(room, participant)).context("watches before it has entered")?;
        let mut wanted = Vec::new();
        for (video, most) in [(false, plan.hears), (true, plan.sees)] {
            let published = || {
                let here =
                    move |(of, _, source): &(usize, usize, Source)| *of == room && source.is_video() == video;
                self.published.iter().filter(move |(key, _)| here(key))
            };
            let mut publishers: Vec<usize> = published().map(|((_, publisher, _), _)| *publisher).collect();
            publishers.dedup();
            for publisher in seen_by(participant, &publishers, most) {
                let of = published().filter(|((_, by, _), _)| *by == publisher);
                wanted.extend(of.map(|((.., source), known)| Wanted { publisher, source: *source, known }));
            }
        }
        Ok((plan, wanted))
    }
}

/// A source that somebody receives.
#[derive(Debug)]
pub(super) struct Wanted<'a, T> {
    pub(super) publisher: usize,
    pub(super) source: Source,
    pub(super) known: &'a T,
}
