//! What pages are told about the group, held against what all others were told.

use std::collections::BTreeMap;

use incamera_conference::ids::ParticipantId;
use incamera_conference::wire::{GroupEvent, GroupMessage};

/// The one sequence of a meeting, as far as anybody was told.
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    entries: BTreeMap<u32, Entry>,
    /// Which commit ended which epoch of the present group.
    ended: BTreeMap<u32, u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Entry {
    Began,
    Commit { epoch: u32, from: ParticipantId },
    Withdrawn { commit: u32 },
    Rotated,
}

/// One page's part.
#[derive(Debug, Default)]
pub(crate) struct Follower {
    /// The last number. `None`: not in the group.
    pub(crate) followed: Option<u32>,
    /// What came and was not looked at.
    pub(crate) heard: Vec<GroupEvent>,
    /// What this page has just handed in.
    pub(crate) handed_in: Option<GroupMessage>,
    /// The number by which it came in.
    came_by: u32,
}

impl Follower {
    /// Of a new connection.
    pub(crate) fn of(followed: Option<u32>) -> Self {
        Self { followed, ..Self::default() }
    }
}

impl Sequence {
    /// The present epoch.
    pub(crate) fn epoch(&self) -> u32 {
        self.ended.len() as u32
    }

    pub(crate) fn hear(&mut self, me: ParticipantId, page: &mut Follower, event: GroupEvent) {
        page.heard.push(event.clone());
        match event {
            GroupEvent::Found | GroupEvent::Turn { .. } => {
                assert_eq!(page.followed, None, "a member was asked to come in");
            }
            GroupEvent::Add { .. } => assert!(page.followed.is_some(), "somebody else was asked to add"),
            GroupEvent::Taken { number } => {
                let entry = match page.handed_in.take() {
                    Some(GroupMessage::Found { .. }) => Entry::Began,
                    Some(GroupMessage::Commit { epoch, .. }) => Entry::Commit { epoch, from: me },
                    _ => {
                        let entry = self.entries.get(&number).copied();
                        assert!(matches!(entry, Some(Entry::Commit { from, .. }) if from == me));
                        entry.expect("it is there")
                    }
                };
                self.enter(page, number, entry);
            }
            GroupEvent::Commit { number, epoch, from, .. } => {
                assert!(page.followed.is_some(), "told to somebody who is no member");
                assert_ne!(from, me);
                self.follow(page, number, Entry::Commit { epoch, from });
            }
            GroupEvent::Welcome { number, .. } => {
                assert_eq!(page.followed, None, "a member was added");
                assert!(matches!(self.entries.get(&number), Some(Entry::Commit { .. })));
                (page.followed, page.came_by) = (Some(number), number);
            }
            GroupEvent::Withdrawn { number, commit } => {
                self.follow(page, number, Entry::Withdrawn { commit });
                if page.came_by == commit {
                    page.followed = None;
                }
            }
        }
    }

    pub(crate) fn rotated(&mut self, page: &mut Follower, number: u32) {
        if page.followed.is_some() {
            self.follow(page, number, Entry::Rotated);
        } else {
            self.note(number, Entry::Rotated);
        }
    }

    /// By one's own commit: the first thing of a newcomer, the next of a member.
    fn enter(&mut self, page: &mut Follower, number: u32, entry: Entry) {
        if page.followed.is_some() {
            return self.follow(page, number, entry);
        }
        self.note(number, entry);
        (page.followed, page.came_by) = (Some(number), number);
    }

    fn follow(&mut self, page: &mut Follower, number: u32, entry: Entry) {
        self.note(number, entry);
        let before = page.followed.expect("a member");
        assert!(before < number, "{number} after {before}");
        for skipped in before + 1..number {
            let withdrawn = Entry::Withdrawn { commit: skipped };
            let is_withdrawn = self.entries.values().any(|entry| *entry == withdrawn);
            assert!(is_withdrawn, "{skipped} was kept from a member");
        }
        page.followed = Some(number);
    }

    /// Everybody is told the same.
    fn note(&mut self, number: u32, entry: Entry) {
        if let Some(known) = self.entries.get(&number) {
            return assert_eq!(*known, entry, "two pages were told different things");
        }
        match entry {
            Entry::Began => self.ended.clear(),
            Entry::Commit { epoch, .. } => {
                assert_eq!(self.ended.insert(epoch, number), None, "two commits ended one epoch");
                assert_eq!(epoch as usize, self.ended.len() - 1, "an epoch was left out");
            }
            Entry::Withdrawn { commit } => {
                let newest = self.ended.pop_last().map(|(_, number)| number);
                assert_eq!(newest, Some(commit), "not the newest commit");
            }
            Entry::Rotated => {}
        }
        self.entries.insert(number, entry);
    }
}
