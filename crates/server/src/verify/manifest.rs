//! What the page is: what is served at each of its addresses, and the headers that say what it may do.

use std::collections::BTreeMap;
use std::fmt;

use axum::http::{HeaderName, HeaderValue, header};
use incamera_page::Original;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::http::{headers, page};

/// The only format there is.
const FORMAT: u32 = 1;
/// Bytes of one file, at most.
const FILE: u64 = 64 * 1024 * 1024;
/// Addresses, at most.
const ADDRESSES: usize = 1000;
/// Bytes of a manifest, at most.
pub const SIZE: u64 = 1024 * 1024;
/// Stands in an address for the identifier of any meeting.
pub const ANY_MEETING: &str = "{id}";
/// Groups of four digits that people read out to each other: 160 bits of the SHA-256.
const GROUPS: usize = 10;

/// A manifest. As text it is JSON, in the one way in which [`Manifest::to_text`] writes it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    /// Of the program that serves this page.
    pub version: String,
    /// The headers of every answer, names in lower case. There is none but these and those of the address.
    pub headers: BTreeMap<String, String>,
    /// By address.
    pub addresses: BTreeMap<String, Served>,
}

/// What is served at one address.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Served {
    /// Of the bytes before they are compressed to travel.
    pub sha256: Digest,
    /// How many these are.
    pub bytes: u64,
    /// The headers that are this address's own.
    pub headers: BTreeMap<String, String>,
}

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest(pub [u8; 32]);

/// Why a text is no manifest.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// It is something else.
    #[error("it is no manifest of a page: {0}")]
    Json(#[from] serde_json::Error),
    /// A later program wrote it.
    #[error("it has the format {0}, and this program knows {FORMAT}: use a newer incamera")]
    Format(u32),
    /// It says the same in another way, so that its own digest is another.
    #[error("it is not written as incamera writes it: somebody changed it, if only its lines")]
    Rewritten,
    /// It asks for what cannot be.
    #[error("it has more addresses, or larger files, than a page has")]
    Bounds,
    /// An address or a header that no server can have.
    #[error("it names an address or a header that cannot be: {0:?}")]
    Name(String),
}

impl Manifest {
    /// Of the page in this program.
    pub fn built_in() -> Self {
        let mut addresses = BTreeMap::new();
        for original in incamera_page::originals() {
            if original.path == page::INDEX {
                addresses.extend(page::ADDRESSES.map(|address| (address.to_owned(), served(&original))));
            } else {
                addresses.insert(page::address(original.path), served(&original));
            }
        }
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            headers: headers::HEADERS.map(|(name, value)| (name.to_string(), value.to_owned())).into(),
            addresses,
        }
    }

    /// Reads what [`Self::to_text`] wrote.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let manifest: Self = serde_json::from_str(text)?;
        if manifest.format != FORMAT {
            return Err(ManifestError::Format(manifest.format));
        }
        if manifest.to_text() != text {
            return Err(ManifestError::Rewritten);
        }
        let too_large = manifest.addresses.values().any(|served| served.bytes > FILE);
        if too_large || manifest.addresses.is_empty() || manifest.addresses.len() > ADDRESSES {
            return Err(ManifestError::Bounds);
        }
        let own = manifest.addresses.values().flat_map(|served| &served.headers);
        let mut every = manifest.headers.iter().chain(own);
        if let Some((name, _)) = every.find(|(name, value)| !is_header(name, value)) {
            return Err(ManifestError::Name(name.clone()));
        }
        if let Some(address) = manifest.addresses.keys().find(|address| !is_address(address)) {
            return Err(ManifestError::Name(address.clone()));
        }
        Ok(manifest)
    }

    /// Two manifests are the same when their texts are, byte by byte.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).expect("maps of texts are JSON") + "\n"
    }

    /// Of the whole: of its text.
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_text().as_bytes())
    }

    /// One line that people can read out to each other.
    pub fn line(&self) -> String {
        let digits = self.digest().to_string();
        let groups: Vec<&str> = (0..GROUPS).map(|group| &digits[4 * group..4 * group + 4]).collect();
        format!("incamera {}, page {}", self.version, groups.join(" "))
    }
}

fn served(original: &Original) -> Served {
    let own = [
        (header::CACHE_CONTROL, page::caching(original.path, incamera_page::immutable(original.path))),
        (header::CONTENT_TYPE, incamera_page::mime(original.path)),
        (header::VARY, page::VARY),
    ];
    Served {
        sha256: Digest::parse(original.sha256).expect("the page's build wrote it"),
        bytes: original.bytes.len() as u64,
        headers: own.map(|(name, value)| (name.to_string(), value.to_owned())).into(),
    }
}

fn is_header(name: &str, value: &str) -> bool {
    let lower = HeaderName::from_bytes(name.as_bytes()).is_ok_and(|parsed| parsed.as_str() == name);
    lower && HeaderValue::from_str(value).is_ok() && value.is_ascii()
}

/// Written as browsers write it, so that it is asked for as it stands.
fn is_address(address: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    let known = address.replace(ANY_MEETING, "id");
    known.starts_with('/') && !known.contains("//") && !known.contains("..") && known.chars().all(plain)
}

impl Digest {
    /// Of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads 64 hexadecimal digits, with colons or without.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text
            .bytes()
            .filter(|byte| *byte != b':')
            .map(|byte| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()?;
        let bytes: Vec<u8> =
            digits.chunks(2).map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit)).collect();
        (digits.len() == 64).then(|| bytes.try_into().ok().map(Self)).flatten()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a SHA-256 has 64 hexadecimal digits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written_and_in_no_other_way() {
        let manifest = Manifest::built_in();
        let text = manifest.to_text();
        assert_eq!(Manifest::parse(&text).expect("ours"), manifest);
        let changed = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            Manifest::parse(&text.replacen(from, to, 1))
        };
        assert!(matches!(changed("\n", "\r\n"), Err(ManifestError::Rewritten)));
        assert!(matches!(changed("\"format\": 1", "\"format\": 2"), Err(ManifestError::Format(2))));
        assert!(matches!(changed("\"version\"", "\"Version\""), Err(ManifestError::Json(_))));
        assert!(matches!(changed("\"/enrol\"", "\"/e rol\""), Err(ManifestError::Name(_))));
        assert!(matches!(
            changed("\"/enrol\"", "\"//enrol\""),
            Err(ManifestError::Rewritten | ManifestError::Name(_))
        ));
        assert!(matches!(changed("default-src 'none'", "default-src\\u0000"), Err(ManifestError::Name(_))));
        assert!(matches!(Manifest::parse("<!doctype html>"), Err(ManifestError::Json(_))));
        let mut huge = manifest;
        huge.addresses.get_mut("/").expect("there").bytes = u64::MAX;
        assert!(matches!(Manifest::parse(&huge.to_text()), Err(ManifestError::Bounds)));
    }

    /// The same digest as of the file that `incamera manifest` wrote: any other program can say whether it is right.
    #[test]
    fn the_line_is_the_beginning_of_the_digest_of_the_text() {
        let manifest = Manifest::built_in();
        let digest = Digest::of(manifest.to_text().as_bytes()).to_string();
        let line = manifest.line();
        let (start, digits) = line.rsplit_once("page ").expect("a digest");
        assert_eq!(start, format!("incamera {}, ", env!("CARGO_PKG_VERSION")));
        assert!(digest.starts_with(&digits.replace(' ', "")), "{line}");
        assert_eq!(digits.len(), 4 * GROUPS + GROUPS - 1);
    }

    #[test]
    fn every_address_of_the_page_is_named_once() {
        let manifest = Manifest::built_in();
        for address in page::ADDRESSES {
            assert!(manifest.addresses.contains_key(address), "{address}");
        }
        assert!(!manifest.addresses.keys().any(|address| address.ends_with(".html")), "documents have none");
        assert!(!manifest.addresses.contains_key("/index"), "it is served at addresses of its own");
        let files = incamera_page::originals().count();
        assert_eq!(manifest.addresses.len(), files - 1 + page::ADDRESSES.len());
    }

    #[test]
    fn digests_are_read_with_colons_and_without() {
        let digest = Digest::of(b"incamera");
        let plain = digest.to_string();
        let pairs: Vec<&str> = (0..32).map(|pair| &plain[2 * pair..2 * pair + 2]).collect();
        assert_eq!(Digest::parse(&plain), Some(digest));
        assert_eq!(Digest::parse(&pairs.join(":").to_uppercase()), Some(digest));
        for wrong in ["", "ab", &plain[1..], &format!("{plain}a"), &plain.replacen(&plain[..1], "g", 1)] {
            assert_eq!(Digest::parse(wrong), None, "{wrong}");
        }
    }
}
