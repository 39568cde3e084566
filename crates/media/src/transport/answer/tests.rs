use std::collections::BTreeSet;
use std::time::Instant;

use incamera_conference::wire::{Source, SourceSection};

use super::*;
use crate::ids::ShardId;
use crate::transport::certificate::Certificate;
use crate::transport::webrtc::WebRtc;

const CHROMIUM: &str = include_str!("../../../offers/chromium.sdp");
const FIREFOX: &str = include_str!("../../../offers/firefox.sdp");

/// What a page sends in the first two sections of the offers.
fn offer(text: &str) -> Offer {
    let named = |(mid, source): (&str, Source)| SourceSection { mid: mid.into(), source };
    let sources = [("0", Source::Microphone), ("1", Source::Camera)].map(named);
    Offer::parse(text, &sources).unwrap()
}

fn random() -> Random {
    Random::new([7; 32])
}

fn answer(text: &str) -> (WebRtc, String) {
    let candidates = ["198.51.100.1:443".parse().unwrap()];
    WebRtc::answer(
        Instant::now(),
        ShardId(0),
        &Certificate::generate(),
        &candidates,
        &mut random(),
        offer(text),
    )
    .unwrap()
}

/// What each section says of itself after `prefix`, one line each.
fn of_each<'a>(answer: &'a str, prefix: &'a str) -> Vec<Vec<&'a str>> {
    let lines = |section: &&'a str| section.lines().filter_map(|line| line.strip_prefix(prefix)).collect();
    Description::of(answer).sections.iter().map(lines).collect()
}

#[test]
fn receive_slots_of_browsers_are_seen_once_for_each_kind() {
    for text in [CHROMIUM, FIREFOX] {
        let offer = offer(text);
        let mut seen = Seen::default();
        let split = seen.split(&offer);
        assert_eq!(seen.0, [0, 1, 2, 11].map(Section));
        let seen_by_library = Description::of(&split.offer);
        assert_eq!(seen_by_library.sections.len(), 4);
        assert_eq!(seen_by_library.bundle().collect::<Vec<_>>(), ["0", "1", "2", "11"]);
        assert_eq!(split.likeness.iter().filter(|like| **like == Some(Section(2))).count(), 8);
        assert_eq!(split.likeness.iter().filter(|like| **like == Some(Section(11))).count(), 7);
    }
}

#[test]
fn each_slot_has_an_answer_of_its_own_in_the_order_of_the_offer() {
    for text in [CHROMIUM, FIREFOX] {
        let (_, answer) = answer(text);
        let mids: Vec<String> = (0..19).map(|mid| mid.to_string()).collect();
        let answered: Vec<&str> = of_each(&answer, "a=mid:").concat();
        assert_eq!(answered, mids);
        assert_eq!(Description::of(&answer).bundle().collect::<Vec<_>>(), mids);
        let sends: Vec<usize> = of_each(&answer, "a=sendonly").iter().map(Vec::len).collect();
        assert_eq!(sends, [[0; 2].as_slice(), &[1; 17]].concat());

        let names: BTreeSet<&str> = of_each(&answer, "a=msid:").concat().into_iter().collect();
        assert_eq!(names.len(), 19, "a stream for each section");
        let groups = of_each(&answer, "a=ssrc-group:FID ");
        let mut streams = BTreeSet::new();
        for (section, ssrcs) in of_each(&answer, "a=ssrc:").iter().enumerate().skip(2) {
            let numbers: BTreeSet<&str> = ssrcs.iter().map(|line| line.split(' ').next().unwrap()).collect();
            let is_video = section < 11;
            assert_eq!(numbers.len(), if is_video { 2 } else { 1 }, "{ssrcs:?}");
            assert_eq!(groups[section].len(), usize::from(is_video));
            for group in &groups[section] {
                assert_eq!(group.split(' ').collect::<BTreeSet<_>>(), numbers);
            }
            assert!(numbers.iter().all(|ssrc| streams.insert((*ssrc).to_owned())), "used twice: {ssrcs:?}");
        }
    }
}

#[test]
fn a_slot_keeps_its_streams_when_it_is_negotiated_again() {
    for text in [CHROMIUM, FIREFOX] {
        let (mut transport, before) = answer(text);
        let mut other = Random::new([8; 32]);
        let after = transport.renegotiate(Instant::now(), &mut other, offer(text)).unwrap();
        for prefix in ["a=ssrc:", "a=msid:", "a=mid:"] {
            assert_eq!(of_each(&before, prefix), of_each(&after, prefix));
        }
    }
}

#[test]
fn a_slot_that_becomes_a_source_is_shown_to_the_library() {
    let (mut transport, _) = answer(CHROMIUM);
    let mut description: Vec<String> =
        Description::of(CHROMIUM).sections.iter().map(|text| (*text).to_owned()).collect();
    description[18] = description[18].replace("a=recvonly", "a=sendonly");
    let text = Description::of(CHROMIUM).session.to_owned() + &description.concat();
    let mut changed = offer(&text);
    changed.sections[18].purpose = Use::Publish(Source::ScreenAudio);
    let answer = transport.renegotiate(Instant::now(), &mut random(), changed).unwrap();
    let receives: Vec<usize> = of_each(&answer, "a=recvonly").iter().map(Vec::len).collect();
    assert_eq!(receives, [[1; 2].as_slice(), &[0; 16], &[1]].concat());
    assert_eq!(of_each(&answer, "a=mid:").concat()[18], "18");
}

#[test]
fn sections_that_ask_for_something_else_are_not_alike() {
    let description = Description::of(CHROMIUM);
    let slot = description.sections[3];
    assert!(are_alike(slot, description.sections[4]));
    assert!(are_alike(
        slot,
        &slot
            .replacen("m=video 9", "m=video 0", 1)
            .replace("a=rtcp-mux\r\n", "a=rtcp-mux\r\na=bundle-only\r\n")
    ));
    for (from, to) in [
        ("SAVPF 96 97", "SAVPF 97 96"),
        ("a=recvonly", "a=sendrecv"),
        ("a=rtpmap:96 VP8", "a=rtpmap:96 VP9"),
        ("a=extmap:3 ", "a=extmap:13 "),
        ("a=rtcp-rsize\r\n", ""),
    ] {
        let other = slot.replace(from, to);
        assert_ne!(slot, other, "{from}");
        assert!(!are_alike(slot, &other), "{from}");
    }
}
