//! What the server offers to whoever connects (I2, K8): versions and suites of TLS, as clients of all times ask for them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, SupportedProtocolVersion};

use super::hello::{Answer, Version, offer};
use super::{Outcome, Site};
use crate::setup::connect;
use crate::verify::certificate::{Trust, client_config};

/// Suites for 1.2 that are forward-secret, authenticate what they encrypt, and have no weakness that is known: ECDHE and
/// DHE with AES-GCM, AES-CCM, or ChaCha20-Poly1305 (RFC 9325, section 4.2).
const STRONG: [u16; 17] = [
    0x009e, 0x009f, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xc09e, 0xc09f, 0xc0ac, 0xc0ad, 0xcca8, 0xcca9, 0xccaa,
    0x1301, 0x1302, 0x1303, 0x1304,
];
/// Where suites before TLS 1.3 have their numbers, in the registry of IANA.
const REGISTERED: [std::ops::RangeInclusive<u16>; 3] = [0x0001..=0x00c7, 0xc001..=0xc0b5, 0xcca8..=0xccae];
/// Weak suites that are told, at most.
const TOLD: usize = 5;

/// No version before 1.2 is taken, and 1.2 or 1.3 is.
pub(super) fn versions(site: &Site) -> Outcome {
    let mut found = Vec::new();
    for version in [Version::SSL_3, Version::TLS_1_0, Version::TLS_1_1] {
        let all: Vec<_> = REGISTERED.into_iter().flatten().collect();
        match offer(site.at, &site.name, version, &all, site.patience) {
            Ok(Answer::Refuses) => {}
            Ok(Answer::Takes(taken, _)) => {
                found.push(format!("{taken} is taken, where {version} is offered"))
            }
            Err(error) => return Outcome::Unknown(told(&error)),
        }
    }
    let new = [(&rustls::version::TLS13, "TLS 1.3"), (&rustls::version::TLS12, "TLS 1.2")];
    let taken = new.into_iter().filter_map(|(version, name)| {
        handshake(site.at, &site.name, version, site.patience).map(|suite| format!("{name} with {suite}"))
    });
    let taken: Vec<_> = taken.collect();
    if taken.is_empty() {
        found.push("neither TLS 1.2 nor TLS 1.3 comes about".to_owned());
    }
    Outcome::judged(found, format!("SSL 3.0, TLS 1.0 and 1.1 are refused. Taken: {}.", taken.join(", ")))
}

/// Of all suites for 1.2 that have ever been registered, none is taken that is not strong.
pub(super) fn suites(site: &Site) -> Outcome {
    let mut weak: Vec<u16> =
        REGISTERED.into_iter().flatten().filter(|suite| !STRONG.contains(suite)).collect();
    let (count, mut found) = (weak.len(), Vec::new());
    while found.len() < TOLD {
        match offer(site.at, &site.name, Version::TLS_1_2, &weak, site.patience) {
            Ok(Answer::Refuses) => break,
            Ok(Answer::Takes(_, suite)) => {
                let name =
                    rustls::CipherSuite::from(suite).as_str().map_or(format!("{suite:#06x}"), str::to_owned);
                found.push(format!("a suite is taken that is none of the strong ones: {name}"));
                let before = weak.len();
                weak.retain(|other| *other != suite);
                // One that was not offered: asking again would end nowhere.
                if weak.len() == before {
                    break;
                }
            }
            Err(error) => return Outcome::Unknown(told(&error)),
        }
    }
    Outcome::judged(
        found,
        format!("{count} suites that are none of the strong ones were offered, and refused."),
    )
}

fn told(error: &io::Error) -> String {
    format!("it was not found out, because the server did not answer as it should: {error}")
}

/// The suite of a connection with this version alone, whatever certificate is shown; that is another point.
fn handshake(
    at: SocketAddr,
    name: &str,
    version: &'static SupportedProtocolVersion,
    patience: Duration,
) -> Option<String> {
    let (_, judge) = client_config(Trust::Anybody).ok()?;
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(crate::tls::provider()))
        .with_protocol_versions(&[version])
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(judge as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).ok()?;
    let mut connection = ClientConnection::new(Arc::new(config), name).ok()?;
    let mut stream = connect(at, patience).ok()?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream).ok()?;
    }
    Some(connection.negotiated_cipher_suite()?.suite().as_str()?.to_owned())
}
