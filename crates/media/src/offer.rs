//! Offers are read and bounded here, before the library that answers them sees them.

use std::collections::BTreeMap;

use incamera_conference::limits;
use incamera_conference::wire::{Source, SourceSection};

use crate::packet::{Kind, Layer, Section};

/// Media sections of one offer: what a page can publish, and its receive slots.
const SECTIONS: usize = Source::ALL.len() + limits::VIDEO_SLOTS + limits::AUDIO_SLOTS;
/// Characters of an `a=mid`, as in the signalling vocabulary.
const MID: usize = 16;
/// Payload types of one section. Browsers offer up to about fifty.
const FORMATS: usize = 100;
/// Lines of one section, or of what stands before the first. Browsers write up to about sixty with our two codecs.
const LINES: usize = 160;
/// The attributes (`a=`) that an answer is made from. The library would try every line as each of what it knows, so
/// it sees nothing else: what a page's own addresses are (P1), least of all.
const ATTRIBUTES: [&str; 27] = [
    "bundle-only",
    "extmap",
    "extmap-allow-mixed",
    "fingerprint",
    "fmtp",
    "group",
    "ice-options",
    "ice-pwd",
    "ice-ufrag",
    "inactive",
    "mid",
    "msid",
    "msid-semantic",
    "recvonly",
    "rid",
    "rtcp",
    "rtcp-fb",
    "rtcp-mux",
    "rtcp-mux-only",
    "rtcp-rsize",
    "rtpmap",
    "sendonly",
    "sendrecv",
    "setup",
    "simulcast",
    "ssrc",
    "ssrc-group",
];

/// Why an offer cannot be used. The connection is as it was before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfferError {
    /// It came from somebody who did not join.
    #[error("no such peer")]
    NoSuchPeer,
    /// It is longer than [`limits::SDP`], or one of its sections has more lines than those of browsers.
    #[error("the offer is too long")]
    TooLong,
    /// It is not a session description (RFC 8866) of the kind that browsers make.
    #[error("the offer cannot be parsed")]
    Malformed,
    /// It has no media section, or more than a page has use for.
    #[error("the offer has the wrong number of media sections")]
    SectionCount,
    /// A section carries neither audio nor video, or two have the same name, or one has none.
    #[error("the offer has a media section that cannot be used")]
    UnusableSection,
    /// `a=ice-ufrag` or `a=ice-pwd` is missing or differs between sections.
    #[error("the offer has no ICE credentials")]
    Credentials,
    /// `a=fingerprint` is missing or differs between sections.
    #[error("the offer has no DTLS fingerprint")]
    Fingerprint,
    /// A source names a section that is not there, is of the other kind, or does not send.
    #[error("a source does not fit its media section")]
    Source,
    /// A source or a section is named twice.
    #[error("a source or a media section is named twice")]
    SourceTwice,
    /// A simulcast layer is none of `q`, `h` and `f`.
    #[error("a simulcast layer is unknown")]
    Layer,
    /// A section that was negotiated before is gone, moved, or of another kind.
    #[error("the media sections changed their order")]
    Order,
    /// It was refused for another reason.
    #[error("the offer cannot be answered")]
    Unanswerable,
}

/// What a page uses a section for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Use {
    /// It publishes this.
    Publish(Source),
    /// It is a receive slot.
    Receive,
    /// Nothing, now.
    Idle,
}

/// One media section of an offer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct OfferedSection {
    pub(crate) section: Section,
    pub(crate) mid: String,
    pub(crate) kind: Kind,
    pub(crate) purpose: Use,
}

/// An offer that is fit to be answered. It cannot print: the page's ICE password is in it.
#[derive(Clone)]
pub(crate) struct Offer {
    pub(crate) sections: Vec<OfferedSection>,
    /// Tells one peer connection of a page from the next.
    pub(crate) fingerprint: String,
    /// The text without what the answer is not made from. The page's own addresses are not in it either: we learn the
    /// one that matters from its checks (P1).
    pub(crate) text: String,
}

/// A section while it is read.
#[derive(Default)]
struct Draft<'a> {
    kind: Option<Kind>,
    /// Port zero: rejected, unless it says that it has no port of its own (RFC 9143, 7.2.1).
    portless: bool,
    bundle_only: bool,
    mid: Option<&'a str>,
    sends: bool,
    receives: bool,
    direction: bool,
}

impl Offer {
    /// Reads an offer and the page's own account of what is sent where.
    pub(crate) fn parse(text: &str, sources: &[SourceSection]) -> Result<Self, OfferError> {
        if text.len() > limits::SDP {
            return Err(OfferError::TooLong);
        }
        if !text.starts_with("v=0\r\n") {
            return Err(OfferError::Malformed);
        }
        let mut drafts: Vec<Draft<'_>> = Vec::new();
        let mut unique = BTreeMap::new();
        let mut kept = String::with_capacity(text.len());
        let mut lines = 0;
        for line in text.split("\r\n").filter(|line| !line.is_empty()) {
            let (kind, value) = line.split_once('=').ok_or(OfferError::Malformed)?;
            if kind.len() != 1 || value.bytes().any(|byte| byte < b' ') {
                return Err(OfferError::Malformed);
            }
            if kind == "m" {
                if drafts.len() == SECTIONS {
                    return Err(OfferError::SectionCount);
                }
                drafts.push(Draft::begin(value)?);
                lines = 0;
            }
            lines += 1;
            if lines > LINES {
                return Err(OfferError::TooLong);
            }
            if kind == "a" {
                let (name, value) = value.split_once(':').unwrap_or((value, ""));
                match name {
                    "ice-ufrag" | "ice-pwd" => {
                        same(&mut unique, name, value).ok_or(OfferError::Credentials)?
                    }
                    "fingerprint" => same(&mut unique, name, value).ok_or(OfferError::Fingerprint)?,
                    "ice-lite" => return Err(OfferError::Credentials),
                    _ if !ATTRIBUTES.contains(&name) => continue,
                    _ => {
                        if let Some(draft) = drafts.last_mut() {
                            draft.attribute(name, value)?;
                        }
                    }
                }
            }
            kept.push_str(line);
            kept.push_str("\r\n");
        }
        if drafts.is_empty() {
            return Err(OfferError::SectionCount);
        }
        if !is_credential(&unique, "ice-ufrag", 4) || !is_credential(&unique, "ice-pwd", 22) {
            return Err(OfferError::Credentials);
        }
        let fingerprint = unique.get("fingerprint").filter(|value| !value.is_empty());
        let fingerprint = fingerprint.ok_or(OfferError::Fingerprint)?.to_ascii_uppercase();
        let sections = sections(&drafts, sources)?;
        Ok(Self { sections, fingerprint, text: kept })
    }

    /// Checks that this offer continues a session with these sections (RFC 9429, 5.2.2): none moved or vanished.
    pub(crate) fn continues(&self, former: &[OfferedSection]) -> Result<(), OfferError> {
        let kept =
            |(new, old): (&OfferedSection, &OfferedSection)| new.mid == old.mid && new.kind == old.kind;
        if self.sections.len() < former.len() || !self.sections.iter().zip(former).all(kept) {
            return Err(OfferError::Order);
        }
        Ok(())
    }
}

/// Notes a value that must not differ between sections.
fn same<'a>(unique: &mut BTreeMap<&'a str, &'a str>, name: &'a str, value: &'a str) -> Option<()> {
    (*unique.entry(name).or_insert(value) == value).then_some(())
}

/// Whether a credential is there and of a length that RFC 8839, 5.4 allows.
fn is_credential(unique: &BTreeMap<&str, &str>, name: &str, least: usize) -> bool {
    unique.get(name).is_some_and(|value| (least..=256).contains(&value.len()) && value.is_ascii())
}

impl<'a> Draft<'a> {
    /// Reads an `m=` line.
    fn begin(value: &'a str) -> Result<Self, OfferError> {
        let mut words = value.split(' ');
        let kind = match words.next() {
            Some("audio") => Kind::Audio,
            Some("video") => Kind::Video,
            _ => return Err(OfferError::UnusableSection),
        };
        let port: u16 = words.next().and_then(|port| port.parse().ok()).ok_or(OfferError::Malformed)?;
        if words.count() > FORMATS + 1 {
            return Err(OfferError::UnusableSection);
        }
        Ok(Self { kind: Some(kind), portless: port == 0, ..Self::default() })
    }

    /// Reads an `a=` line below it.
    fn attribute(&mut self, name: &str, value: &'a str) -> Result<(), OfferError> {
        match name {
            "mid" => {
                let token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
                if self.mid.is_some() || value.is_empty() || value.len() > MID || !value.bytes().all(token) {
                    return Err(OfferError::UnusableSection);
                }
                self.mid = Some(value);
            }
            "sendrecv" | "sendonly" | "recvonly" | "inactive" => {
                if self.direction {
                    return Err(OfferError::UnusableSection);
                }
                self.direction = true;
                self.sends = name == "sendrecv" || name == "sendonly";
                self.receives = name == "sendrecv" || name == "recvonly";
            }
            "bundle-only" => self.bundle_only = true,
            "rid" => {
                let rid = value.split(' ').next().unwrap_or_default();
                Layer::from_rid(rid).ok_or(OfferError::Layer)?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Joins what was read with the page's own account.
fn sections(drafts: &[Draft<'_>], sources: &[SourceSection]) -> Result<Vec<OfferedSection>, OfferError> {
    if sources.len() > Source::ALL.len() {
        return Err(OfferError::SourceTwice);
    }
    let mut sections: Vec<OfferedSection> = Vec::with_capacity(drafts.len());
    for (position, draft) in drafts.iter().enumerate() {
        let (Some(mid), Some(kind)) = (draft.mid, draft.kind) else {
            return Err(OfferError::UnusableSection);
        };
        if sections.iter().any(|section| section.mid == mid) {
            return Err(OfferError::UnusableSection);
        }
        let rejected = draft.portless && !draft.bundle_only;
        let purpose = if draft.receives && !draft.sends && !rejected { Use::Receive } else { Use::Idle };
        let section = Section(u8::try_from(position).map_err(|_| OfferError::SectionCount)?);
        sections.push(OfferedSection { section, mid: mid.to_owned(), kind, purpose });
    }
    for named in sources {
        if sections.iter().any(|section| section.purpose == Use::Publish(named.source)) {
            return Err(OfferError::SourceTwice);
        }
        let position =
            sections.iter().position(|section| section.mid == named.mid).ok_or(OfferError::Source)?;
        let section = &mut sections[position];
        match section.purpose {
            Use::Publish(_) => return Err(OfferError::SourceTwice),
            Use::Receive => return Err(OfferError::Source),
            Use::Idle => {}
        }
        if named.source.is_video() != (section.kind == Kind::Video) {
            return Err(OfferError::Source);
        }
        // A section that is inactive for now keeps its source: it may send again after the next offer.
        section.purpose = Use::Publish(named.source);
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SESSION: &str = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\n\
        a=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 AB:CD\r\n";

    fn section(media: &str, port: u16, mid: &str, attributes: &[&str]) -> String {
        let attributes: String = attributes.iter().map(|attribute| format!("a={attribute}\r\n")).collect();
        format!("m={media} {port} UDP/TLS/RTP/SAVPF 96\r\na=mid:{mid}\r\n{attributes}")
    }

    fn purposes(text: &str, sources: &[(&str, Source)]) -> Result<Vec<Use>, OfferError> {
        let sources: Vec<SourceSection> = sources
            .iter()
            .map(|(mid, source)| SourceSection { mid: (*mid).into(), source: *source })
            .collect();
        let offer = Offer::parse(text, &sources)?;
        Ok(offer.sections.iter().map(|section| section.purpose).collect())
    }

    #[test]
    fn what_is_not_named_is_a_receive_slot_if_it_only_receives() {
        let text = [
            SESSION.to_owned(),
            section("audio", 9, "0", &["sendonly"]),
            section("video", 9, "1", &["recvonly"]),
            // Firefox gives a port to the first section of a bundle only.
            section("video", 0, "2", &["bundle-only", "recvonly"]),
            section("video", 0, "3", &["recvonly"]),
            section("video", 9, "4", &["sendonly"]),
        ]
        .concat();
        assert_eq!(
            purposes(&text, &[("0", Source::Microphone)]),
            Ok(vec![Use::Publish(Source::Microphone), Use::Receive, Use::Receive, Use::Idle, Use::Idle])
        );
    }

    #[test]
    fn the_addresses_of_a_page_go_no_further() {
        let candidate = "candidate:1 1 UDP 1 192.0.2.7 5000 typ host";
        let text =
            SESSION.to_owned() + &section("audio", 9, "0", &["sendonly", candidate, "end-of-candidates"]);
        let offer = Offer::parse(&text, &[]).unwrap();
        assert_eq!(offer.text, text.replace(&format!("a={candidate}\r\na=end-of-candidates\r\n"), ""));
    }

    const CHROMIUM: &str = include_str!("../offers/chromium.sdp");
    const FIREFOX: &str = include_str!("../offers/firefox.sdp");

    /// What browsers say of a page's four sources and fifteen slots, and what we do not need of it.
    #[test]
    fn offers_of_browsers_lose_only_what_is_known_to_be_of_no_use() {
        for (text, dropped) in [(CHROMIUM, &["a=rtcp-xr"][..]), (FIREFOX, &[])] {
            let offer = Offer::parse(text, &[]).unwrap();
            let kept = |line: &&str| !dropped.contains(&line.split(':').next().unwrap_or_default());
            assert_eq!(offer.text.lines().collect::<Vec<_>>(), text.lines().filter(kept).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_nobody_knows_is_not_passed_on_and_not_without_end() {
        let text = |count: usize| {
            let unknown: Vec<String> = (0..count).map(|number| format!("x-unknown{number}:1")).collect();
            let unknown: Vec<&str> = unknown.iter().map(String::as_str).collect();
            SESSION.to_owned() + &section("audio", 9, "0", &unknown)
        };
        assert_eq!(Offer::parse(&text(100), &[]).unwrap().text, text(0));
        assert_eq!(purposes(&text(LINES), &[]), Err(OfferError::TooLong));
        let many = section("audio", 9, "0", &["rtcp-mux"; LINES]);
        assert_eq!(purposes(&(SESSION.to_owned() + &many), &[]), Err(OfferError::TooLong));
    }

    #[test]
    fn a_session_keeps_its_sections_in_their_order() {
        let parse =
            |sections: &[String]| Offer::parse(&(SESSION.to_owned() + &sections.concat()), &[]).unwrap();
        let (a, b) = (section("audio", 9, "a", &["recvonly"]), section("video", 9, "b", &["recvonly"]));
        let former = parse(&[a.clone(), b.clone()]).sections;
        assert_eq!(parse(&[a.clone(), b.clone(), section("audio", 9, "c", &[])]).continues(&former), Ok(()));
        assert_eq!(parse(std::slice::from_ref(&a)).continues(&former), Err(OfferError::Order));
        assert_eq!(parse(&[b, a.clone()]).continues(&former), Err(OfferError::Order));
        assert_eq!(parse(&[a, section("audio", 9, "b", &[])]).continues(&former), Err(OfferError::Order));
    }

    #[test]
    fn credentials_are_one_and_the_same() {
        let text = SESSION.to_owned() + &section("audio", 9, "0", &["ice-ufrag:other"]);
        assert_eq!(purposes(&text, &[]), Err(OfferError::Credentials));
        let text = SESSION.replace("0123456789012345678901", "short") + &section("audio", 9, "0", &[]);
        assert_eq!(purposes(&text, &[]), Err(OfferError::Credentials));
        let text = SESSION.to_owned() + &section("audio", 9, "0", &["fingerprint:sha-256 EF"]);
        assert_eq!(purposes(&text, &[]), Err(OfferError::Fingerprint));
    }

    proptest! {
        #[test]
        fn anything_can_be_read(text in "(v=0\r\n)?([vmact]=[ -~]{0,30}(\r\n|\n)?){0,20}") {
            let _ = Offer::parse(&text, &[]);
        }

        #[test]
        fn good_offers_can_be_changed_anywhere(at in 0_usize..400, with in "[ -~\r\n]{0,4}", cut in 0_usize..3) {
            let mut text = SESSION.to_owned()
                + &section("audio", 9, "0", &["sendonly", "rid:q send"])
                + &section("video", 9, "1", &["recvonly"]);
            let at = at.min(text.len());
            let end = (at + cut).min(text.len());
            text.replace_range(at..end, &with);
            let source = SourceSection { mid: "0".into(), source: Source::Microphone };
            let _ = Offer::parse(&text, &[source]);
        }
    }
}
