//! A removal is one act that holds: out, kept out, and the old link is worth nothing (P3, B5, K7).

use incamera_conference::effect::{Effect, Input, Standing, Ticket};
use incamera_conference::ids::ConnectionId;
use incamera_conference::limits::{LINKS, PENDING_ROTATIONS, RECONNECT_GRACE, ROTATION_INTERVAL};
use incamera_conference::wire::{Act, Denial, Departure, Refusal, ServerMessage, Source};

use crate::harness::{Answer, World, name, rotation, secret, title, token};

fn with_token(world: &mut World, who: u8, link: u8) -> ConnectionId {
    world.greet(Standing::Guest, who, |hello| hello.token = Some(token(link)))
}

/// A host and two guests with open microphones; the first is about to be removed.
fn before() -> (World, ConnectionId, [ConnectionId; 2]) {
    let mut world = World::new();
    let host = world.owner(1);
    let guests = [2, 3].map(|who| world.guest(who));
    for connection in guests {
        world.switch(connection, Source::Microphone, true);
        world.switch(connection, Source::Camera, true);
    }
    (world, host, guests)
}

#[test]
fn b5_the_removed_person_is_out_before_the_disk_has_answered() {
    let (mut world, host, [bad, good]) = before();
    let id = world.id(bad);
    world.heard(good);
    let answer = world.act(host, Act::Remove { participant: id, rotation: rotation(1) });
    assert_eq!(answer, Answer::Nothing, "done is said when it is stored");
    let gate = |source| Effect::Gate { participant: id, source, open: false };
    assert_eq!(world.last[..2], [gate(Source::Microphone), gate(Source::Camera)]);
    assert_eq!(world.last[2], Effect::Unbind { participant: id });
    assert!(matches!(world.last[3], Effect::StoreAdmission { .. }));
    assert_eq!(world.refused(bad), Some(Refusal::Removed));
    let left = ServerMessage::Left { participant: id, how: Departure::Removed };
    assert_eq!(world.heard(good), [left], "the new link is told when it is safe");

    // Neither by their key, nor in a private window, nor by the new link, which nobody can know yet.
    for (who, link, refusal) in
        [(2, 0, Refusal::Removed), (4, 0, Refusal::NotAdmitted), (4, 1, Refusal::NotAdmitted)]
    {
        let back = with_token(&mut world, who, link);
        assert_eq!(world.refused(back), Some(refusal));
    }

    world.store(true);
    let rotated = ServerMessage::Rotated { number: 1, link: secret(1), title: title(1) };
    assert_eq!(world.heard(good), std::slice::from_ref(&rotated));
    let last = world.heard(host);
    assert!(matches!(&last[last.len() - 2..], [r, ServerMessage::Done { .. }] if *r == rotated));
    assert!(!world.heard(bad).contains(&rotated));

    let back = with_token(&mut world, 4, 0);
    assert_eq!(world.refused(back), Some(Refusal::NotAdmitted));
    let back = with_token(&mut world, 2, 1);
    assert_eq!(world.refused(back), Some(Refusal::Removed), "not by the new link either");
    let new = with_token(&mut world, 5, 1);
    assert!(world.is_in(new));
}

#[test]
fn b5_the_removal_outlives_a_restart() {
    let (mut world, host, [bad, _]) = before();
    world.act(host, Act::Remove { participant: world.id(bad), rotation: rotation(1) });
    world.store(true);
    world.restart();
    world.owner(1);
    let back = with_token(&mut world, 2, 0);
    assert_eq!(world.refused(back), Some(Refusal::NotAdmitted));
    let good = with_token(&mut world, 3, 1);
    assert!(world.is_in(good));
}

#[test]
fn the_others_come_back_by_key_while_the_new_link_is_on_its_way() {
    let (mut world, host, [bad, good]) = before();
    world.lose(good);
    world.act(host, Act::Remove { participant: world.id(bad), rotation: rotation(1) });
    let back = world.guest(3);
    assert!(world.is_in(back));
    assert!(world.inside(back).links.is_empty());
    assert_eq!(world.inside(back).title, title(0));
    world.store(true);
    assert!(world.heard(back).contains(&ServerMessage::Rotated {
        number: 1,
        link: secret(1),
        title: title(1)
    }));
    world.lose(back);
    world.pass(RECONNECT_GRACE);
    let stale = world.guest(3);
    assert_eq!(world.refused(stale), Some(Refusal::NotAdmitted), "after the grace it takes the new link");
}

#[test]
fn when_a_removal_cannot_be_stored_the_door_stays_shut() {
    let (mut world, host, [bad, good]) = before();
    world.act(host, Act::Remove { participant: world.id(bad), rotation: rotation(1) });
    world.heard(host);
    world.store(false);
    assert!(matches!(world.heard(host)[..], [ServerMessage::Denied { reason: Denial::NotStored, .. }]));
    assert!(world.heard(good).iter().all(|message| !matches!(message, ServerMessage::Rotated { .. })));
    for (who, link) in [(4, 0), (4, 1)] {
        let new = with_token(&mut world, who, link);
        assert_eq!(world.refused(new), Some(Refusal::NotAdmitted));
    }
    world.lose(good);
    let good = world.guest(3);
    assert!(world.is_in(good), "who is inside needs no link");

    // A second failure changes nothing; the next success opens the door.
    world.act(host, Act::Rotate { rotation: rotation(2) });
    world.store(false);
    let new = with_token(&mut world, 4, 0);
    assert_eq!(world.refused(new), Some(Refusal::NotAdmitted));
    world.act(host, Act::Rotate { rotation: rotation(3) });
    world.store(true);
    let new = with_token(&mut world, 4, 3);
    assert!(world.is_in(new));
}

#[test]
fn when_a_mere_new_link_cannot_be_stored_the_old_one_holds() {
    let (mut world, host, _) = before();
    world.act(host, Act::Rotate { rotation: rotation(1) });
    world.store(false);
    let new = with_token(&mut world, 4, 0);
    assert!(world.is_in(new));
    let new = with_token(&mut world, 5, 1);
    assert_eq!(world.refused(new), Some(Refusal::NotAdmitted));
}

#[test]
fn two_removals_at_the_same_time_share_one_new_link() {
    let (mut world, host, [one, two]) = before();
    let co_host = world.guest(4);
    world.make_co_host(host, world.id(co_host));
    world.act(host, Act::Remove { participant: world.id(one), rotation: rotation(1) });
    world.act(co_host, Act::Remove { participant: world.id(two), rotation: rotation(2) });
    assert_eq!(world.refused(two), Some(Refusal::Removed));
    assert_eq!(world.storing.len(), 1);
    world.store(true);
    for connection in [host, co_host] {
        let heard = world.heard(connection);
        assert!(heard.contains(&ServerMessage::Rotated { number: 1, link: secret(1), title: title(1) }));
        assert!(matches!(heard.last(), Some(ServerMessage::Done { .. })));
    }
    let new = with_token(&mut world, 5, 2);
    assert_eq!(world.refused(new), Some(Refusal::NotAdmitted), "the second rotation never came into force");
}

#[test]
fn a_rotation_that_a_removal_joined_must_be_stored_like_a_removal() {
    let (mut world, host, [bad, _]) = before();
    world.act(host, Act::Rotate { rotation: rotation(1) });
    world.act(host, Act::Remove { participant: world.id(bad), rotation: rotation(2) });
    world.store(false);
    let new = with_token(&mut world, 4, 0);
    assert_eq!(world.refused(new), Some(Refusal::NotAdmitted));
}

#[test]
fn a_person_who_is_away_can_be_removed() {
    let (mut world, host, [bad, _]) = before();
    let participant = world.id(bad);
    world.lose(bad);
    world.act(host, Act::Remove { participant, rotation: rotation(1) });
    world.store(true);
    assert!(world.open.iter().all(|(whose, _)| *whose != participant));
    let back = with_token(&mut world, 2, 1);
    assert_eq!(world.refused(back), Some(Refusal::Removed));
}

#[test]
fn the_owner_cannot_be_kept_out() {
    let (mut world, host, [bad, _]) = before();
    world.act(host, Act::Remove { participant: world.id(bad), rotation: rotation(1) });
    world.store(false);
    world.lose(host);
    let host = world.owner(2);
    assert!(world.is_in(host), "B6: the sign-in is more than a key");
}

#[test]
fn names_are_sealed_again_once_for_each_new_link() {
    let (mut world, host, [one, _]) = before();
    let settings = incamera_conference::settings::MeetingSettings { rename: false, ..Default::default() };
    world.done(host, Act::ChangeSettings { settings });
    let reseal = || Act::Reseal { name: name("the same, sealed again") };
    assert_eq!(world.act(one, reseal()), Answer::Denied(Denial::TooOften));
    world.act(host, Act::Rotate { rotation: rotation(1) });
    world.store(true);
    assert_eq!(world.act(one, reseal()), Answer::Done);
    assert_eq!(world.me(one).name, name("the same, sealed again"));
    assert_eq!(world.act(one, reseal()), Answer::Denied(Denial::TooOften));
}

#[test]
fn an_answer_of_the_disk_that_nobody_waits_for_changes_nothing() {
    let (mut world, host, _) = before();
    world.handle(Input::AdmissionStored { ticket: Ticket(1), stored: true });
    world.act(host, Act::Rotate { rotation: rotation(1) });
    world.handle(Input::AdmissionStored { ticket: Ticket(77), stored: true });
    assert!(world.last.is_empty());
    world.store(true);
    let new = with_token(&mut world, 4, 1);
    assert!(world.is_in(new));
}

#[test]
fn requests_for_a_new_link_are_bounded() {
    let (mut world, host, [bad, _]) = before();
    let participant = world.id(bad);
    for _ in 0..PENDING_ROTATIONS {
        world.pass(ROTATION_INTERVAL);
        world.act(host, Act::Rotate { rotation: rotation(1) });
    }
    assert_eq!(
        world.act(host, Act::Remove { participant, rotation: rotation(1) }),
        Answer::Denied(Denial::TooOften)
    );
    assert!(world.is_in(bad), "nothing is half done");
}

#[test]
fn links_beyond_memory_are_not_handed_out_in_part() {
    let (mut world, host, [one, two]) = before();
    world.done(host, Act::SendToLobby { participant: world.id(two) });
    let rotate = |world: &mut World, link| {
        world.pass(ROTATION_INTERVAL);
        world.act(host, Act::Rotate { rotation: rotation(link) });
        world.store(true);
    };
    for link in 1..=LINKS as u8 {
        rotate(&mut world, link);
    }
    world.lose(one);
    let back = world.guest(2);
    assert_eq!(world.inside(back).links.len(), LINKS);
    rotate(&mut world, 99);
    let back = world.guest(2);
    assert!(world.inside(back).links.is_empty());
    world.done(host, Act::AdmitAll);
    assert!(world.inside(two).links.is_empty(), "a chain with its first link missing opens nothing");
}
