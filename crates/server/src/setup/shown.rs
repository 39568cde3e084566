//! What a browser would make of the certificate that a server shows.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::facts::connect;
use crate::config::Config;
use crate::tls::{self, Life};
use crate::verify::certificate;

/// What it would.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Shown {
    /// It takes it, for so long.
    Trusted(Life),
    /// It warns everybody, for this reason.
    NotTrusted(String),
    NoAnswer,
}

/// Those who vouch for certificates, as browsers know them; and the authority of the configuration, where it names one.
pub(crate) fn believers(config: &Config) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(own) = &config.authority.root
        && let Ok(certificates) = CertificateDer::pem_file_iter(own)
    {
        roots.add_parsable_certificates(certificates.filter_map(Result::ok));
    }
    Arc::new(roots)
}

/// Connects, and looks. Connecting, reading and writing may take so long, each.
pub(crate) fn look(at: SocketAddr, name: &str, roots: &Arc<RootCertStore>, patience: Duration) -> Shown {
    let Ok(mut tcp) = connect(at, patience) else { return Shown::NoAnswer };
    let trusting = || {
        let client = ClientConfig::builder_with_provider(Arc::new(tls::provider()))
            .with_safe_default_protocol_versions()
            .ok()?
            .with_root_certificates(Arc::clone(roots))
            .with_no_client_auth();
        ClientConnection::new(Arc::new(client), ServerName::try_from(name.to_owned()).ok()?).ok()
    };
    let Some(mut connection) = trusting() else {
        return Shown::NotTrusted("its name is none that a certificate can have".to_owned());
    };
    while connection.is_handshaking() {
        match connection.complete_io(&mut tcp) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Shown::NotTrusted(why(&error));
            }
            Err(_) => return Shown::NoAnswer,
        }
    }
    let shown = connection.peer_certificates().and_then(<[_]>::first);
    match shown.and_then(|certificate| Life::of(certificate).ok()) {
        Some(life) => Shown::Trusted(life),
        None => Shown::NotTrusted("it cannot be read".to_owned()),
    }
}

fn why(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(error)) => certificate::why(error),
        _ => "what it says is no TLS".to_owned(),
    }
}
