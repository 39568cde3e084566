//! What members were told, for those whose connection was lost meanwhile.

use std::collections::VecDeque;

use crate::ids::ParticipantId;
use crate::limits::{GROUP_LOG, GROUP_LOG_BYTES};
use crate::sealed::{GroupBytes, SealedLink, SealedTitle};

/// The numbered sequence of a meeting's group. Its numbers go on when one group ends and another begins, so that a
/// number of the former means nothing in the latter.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// The newest.
    number: u32,
    /// All items after this one are here.
    complete_after: u32,
    items: VecDeque<(u32, Item)>,
    bytes: usize,
}

/// One change.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Item {
    Commit { epoch: u32, from: ParticipantId, commit: GroupBytes },
    Withdrawn { commit: u32 },
    Rotated { link: SealedLink, title: SealedTitle },
}

impl Item {
    fn bytes(&self) -> usize {
        match self {
            Self::Commit { commit, .. } => commit.as_bytes().len(),
            Self::Withdrawn { .. } => 0,
            Self::Rotated { link, title } => link.as_bytes().len() + title.as_bytes().len(),
        }
    }
}

impl Log {
    /// A group begins: nothing that came before it counts. Returns the number of its beginning.
    pub(crate) fn begin(&mut self) -> u32 {
        self.number += 1;
        self.forget();
        self.number
    }

    /// A group ended.
    pub(crate) fn forget(&mut self) {
        self.complete_after = self.number;
        self.items.clear();
        self.bytes = 0;
    }

    /// Adds an item. Returns its number.
    pub(crate) fn add(&mut self, item: Item) -> u32 {
        self.number += 1;
        self.bytes += item.bytes();
        self.items.push_back((self.number, item));
        while self.items.len() > GROUP_LOG || self.bytes > GROUP_LOG_BYTES {
            let Some((number, item)) = self.items.pop_front() else { break };
            self.bytes -= item.bytes();
            self.complete_after = number;
        }
        self.number
    }

    /// A commit does not count: who has not seen it need not. Returns the number of its withdrawal.
    pub(crate) fn withdraw(&mut self, commit: u32) -> u32 {
        if let Some(at) = self.items.iter().position(|(number, _)| *number == commit)
            && let Some((_, item)) = self.items.remove(at)
        {
            self.bytes -= item.bytes();
        }
        self.add(Item::Withdrawn { commit })
    }

    /// The newest number.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// All that came after this number; `None` where not all of it is here.
    pub(crate) fn since(&self, known: u32) -> Option<impl Iterator<Item = &(u32, Item)>> {
        let is_here = self.complete_after <= known && known <= self.number;
        is_here.then(|| self.items.iter().filter(move |(number, _)| *number > known))
    }
}
