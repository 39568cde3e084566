//! Stretches of time, in order and apart from each other.

use serde::{Deserialize, Serialize};

use crate::clock::UnixTime;

/// From a moment until another one, which does not belong to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize, Serialize)]
pub struct Span {
    /// The first moment.
    pub from: UnixTime,
    /// The first moment after it.
    pub until: UnixTime,
}

impl Span {
    /// Whether a moment lies in it.
    pub fn has(self, moment: UnixTime) -> bool {
        self.from <= moment && moment < self.until
    }
}

/// When the doors are open, as far as was looked. No two of them touch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spans {
    sorted: Vec<Span>,
    /// What comes from here on is not known.
    horizon: UnixTime,
}

impl Spans {
    /// In any order, also such that overlap.
    pub fn new(mut spans: Vec<Span>, horizon: UnixTime) -> Self {
        spans.retain(|span| span.from < span.until);
        spans.sort();
        let mut sorted: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match sorted.last_mut() {
                Some(last) if span.from <= last.until => last.until = last.until.max(span.until),
                _ => sorted.push(span),
            }
        }
        Self { sorted, horizon }
    }

    /// With this one, too.
    pub fn with(self, span: Span) -> Self {
        let Self { mut sorted, horizon } = self;
        sorted.push(span);
        Self::new(sorted, horizon)
    }

    /// Without what lies in this one.
    pub fn without(self, gap: Span) -> Self {
        let Self { sorted, horizon } = self;
        let rests = sorted.into_iter().flat_map(|span| {
            let before = Span { from: span.from, until: span.until.min(gap.from) };
            [before, Span { from: span.from.max(gap.until), until: span.until }]
        });
        Self::new(rests.collect(), horizon)
    }

    /// Whether it is open.
    pub fn is_open(&self, now: UnixTime) -> bool {
        self.sorted.iter().any(|span| span.has(now))
    }

    /// When that changes; `None`: not as far as is known.
    pub fn next_change(&self, now: UnixTime) -> Option<UnixTime> {
        let edges = self.sorted.iter().flat_map(|span| [span.from, span.until]);
        edges.filter(|edge| *edge > now && *edge < self.horizon).min()
    }

    /// When it is next opened, though it may be open now; `None`: not as far as is known.
    pub fn next_opening(&self, now: UnixTime) -> Option<UnixTime> {
        self.sorted.iter().map(|span| span.from).find(|from| *from > now && *from < self.horizon)
    }

    /// Those that end after a moment and begin before another one.
    pub fn between(&self, from: UnixTime, until: UnixTime) -> impl Iterator<Item = Span> {
        self.sorted.iter().copied().filter(move |span| span.until > from && span.from < until)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span((from, until): (i64, i64)) -> Span {
        Span { from: UnixTime(from), until: UnixTime(until) }
    }

    proptest! {
        #[test]
        fn spans_are_what_their_seconds_are_t6(
            given in prop::collection::vec((0i64..60, 0i64..60), 0..8),
            added in (0i64..60, 0i64..60),
            gap in (0i64..60, 0i64..60),
        ) {
            let spans = Spans::new(given.iter().copied().map(span).collect(), UnixTime(60))
                .with(span(added))
                .without(span(gap));
            let model = |second: i64| {
                let has = |(from, until): &(i64, i64)| (*from..*until).contains(&second);
                (given.iter().any(has) || has(&added)) && !has(&gap)
            };
            for second in 0..60 {
                let now = UnixTime(second);
                prop_assert_eq!(spans.is_open(now), model(second));
                let change = (second + 1..60).find(|next| model(*next) != model(second));
                prop_assert_eq!(spans.next_change(now), change.map(UnixTime));
                let opening = (second + 1..60).find(|next| model(*next) && !model(next - 1));
                prop_assert_eq!(spans.next_opening(now), opening.map(UnixTime));
            }
        }
    }
}
