//! The lobby (P2, S2).

use incamera_conference::effect::Standing;
use incamera_conference::ids::{KnockId, ParticipantId};
use incamera_conference::limits::{DENIAL, LOBBY_INTERVAL};
use incamera_conference::settings::{MeetingSettings, Role};
use incamera_conference::wire::{Act, Denial, Departure, Refusal, ServerMessage, Source, WaitingFor};

use crate::harness::{Answer, World, name, remove, rotation, token};

fn with_lobby() -> World {
    World::with(MeetingSettings { lobby: true, ..MeetingSettings::default() })
}

#[test]
fn a_moderator_admits_and_turns_away() {
    let mut world = with_lobby();
    let host = world.owner(1);
    let [one, two] = [2, 3].map(|who| world.guest(who));
    world.settle();
    let [first, second] = world.inside(host).knocks[..] else { panic!("two knocks") };
    world.done(host, Act::Admit { knock: first });
    assert!(world.is_in(one));
    assert_eq!(world.id(one), ParticipantId(first.0), "the number stays the person's");
    assert_eq!(world.act(one, Act::Deny { knock: second }), Answer::Denied(Denial::NotModerator));
    world.done(host, Act::Deny { knock: second });
    assert_eq!(world.refused(two), Some(Refusal::Denied));
    world.settle();
    assert!(world.inside(host).knocks.is_empty());
    assert_eq!(world.act(host, Act::Admit { knock: second }), Answer::Denied(Denial::NoSuchPerson));
    assert_eq!(world.act(host, Act::Deny { knock: KnockId(999) }), Answer::Denied(Denial::NoSuchPerson));
}

#[test]
fn d2_who_is_turned_away_does_not_knock_again_at_once() {
    let mut world = with_lobby();
    let host = world.owner(1);
    world.guest(2);
    world.settle();
    world.done(host, Act::Deny { knock: world.inside(host).knocks[0] });
    world.heard(host);
    let again = world.guest(2);
    assert_eq!(world.refused(again), Some(Refusal::Denied));
    assert!(world.heard(host).is_empty(), "and nobody is troubled");
    let without_link = world.greet(Standing::Guest, 2, |hello| hello.token = Some(token(9)));
    assert_eq!(world.refused(without_link), Some(Refusal::NotAdmitted));
    let other = world.guest(3);
    assert_eq!(world.waiting(other), Some(WaitingFor::Admission));
    world.pass(DENIAL);
    let later = world.guest(2);
    assert_eq!(world.waiting(later), Some(WaitingFor::Admission));
}

#[test]
fn d2_moderators_are_told_who_waits_twice_a_second_at_most() {
    let mut world = with_lobby();
    let host = world.owner(1);
    world.settle();
    world.heard(host);
    for who in 2..20 {
        world.guest(who);
    }
    assert_eq!(world.inside(host).knocks.len(), 1, "the first at once");
    world.pass(LOBBY_INTERVAL);
    assert_eq!(world.inside(host).knocks.len(), 18, "all others together");
    assert_eq!(world.heard(host).len(), 2);
}

#[test]
fn all_are_admitted_in_the_order_of_their_coming() {
    let mut world = with_lobby();
    let host = world.owner(1);
    let guests = [2, 3, 4].map(|who| world.guest(who));
    world.done(host, Act::AdmitAll);
    let ids = guests.map(|connection| world.id(connection));
    assert!(ids.is_sorted());
    world.settle();
    assert!(world.inside(host).knocks.is_empty());
}

#[test]
fn who_goes_while_waiting_is_no_longer_shown() {
    let mut world = with_lobby();
    let host = world.owner(1);
    let [one, two] = [2, 3].map(|who| world.guest(who));
    world.lose(one);
    world.settle();
    assert_eq!(world.inside(host).knocks.len(), 1);
    assert_eq!(world.act(two, Act::Leave), Answer::Nothing);
    assert!(world.page(two).closed);
    world.settle();
    assert!(world.inside(host).knocks.is_empty());
}

#[test]
fn new_settings_admit_nobody_who_waits() {
    let mut world = with_lobby();
    let host = world.owner(1);
    let waiting = world.guest(2);
    world.done(host, Act::ChangeSettings { settings: MeetingSettings::default() });
    assert_eq!(world.waiting(waiting), Some(WaitingFor::Admission));
    let late = world.guest(3);
    assert!(world.is_in(late));
}

#[test]
fn a_person_is_put_back_into_the_lobby_even_where_there_is_none() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    let id = world.id(guest);
    world.make_co_host(host, id);
    world.switch(guest, Source::Camera, true);
    world.heard(host);
    world.done(host, Act::SendToLobby { participant: id });
    assert!(!world.is_open(id, Source::Camera));
    assert_eq!(world.waiting(guest), Some(WaitingFor::Admission));
    let left = ServerMessage::Left { participant: id, how: Departure::SentToLobby };
    assert!(world.heard(host).contains(&left));

    let again = world.guest(2);
    assert_eq!(world.waiting(again), Some(WaitingFor::Admission), "loading the page again is no way in");
    world.lose(again);
    let again = world.guest(2);
    assert_eq!(world.waiting(again), Some(WaitingFor::Admission));

    world.settle();
    world.done(host, Act::Admit { knock: world.inside(host).knocks[0] });
    assert_eq!(world.me(again).role, Role::Participant);
    assert!(world.me(again).live.is_empty());
    world.done(again, Act::Leave);
    let free = world.guest(2);
    assert!(world.is_in(free), "once admitted, admitted");
}

#[test]
fn a_person_who_is_away_can_be_put_into_the_lobby() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    let id = world.id(guest);
    world.lose(guest);
    world.done(host, Act::SendToLobby { participant: id });
    assert_eq!(world.inside(host).people.len(), 1);
    let back = world.guest(2);
    assert_eq!(world.waiting(back), Some(WaitingFor::Admission));
}

#[test]
fn who_waits_while_the_link_changes_is_to_ask_for_it() {
    let mut world = with_lobby();
    let host = world.owner(1);
    let guest = world.guest(2);
    world.settle();
    world.act(host, Act::Rotate { rotation: rotation(1) });
    world.store(false);
    assert_eq!(world.waiting(guest), Some(WaitingFor::Admission), "the old one holds");
    world.act(host, Act::Rotate { rotation: rotation(2) });
    assert_eq!(world.waiting(guest), Some(WaitingFor::Admission), "not before it is stored");
    world.store(true);
    assert_eq!(world.refused(guest), Some(Refusal::LinkChanged));
    assert!(world.page(guest).closed);
    world.settle();
    assert!(world.inside(host).knocks.is_empty());
    let again = world.guest(2);
    assert_eq!(world.refused(again), Some(Refusal::NotAdmitted), "a stranger learns nothing");
    let again = world.greet(Standing::Guest, 2, |hello| hello.token = Some(token(2)));
    assert_eq!(world.waiting(again), Some(WaitingFor::Admission));
    world.done(host, Act::AdmitAll);
    assert!(world.inside(again).linked);
}

#[test]
fn who_waits_while_somebody_is_removed_goes_on_waiting() {
    let mut world = with_lobby();
    let host = world.owner(1);
    let [bad, good, late] = [2, 3, 4].map(|who| world.guest(who));
    world.settle();
    world.done(host, Act::Admit { knock: world.inside(host).knocks[0] });
    world.act(host, remove(world.id(bad)));
    world.store(true);
    assert_eq!(world.waiting(good), Some(WaitingFor::Admission));
    world.settle();
    world.done(host, Act::Admit { knock: world.inside(host).knocks[0] });
    assert!(world.is_in(good));
    assert!(!world.inside(good).linked, "a new link is wanted");
    world.act(host, Act::Rotate { rotation: rotation(1) });
    world.store(true);
    assert_eq!(world.refused(late), Some(Refusal::LinkChanged));
}

#[test]
fn p1_moderators_see_the_names_of_those_who_come_and_the_server_forgets_them() {
    let mut world = with_lobby();
    let host = world.owner(1);
    let guest = world.guest(2);
    world.settle();
    assert_eq!(world.inside(host).names, [Some(name("person 2"))]);
    world.done(host, Act::AdmitAll);
    world.done(host, Act::SendToLobby { participant: world.id(guest) });
    world.settle();
    assert_eq!(world.inside(host).names, [None]);
    world.guest(2);
    world.settle();
    assert_eq!(world.inside(host).names, [Some(name("person 2"))], "whoever comes anew says it anew");
}
