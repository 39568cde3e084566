//! What a meeting wants done, in the order in which it must be done.

use std::collections::VecDeque;

use crate::effect::Effect;

/// Effects that wait to be polled: first all that the server enforces, then all that people are told, so that nobody
/// learns of a mute before it holds (P3, B5). Drained after every input, hence bounded by what one input can cause.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    enforce: VecDeque<Effect>,
    tell: VecDeque<Effect>,
}

impl Outbox {
    pub(crate) fn push(&mut self, effect: Effect) {
        match effect {
            Effect::Bind { .. }
            | Effect::Gate { .. }
            | Effect::Unbind { .. }
            | Effect::StoreAdmission { .. } => self.enforce.push_back(effect),
            Effect::Send { .. } | Effect::Close { .. } | Effect::Over { .. } => self.tell.push_back(effect),
        }
    }

    pub(crate) fn extend(&mut self, effects: impl IntoIterator<Item = Effect>) {
        effects.into_iter().for_each(|effect| self.push(effect));
    }

    pub(crate) fn pop(&mut self) -> Option<Effect> {
        self.enforce.pop_front().or_else(|| self.tell.pop_front())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.enforce.is_empty() && self.tell.is_empty()
    }
}
