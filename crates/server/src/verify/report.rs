//! The outcome, in words for people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::certificate::Trust;
use super::compare::{Difference, shown};
use super::manifest::Digest;
use super::origin::Origin;
use super::visitors::VISITORS;

/// Addresses that are listed for one difference.
const LISTED: usize = 10;

/// What was found on a server.
#[derive(Debug)]
pub struct Report {
    /// The server.
    pub origin: Origin,
    /// Why whoever answered counts as this server.
    pub vouched: Vouched,
    /// The certificate that it showed first.
    pub certificate: Option<Digest>,
    /// The line of the manifest.
    pub manifest: String,
    /// The version in it.
    pub version: String,
    /// How many files it names.
    pub files: usize,
    /// At how many addresses the server was asked.
    pub addresses: usize,
    /// Each difference, with the addresses where, and the visitors for whom it was there.
    pub found: BTreeMap<Difference, BTreeMap<String, BTreeSet<&'static str>>>,
}

/// Why a server counts as the one that was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Vouched {
    /// An authority that browsers know says so.
    Authority,
    /// It has the certificate whose fingerprint was given.
    Fingerprint,
    /// Nobody says so.
    Nobody,
}

impl Vouched {
    pub(super) fn by(trust: &Trust) -> Self {
        match trust {
            Trust::Authorities(_) => Self::Authority,
            Trust::Certificate(_) => Self::Fingerprint,
            Trust::Anybody => Self::Nobody,
        }
    }
}

const UNVOUCHED: &str = "\
WARNING: the certificate was not checked (--insecure-certificate). Anybody between this machine and the server may have
answered in its place. What follows says nothing about the server that others reach.

";

const LIMITS: &str = "\
This says what the server gave to this machine just now. It cannot show what it gives to somebody else, or tomorrow, nor
what it gives to a browser that it tells from this program. Run it from other machines and at other times, too.
";

const WHAT_NOW: &str = "\
Perhaps the server runs another release: then compare with the manifest of that one (--manifest FILE), if you trust it.
If it is this release, somebody changed the page. Until you know who and why, do not enter a link or a password there.

";

impl Report {
    /// Whether nothing differed.
    pub fn holds(&self) -> bool {
        self.found.is_empty()
    }

    fn differing(&self) -> usize {
        self.found.values().flat_map(BTreeMap::keys).collect::<BTreeSet<_>>().len()
    }

    /// Where and for whom a difference was seen.
    fn places(&self, seen: &BTreeMap<String, BTreeSet<&'static str>>) -> String {
        let mut text = if seen.len() == self.addresses {
            "at every address".to_owned()
        } else {
            let listed: Vec<String> = seen.keys().take(LISTED).map(|label| shown(label)).collect();
            let more = seen.len().saturating_sub(LISTED);
            let more = if more == 0 { String::new() } else { format!(", and {more} more") };
            format!("at {}{more}", listed.join(", "))
        };
        if seen.values().any(|visitors| visitors.len() < VISITORS.len()) {
            let names: BTreeSet<&str> = seen.values().flatten().copied().collect();
            let names: Vec<&str> = names.into_iter().collect();
            text.push_str(&format!("\n  NOT for everybody; for: {}", names.join("; ")));
        }
        text
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, version, files, addresses, .. } = self;
        if self.vouched == Vouched::Nobody {
            f.write_str(UNVOUCHED)?;
        }
        let version = shown(version);
        if self.holds() {
            writeln!(f, "{origin} serves the page of incamera {version}, unchanged: {files} files.")?;
            writeln!(
                f,
                "Each of its {addresses} addresses was asked for by {} different visitors.\n",
                VISITORS.len()
            )?;
        } else {
            let differing = self.differing();
            writeln!(f, "{origin} does NOT serve the page of incamera {version}.")?;
            writeln!(f, "Of its {addresses} addresses, {differing} are not as they should be:\n")?;
            for (difference, seen) in &self.found {
                writeln!(f, "- {difference}\n  {}\n", self.places(seen))?;
            }
            f.write_str(WHAT_NOW)?;
        }
        writeln!(f, "Compared with: {}", shown(&self.manifest))?;
        if let Some(certificate) = self.certificate {
            writeln!(f, "Certificate:   sha256:{certificate}")?;
        }
        write!(f, "\n{LIMITS}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Target;

    fn report(found: &[(Difference, &[&str], &[&'static str])]) -> Report {
        let visitors = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
        let found = found.iter().map(|(difference, labels, names)| {
            (difference.clone(), labels.iter().map(|label| ((*label).to_owned(), visitors(names))).collect())
        });
        Report {
            origin: Target::parse("meet.example.org").expect("an address").origin,
            vouched: Vouched::Authority,
            certificate: None,
            manifest: "incamera 0.1.0, page 0123".to_owned(),
            version: "0.1.0".to_owned(),
            files: 23,
            addresses: 25,
            found: found.collect(),
        }
    }

    #[test]
    fn a_page_that_holds_is_one_sentence_and_its_limits() {
        let text = report(&[]).to_string();
        assert!(
            text.starts_with(
                "https://meet.example.org serves the page of incamera 0.1.0, unchanged: 23 files."
            )
        );
        assert!(text.contains("cannot show"), "{text}");
        assert!(!text.contains("WARNING"));
    }

    #[test]
    fn it_says_for_whom_a_page_is_another() {
        let all = VISITORS.map(|visitor| visitor.name);
        let missing = Difference::HeaderMissing("x-frame-options".into(), "DENY".into());
        let text = report(&[
            (missing, &["/", "/enrol"], &all),
            (Difference::Status(404), &["/assets/a.js"], &all[..1]),
        ])
        .to_string();
        assert!(text.contains("does NOT serve the page of incamera 0.1.0"), "{text}");
        assert!(text.contains("Of its 25 addresses, 3 are"), "{text}");
        assert!(text.contains("at /, /enrol\n\n"), "{text}");
        assert!(text.contains("at /assets/a.js\n  NOT for everybody; for: Chrome on Windows"), "{text}");
    }

    #[test]
    fn a_certificate_that_nobody_checked_is_said_first() {
        let text = Report { vouched: Vouched::Nobody, ..report(&[]) }.to_string();
        assert!(text.starts_with("WARNING"), "{text}");
    }
}
