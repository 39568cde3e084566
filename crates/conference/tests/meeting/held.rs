//! The meeting after a restart of the server (B6), and what a handed-back state cannot do (S1, D1).

use std::time::Duration;

use incamera_conference::effect::Standing;
use incamera_conference::ids::{ConnectionId, MeetingId, Signature};
use incamera_conference::limits::{
    HANDBACK_WINDOW, HELD_STATE_AGE, HELD_STATE_AHEAD, HELD_TEXT, PARTICIPANTS,
};
use incamera_conference::settings::{MeetingSettings, Role};
use incamera_conference::wire::{Act, Denial, HeldContent, HeldState, Refusal, Source, WaitingFor};

use crate::harness::{Answer, DENIED_MODERATOR, World, token};

const STRICT: MeetingSettings = MeetingSettings {
    lobby: true,
    locked: true,
    early_start: false,
    unmute: false,
    video: true,
    screen: true,
    chat: true,
    rename: true,
    strict: true,
};

fn with_held(world: &mut World, who: u8, held: &HeldState) -> ConnectionId {
    world.greet(Standing::Guest, who, |hello| hello.held = Some(held.clone()))
}

fn owner_with_held(world: &mut World, who: u8, held: &HeldState) -> ConnectionId {
    world.greet(Standing::Owner, who, |hello| (hello.token, hello.held) = (None, Some(held.clone())))
}

/// A meeting that was killed while a host, a co-host (2) and a participant (3) were in it.
fn killed() -> (World, HeldState) {
    let mut world = World::new();
    let host = world.owner(1);
    world.guest(2);
    let held = world.held(5, STRICT, &[(1, Role::Host), (2, Role::CoHost), (3, Role::Participant)]);
    world.done(host, Act::Hold { held: held.clone() });
    world.pass(Duration::from_secs(60));
    world.restart();
    world.pass(Duration::from_secs(3));
    (world, held)
}

#[test]
fn b6_the_first_member_back_brings_the_meeting_back() {
    let (mut world, held) = killed();
    let early = world.guest(9);
    assert_eq!(world.waiting(early), Some(WaitingFor::Host));
    let waits = world.guest(3);
    assert_eq!(world.waiting(waits), Some(WaitingFor::Host), "without a state a guest does not begin");

    let co_host = with_held(&mut world, 2, &held);
    assert!(world.is_in(co_host));
    assert_eq!(world.me(co_host).role, Role::CoHost);
    assert_eq!(world.inside(co_host).settings, STRICT);
    assert_eq!(world.inside(co_host).held, Some(held.clone()));
    assert!(world.is_in(waits), "who was in before need not knock");
    assert_eq!(world.waiting(early), Some(WaitingFor::Admission), "who was not must");
    assert_eq!(world.inside(co_host).knocks.len(), 1);

    let stranger = world.guest(10);
    assert_eq!(world.refused(stranger), Some(Refusal::Locked));
    let host = world.owner(1);
    assert_eq!(world.me(host).role, Role::Host);
    let (switch, source) = (true, incamera_conference::wire::Source::Microphone);
    assert_eq!(world.switch(waits, source, switch), Answer::Denied(Denial::SwitchedOff));
}

#[test]
fn b6_members_come_back_after_the_host_too() {
    let (mut world, held) = killed();
    let host = owner_with_held(&mut world, 1, &held);
    assert_eq!(world.inside(host).settings, STRICT);
    let co_host = world.guest(2);
    assert_eq!(world.me(co_host).role, Role::CoHost);
    let participant = with_held(&mut world, 3, &held);
    assert!(world.is_in(participant));
}

#[test]
fn b6_the_host_corrects_what_a_member_handed_in_first() {
    let (mut world, old) = killed();
    let new = world.held(6, MeetingSettings::default(), &[(2, Role::Participant)]);
    let demoted = with_held(&mut world, 2, &old);
    assert_eq!(world.me(demoted).role, Role::CoHost);
    let host = owner_with_held(&mut world, 1, &new);
    assert_eq!(world.me(demoted).role, Role::Participant);
    assert_eq!(world.inside(host).settings, MeetingSettings::default());
}

#[test]
fn s1_p3_where_the_host_is_no_member_hands_in_a_state() {
    let (mut world, held) = killed();
    let host = world.owner(1);
    world.done(host, Act::ChangeSettings { settings: STRICT });
    let free = world.held(6, MeetingSettings::default(), &[(2, Role::CoHost), (3, Role::Participant)]);
    for state in [&held, &free] {
        let former = with_held(&mut world, 2, state);
        assert_eq!(world.refused(former), Some(Refusal::Locked));
    }
    assert_eq!(world.inside(host).settings, STRICT);
    assert_eq!(world.inside(host).held, None);

    world.done(host, Act::Leave);
    let former = with_held(&mut world, 2, &free);
    assert_eq!(world.refused(former), Some(Refusal::Locked), "nor when the host has left again");
    let second_page = owner_with_held(&mut world, 4, &held);
    assert_eq!(world.inside(second_page).held, Some(held), "the owner's own state counts");
}

#[test]
fn b6_a_host_in_the_state_is_a_host_by_sign_in_only() {
    let (mut world, held) = killed();
    let claimed = with_held(&mut world, 1, &held);
    assert_eq!(world.me(claimed).role, Role::Participant);
    assert_eq!(world.act(claimed, Act::MuteAll), DENIED_MODERATOR);
}

#[test]
fn s1_a_state_counts_only_with_the_present_link() {
    let (mut world, held) = killed();
    let stranger = world.greet(Standing::Guest, 2, |hello| {
        hello.token = Some(token(9));
        hello.held = Some(held.clone());
    });
    assert_eq!(world.refused(stranger), Some(Refusal::NotAdmitted));
    assert_eq!(world.over, Some(false), "nothing has begun");
}

#[test]
fn s1_a_state_that_the_host_did_not_sign_is_worth_nothing() {
    let (mut world, held) = killed();
    let altered =
        HeldState { text: held.text.replace("\"locked\":true", "\"locked\":false"), ..held.clone() };
    let unsigned = HeldState { signature: Signature([1; 64]), ..held };
    for forged in [altered, unsigned] {
        let guest = with_held(&mut world, 2, &forged);
        assert_eq!(world.waiting(guest), Some(WaitingFor::Host));
    }
}

#[test]
fn s1_a_signed_state_that_makes_no_sense_is_worth_nothing() {
    let (mut world, held) = killed();
    let content: HeldContent = serde_json::from_str(&held.text).unwrap();
    let other_meeting = MeetingId::parse("zzzzzzzzzzzzzzzz").unwrap();
    let crowd = vec![content.people[0].clone(); PARTICIPANTS + 1];
    let nonsense = [
        world.sign(&HeldContent { meeting: other_meeting, ..content.clone() }),
        world.sign(&HeldContent { people: crowd, ..content.clone() }),
        world.sign_text("{}".to_owned()),
        world.sign_text(held.text.replacen('{', "{\"extra\":1,", 1)),
        world.sign_text(held.text.clone() + &" ".repeat(HELD_TEXT)),
    ];
    for state in nonsense {
        let guest = with_held(&mut world, 2, &state);
        assert_eq!(world.waiting(guest), Some(WaitingFor::Host));
    }
    let sensible = world.sign(&content);
    let guest = with_held(&mut world, 2, &sensible);
    assert!(world.is_in(guest), "the test's own signature is right");
}

#[test]
fn s1_a_state_counts_shortly_after_a_restart_only() {
    let (mut world, held) = killed();
    world.pass(HANDBACK_WINDOW);
    let guest = with_held(&mut world, 2, &held);
    assert_eq!(world.waiting(guest), Some(WaitingFor::Host));
}

#[test]
fn s1_an_old_state_is_worth_nothing() {
    let (mut world, held) = killed();
    let mut content: HeldContent = serde_json::from_str(&held.text).unwrap();
    content.issued = (world.wall.0 - HELD_STATE_AGE.as_secs() - 1) as u32;
    let old = world.sign(&content);
    let guest = with_held(&mut world, 2, &old);
    assert_eq!(world.waiting(guest), Some(WaitingFor::Host));
    content.issued += 1;
    let just_so = world.sign(&content);
    let guest = with_held(&mut world, 2, &just_so);
    assert!(world.is_in(guest));
}

#[test]
fn s1_a_state_from_the_future_is_worth_nothing() {
    let (mut world, held) = killed();
    let mut content: HeldContent = serde_json::from_str(&held.text).unwrap();
    content.issued = (world.wall.0 + HELD_STATE_AHEAD.as_secs() + 1) as u32;
    let postdated = world.sign(&content);
    let guest = with_held(&mut world, 2, &postdated);
    assert_eq!(world.waiting(guest), Some(WaitingFor::Host));
    content.issued -= 1;
    let fast_clock = world.sign(&content);
    let guest = with_held(&mut world, 2, &fast_clock);
    assert!(world.is_in(guest));
}

#[test]
fn of_two_states_the_newer_wins_in_whatever_order() {
    for newer_first in [false, true] {
        let (mut world, old) = killed();
        let new = world.held(6, MeetingSettings::default(), &[(2, Role::Participant), (3, Role::CoHost)]);
        let (first, second) = if newer_first { (&new, &old) } else { (&old, &new) };
        let two = with_held(&mut world, 2, first);
        let three = with_held(&mut world, 3, second);
        assert_eq!(world.me(two).role, Role::Participant);
        assert_eq!(world.me(three).role, Role::CoHost);
        assert_eq!(world.inside(two).settings, MeetingSettings::default());
        assert_eq!(world.inside(two).held.as_ref(), Some(&new));
    }
}

#[test]
fn a_role_that_the_host_took_since_does_not_come_back() {
    let (mut world, held) = killed();
    let host = owner_with_held(&mut world, 1, &held);
    let co_host = with_held(&mut world, 2, &held);
    let participant = world.id(co_host);
    world.done(host, Act::SetRole { participant, role: Role::Participant });
    world.done(co_host, Act::Leave);
    let back = with_held(&mut world, 2, &held);
    assert_eq!(world.refused(back), Some(Refusal::Locked), "no longer expected: like anybody");
}

#[test]
fn b6_p3_the_floor_outlives_a_restart_and_so_does_its_end() {
    let mut world = World::with(World::audience());
    let host = world.owner(1);
    let guests = [2, 3].map(|who| world.guest(who));
    let [two, three] = guests.map(|guest| world.id(guest));
    world.floor(host, two, true);
    world.floor(host, three, true);
    let before = world.held(1, World::audience(), &[(2, Role::Speaker), (3, Role::Speaker)]);
    world.floor(host, three, false);
    let after = world.held(2, World::audience(), &[(2, Role::Speaker), (3, Role::Participant)]);
    world.restart();

    let [one, other] = [(2, &before), (3, &before)].map(|(who, held)| with_held(&mut world, who, held));
    assert_eq!(world.me(one).role, Role::Speaker);
    assert!(world.open.is_empty(), "gates are closed at first");
    assert_eq!(world.switch(one, Source::Microphone, true), Answer::Done);
    // Whoever holds the newer state puts right what the older one brought back.
    assert_eq!(world.switch(other, Source::Microphone, true), Answer::Done);
    let three = world.id(other);
    with_held(&mut world, 4, &after);
    assert_eq!(world.me(other).role, Role::Participant);
    assert!(!world.is_open(three, Source::Microphone), "closed with the floor");
    assert_eq!(world.open.len(), 1);
}

#[test]
fn who_was_put_into_the_lobby_since_is_not_expected() {
    let (mut world, held) = killed();
    let host = owner_with_held(&mut world, 1, &held);
    let participant = with_held(&mut world, 3, &held);
    world.done(host, Act::ChangeSettings { settings: MeetingSettings::default() });
    world.done(host, Act::SendToLobby { participant: world.id(participant) });
    world.lose(participant);
    let back = with_held(&mut world, 3, &held);
    assert_eq!(world.waiting(back), Some(WaitingFor::Admission));
}

#[test]
fn only_a_host_gives_a_state_and_only_a_newer_one() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    let held = world.held(5, STRICT, &[]);
    assert_eq!(world.act(guest, Act::Hold { held: held.clone() }), Answer::Denied(Denial::NotHost));
    world.done(host, Act::Hold { held: held.clone() });
    assert_eq!(world.inside(guest).held, Some(held.clone()));
    assert_eq!(world.inside(guest).settings, MeetingSettings::default(), "to hold is not to set");
    let invalid = Answer::Denied(Denial::InvalidState);
    assert_eq!(world.act(host, Act::Hold { held: held.clone() }), invalid);
    let forged = HeldState { signature: Signature([2; 64]), ..world.held(6, STRICT, &[]) };
    assert_eq!(world.act(host, Act::Hold { held: forged }), invalid);
    let late = world.guest(3);
    assert_eq!(world.inside(late).held, Some(held));
}
