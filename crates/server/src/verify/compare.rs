//! Whether an answer is what the manifest says. Nothing here touches the network.
//!
//! Bytes alone do not say what a browser runs: a weaker policy lets a script in, `Link` and `Refresh` load something
//! else, `Service-Worker-Allowed` lets a script stand between the page and its server. New headers with such powers come
//! every year, so that the rule is the other way round: an answer has the headers of the manifest, each once and as it
//! stands there, the few that have no power, and no others.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::io::Read as _;

use axum::http::{HeaderMap, StatusCode, header};

use super::manifest::{Digest, Manifest, Served};
use super::references::references;

/// Headers that neither make a browser do anything nor leave anything behind in it.
const POWERLESS: [&str; 5] = ["connection", "content-length", "date", "keep-alive", "transfer-encoding"];
/// Characters of a foreign text that are shown.
const SHOWN: usize = 1000;

/// What came back for one request.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The status of an answer in front of this one, which can have headers of its own (RFC 8297).
    pub early: Option<u16>,
    /// The body as it travelled.
    pub body: Body,
}

/// How a body arrived.
#[derive(Debug)]
pub enum Body {
    /// To its end.
    Whole(Vec<u8>),
    /// The connection ended after so many bytes.
    CutOff(usize),
    /// There was more than this.
    TooLong(usize),
    /// It did not end in time.
    TooSlow,
}

/// What is not as it should be. Foreign texts in it are shown without anything that a terminal would obey.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Difference {
    /// Nothing that can be read came back.
    NoAnswer(String),
    /// Another status.
    Status(u16),
    /// It sends the browser elsewhere.
    Redirect(u16, String),
    /// Something came in front of the answer.
    Early(u16),
    /// A header of the manifest is not there.
    HeaderMissing(String, String),
    /// A header has another value, or several: as it should be, as it is.
    HeaderOther(String, String, Vec<String>),
    /// A header that our page does not have.
    HeaderAdded(String, String),
    /// Compressed in a way that was not asked for, or that does not open.
    Encoding(String),
    /// It ended too early: so many bytes came, so many are in the manifest.
    CutOff(usize, u64),
    /// It was longer than this when we gave up.
    TooLong(usize),
    /// It did not end while we waited.
    TooSlow,
    /// Other bytes: their digest and their number.
    Content(Digest, usize),
    /// A script in a document, where ours has none.
    Inline(String),
    /// An address that the manifest does not name.
    Reference(String),
}

/// Bytes to accept of a file that should have so many: enough to look into one that is not ours.
pub fn most_bytes(served: &Served) -> usize {
    usize::try_from(served.bytes).unwrap_or(usize::MAX).saturating_mul(2).saturating_add(64 * 1024)
}

/// All differences of one answer.
pub fn differences(
    manifest: &Manifest,
    address: &str,
    served: &Served,
    answer: &Answer,
) -> BTreeSet<Difference> {
    let mut found: BTreeSet<Difference> = answer.early.map(Difference::Early).into_iter().collect();
    if answer.status != StatusCode::OK {
        found.insert(refusal(answer));
        return found;
    }
    let body = match &answer.body {
        Body::Whole(body) => Some(body.as_slice()),
        Body::CutOff(received) => {
            found.insert(Difference::CutOff(*received, served.bytes));
            None
        }
        Body::TooLong(limit) => {
            found.insert(Difference::TooLong(*limit));
            None
        }
        Body::TooSlow => {
            found.insert(Difference::TooSlow);
            None
        }
    };
    of_headers(manifest, served, answer, body, &mut found);
    if let Some(body) = body {
        match decoded(&answer.headers, body, most_bytes(served)) {
            Ok(content) => of_content(manifest, address, served, &content, &mut found),
            Err(difference) => drop(found.insert(difference)),
        }
    }
    found
}

fn refusal(answer: &Answer) -> Difference {
    let status = answer.status.as_u16();
    match answer.headers.get(header::LOCATION) {
        Some(to) if answer.status.is_redirection() => Difference::Redirect(status, text(to.as_bytes())),
        _ => Difference::Status(status),
    }
}

fn of_headers(
    manifest: &Manifest,
    served: &Served,
    answer: &Answer,
    body: Option<&[u8]>,
    found: &mut BTreeSet<Difference>,
) {
    // A tag that does not come from the bytes could be another for each visitor, and be recognised when they come back.
    let tag = body.map(|body| format!("\"{}\"", &Digest::of(body).to_string()[..incamera_page::ETAG_DIGITS]));
    let tag = tag.iter().map(|tag| (header::ETAG.as_str(), tag.as_str()));
    let named = manifest.headers.iter().chain(&served.headers);
    let expected: Vec<(&str, &str)> =
        named.map(|(name, value)| (name.as_str(), value.as_str())).chain(tag).collect();
    for (name, value) in &expected {
        let values: Vec<&[u8]> = answer.headers.get_all(*name).iter().map(|value| value.as_bytes()).collect();
        match values.as_slice() {
            [] => drop(found.insert(Difference::HeaderMissing((*name).to_owned(), (*value).to_owned()))),
            [only] if *only == value.as_bytes() => {}
            others => {
                let others = others.iter().map(|other| text(other)).collect();
                found.insert(Difference::HeaderOther((*name).to_owned(), (*value).to_owned(), others));
            }
        }
    }
    let known = |name: &str| {
        expected.iter().any(|(known, _)| *known == name)
            || POWERLESS.contains(&name)
            || [header::CONTENT_ENCODING.as_str(), header::ETAG.as_str()].contains(&name)
    };
    for (name, value) in answer.headers.iter().filter(|(name, _)| !known(name.as_str())) {
        found.insert(Difference::HeaderAdded(name.to_string(), text(value.as_bytes())));
    }
}

/// The bytes before they were compressed. A server of ours uses Brotli or nothing.
fn decoded<'a>(headers: &HeaderMap, body: &'a [u8], most: usize) -> Result<Cow<'a, [u8]>, Difference> {
    let encodings: Vec<String> =
        headers.get_all(header::CONTENT_ENCODING).iter().map(|value| text(value.as_bytes())).collect();
    if encodings.is_empty() {
        return Ok(body.into());
    }
    if encodings != ["br"] {
        return Err(Difference::Encoding(encodings.join(", ")));
    }
    let mut content = Vec::new();
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let opened = brotli_decompressor::Decompressor::new(body, 4096).take(bound).read_to_end(&mut content);
    match opened {
        Ok(_) if content.len() > most => Err(Difference::TooLong(most)),
        Ok(_) => Ok(content.into()),
        Err(_) => Err(Difference::Encoding("br, which does not open".to_owned())),
    }
}

fn of_content(
    manifest: &Manifest,
    address: &str,
    served: &Served,
    content: &[u8],
    found: &mut BTreeSet<Difference>,
) {
    let digest = Digest::of(content);
    if digest == served.sha256 && content.len() as u64 == served.bytes {
        return;
    }
    found.insert(Difference::Content(digest, content.len()));
    let media = served.headers.get(header::CONTENT_TYPE.as_str()).map_or("", String::as_str);
    let hints = references(media, address, content);
    found.extend(hints.inline.into_iter().map(Difference::Inline));
    let unknown = hints.addresses.into_iter().filter(|named| !manifest.addresses.contains_key(named));
    found.extend(unknown.map(Difference::Reference));
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A foreign text for a terminal: nothing in it moves the cursor, and it has a bound.
pub fn shown(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars().take(SHOWN) {
        if c == ' ' || c.is_ascii_graphic() {
            shown.push(c);
        } else {
            shown.extend(c.escape_unicode());
        }
    }
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer(why) => write!(f, "no answer: {}", shown(why)),
            Self::Status(status) => write!(f, "answers with the status {status} instead of the file"),
            Self::Redirect(status, to) => {
                write!(f, "sends the browser elsewhere (status {status}): {}", shown(to))
            }
            Self::Early(status) => {
                write!(f, "sends another answer in front of the file (status {status}); incamera never does")
            }
            Self::HeaderMissing(name, expected) => {
                write!(f, "the header “{name}” is missing\n  should be: {}", shown(expected))
            }
            Self::HeaderOther(name, expected, found) => {
                write!(f, "the header “{name}” is another\n  should be: {}", shown(expected))?;
                found.iter().try_for_each(|found| write!(f, "\n  is:        {}", shown(found)))
            }
            Self::HeaderAdded(name, value) => {
                write!(f, "has a header that incamera does not send\n  {}: {}", shown(name), shown(value))
            }
            Self::Encoding(encoding) => {
                write!(f, "is compressed in a way that incamera does not use: {}", shown(encoding))
            }
            Self::CutOff(received, expected) => {
                write!(f, "breaks off after {received} bytes as they travel; the file has {expected}")
            }
            Self::TooLong(limit) => write!(f, "goes on for more than {limit} bytes; we stopped there"),
            Self::TooSlow => write!(f, "did not end while we waited"),
            Self::Content(digest, bytes) => {
                write!(f, "is another file\n  its SHA-256: {digest}, {bytes} bytes")
            }
            Self::Inline(script) => write!(f, "holds a script, or what acts like one: {}", shown(script)),
            Self::Reference(address) => {
                write!(f, "names an address that is not part of the page: {}", shown(address))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page's document as an honest server answers.
    fn honest() -> (Manifest, Answer) {
        let manifest = Manifest::built_in();
        let body = incamera_page::file("index.html", false).expect("there").bytes.into_owned();
        let mut headers = HeaderMap::new();
        for (name, value) in manifest.headers.iter().chain(&manifest.addresses["/"].headers) {
            headers.insert(
                axum::http::HeaderName::from_bytes(name.as_bytes()).expect("a name"),
                value.parse().expect("a value"),
            );
        }
        let answer = Answer { status: StatusCode::OK, headers, early: None, body: Body::Whole(body) };
        (manifest, tagged(answer))
    }

    fn tagged(mut answer: Answer) -> Answer {
        let Body::Whole(body) = &answer.body else { return answer };
        let tag = format!("\"{}\"", &Digest::of(body).to_string()[..32]);
        answer.headers.insert(header::ETAG, tag.parse().expect("a value"));
        answer
    }

    fn judged(manifest: &Manifest, answer: &Answer) -> Vec<Difference> {
        differences(manifest, "/", &manifest.addresses["/"], answer).into_iter().collect()
    }

    /// As RFC 7932, section 9.2, has it for bytes that are not compressed.
    fn stored(bytes: &[u8]) -> Vec<u8> {
        let mut brotli = Vec::new();
        for (index, piece) in bytes.chunks(1 << 16).enumerate() {
            // Not the last, four nibbles of length less one, uncompressed; in front of all one bit for the window.
            let bits = (u32::try_from(piece.len()).expect("short") - 1) << 3 | 1 << 19;
            let bits = if index == 0 { bits << 1 } else { bits };
            brotli.extend(&bits.to_le_bytes()[..3]);
            brotli.extend(piece);
        }
        brotli.push(3);
        brotli
    }

    #[test]
    fn an_honest_answer_has_no_difference_k2() {
        let (manifest, mut answer) = honest();
        assert_eq!(judged(&manifest, &answer), []);
        for name in POWERLESS {
            answer.headers.insert(name, "x".parse().expect("a value"));
        }
        assert_eq!(judged(&manifest, &answer), []);
    }

    #[test]
    fn what_travels_compressed_is_compared_as_it_opens_k2() {
        let (manifest, mut answer) = honest();
        let Body::Whole(body) = &answer.body else { unreachable!() };
        answer.body = Body::Whole(stored(body));
        answer.headers.insert(header::CONTENT_ENCODING, "br".parse().expect("a value"));
        let mut answer = tagged(answer);
        assert_eq!(judged(&manifest, &answer), []);
        answer.body = Body::Whole(stored(b"<script>steal()</script>"));
        let found = judged(&manifest, &tagged(answer));
        assert!(matches!(found.as_slice(), [Difference::Content(..), Difference::Inline(_)]), "{found:?}");
    }

    #[test]
    fn what_does_not_open_or_never_ends_is_a_difference_k2() {
        let with = |encoding: &str, body: Vec<u8>| {
            let (manifest, mut answer) = honest();
            answer.headers.insert(header::CONTENT_ENCODING, encoding.parse().expect("a value"));
            answer.body = Body::Whole(body);
            judged(&manifest, &tagged(answer))
        };
        let endless = stored(&vec![b'a'; 1 << 20]);
        assert!(matches!(with("br", endless).as_slice(), [Difference::TooLong(_)]));
        assert!(matches!(with("br", b"no".to_vec()).as_slice(), [Difference::Encoding(_)]));
        assert!(matches!(with("br, br", stored(b"a")).as_slice(), [Difference::Encoding(_)]));
        assert!(matches!(with("gzip", b"a".to_vec()).as_slice(), [Difference::Encoding(_)]));
    }

    /// Every header of the manifest counts, and no other one is welcome.
    #[test]
    fn every_header_is_compared_k2() {
        let (manifest, _) = honest();
        let names = manifest.headers.keys().chain(manifest.addresses["/"].headers.keys());
        for name in names.map(String::as_str).chain(["etag"]) {
            let name = axum::http::HeaderName::from_bytes(name.as_bytes()).expect("a name");
            let (manifest, mut answer) = honest();
            answer.headers.append(name.clone(), "another".parse().expect("a value"));
            let found = judged(&manifest, &answer);
            assert!(
                matches!(found.as_slice(), [Difference::HeaderOther(of, ..)] if of == name.as_str()),
                "{found:?}"
            );
            answer.headers.remove(&name);
            let found = judged(&manifest, &answer);
            assert!(
                matches!(found.as_slice(), [Difference::HeaderMissing(of, _)] if of == name.as_str()),
                "{found:?}"
            );
        }
        for name in [
            "link",
            "refresh",
            "service-worker-allowed",
            "set-cookie",
            "x-new",
            "alt-svc",
            "reporting-endpoints",
        ] {
            let (manifest, mut answer) = honest();
            answer.headers.insert(name, "x".parse().expect("a value"));
            assert_eq!(judged(&manifest, &answer), [Difference::HeaderAdded(name.into(), "x".into())]);
        }
    }

    #[test]
    fn what_a_server_says_cannot_move_the_cursor() {
        let text =
            Difference::HeaderAdded("x".into(), "\u{1b}[2J\r\nAll is well\u{202e}é".into()).to_string();
        assert!(
            text.lines().count() == 2 && text.ends_with("\\u{1b}[2J\\u{d}\\u{a}All is well\\u{202e}\\u{e9}"),
            "{text}"
        );
        assert_eq!(shown(&"a".repeat(5000)).chars().count(), SHOWN + 1);
    }
}
