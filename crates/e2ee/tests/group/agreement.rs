//! Those inside agree, whoever comes and goes, and whatever is made at the same time.

use std::collections::BTreeSet;

use incamera_e2ee::group::{Doors, GroupState, Proposals, Refusal};
use proptest::prelude::*;

use crate::support::{Meeting, Person, is};

#[test]
fn k4_members_have_the_same_code_which_changes_with_the_membership() {
    let mut meeting = Meeting::of(3, Doors::Open);
    meeting.assert_agreement();
    let before = meeting.member(1).security_code();
    assert_eq!(before.len(), 29);
    assert!(
        before.split(' ').all(|group| group.len() == 5 && group.bytes().all(|digit| digit.is_ascii_digit()))
    );

    meeting.join(&Person::new(9)).expect("joins");
    meeting.assert_agreement();
    assert_ne!(meeting.member(1).security_code(), before);
}

#[test]
fn k2_media_keys_change_with_everybody_who_comes_or_goes() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let first = meeting.member(1).media_key().base;
    meeting
        .change(1, Proposals { remove: vec![Person::new(3).identity()], ..Proposals::default() })
        .expect("removes");
    let second = meeting.member(1).media_key().base;
    meeting.join(&Person::new(4)).expect("joins");
    let third = meeting.member(1).media_key().base;
    assert!(first != second && second != third && first != third);
}

#[test]
fn k2_a_hundred_people_come_speak_and_go() {
    let mut meeting = Meeting::of(2, Doors::Closed);
    let people: Vec<_> = (3..=98).map(Person::new).collect();
    for some in people.chunks(32) {
        meeting.add(1, some, Vec::new()).expect("are let in");
    }
    let state = GroupState { doors: Doors::Open, ..meeting.member(1).state().clone() };
    meeting.change(1, Proposals { state: Some(state), ..Proposals::default() }).expect("opens");
    for number in [99, 100] {
        meeting.join(&Person::new(number)).expect("joins");
    }
    meeting.assert_agreement();
    assert_eq!(meeting.members.len(), 100);
    let everybody: BTreeSet<_> = meeting.member(50).roster().iter().map(|entry| entry.identity).collect();
    assert_eq!(everybody, (1..=100).map(|number| Person::new(number).identity()).collect());

    let message = meeting.member(100).say(b"good evening").expect("a message");
    for number in 1..100 {
        assert_eq!(meeting.member(number).hear(&message).expect("is heard").content, b"good evening");
    }
    let remove = vec![Person::new(37).identity()];
    meeting.change(1, Proposals { remove, ..Proposals::default() }).expect("is removed");
    meeting.assert_agreement();
    assert_eq!(meeting.members.len(), 99);
}

#[test]
fn of_two_commits_at_once_the_first_counts_and_the_other_is_made_again() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let two = meeting.member(2).commit(&Proposals::default()).expect("a commit");
    let one = meeting.member(1).commit(&Proposals::default()).expect("a commit");

    // The server takes person 1's. Person 2 follows it, which withdraws their own.
    meeting.deliver(&one, Some(1)).expect("everybody follows");
    meeting.member(1).accepted().expect("one's own");
    meeting.assert_agreement();

    // What lost is of no use any more, and can be made again.
    assert_eq!(meeting.deliver(&two, Some(2)), Err(Refusal::OtherEpoch));
    meeting.change(2, Proposals::default()).expect("made again");
    meeting.assert_agreement();
}

#[test]
fn who_reloads_the_page_replaces_the_old_leaf() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let change = meeting.join(&Person::new(3)).expect("comes back");
    assert_eq!(change.returned, [Person::new(3).identity()]);
    assert!(change.joined.is_empty());
    meeting.assert_agreement();
    assert_eq!(meeting.members.len(), 3);
}

#[test]
fn who_vanished_in_the_middle_is_taken_away_by_whoever_is_there() {
    let mut meeting = Meeting::of(4, Doors::Open);
    let gone = Person::new(2).identity();
    meeting.listed.remove(&gone);
    meeting.members.retain(|member| !is(member, &gone));
    let change =
        meeting.change(4, Proposals { remove: vec![gone], ..Proposals::default() }).expect("is taken away");
    assert_eq!(change.left, [gone]);
    assert!(change.removed.is_empty(), "nobody was moderated");
    meeting.assert_agreement();
}

/// What people do in a meeting, as far as the group is concerned.
#[derive(Clone, Copy, Debug)]
enum Step {
    Join(u8),
    Leave(u8),
    Remove(u8),
    Update(u8),
    Collide(u8, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let number = 1..12_u8;
    prop::collection::vec(
        prop_oneof![
            3 => number.clone().prop_map(Step::Join),
            1 => number.clone().prop_map(Step::Leave),
            1 => number.clone().prop_map(Step::Remove),
            1 => number.clone().prop_map(Step::Update),
            1 => (number.clone(), number).prop_map(|(a, b)| Step::Collide(a, b)),
        ],
        1..24,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_history_leaves_the_members_agreed(steps in steps()) {
        let mut meeting = Meeting::with_host(Doors::Open);
        for step in steps {
            take(&mut meeting, step);
            meeting.assert_agreement();
            let newest = meeting.members.len() - 1;
            let message = meeting.members[newest].say(b"hello").expect("a message");
            for member in &mut meeting.members[..newest] {
                prop_assert_eq!(&member.hear(&message).expect("is heard").content, b"hello");
            }
        }
    }
}

fn take(meeting: &mut Meeting, step: Step) {
    let seated = |meeting: &Meeting, number| {
        let identity = Person::new(number).identity();
        meeting.members.iter().any(|member| is(member, &identity))
    };
    match step {
        // Person 1 is the host and stays. Whoever is in already comes back after a reload.
        Step::Join(1) | Step::Leave(1) | Step::Remove(1) => {}
        Step::Join(number) => {
            meeting.join(&Person::new(number)).expect("joins");
        }
        Step::Leave(number) if seated(meeting, number) => {
            let identity = Person::new(number).identity();
            meeting.listed.remove(&identity);
            meeting.members.retain(|member| !is(member, &identity));
            meeting
                .change(1, Proposals { remove: vec![identity], ..Proposals::default() })
                .expect("is taken away");
        }
        Step::Remove(number) if seated(meeting, number) => {
            let identity = Person::new(number).identity();
            let change = meeting
                .change(1, Proposals { remove: vec![identity], ..Proposals::default() })
                .expect("is removed");
            assert!(meeting.members.len() == 1 || change.removed == [identity]);
            meeting.listed.remove(&identity);
            meeting.members.retain(|member| !is(member, &identity));
        }
        Step::Update(number) if seated(meeting, number) => {
            meeting.change(number, Proposals::default()).expect("is renewed");
        }
        Step::Collide(a, b) if a != b && seated(meeting, a) && seated(meeting, b) => {
            meeting.member(b).commit(&Proposals::default()).expect("a commit");
            meeting.change(a, Proposals::default()).expect("the first counts");
        }
        Step::Leave(_) | Step::Remove(_) | Step::Update(_) | Step::Collide(..) => {}
    }
}
