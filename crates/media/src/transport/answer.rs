//! The answer to an offer (RFC 9429, 5.3), of which the library writes only what it must.
//!
//! A page's receive slots of one kind differ in nothing but their names, and what is sent there is not the library's
//! business (see [`super::sender`]). But it would parse each, and keep some six kilobytes for it. So it sees one of them;
//! what it answers there is said of the others, too, with their own names and SSRCs.

use super::sender::{Extensions, StreamConfig};
use crate::descriptor;
use crate::offer::{Offer, OfferedSection, Use};
use crate::packet::Section;
use crate::random::Random;

/// The name of the extension for transport-wide feedback in session descriptions.
const TRANSPORT_SEQUENCE: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const BUNDLE: &str = "a=group:BUNDLE";
/// What may differ between two sections that get the same answer: names, and what all of a bundle have in common.
const OWN: [&str; 9] =
    ["c=", "a=bundle-only", "a=fingerprint:", "a=ice-", "a=mid:", "a=msid:", "a=rtcp:", "a=setup:", "a=ssrc"];

/// A session description, cut before each of its media sections.
struct Description<'a> {
    session: &'a str,
    sections: Vec<&'a str>,
}

impl<'a> Description<'a> {
    fn of(text: &'a str) -> Self {
        let mut cuts: Vec<usize> = text.match_indices("\r\nm=").map(|(at, _)| at + 2).collect();
        let session = &text[..cuts.first().copied().unwrap_or(text.len())];
        cuts.push(text.len());
        Self { session, sections: cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect() }
    }

    /// The names in its bundle (RFC 9143, 7.2).
    fn bundle(&self) -> impl Iterator<Item = &'a str> {
        let names = self.session.lines().find_map(|line| line.strip_prefix(BUNDLE));
        names.unwrap_or_default().split_ascii_whitespace()
    }

    /// What stands before the sections, with another bundle.
    fn session_with(&self, names: &[&str]) -> String {
        let mut text = String::with_capacity(self.session.len());
        for line in self.session.lines() {
            if line.starts_with(BUNDLE) {
                text.push_str(BUNDLE);
                names.iter().for_each(|name| text.extend([" ", name]));
            } else {
                text.push_str(line);
            }
            text.push_str("\r\n");
        }
        text
    }
}

/// Whether what is right for the one section is right for the other: same formats, parameters and extensions.
fn are_alike(one: &str, other: &str) -> bool {
    // The port says no more than that a section has none of its own (RFC 9143, 7.2.1).
    let formats = |line: &str| line.splitn(3, ' ').nth(2).map(str::to_owned);
    let (mut one, mut other) = (one.lines(), other.lines());
    let (first, second) = (one.next().unwrap_or_default(), other.next().unwrap_or_default());
    let matters = |line: &&str| !OWN.iter().any(|own| line.starts_with(own));
    formats(first) == formats(second) && one.filter(matters).eq(other.filter(matters))
}

/// Which sections the library sees, in the order in which it came to know them.
#[derive(Default, Debug)]
pub(super) struct Seen(Vec<Section>);

/// One offer, split up.
pub(super) struct Split {
    /// Of the sections that the library does not see: another that it sees and that is like it.
    likeness: Vec<Option<Section>>,
    /// What the library sees.
    pub(super) offer: String,
}

impl Seen {
    /// Whether the library sees this section.
    pub(super) fn contains(&self, section: Section) -> bool {
        self.0.contains(&section)
    }

    /// Splits an offer. What was seen once is seen again: the library must find its sections where they were.
    pub(super) fn split(&mut self, offer: &Offer) -> Split {
        let description = Description::of(&offer.text);
        let text_of = |section: Section| description.sections[usize::from(section.0)];
        let mut likeness = vec![None; offer.sections.len()];
        for section in &offer.sections {
            if self.contains(section.section) {
                continue;
            }
            let is_like = |other: &&OfferedSection| {
                other.kind == section.kind
                    && other.purpose == Use::Receive
                    && self.contains(other.section)
                    && are_alike(text_of(section.section), text_of(other.section))
            };
            let like = offer.sections.iter().find(is_like).filter(|_| section.purpose == Use::Receive);
            match like {
                Some(other) => likeness[usize::from(section.section.0)] = Some(other.section),
                None => self.0.push(section.section),
            }
        }
        let bundled: Vec<&str> = description.bundle().collect();
        let names = self.0.iter().map(|section| offer.sections[usize::from(section.0)].mid.as_str());
        let names: Vec<&str> = names.filter(|name| bundled.contains(name)).collect();
        let mut text = description.session_with(&names);
        text.extend(self.0.iter().map(|section| text_of(*section)));
        Split { likeness, offer: text }
    }

    /// The whole answer, in the order of the offer, of what the library answered; `streams` gets those of the sections that
    /// it did not see, with the SSRCs that they had before, if they had.
    pub(super) fn complete(
        &self,
        answer: &str,
        split: &Split,
        sections: &[OfferedSection],
        streams: &mut Vec<StreamConfig>,
        former: &[StreamConfig],
        random: &mut Random,
    ) -> String {
        let description = Description::of(answer);
        let place = |section: Section| self.0.iter().position(|seen| *seen == section);
        let text_of = |section: Section| place(section).and_then(|at| description.sections.get(at)).copied();
        let like = |section: &OfferedSection| split.likeness[usize::from(section.section.0)];
        let bundled: Vec<&str> = description.bundle().collect();
        let mid_of = |section: Section| sections[usize::from(section.0)].mid.as_str();
        let in_bundle =
            |section: &&OfferedSection| bundled.contains(&mid_of(like(section).unwrap_or(section.section)));
        let names: Vec<&str> =
            sections.iter().filter(in_bundle).map(|section| section.mid.as_str()).collect();

        let mut whole = String::with_capacity(answer.len() * 2);
        whole.push_str(&description.session_with(&names));
        let cname = name_in(answer);
        for section in sections {
            let Some(other) = like(section) else {
                whole.push_str(text_of(section.section).unwrap_or_default());
                continue;
            };
            let stream = streams.iter().find(|stream| stream.section == other).map(|stream| {
                let taken = |ssrc: u32| {
                    let of = |stream: &StreamConfig| {
                        stream.ssrc == ssrc || stream.repair.is_some_and(|(repair, _)| repair == ssrc)
                    };
                    streams.iter().chain(former).any(of)
                };
                stream_like(*stream, section.section, former, taken, random)
            });
            write_like(&mut whole, text_of(other).unwrap_or_default(), &section.mid, &cname, stream.as_ref());
            streams.extend(stream);
        }
        whole
    }
}

/// A stream as another, for a section of its own.
fn stream_like(
    stream: StreamConfig,
    section: Section,
    former: &[StreamConfig],
    taken: impl Fn(u32) -> bool,
    random: &mut Random,
) -> StreamConfig {
    let before = former
        .iter()
        .find(|former| former.section == section && former.repair.is_some() == stream.repair.is_some());
    let mut fresh = || loop {
        let ssrc = random.bits() as u32;
        if ssrc != 0 && !taken(ssrc) {
            break ssrc;
        }
    };
    let ssrc = before.map_or_else(&mut fresh, |before| before.ssrc);
    let repair = stream.repair.map(|(_, format)| {
        let before = before.and_then(|before| before.repair);
        (before.map_or_else(&mut fresh, |(ssrc, _)| ssrc), format)
    });
    StreamConfig { section, ssrc, repair, ..stream }
}

/// Writes what was answered for one section as the answer for another of this name.
fn write_like(out: &mut String, answered: &str, mid: &str, cname: &str, stream: Option<&StreamConfig>) {
    let mut line = |words: &[&str]| {
        words.iter().for_each(|word| out.push_str(word));
        out.push_str("\r\n");
    };
    for answered in answered.lines() {
        if answered.starts_with("a=mid:") {
            line(&["a=mid:", mid]);
        } else if answered.starts_with("a=msid:") {
            // A stream for each section: who needs two in step says so (`SlotsChanged`), not the description.
            line(&["a=msid:slot-", mid, " slot-", mid]);
        } else if !answered.starts_with("a=ssrc") {
            line(&[answered]);
        }
    }
    let Some(stream) = stream else { return };
    let repair = stream.repair.map(|(ssrc, _)| ssrc.to_string());
    let ssrc = stream.ssrc.to_string();
    for ssrc in [&ssrc].into_iter().chain(&repair) {
        line(&["a=ssrc:", ssrc, " cname:", cname]);
        line(&["a=ssrc:", ssrc, " msid:slot-", mid, " slot-", mid]);
    }
    if let Some(repair) = repair {
        line(&["a=ssrc-group:FID ", &ssrc, " ", &repair]);
    }
}

/// The numbers that an answer gives to the extensions of RTP headers (RFC 8285) that we write.
pub(super) fn extensions_in(answer: &str) -> Extensions {
    let number = |name: &str| {
        let of_name = |line: &str| {
            let (number, uri) = line.strip_prefix("a=extmap:")?.split_once(' ')?;
            (uri.split(' ').next() == Some(name)).then(|| number.split('/').next()?.parse().ok())?
        };
        answer.lines().find_map(of_name)
    };
    Extensions { transport_sequence: number(TRANSPORT_SEQUENCE), descriptor: number(descriptor::URI) }
}

/// The canonical name of our streams in an answer (RFC 5576, 6.1).
pub(super) fn name_in(answer: &str) -> String {
    let name = |line: &str| Some(line.strip_prefix("a=ssrc:")?.split_once(" cname:")?.1.to_owned());
    answer.lines().find_map(name).unwrap_or_default()
}

/// Asks for Opus at a constant bit rate without pauses (RFC 7587, 6.1), so that packet sizes tell nothing (K5).
pub(super) fn with_constant_opus(answer: &str) -> String {
    let mut text = String::with_capacity(answer.len() + 256);
    let mut opus = None;
    for line in answer.lines() {
        if let Some((format, codec)) = line.strip_prefix("a=rtpmap:").and_then(|line| line.split_once(' '))
            && codec.starts_with("opus/")
        {
            opus = Some(format!("a=fmtp:{format} "));
        }
        text.push_str(line);
        if opus.as_ref().is_some_and(|prefix| line.starts_with(prefix.as_str())) {
            text.push_str(";cbr=1;usedtx=0");
        }
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests;
