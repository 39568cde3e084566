//! What members say: read by members only, each once, and by one alone where it is whispered.

use incamera_e2ee::group::{Doors, GroupRole, Proposals, Refusal};

use crate::support::{Meeting, Person};

#[test]
fn p1_a_message_names_its_sender_and_the_role() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let heard = meeting.tell(1, 3, "good morning").expect("is heard");
    assert_eq!((heard.from, heard.role), (Person::new(1).identity(), GroupRole::Host));
    assert_eq!(heard.content, b"good morning");
    assert!(!heard.whispered);
    assert_eq!(meeting.tell(2, 3, "hello").expect("is heard").role, GroupRole::Participant);
}

#[test]
fn p1_lengths_come_in_few_sizes() {
    let mut meeting = Meeting::of(2, Doors::Open);
    let mut length = |text: &[u8]| meeting.member(1).say(text).expect("a message").len();
    assert_eq!(length(b""), length(&[b'x'; 62]));
    assert_eq!(length(&[b'x'; 63]), length(&[b'x'; 126]));
    assert!(length(b"") < length(&[b'x'; 63]));
}

#[test]
fn a_replayed_message_is_refused() {
    let mut meeting = Meeting::of(2, Doors::Open);
    let message = meeting.member(1).say(b"once").expect("a message");
    meeting.member(2).hear(&message).expect("is heard");
    assert_eq!(meeting.member(2).hear(&message), Err(Refusal::Unreadable));
}

#[test]
fn a_changed_message_is_refused() {
    let mut meeting = Meeting::of(2, Doors::Open);
    let message = meeting.member(1).say(b"as it was said").expect("a message");
    for place in 0..message.len() {
        let mut changed = message.clone();
        changed[place] ^= 1;
        assert!(meeting.member(2).hear(&changed).is_err(), "byte {place}");
    }
}

#[test]
fn a_whisper_is_for_one() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let to = Person::new(2).identity();
    let message = meeting.member(1).whisper(&to, b"between us").expect("a message");
    let heard = meeting.member(2).hear(&message).expect("is heard");
    assert!(heard.whispered);
    assert_eq!(heard.content, b"between us");
    assert_eq!(meeting.member(3).hear(&message), Err(Refusal::ForAnother));
}

#[test]
fn a_message_under_way_during_a_change_is_heard() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let message = meeting.member(2).say(b"just before").expect("a message");
    meeting.join(&Person::new(4)).expect("joins");
    let present = meeting.member(3).epoch();
    let heard = meeting.member(3).hear(&message).expect("is heard");
    assert_eq!((heard.content.as_slice(), heard.epoch), (b"just before".as_slice(), present - 1));
    assert!(meeting.member(4).hear(&message).is_err(), "late comers see nothing earlier");
}

#[test]
fn b5_what_a_removed_person_says_is_not_heard() {
    let mut meeting = Meeting::of(3, Doors::Open);
    let message = meeting.member(3).say(b"a last word").expect("a message");
    let remove = vec![Person::new(3).identity()];
    meeting.change(1, Proposals { remove, ..Proposals::default() }).expect("is removed");
    assert_eq!(meeting.member(2).hear(&message), Err(Refusal::ExternalSender));
}

#[test]
fn a_commit_is_no_message_and_a_message_no_commit() {
    let mut meeting = Meeting::of(2, Doors::Open);
    let message = meeting.member(1).say(b"hello").expect("a message");
    assert_eq!(meeting.member(2).handle(&message, &|_| true), Err(Refusal::LooseProposal));
    let bundle = meeting.member(1).commit(&Proposals::default()).expect("a commit");
    assert_eq!(meeting.member(2).hear(&bundle.commit), Err(Refusal::LooseProposal));
}
