//! A removal is one act that holds: out, kept out, and the link is worth nothing until there is a new one (P3, B5, K7).

use incamera_conference::effect::{Effect, Input, Standing, Ticket};
use incamera_conference::ids::ConnectionId;
use incamera_conference::limits::{PENDING_ROTATIONS, RECONNECT_GRACE, ROTATION_INTERVAL};
use incamera_conference::wire::{Act, Denial, Departure, Refusal, ServerMessage, Source};

use crate::harness::{Answer, World, nobodys, remove, rotation, secret, title, token};

fn with_token(world: &mut World, who: u8, link: u8) -> ConnectionId {
    world.greet(Standing::Guest, who, |hello| hello.token = Some(token(link)))
}

/// Whether strangers come in by this link. Each try is somebody else's.
fn admits(world: &mut World, link: u8) -> bool {
    let stranger = with_token(world, 100 + link, link);
    let is_in = world.is_in(stranger);
    assert!(is_in || world.refused(stranger) == Some(Refusal::NotAdmitted));
    if is_in {
        world.done(stranger, Act::Leave);
    }
    is_in
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

/// With a co-host.
fn with_co_host() -> (World, ConnectionId, ConnectionId, [ConnectionId; 2]) {
    let (mut world, host, guests) = before();
    let co_host = world.guest(4);
    world.make_co_host(host, world.id(co_host));
    (world, host, co_host, guests)
}

fn rotate(world: &mut World, by: ConnectionId, link: u8) {
    assert_eq!(world.act(by, Act::Rotate { rotation: rotation(link) }), Answer::Nothing);
}

fn rotated(number: u32, link: u8) -> ServerMessage {
    ServerMessage::Rotated { number, link: secret(link), title: title(link) }
}

/// What a page was told of new links and of answers.
fn outcomes(world: &mut World, connection: ConnectionId) -> Vec<ServerMessage> {
    let heard = world.heard(connection).into_iter();
    let tells = |message: &ServerMessage| {
        matches!(
            message,
            ServerMessage::Rotated { .. } | ServerMessage::Done { .. } | ServerMessage::Denied { .. }
        )
    };
    heard.filter(tells).collect()
}

#[test]
fn b5_the_removed_person_is_out_before_the_disk_has_answered() {
    let (mut world, host, [bad, good]) = before();
    let id = world.id(bad);
    world.heard(good);
    assert_eq!(world.act(host, remove(id)), Answer::Nothing, "done is said when it is stored");
    let gate = |source| Effect::Gate { participant: id, source, open: false };
    assert_eq!(world.last[..2], [gate(Source::Microphone), gate(Source::Camera)]);
    assert_eq!(world.last[2], Effect::Unbind { participant: id });
    let stored = Effect::StoreAdmission { ticket: Ticket(1), admission: nobodys(), title: title(0) };
    assert_eq!(world.last[3], stored, "nobody's link, and the title as it was");
    assert_eq!(world.refused(bad), Some(Refusal::Removed));
    let left = ServerMessage::Left { participant: id, how: Departure::Removed };
    assert_eq!(world.heard(good), [left]);

    // Neither by their key, nor in a private window.
    for (who, refusal) in [(2, Refusal::Removed), (5, Refusal::NotAdmitted)] {
        let back = world.guest(who);
        assert_eq!(world.refused(back), Some(refusal));
    }
    world.store(true);
    assert!(matches!(outcomes(&mut world, host)[..], [.., ServerMessage::Done { .. }]));
    assert!(world.heard(good).is_empty(), "there is no new link yet");
    for (who, refusal) in [(2, Refusal::Removed), (5, Refusal::NotAdmitted)] {
        let back = world.guest(who);
        assert_eq!(world.refused(back), Some(refusal));
    }

    rotate(&mut world, host, 1);
    assert!(!admits(&mut world, 1), "not before it is stored");
    world.store(true);
    assert_eq!(world.heard(good), [rotated(1, 1)]);
    assert!(!world.heard(bad).contains(&rotated(1, 1)));
    assert!(!admits(&mut world, 0));
    assert!(admits(&mut world, 1));
    let back = with_token(&mut world, 2, 1);
    assert_eq!(world.refused(back), Some(Refusal::Removed), "not by the new link either");
}

#[test]
fn b5_the_removal_outlives_a_restart() {
    let (mut world, host, [bad, _]) = before();
    world.act(host, remove(world.id(bad)));
    world.store(true);
    assert_eq!(world.disk, (nobodys(), title(0)));
    world.restart();
    let host = world.owner(1);
    let back = world.guest(2);
    assert_eq!(world.refused(back), Some(Refusal::NotAdmitted));
    rotate(&mut world, host, 1);
    world.store(true);
    let good = with_token(&mut world, 3, 1);
    assert!(world.is_in(good));
}

#[test]
fn b5_nobody_comes_in_by_the_hash_of_a_removal() {
    // Whoever removes somebody may be the next to go: their page made this hash.
    let (mut world, host, co_host, [bad, _]) = with_co_host();
    let crafted = Act::Remove { participant: world.id(bad), admission: token(7).hash() };
    world.act(co_host, crafted);
    world.act(host, remove(world.id(co_host)));
    world.store(true);
    assert!(!admits(&mut world, 7), "between the two");
    assert_eq!(world.disk.0, token(7).hash());
    world.store(true);
    assert!(!admits(&mut world, 7));
    assert_eq!(world.disk.0, nobodys(), "each removal is stored by itself, the last one last");
}

#[test]
fn the_others_come_back_by_key_while_the_link_is_worthless() {
    let (mut world, host, [bad, good]) = before();
    let id = world.id(good);
    world.lose(good);
    world.act(host, remove(world.id(bad)));
    for stored in [false, true] {
        let back = world.guest(3);
        assert_eq!(world.id(back), id);
        assert!(!world.inside(back).linked);
        assert_eq!(world.inside(back).title, title(0));
        world.lose(back);
        if !stored {
            world.store(true);
        }
    }
    let wrong = with_token(&mut world, 3, 9);
    assert_eq!(world.refused(wrong), Some(Refusal::NotAdmitted), "not by a link that never was");
    rotate(&mut world, host, 1);
    world.store(true);
    let old = world.guest(3);
    assert_eq!(world.refused(old), Some(Refusal::LinkChanged));
    world.pass(RECONNECT_GRACE);
    let late = world.guest(3);
    assert_eq!(world.refused(late), Some(Refusal::NotAdmitted), "after the grace, like anybody");
}

#[test]
fn b5_when_a_removal_cannot_be_stored_the_door_stays_shut() {
    let (mut world, host, [bad, good]) = before();
    world.act(host, remove(world.id(bad)));
    world.heard(host);
    world.store(false);
    assert!(matches!(world.heard(host)[..], [ServerMessage::Denied { reason: Denial::NotStored, .. }]));
    assert!(!admits(&mut world, 0));
    world.lose(good);
    let good = world.guest(3);
    assert!(world.is_in(good), "who is inside needs no link");

    // A second failure changes nothing; the next success opens the door.
    rotate(&mut world, host, 2);
    world.store(false);
    assert!(!admits(&mut world, 0));
    assert!(!admits(&mut world, 2));
    rotate(&mut world, host, 3);
    world.store(true);
    assert!(admits(&mut world, 3));
}

#[test]
fn when_a_mere_new_link_cannot_be_stored_the_old_one_holds() {
    let (mut world, host, [_, good]) = before();
    world.heard(good);
    rotate(&mut world, host, 1);
    assert!(!admits(&mut world, 0));
    world.store(false);
    assert!(admits(&mut world, 0));
    assert!(!admits(&mut world, 1));
    assert!(outcomes(&mut world, good).is_empty());
}

#[test]
fn of_two_new_links_at_the_same_time_the_first_serves_both() {
    let (mut world, host, co_host, _) = with_co_host();
    for connection in [host, co_host] {
        world.heard(connection);
    }
    rotate(&mut world, host, 1);
    rotate(&mut world, co_host, 2);
    assert_eq!(world.storing.len(), 1);
    world.store(true);
    assert!(world.storing.is_empty());
    for connection in [host, co_host] {
        let heard = outcomes(&mut world, connection);
        assert!(matches!(&heard[..], [first, ServerMessage::Done { .. }] if *first == rotated(1, 1)));
    }
    assert!(admits(&mut world, 1));
    assert!(!admits(&mut world, 2), "the second never came into force");
}

#[test]
fn b5_a_new_link_that_is_asked_for_during_a_removal_comes_after_it() {
    let (mut world, host, [bad, good]) = before();
    world.act(host, remove(world.id(bad)));
    rotate(&mut world, host, 1);
    assert_eq!(world.storing[0].1, nobodys(), "the removal first");
    world.heard(host);
    world.heard(good);
    world.store(true);
    assert!(matches!(outcomes(&mut world, host)[..], [ServerMessage::Done { .. }]), "the removal's");
    assert!(outcomes(&mut world, good).is_empty());
    assert!(!admits(&mut world, 0) && !admits(&mut world, 1));
    assert_eq!(world.storing[0].1, token(1).hash());
    world.store(true);
    assert_eq!(outcomes(&mut world, good), [rotated(1, 1)]);
    assert!(matches!(outcomes(&mut world, host)[..], [_, ServerMessage::Done { .. }]));
    assert!(admits(&mut world, 1));
}

#[test]
fn b5_a_new_link_that_a_removal_overtakes_is_told_and_worth_nothing() {
    for stored in [true, false] {
        let (mut world, host, [bad, good]) = before();
        rotate(&mut world, host, 1);
        world.act(host, remove(world.id(bad)));
        assert_eq!(world.refused(bad), Some(Refusal::Removed), "nothing holds it up");
        world.heard(good);
        world.store(true);
        assert_eq!(outcomes(&mut world, good), [rotated(1, 1)], "it is told, in its order");
        assert!(!admits(&mut world, 1), "but perhaps the removed person can read it");
        assert_eq!(world.storing[0].1, nobodys());
        assert_eq!(world.storing[0].2, title(1), "the title as it is by then");
        world.store(stored);
        assert!(!admits(&mut world, 1));
        let back = with_token(&mut world, 3, 1);
        assert!(world.is_in(back) && !world.inside(back).linked, "for those inside it is the link");
        let back = with_token(&mut world, 3, 0);
        assert_eq!(world.refused(back), Some(Refusal::LinkChanged));
        rotate(&mut world, host, 2);
        world.store(true);
        assert!(!admits(&mut world, 1));
        assert!(admits(&mut world, 2));
    }
}

#[test]
fn b5_when_the_overtaken_link_cannot_be_stored_the_old_one_does_not_hold() {
    let (mut world, host, [bad, good]) = before();
    rotate(&mut world, host, 1);
    world.act(host, remove(world.id(bad)));
    world.heard(good);
    world.store(false);
    assert_eq!(world.storing[0].2, title(0));
    world.store(false);
    assert!(outcomes(&mut world, good).is_empty());
    assert!(!admits(&mut world, 0) && !admits(&mut world, 1));
}

#[test]
fn b5_changes_are_stored_and_answered_in_the_order_of_their_asking() {
    let (mut world, host, co_host, [one, two]) = with_co_host();
    let ids = [one, two].map(|connection| world.id(connection));
    rotate(&mut world, co_host, 1);
    world.act(host, remove(ids[0]));
    rotate(&mut world, host, 2);
    rotate(&mut world, co_host, 3);
    world.act(co_host, remove(ids[1]));
    rotate(&mut world, host, 4);
    for connection in [host, co_host] {
        world.heard(connection);
    }
    let (first, second, fourth) = (token(1).hash(), token(2).hash(), token(4).hash());
    for expected in [first, nobodys(), second, nobodys(), fourth] {
        assert_eq!(world.storing[0].1, expected);
        for link in 0..4 {
            assert!(!admits(&mut world, link));
        }
        world.store(true);
    }
    let is_answer = |message: &ServerMessage| matches!(message, ServerMessage::Done { .. });
    for connection in [host, co_host] {
        let heard = outcomes(&mut world, connection);
        assert_eq!(heard.iter().filter(|message| is_answer(message)).count(), 3);
        let links: Vec<_> = heard.into_iter().filter(|message| !is_answer(message)).collect();
        assert_eq!(links, [rotated(1, 1), rotated(2, 2), rotated(3, 4)]);
    }
    assert!(!admits(&mut world, 2) && !admits(&mut world, 3));
    assert!(admits(&mut world, 4));
}

#[test]
fn b5_a_removal_that_waits_for_the_disk_is_stored_when_the_meeting_ends() {
    for input in [Input::Stopping, Input::Withdrawn] {
        let (mut world, host, [bad, _]) = before();
        rotate(&mut world, host, 1);
        world.act(host, remove(world.id(bad)));
        rotate(&mut world, host, 2);
        assert_eq!(world.storing.len(), 1);
        world.handle(input);
        let stored: Vec<_> = world.storing.iter().map(|(_, hash, _)| *hash).collect();
        assert_eq!(stored, [token(1).hash(), nobodys()], "nobody is told of the second new link");
    }
}

#[test]
fn a_person_who_is_away_can_be_removed() {
    let (mut world, host, [bad, _]) = before();
    let participant = world.id(bad);
    world.lose(bad);
    world.act(host, remove(participant));
    world.store(true);
    assert!(world.open.iter().all(|(whose, _)| *whose != participant));
    let back = world.guest(2);
    assert_eq!(world.refused(back), Some(Refusal::Removed));
}

#[test]
fn the_owner_cannot_be_kept_out() {
    let (mut world, host, [bad, _]) = before();
    world.act(host, remove(world.id(bad)));
    world.store(false);
    world.lose(host);
    let host = world.owner(2);
    assert!(world.is_in(host), "B6: the sign-in is more than a key");
}

#[test]
fn an_answer_of_the_disk_that_nobody_waits_for_changes_nothing() {
    let (mut world, host, [bad, _]) = before();
    world.handle(Input::AdmissionStored { ticket: Ticket(1), stored: true });
    rotate(&mut world, host, 1);
    world.act(host, remove(world.id(bad)));
    for ticket in [Ticket(77), Ticket(2)] {
        world.handle(Input::AdmissionStored { ticket, stored: true });
        assert!(world.last.is_empty());
    }
    world.store(true);
    world.store(true);
    rotate(&mut world, host, 2);
    world.store(true);
    assert!(admits(&mut world, 2));
}

#[test]
fn d2_requests_for_changes_of_the_link_are_bounded() {
    let (mut world, host, [bad, good]) = before();
    let participant = world.id(bad);
    world.act(host, remove(world.id(good)));
    for _ in 1..PENDING_ROTATIONS {
        world.pass(ROTATION_INTERVAL);
        rotate(&mut world, host, 1);
    }
    let too_often = Answer::Denied(Denial::TooOften);
    assert_eq!(world.act(host, Act::Rotate { rotation: rotation(1) }), too_often);
    assert_eq!(world.act(host, remove(participant)), too_often);
    assert!(world.is_in(bad), "nothing is half done");
    world.store(true);
    assert_eq!(world.act(host, remove(participant)), Answer::Nothing);
}
