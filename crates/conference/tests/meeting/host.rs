//! The host is the host by credential, and by nothing else (B6, P3).

use incamera_conference::effect::{Input, Standing};
use incamera_conference::limits::RECONNECT_GRACE;
use incamera_conference::settings::{MeetingSettings, Role};
use incamera_conference::wire::{Act, Denial, Refusal, Source};

use crate::harness::{Answer, World};

#[test]
fn b6_the_host_is_the_host_after_a_lost_connection_and_after_the_grace() {
    let mut world = World::new();
    let first = world.owner(1);
    world.guest(2);
    world.lose(first);
    let second = world.owner(1);
    assert_eq!(world.me(second).role, Role::Host);
    world.lose(second);
    world.pass(RECONNECT_GRACE);
    let third = world.owner(1);
    assert_eq!(world.me(third).role, Role::Host);
}

#[test]
fn b6_two_devices_of_the_owner_are_two_hosts() {
    let mut world = World::new();
    let desk = world.owner(1);
    let phone = world.owner(2);
    assert_eq!(world.me(desk).role, Role::Host);
    assert_eq!(world.me(phone).role, Role::Host);
    assert_eq!(
        world.act(desk, Act::Mute { participant: world.id(phone) }),
        Answer::Denied(Denial::Protected)
    );
}

#[test]
fn b6_the_key_of_a_host_does_not_make_a_host() {
    let mut world = World::new();
    let host = world.owner(1);
    let id = world.id(host);
    world.guest(2);
    world.lose(host);
    let thief = world.greet(Standing::Guest, 1, |hello| hello.token = None);
    assert_eq!(world.refused(thief), Some(Refusal::NotAdmitted), "not even into the meeting");
    let guest = world.guest(1);
    assert_eq!(world.id(guest), id);
    assert_eq!(world.me(guest).role, Role::Participant);
    assert_eq!(world.act(guest, Act::MuteAll), Answer::Denied(Denial::NotModerator));
}

#[test]
fn b6_a_guest_who_signs_in_is_the_host() {
    let mut world = World::new();
    world.owner(1);
    let guest = world.guest(2);
    let id = world.id(guest);
    let host = world.owner(2);
    assert_eq!((world.id(host), world.me(host).role), (id, Role::Host));

    let mut world = World::new();
    let waiting = world.guest(2);
    let host = world.owner(2);
    assert_eq!(world.refused(waiting), Some(Refusal::Replaced));
    assert_eq!(world.me(host).role, Role::Host);
    assert_eq!(world.inside(host).people.len(), 1);
}

#[test]
fn who_signs_out_is_host_no_longer_and_gone_at_once() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    world.switch(host, Source::Microphone, true);
    world.handle(Input::SignedOut { connection: host });
    assert_eq!(world.refused(host), Some(Refusal::SignedOut));
    assert_eq!(world.inside(guest).people.len(), 1);
    let back = world.guest(1);
    assert_eq!(world.me(back).role, Role::Participant);
}

#[test]
fn p3_only_the_host_promotes_and_nobody_by_an_act_becomes_a_host() {
    let mut world = World::new();
    let host = world.owner(1);
    let [one, two] = [2, 3].map(|who| world.guest(who));
    let [first, second] = [one, two].map(|connection| world.id(connection));
    let promote = |participant, role| Act::SetRole { participant, role };
    assert_eq!(world.act(one, promote(second, Role::CoHost)), Answer::Denied(Denial::NotHost));
    assert_eq!(world.act(host, promote(first, Role::Host)), Answer::Denied(Denial::Protected));
    world.make_co_host(host, first);
    assert_eq!(world.me(one).role, Role::CoHost);
    assert_eq!(world.act(one, promote(second, Role::CoHost)), Answer::Denied(Denial::NotHost));
    assert_eq!(world.act(one, promote(first, Role::CoHost)), Answer::Denied(Denial::NotHost));
    world.done(host, promote(first, Role::Participant));
    assert_eq!(world.act(one, Act::MuteAll), Answer::Denied(Denial::NotModerator));
}

#[test]
fn a_new_co_host_sees_who_waits() {
    let mut world = World::with(MeetingSettings { lobby: true, ..MeetingSettings::default() });
    let host = world.owner(1);
    let guest = world.guest(2);
    world.settle();
    let knock = world.inside(host).knocks[0];
    world.done(host, Act::Admit { knock });
    world.guest(3);
    world.settle();
    assert!(world.inside(guest).knocks.is_empty());
    world.make_co_host(host, world.id(guest));
    world.settle();
    assert_eq!(world.inside(guest).knocks, world.inside(host).knocks);
}

#[test]
fn only_the_host_ends_the_meeting_and_then_everybody_is_out() {
    let mut world = World::with(MeetingSettings { lobby: true, ..MeetingSettings::default() });
    let host = world.owner(1);
    let [co_host, waiting] = [2, 3].map(|who| world.guest(who));
    world.settle();
    world.done(host, Act::Admit { knock: world.inside(host).knocks[0] });
    world.make_co_host(host, world.id(co_host));
    world.switch(co_host, Source::Camera, true);
    assert_eq!(world.act(co_host, Act::EndForAll), Answer::Denied(Denial::NotHost));
    world.act(host, Act::EndForAll);
    for connection in [host, co_host, waiting] {
        assert_eq!(world.refused(connection), Some(Refusal::Ended));
    }
    assert!(world.open.is_empty() && world.bound.is_empty());
    assert_eq!(world.over, Some(true));
    assert_eq!(world.meeting.poll_timeout(), None);
}

#[test]
fn a_co_host_changes_all_settings_but_the_early_start() {
    let mut world = World::new();
    let host = world.owner(1);
    let co_host = world.guest(2);
    world.make_co_host(host, world.id(co_host));
    let early = MeetingSettings { early_start: true, ..MeetingSettings::default() };
    assert_eq!(world.act(co_host, Act::ChangeSettings { settings: early }), Answer::Denied(Denial::NotHost));
    let strict = MeetingSettings { lobby: true, locked: true, chat: false, ..MeetingSettings::default() };
    world.done(co_host, Act::ChangeSettings { settings: strict });
    assert_eq!(world.inside(host).settings, strict);
    world.done(host, Act::ChangeSettings { settings: early });
    assert_eq!(world.inside(co_host).settings, early);
}
