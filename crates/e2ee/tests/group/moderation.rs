//! Who may do what to the group: only the host and those whom the host signed for (P3, B5, B6).

use incamera_e2ee::group::{CoHosts, Doors, GroupRole, GroupState, Identity, Proposals, Refusal};

use crate::support::{MEETING, Meeting, Person, host_key};

fn removing(number: u8) -> Proposals {
    Proposals { remove: vec![Person::new(number).identity()], ..Proposals::default() }
}

fn changing(meeting: &mut Meeting, change: impl FnOnce(&mut GroupState)) -> Proposals {
    let mut state = meeting.member(1).state().clone();
    change(&mut state);
    Proposals { state: Some(state), ..Proposals::default() }
}

fn promoted(number: u8, sequence: u32) -> CoHosts {
    CoHosts::sign(&host_key(), MEETING, sequence, vec![Person::new(number).identity()])
}

fn with_co_host() -> Meeting {
    let mut meeting = Meeting::of(4, Doors::Open);
    let proposals = changing(&mut meeting, |state| state.co_hosts = promoted(2, 1));
    meeting.change(1, proposals).expect("is promoted");
    meeting
}

#[test]
fn b5_the_host_removes_and_the_removed_has_no_key() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let mut out = meeting.members.remove(2);
    let change = meeting.change(1, removing(3)).expect("is removed");
    assert_eq!(change.removed, [Person::new(3).identity()]);
    meeting.assert_agreement();
    let message = meeting.member(1).say(b"among us").expect("a message");
    assert_eq!(out.hear(&message).err(), Some(Refusal::Unreadable));
    assert_ne!(out.media_key().base, meeting.member(1).media_key().base);
}

#[test]
fn p3_a_participant_removes_nobody() {
    let mut meeting = Meeting::of(3, Doors::Open);
    assert_eq!(meeting.change(2, removing(3)), Err(Refusal::NotAllowed));
    assert_eq!(meeting.change(2, removing(1)), Err(Refusal::NotAllowed));
    meeting.assert_agreement();
}

#[test]
fn p3_a_co_host_removes_participants_and_nobody_else() {
    let mut meeting = with_co_host();
    assert_eq!(meeting.member(4).roster()[1].role, GroupRole::CoHost);
    meeting.change(2, removing(3)).expect("is removed");
    assert_eq!(meeting.change(2, removing(1)), Err(Refusal::NotAllowed));
    let both =
        CoHosts::sign(&host_key(), MEETING, 2, vec![Person::new(2).identity(), Person::new(4).identity()]);
    let proposals = changing(&mut meeting, |state| state.co_hosts = both);
    meeting.change(1, proposals).expect("another one is promoted");
    assert_eq!(meeting.change(2, removing(4)), Err(Refusal::NotAllowed));
    meeting.assert_agreement();
}

#[test]
fn p3_only_moderators_open_and_close_the_door() {
    let mut meeting = with_co_host();
    let close = changing(&mut meeting, |state| state.doors = Doors::Closed);
    assert_eq!(meeting.change(3, close.clone()), Err(Refusal::NotAllowed));
    let change = meeting.change(2, close).expect("a co-host may");
    assert!(change.state);
}

#[test]
fn p3_a_list_of_co_hosts_counts_only_with_the_hosts_signature() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let forged = CoHosts::signed(1, vec![Person::new(2).identity()], [5; 64]);
    let proposals = changing(&mut meeting, |state| state.co_hosts = forged);
    assert_eq!(meeting.change(1, proposals), Err(Refusal::BadState));
    meeting.assert_agreement();
}

#[test]
fn l11_a_demoted_co_host_does_not_come_back_by_an_older_list() {
    let mut meeting = with_co_host();
    let demoted = CoHosts::sign(&host_key(), MEETING, 2, Vec::new());
    let proposals = changing(&mut meeting, |state| state.co_hosts = demoted);
    meeting.change(1, proposals).expect("is demoted");
    let proposals = changing(&mut meeting, |state| state.co_hosts = promoted(2, 1));
    assert_eq!(meeting.change(2, proposals), Err(Refusal::BadState));
    assert_eq!(meeting.change(2, removing(3)), Err(Refusal::NotAllowed));
}

#[test]
fn k4_the_host_key_never_changes() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let proposals = changing(&mut meeting, |state| state.host_key = [9; 32]);
    assert_eq!(meeting.change(1, proposals), Err(Refusal::BadState));
}

#[test]
fn b1_nobody_is_taken_away_whom_the_server_still_lists() {
    let mut meeting = Meeting::of(4, Doors::Open);
    let person: Identity = Person::new(4).identity();
    assert!(meeting.listed.contains(&person));
    assert_eq!(meeting.change(2, removing(4)), Err(Refusal::NotAllowed));
}
