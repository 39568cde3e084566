//! Who comes in: by the link with its PSK while the door is open, and through a moderator's hands while it is closed.

use ed25519_dalek::{Signer, SigningKey};
use incamera_e2ee::group::{
    Doors, Group, GroupError, GroupRole, GroupState, Identity, Knocker, LeafDraft, LeafSeed, Proposals,
    Refusal,
};
use incamera_e2ee::link::HostHash;

use crate::support::{MEETING, Meeting, Person, host_hash, host_key, link, now, state};

#[test]
fn b1_who_has_the_link_joins_and_is_seen() {
    let mut meeting = Meeting::of(2, Doors::Open);
    let change = meeting.join(&Person::new(5)).expect("joins");
    assert_eq!(change.joined, [Person::new(5).identity()]);
    assert_eq!(change.by, Some(Person::new(5).identity()));
    assert!(meeting.member(1).roster().iter().any(|entry| entry.identity == Person::new(5).identity()));
}

#[test]
fn k4_a_joiner_with_another_password_is_refused() {
    let mut meeting = Meeting::of(2, Doors::Open);
    // The server knows the id of the present link; what the link and its password give, it does not.
    let mut forged = link(99);
    forged.id = meeting.link.id;
    let (_, bundle) =
        Group::join(Person::new(6).leaf(), forged, &host_hash(), meeting.info(), None).expect("a commit");
    assert_eq!(meeting.deliver(&bundle, None), Err(Refusal::Unreadable));
    meeting.assert_agreement();
}

#[test]
fn b5_a_joiner_with_the_former_link_is_refused() {
    let mut meeting = Meeting::of(2, Doors::Open);
    let former = meeting.link.clone();
    for member in &mut meeting.members {
        member.relink(link(2)).expect("a new link");
    }
    let (_, bundle) =
        Group::join(Person::new(6).leaf(), former, &host_hash(), meeting.info(), None).expect("a commit");
    assert_eq!(meeting.deliver(&bundle, None), Err(Refusal::NoPsk));
    meeting.link = link(2);
    meeting.join(&Person::new(6)).expect("with the new one");
}

#[test]
fn p2_a_closed_door_is_closed_for_those_with_the_link() {
    let mut meeting = Meeting::of(2, Doors::Open);
    let (_, early) = meeting.external_commit(Person::new(6).leaf()).expect("a commit");
    let closed = GroupState { doors: Doors::Closed, ..meeting.member(1).state().clone() };
    let proposals = Proposals { state: Some(closed), ..Proposals::default() };
    meeting.change(1, proposals).expect("closes");
    assert_eq!(meeting.deliver(&early, None), Err(Refusal::OtherEpoch));
    assert_eq!(meeting.external_commit(Person::new(6).leaf()).err(), Some(GroupError::DoorClosed));
}

#[test]
fn p2_members_refuse_a_joiner_who_does_not_ask_whether_the_door_is_closed() {
    // An honest joiner reads the door's state and stops. One who does not is refused by everybody: the commit below
    // was made for a group whose members have the door closed since.
    let mut meeting = Meeting::of(3, Doors::Closed);
    let bundle = crate::raw::external_commit(meeting.info(), &Person::new(6), &meeting.link, true);
    assert_eq!(meeting.deliver(&bundle, None), Err(Refusal::DoorClosed));
    meeting.assert_agreement();
}

#[test]
fn b1_an_external_commit_without_the_psk_is_refused() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let bundle = crate::raw::external_commit(meeting.info(), &Person::new(6), &meeting.link, false);
    assert_eq!(meeting.deliver(&bundle, None), Err(Refusal::NoPsk));
    meeting.assert_agreement();
}

#[test]
fn s2_a_moderator_lets_in_through_a_closed_door() {
    let mut meeting = Meeting::of(2, Doors::Closed);
    let change = meeting.add(1, &[Person::new(5), Person::new(6)], Vec::new()).expect("are let in");
    assert_eq!(change.joined, [Person::new(5).identity(), Person::new(6).identity()]);
    meeting.assert_agreement();
}

#[test]
fn s2_a_key_package_says_whose_it_is_to_whoever_lets_in() {
    let mut meeting = Meeting::of(2, Doors::Closed);
    let link = meeting.link.clone();
    let package =
        |leaf| Knocker::new(leaf, link.clone(), now()).expect("a key package").key_package().to_vec();
    let (guest, device) = (Person::new(5), Person::new(6));
    let member = meeting.member(1);
    assert_eq!(member.applicant(&package(guest.leaf())), Ok((guest.identity(), GroupRole::Participant)));
    let of_host = package(device.host_leaf(&host_key()));
    assert_eq!(member.applicant(&of_host), Ok((device.identity(), GroupRole::Host)));
    assert_eq!(member.applicant(b"no key package"), Err(GroupError::Unreadable));
    let impostor = SigningKey::from_bytes(&[99; 32]);
    let forged = package(device.host_leaf(&impostor));
    assert_eq!(member.applicant(&forged), Err(GroupError::NotVouched));
}

#[test]
fn p3_a_participant_lets_nobody_in() {
    for doors in [Doors::Open, Doors::Closed] {
        let mut meeting = Meeting::of(3, doors);
        assert_eq!(meeting.add(2, &[Person::new(5)], Vec::new()), Err(Refusal::NotAllowed));
        meeting.assert_agreement();
    }
}

#[test]
fn b6_anybody_lets_the_host_in_again() {
    let mut meeting = Meeting::of(3, Doors::Closed);
    // From a second device, while the first is still there.
    let device = Person::new(8);
    let knocker =
        Knocker::new(device.host_leaf(&host_key()), meeting.link.clone(), now()).expect("a key package");
    meeting.add_knockers(2, vec![knocker], Vec::new()).expect("the host is let in");
    meeting.assert_agreement();
}

#[test]
fn b6_a_moderator_lets_those_in_again_who_were_in() {
    let mut meeting = Meeting::of(3, Doors::Closed);
    let back = Person::new(3);
    let change = meeting.add(1, std::slice::from_ref(&back), vec![back.identity()]).expect("is let in");
    assert_eq!(change.returned, [back.identity()]);
    meeting.assert_agreement();
}

#[test]
fn p2_who_knocks_does_not_enter_a_group_that_a_participant_made_up() {
    // Somebody with the link, and the server's help, takes a knock that was meant for the host.
    let impostor = Person::new(4);
    let victim = Person::new(5).knock(&link(1));
    let mut group = Group::found(impostor.leaf(), link(1), [9; 16], state(Doors::Closed)).expect("a group");
    let add = vec![victim.key_package().to_vec()];
    let bundle = group.commit(&Proposals { add, ..Proposals::default() }).expect("a commit");
    let entered = victim.welcome(&host_hash(), &bundle.welcome.expect("a welcome"), None);
    assert_eq!(entered.err(), Some(GroupError::NotLetIn));
}

#[test]
fn k2_the_hosts_own_coming_makes_no_strangers_group_a_moderated_one() {
    // Somebody with the link, and the server's help, shows the host an open group in place of the closed one.
    let impostor =
        Group::found(Person::new(4).leaf(), link(1), [9; 16], state(Doors::Open)).expect("a group");
    let info = impostor.info().expect("an info");
    let former = state(Doors::Closed);
    let own = Person::new(1).host_leaf(&host_key());
    let entered = Group::join(own, link(1), &host_hash(), &info, Some(&former));
    assert_eq!(entered.err(), Some(GroupError::OlderState));
}

#[test]
fn b1_nobody_has_two_leaves() {
    let mut meeting = Meeting::of(3, Doors::Closed);
    let twin = Person::new(3);
    let draft = LeafDraft::new(MEETING, twin.identity(), &LeafSeed::from_bytes([77; 32]));
    let binding = twin.key.sign(&draft.binding_text()).to_bytes();
    let leaf = draft.bind(binding, None).expect("signed");
    let knocker = Knocker::new(leaf, meeting.link.clone(), now()).expect("a key package");
    assert_eq!(meeting.add_knockers(1, vec![knocker], Vec::new()), Err(Refusal::TwoLeaves));
    meeting.assert_agreement();
}

#[test]
fn k4_a_leaf_that_nobody_vouches_for_cannot_be_made() {
    let person = Person::new(5);
    let draft = LeafDraft::new(MEETING, person.identity(), &LeafSeed::from_bytes([1; 32]));
    let signature = Person::new(6).key.sign(&draft.binding_text()).to_bytes();
    assert!(draft.bind(signature, None).is_err());
}

#[test]
fn p3_a_forged_host_grant_is_refused() {
    let mut meeting = Meeting::of(2, Doors::Open);
    let impostor = Person::new(6).host_leaf(&SigningKey::from_bytes(&[66; 32]));
    // The impostor's own program notices first; the members would as well.
    assert!(meeting.external_commit(impostor).is_err());
    let impostor = Person::new(6).host_leaf(&SigningKey::from_bytes(&[66; 32]));
    let knocker = Knocker::new(impostor, meeting.link.clone(), now()).expect("a key package");
    assert_eq!(meeting.add_knockers(1, vec![knocker], Vec::new()), Err(Refusal::NotVouched));
}

#[test]
fn k4_a_group_of_another_host_is_not_entered() {
    let meeting = Meeting::of(2, Doors::Open);
    let other = HostHash::of(&Identity([3; 32]).0);
    let joined = Group::join(Person::new(5).leaf(), meeting.link.clone(), &other, meeting.info(), None);
    assert_eq!(joined.err(), Some(GroupError::OtherHost));
}

#[test]
fn b6_after_a_restart_no_older_state_is_accepted() {
    let former = Meeting::of(2, Doors::Closed).members[0].state().clone();
    // A participant founds an open group where the door was closed.
    let founder = Person::new(4);
    let group = Group::found(founder.leaf(), link(1), [9; 16], state(Doors::Open)).expect("a group");
    let info = group.info().expect("an info");
    let joined = Group::join(Person::new(5).leaf(), link(1), &host_hash(), &info, Some(&former));
    assert_eq!(joined.err(), Some(GroupError::OlderState));
    // The host may: it is the host's door.
    let host = Person::new(1).host_leaf(&host_key());
    let group = Group::found(host, link(1), [9; 16], state(Doors::Open)).expect("a group");
    let info = group.info().expect("an info");
    assert!(Group::join(Person::new(5).leaf(), link(1), &host_hash(), &info, Some(&former)).is_ok());
}

#[test]
fn k4_a_leaf_whose_identity_did_not_sign_is_refused() {
    let mut meeting = Meeting::of(3, Doors::Open);
    // Somebody else's identity, with keys of one's own.
    let credential = crate::raw::credential_signed_by(&Person::new(6), &Person::new(7).key, &[0]);
    let bundle = crate::raw::external_commit_as(credential, meeting.info(), &meeting.link, true);
    assert_eq!(meeting.deliver(&bundle, None), Err(Refusal::NotVouched));
    meeting.assert_agreement();
}

#[test]
fn k4_a_welcome_that_does_not_need_the_link_is_not_followed() {
    let knocker = Person::new(5).knock(&link(1));
    let welcome = crate::raw::welcome_without_psk(&Person::new(1), knocker.key_package());
    assert_eq!(knocker.welcome(&host_hash(), &welcome, None).err(), Some(GroupError::Unreadable));
}
