//! In which forms a trace may lie about, and the search for all of them at once.

use std::collections::HashSet;
use std::io::{self, Read};
use std::net::Ipv4Addr;

use aho_corasick::{AhoCorasick, MatchKind};
use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Of a long trace, as much as is searched for, from its middle: what cuts a file into pages rarely cuts there.
const CORE: usize = 24;
/// Shorter forms could be found by chance in what is searched. An address with its port has six bytes.
const SHORTEST: usize = 6;
/// Of one file. Whoever finds more has found enough.
const MATCHES: usize = 256;

/// A trace of the meeting, or the mark that shows that the search sees.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Needle {
    /// What it is, in plain words.
    pub(super) what: &'static str,
    content: Content,
}

#[derive(Clone, PartialEq, Eq)]
enum Content {
    Text(String),
    Bytes(Vec<u8>),
    Address(Ipv4Addr, Vec<u16>),
}

impl Needle {
    /// Of ASCII letters, digits and signs. Case does not count.
    pub(super) fn text(what: &'static str, text: impl Into<String>) -> Self {
        Self { what, content: Content::Text(text.into()) }
    }

    /// Of a key, or of something sealed.
    pub(super) fn bytes(what: &'static str, bytes: &[u8]) -> Self {
        let from = bytes.len().saturating_sub(CORE) / 2;
        let core = bytes[from..].iter().take(CORE).copied().collect();
        Self { what, content: Content::Bytes(core) }
    }

    /// From where somebody came, by these ports. Each number of the address has three digits, so that it is not the
    /// beginning of another.
    pub(super) fn address(what: &'static str, address: Ipv4Addr, ports: Vec<u16>) -> Self {
        Self { what, content: Content::Address(address, ports) }
    }

    /// Each form with its name. Forms that are too short to mean anything are left out.
    fn forms(&self) -> Vec<(&'static str, Vec<u8>)> {
        let mut forms = match &self.content {
            Content::Text(text) => of_text(text),
            Content::Bytes(bytes) => of_bytes(bytes),
            Content::Address(address, ports) => of_address(*address, ports),
        };
        forms.retain(|(_, form)| form.len() >= SHORTEST);
        forms
    }
}

fn of_text(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = text.as_bytes();
    let mut forms = vec![("as plain text", bytes.to_vec())];
    forms.push(("as UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()));
    forms.push(("as UTF-16", text.encode_utf16().flat_map(u16::to_be_bytes).collect()));
    forms.push((
        "percent-encoded",
        bytes.iter().flat_map(|byte| format!("%{byte:02x}").into_bytes()).collect(),
    ));
    forms.extend(encoded(bytes));
    forms
}

fn of_bytes(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let joined = |between: &str, one: fn(&u8) -> String| {
        bytes.iter().map(one).collect::<Vec<_>>().join(between).into_bytes()
    };
    let mut forms = vec![("as bytes", bytes.to_vec())];
    forms.push(("in hexadecimal", joined(":", |byte| format!("{byte:02x}"))));
    forms.push(("in hexadecimal", joined(" ", |byte| format!("{byte:02x}"))));
    forms.push(("in decimal", joined(",", u8::to_string)));
    forms.push(("in decimal", joined(", ", u8::to_string)));
    forms.push(("percent-encoded", joined("", |byte| format!("%{byte:02x}"))));
    // As addresses of pages have it: letters, digits and four signs stay (RFC 3986, section 2.3).
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mixed = bytes.iter().map(|byte| match *byte {
        byte if unreserved(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02x}"),
    });
    forms.push(("percent-encoded", mixed.collect::<String>().into_bytes()));
    forms.extend(encoded(bytes));
    forms
}

fn of_address(address: Ipv4Addr, ports: &[u16]) -> Vec<(&'static str, Vec<u8>)> {
    let octets = address.octets();
    let [a, b, c, d] = octets;
    let mut forms = of_text(&address.to_string());
    // As IPv6 has it (RFC 4291, section 2.5.5.2).
    forms.push(("as an IPv6 address", format!("ffff:{a:02x}{b:02x}:{c:02x}{d:02x}").into_bytes()));
    forms.push(("as bytes", [&[0, 0, 0xff, 0xff][..], &octets].concat()));
    // As utmp(5) has it. Four bytes alone would be found by chance in some gigabytes.
    forms.push(("as bytes", [&octets[..], &[0; 12]].concat()));
    for port in ports {
        forms.push(("as bytes", [&octets[..], &port.to_be_bytes()].concat()));
        forms.push(("as bytes", [&octets[..], &port.to_le_bytes()].concat()));
        forms.push(("as bytes", [&port.to_be_bytes()[..], &octets].concat()));
    }
    forms
}

/// Hexadecimal, and base64 with both alphabets wherever in a longer text the bytes stand.
fn encoded(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms =
        vec![("in hexadecimal", bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect())];
    for before in 0..3 {
        let padded = [&[0; 2][..before], bytes].concat();
        for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let text = alphabet.encode(&padded).into_bytes();
            // Letters that also hold bits of what stands before or after say nothing.
            let first = (before * 8).div_ceil(6);
            let last = text.len() - usize::from(padded.len() % 3 != 0);
            forms.push(("in base64", text[first..last].to_vec()));
        }
    }
    forms
}

/// What was found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) struct Trace {
    /// Of what.
    pub(super) what: &'static str,
    /// In which form.
    pub(super) form: &'static str,
}

/// Looks for everything at once.
pub(super) struct Search {
    automaton: AhoCorasick,
    traces: Vec<Trace>,
}

/// What a look through something gave.
#[derive(Default)]
pub(super) struct Look {
    /// Each trace once.
    pub(super) traces: HashSet<Trace>,
    /// How much was read.
    pub(super) bytes: u64,
}

impl Search {
    /// For all forms of all needles.
    pub(super) fn new(needles: &[Needle]) -> anyhow::Result<Self> {
        let mut seen = HashSet::new();
        let (mut traces, mut patterns) = (Vec::new(), Vec::new());
        for needle in needles {
            for (form, pattern) in needle.forms() {
                if seen.insert(pattern.to_ascii_lowercase()) {
                    traces.push(Trace { what: needle.what, form });
                    patterns.push(pattern);
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .build(&patterns)
            .context("the search cannot be prepared")?;
        let search = Self { automaton, traces };
        search.sees(&patterns)?;
        Ok(search)
    }

    /// A search that finds nothing because it cannot would be worse than none: each form is put before it once.
    fn sees(&self, patterns: &[Vec<u8>]) -> anyhow::Result<()> {
        for (pattern, trace) in patterns.iter().zip(&self.traces) {
            let text = [b"\x07\x07", &pattern[..], b"\x07"].concat();
            let look = self.through(&mut &text[..])?;
            anyhow::ensure!(
                !look.traces.is_empty(),
                "the search does not find {} {}",
                trace.what,
                trace.form
            );
        }
        Ok(())
    }

    /// In how many forms altogether traces are looked for.
    pub(super) fn forms(&self) -> usize {
        self.traces.len()
    }

    /// Reads it to its end, or until enough was found.
    pub(super) fn through(&self, input: &mut impl Read) -> io::Result<Look> {
        let mut counted = Counted { input, bytes: 0 };
        let mut traces = HashSet::new();
        for found in self.automaton.stream_find_iter(&mut counted).take(MATCHES) {
            traces.insert(self.traces[found?.pattern().as_usize()]);
        }
        Ok(Look { traces, bytes: counted.bytes })
    }
}

struct Counted<'a, R> {
    input: &'a mut R,
    bytes: u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.bytes += length as u64;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "quxvolbertina";
    const KEY: [u8; 32] = *b"\xf0\x01 a key + of / 32 bytes\xff\xfe\x00\x80 end";

    fn search() -> Search {
        let address = Ipv4Addr::new(127, 201, 152, 133);
        let needles = [
            Needle::text("a name", NAME),
            Needle::bytes("a key", &KEY),
            Needle::address("an address", address, vec![51_234]),
        ];
        Search::new(&needles).expect("it sees")
    }

    fn found(text: &[u8]) -> Vec<Trace> {
        let mut traces: Vec<_> =
            search().through(&mut &text[..]).expect("memory").traces.into_iter().collect();
        traces.sort();
        traces
    }

    #[test]
    fn a_trace_is_found_in_each_form_that_others_give_it_b8() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
        let sentence = format!("{{\"name\":\"Ms {NAME}\"}}");
        let mut told: Vec<(&str, Vec<u8>)> = vec![
            ("plain", sentence.clone().into_bytes()),
            ("capitals", NAME.to_uppercase().into_bytes()),
            ("UTF-16", utf16(NAME)),
            ("the other UTF-16", NAME.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            ("hexadecimal", hex(sentence.as_bytes()).into_bytes()),
            ("a key", KEY.to_vec()),
            ("a key in hexadecimal", hex(&KEY).into_bytes()),
            ("a key as Rust prints it", format!("{KEY:?}").into_bytes()),
            ("a key as JSON", serde_json::to_vec(&KEY).expect("JSON")),
            ("an address", b"from 127.201.152.133:51234".to_vec()),
            ("a mapped address", b"[::ffff:127.201.152.133]".to_vec()),
            ("a mapped address in hexadecimal", b"::ffff:7fc9:9885".to_vec()),
            ("a login's address", [&[9, 127, 201, 152, 133][..], &[0; 12]].concat()),
            ("a socket's address", vec![2, 0, 0xc8, 0x22, 127, 201, 152, 133, 9]),
        ];
        for before in 0..4 {
            let text = [&b"????"[..before], NAME.as_bytes(), b" and more"].concat();
            told.push(("base64", STANDARD_NO_PAD.encode(&text).into_bytes()));
            let key = [&b"????"[..before], &KEY[..], b"!"].concat();
            told.push(("base64 of a key", URL_SAFE_NO_PAD.encode(&key).into_bytes()));
            told.push(("the other base64 of a key", STANDARD_NO_PAD.encode(&key).into_bytes()));
        }
        for (how, text) in told {
            assert!(!found(&text).is_empty(), "{how} is not found");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found_b8() {
        let near = [
            NAME.as_bytes()[1..].to_vec(),
            KEY[..20].to_vec(),
            b"127.201.152.132".to_vec(),
            vec![127, 201, 152, 133],
            vec![0; 100_000],
        ];
        for text in near {
            assert_eq!(found(&text), []);
        }
    }

    #[test]
    fn a_trace_is_found_wherever_reading_stops_for_a_moment_b8() {
        /// Gives a few bytes at a time.
        struct Slow<'a>(&'a [u8], usize);
        impl Read for Slow<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let length = self.1.min(self.0.len()).min(buffer.len());
                buffer[..length].copy_from_slice(&self.0[..length]);
                self.0 = &self.0[length..];
                Ok(length)
            }
        }
        let search = search();
        for at in [0, 1, 65_530, 65_536, 131_060, 200_000] {
            let mut text = vec![b'.'; at];
            text.extend_from_slice(NAME.as_bytes());
            text.extend_from_slice(&[b'.'; 70_000]);
            for step in [7, 4096, 1 << 20] {
                let look = search.through(&mut Slow(&text, step)).expect("memory");
                assert_eq!(look.traces.len(), 1, "at {at}, in steps of {step}");
                assert_eq!(look.bytes, text.len() as u64);
            }
        }
    }
}
