//! What moderators do holds at once (P3, B5).

use incamera_conference::effect::Effect;
use incamera_conference::ids::{ConnectionId, ParticipantId};
use incamera_conference::settings::MeetingSettings;
use incamera_conference::wire::{Act, Denial, ServerMessage, Source};

use crate::harness::{Answer, World};

const SWITCHED_OFF: Answer = Answer::Denied(Denial::SwitchedOff);

/// A host and two guests.
fn three(settings: MeetingSettings) -> (World, ConnectionId, [ConnectionId; 2], [ParticipantId; 2]) {
    let mut world = World::with(settings);
    let host = world.owner(1);
    let guests = [2, 3].map(|who| world.guest(who));
    let ids = guests.map(|connection| world.id(connection));
    (world, host, guests, ids)
}

#[test]
fn every_gate_is_closed_at_first_and_opened_by_its_owner_alone() {
    let (mut world, _, [one, _], [id, _]) = three(MeetingSettings::default());
    assert!(world.open.is_empty());
    for source in [Source::Microphone, Source::Camera] {
        assert_eq!(world.switch(one, source, true), Answer::Done);
        assert!(world.is_open(id, source));
        assert_eq!(world.last[0], Effect::Gate { participant: id, source, open: true });
        assert_eq!(world.switch(one, source, false), Answer::Done);
        assert!(!world.is_open(id, source));
    }
}

#[test]
fn a_shared_screen_goes_with_its_sound() {
    let (mut world, host, [one, _], [id, _]) = three(MeetingSettings::default());
    world.switch(one, Source::Screen, true);
    assert!(world.is_open(id, Source::Screen) && world.is_open(id, Source::ScreenAudio));
    world.switch(one, Source::ScreenAudio, false);
    assert!(world.is_open(id, Source::Screen) && !world.is_open(id, Source::ScreenAudio));
    world.switch(one, Source::ScreenAudio, true);
    world.done(host, Act::StopScreen { participant: id });
    assert!(world.open.is_empty());
}

#[test]
fn b5_a_mute_closes_the_gate_before_anything_else() {
    let (mut world, host, [one, two], [id, _]) = three(MeetingSettings::default());
    world.switch(one, Source::Microphone, true);
    for connection in [one, two] {
        world.heard(connection);
    }
    world.done(host, Act::Mute { participant: id });
    assert_eq!(world.last[0], Effect::Gate { participant: id, source: Source::Microphone, open: false });
    for connection in [one, two] {
        let heard = world.heard(connection);
        assert!(
            matches!(heard[..], [ServerMessage::Participant { .. }]),
            "all get the new record: {heard:?}"
        );
    }
    world.done(host, Act::Mute { participant: id });
    assert!(world.heard(one).is_empty(), "it was muted already");
}

#[test]
fn p3_b5_a_mute_leaves_no_way_to_be_heard() {
    for mute_all in [false, true] {
        let (mut world, host, [one, _], [id, _]) = three(MeetingSettings::default());
        let quiet = MeetingSettings { unmute: false, ..MeetingSettings::default() };
        world.switch(one, Source::Microphone, true);
        world.switch(one, Source::Screen, true);
        world.done(host, Act::ChangeSettings { settings: quiet });
        world.done(host, if mute_all { Act::MuteAll } else { Act::Mute { participant: id } });
        assert_eq!(world.open.iter().collect::<Vec<_>>(), [&(id, Source::Screen)]);
        for source in [Source::Microphone, Source::ScreenAudio] {
            assert_eq!(world.switch(one, source, true), SWITCHED_OFF);
        }
        assert_eq!(world.switch(one, Source::Screen, true), Answer::Done);
        assert!(!world.is_open(id, Source::ScreenAudio), "shared again, the screen is silent");
        world.switch(one, Source::Screen, false);
        assert_eq!(world.switch(one, Source::Screen, true), Answer::Done);
        assert_eq!(world.open.iter().collect::<Vec<_>>(), [&(id, Source::Screen)]);
    }
}

#[test]
fn p3_the_sound_of_a_screen_needs_the_screen() {
    let (mut world, host, [one, _], [id, _]) = three(MeetingSettings::default());
    for connection in [host, one] {
        assert_eq!(world.switch(connection, Source::ScreenAudio, true), SWITCHED_OFF);
    }
    world.switch(one, Source::Screen, true);
    world.switch(one, Source::ScreenAudio, false);
    assert_eq!(world.switch(one, Source::ScreenAudio, true), Answer::Done);
    world.switch(one, Source::Screen, false);
    assert!(world.open.is_empty());
    assert_eq!(world.switch(one, Source::ScreenAudio, true), SWITCHED_OFF);
    assert!(!world.is_open(id, Source::ScreenAudio));
}

#[test]
fn moderators_share_the_sound_where_participants_may_not() {
    let quiet = MeetingSettings { unmute: false, ..MeetingSettings::default() };
    let (mut world, host, _, _) = three(quiet);
    world.switch(host, Source::Screen, true);
    assert!(world.is_open(world.id(host), Source::ScreenAudio));
}

#[test]
fn a_video_is_stopped_and_nothing_else() {
    let (mut world, host, [one, _], [id, _]) = three(MeetingSettings::default());
    world.switch(one, Source::Camera, true);
    world.switch(one, Source::Microphone, true);
    world.done(host, Act::StopVideo { participant: id });
    assert!(!world.is_open(id, Source::Camera));
    assert!(world.is_open(id, Source::Microphone));
}

#[test]
fn to_mute_all_spares_the_moderators() {
    let (mut world, host, guests, ids) = three(MeetingSettings::default());
    world.make_co_host(host, ids[0]);
    for connection in [host, guests[0], guests[1]] {
        world.switch(connection, Source::Microphone, true);
    }
    world.done(guests[0], Act::MuteAll);
    assert!(world.is_open(world.id(host), Source::Microphone));
    assert!(world.is_open(ids[0], Source::Microphone));
    assert!(!world.is_open(ids[1], Source::Microphone));
}

#[test]
fn a_person_who_was_asked_may_unmute_once() {
    let quiet = MeetingSettings { unmute: false, ..MeetingSettings::default() };
    let (mut world, host, [one, _], [id, _]) = three(quiet);
    assert_eq!(world.switch(one, Source::Microphone, true), SWITCHED_OFF);
    world.done(host, Act::AskToUnmute { participant: id });
    assert!(!world.is_open(id, Source::Microphone), "P3: never a remote unmute");
    assert_eq!(world.switch(one, Source::Microphone, true), Answer::Done);
    assert!(world.is_open(id, Source::Microphone));
    world.switch(one, Source::Microphone, false);
    assert_eq!(world.switch(one, Source::Microphone, true), SWITCHED_OFF);
}

#[test]
fn a_mute_takes_the_permission_back() {
    let quiet = MeetingSettings { unmute: false, ..MeetingSettings::default() };
    for mute_all in [false, true] {
        let (mut world, host, [one, _], [id, _]) = three(quiet);
        world.done(host, Act::AskToUnmute { participant: id });
        world.done(host, if mute_all { Act::MuteAll } else { Act::Mute { participant: id } });
        assert_eq!(world.switch(one, Source::Microphone, true), SWITCHED_OFF);
    }
}

#[test]
fn the_permission_to_unmute_is_for_the_microphone() {
    let silent = MeetingSettings { unmute: false, video: false, screen: false, ..MeetingSettings::default() };
    let (mut world, host, [one, _], [id, _]) = three(silent);
    world.done(host, Act::AskToUnmute { participant: id });
    for source in [Source::Camera, Source::Screen, Source::ScreenAudio] {
        assert_eq!(world.switch(one, source, true), SWITCHED_OFF);
    }
}

#[test]
fn new_settings_close_no_open_gate() {
    let (mut world, host, [one, _], [id, _]) = three(MeetingSettings::default());
    world.switch(one, Source::Microphone, true);
    let quiet = MeetingSettings { unmute: false, ..MeetingSettings::default() };
    world.done(host, Act::ChangeSettings { settings: quiet });
    assert!(world.is_open(id, Source::Microphone));
    world.done(host, Act::MuteAll);
    assert_eq!(world.switch(one, Source::Microphone, true), SWITCHED_OFF);
    assert_eq!(world.switch(host, Source::Microphone, true), Answer::Done, "moderators may always");
}

#[test]
fn p3_nobody_moderates_the_host_and_co_hosts_not_each_other() {
    let (mut world, host, guests, ids) = three(MeetingSettings::default());
    let host_id = world.id(host);
    world.make_co_host(host, ids[0]);
    world.make_co_host(host, ids[1]);
    world.switch(host, Source::Microphone, true);
    world.switch(guests[1], Source::Microphone, true);
    for participant in [host_id, ids[1]] {
        assert_eq!(world.act(guests[0], Act::Mute { participant }), Answer::Denied(Denial::Protected));
        assert!(world.is_open(participant, Source::Microphone));
    }
    world.done(host, Act::Mute { participant: ids[1] });
}
