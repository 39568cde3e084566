//! `incamera verify`: whether a server serves the page of a release, unchanged (K2).
//!
//! It runs anywhere but in a server: [`Check`] fetches everything that a manifest names, as several visitors, and
//! [`compare`] says what is not as the manifest has it. What this cannot show is in docs/verify.md.

pub(crate) mod certificate;
pub mod command;
pub mod compare;
pub(crate) mod fetch;
pub mod manifest;
mod origin;
pub mod references;
mod report;
pub mod visitors;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::http::header;
use thiserror::Error;

pub use certificate::Trust;
use compare::{Difference, shown};
use fetch::Fetcher;
use manifest::{ANY_MEETING, Digest, Manifest, Served};
pub use origin::{Origin, Target};
pub use report::{Report, Vouched};
use visitors::{VISITORS, Visitor};

use crate::bytes;

/// A server, and what it is compared with.
pub struct Check {
    /// Where the server is.
    pub target: Target,
    /// Which certificates count.
    pub trust: Trust,
    /// What it should serve.
    pub manifest: Manifest,
    /// How long to wait.
    pub patience: Patience,
}

/// How long to wait for a server.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For one file.
    pub answer: Duration,
    /// For everything together.
    pub whole: Duration,
}

/// Why nothing could be compared.
#[derive(Debug, Error)]
pub enum Trouble {
    /// What was typed names no server.
    #[error("“{}” is not the address of a server; write it like https://meet.example.org", shown(.0))]
    Address(String),
    /// Without TLS everybody on the way can change everything.
    #[error("a page that comes by http:// can be changed by anybody on the way; write https://")]
    NotEncrypted,
    /// There is no such server, or it is not running.
    #[error("the server was not reached: {}", shown(.0))]
    Unreachable(String),
    /// Somebody answers, who does not show that they are this server.
    #[error(
        "whoever answers there does not show that they are this server. About the certificate: {why}.\n\
         Its fingerprint is sha256:{fingerprint}\n\
         If the server's owner told you this fingerprint by another way, name it: --fingerprint sha256:…"
    )]
    Certificate {
        /// In plain words.
        why: String,
        /// The SHA-256 of the certificate that was shown.
        fingerprint: Digest,
    },
    /// No connection came about.
    #[error("no secure connection came about: {}", shown(.0))]
    Tls(String),
}

/// One thing to fetch.
struct Item<'a> {
    /// As the report calls it.
    label: String,
    path: String,
    /// The address in the manifest.
    address: &'a str,
    served: &'a Served,
}

impl Check {
    /// Fetches everything as each visitor, and compares.
    pub async fn run(self) -> Result<Report, Trouble> {
        let Self { target, trust, manifest, patience } = self;
        let vouched = Vouched::by(&trust);
        let mut fetcher = Fetcher::new(&target, trust, patience)?;
        let mut found: BTreeMap<Difference, BTreeMap<String, BTreeSet<&'static str>>> = BTreeMap::new();
        let mut labels = BTreeSet::new();
        for visitor in VISITORS {
            fetcher.forget();
            for item in items(&manifest, &target) {
                // Nobody is there at all, or they are not who they should be; later it is one more difference.
                let outcome = match fetch(&mut fetcher, visitor, &item).await {
                    Err(trouble) if labels.is_empty() => return Err(trouble),
                    Err(trouble) => Err(Difference::NoAnswer(trouble.to_string())),
                    Ok(outcome) => outcome,
                };
                let differences = match outcome {
                    Ok(answer) => compare::differences(&manifest, item.address, item.served, &answer),
                    Err(difference) => BTreeSet::from([difference]),
                };
                for difference in differences {
                    found
                        .entry(difference)
                        .or_default()
                        .entry(item.label.clone())
                        .or_default()
                        .insert(visitor.name);
                }
                labels.insert(item.label);
            }
        }
        Ok(Report {
            origin: target.origin,
            vouched,
            certificate: fetcher.certificate(),
            files: manifest.addresses.values().map(|served| served.sha256).collect::<BTreeSet<_>>().len(),
            manifest: manifest.line(),
            version: manifest.version,
            addresses: labels.len(),
            found,
        })
    }
}

async fn fetch(
    fetcher: &mut Fetcher,
    visitor: Visitor,
    item: &Item<'_>,
) -> Result<Result<compare::Answer, Difference>, Trouble> {
    let media = item.served.headers.get(header::CONTENT_TYPE.as_str()).map_or("", String::as_str);
    fetcher.get(&item.path, &visitor.headers(media), compare::most_bytes(item.served)).await
}

/// The documents first, as a browser does. A meeting's page is asked for under a name that nobody has heard of before,
/// and under that of the link, if there was one.
fn items<'a>(manifest: &'a Manifest, target: &Target) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    for (address, served) in &manifest.addresses {
        let item = |label: &str, id: &str| Item {
            label: label.to_owned(),
            path: address.replace(ANY_MEETING, id),
            address,
            served,
        };
        items.push(item(address, &some_meeting()));
        if let Some(meeting) = target.meeting.as_ref().filter(|_| address.contains(ANY_MEETING)) {
            items.push(item(&address.replace(ANY_MEETING, "(the meeting of your link)"), meeting.as_str()));
        }
    }
    items.sort_by_key(|item| item.address.starts_with("/assets/"));
    items
}

fn some_meeting() -> String {
    let alphabet = b"abcdefghijklmnopqrstuvwxyz234567";
    bytes::random::<16>()
        .map(|byte| char::from(alphabet[usize::from(byte) % alphabet.len()]))
        .iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use incamera_conference::ids::MeetingId;

    use super::*;

    #[test]
    fn a_meeting_is_asked_for_as_one_that_nobody_knows_and_as_the_one_of_the_link() {
        let manifest = Manifest::built_in();
        let target = Target::parse("meet.example.org/m/abcdefgh234567ab").expect("a link");
        let paths: Vec<String> = items(&manifest, &target).into_iter().map(|item| item.path).collect();
        let meetings: Vec<&str> = paths.iter().filter_map(|path| path.strip_prefix("/m/")).collect();
        assert_eq!(meetings.len(), 2);
        assert!(meetings.contains(&"abcdefgh234567ab"));
        assert!(meetings.iter().all(|id| MeetingId::parse(id).is_ok()));
        assert_ne!(some_meeting(), some_meeting());
        assert!(paths.iter().all(|path| !path.contains('{')));
    }
}
