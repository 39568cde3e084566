//! Who answers: which certificates count.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::manifest::Digest;

/// What makes a server the one that was asked for.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Its name is in a certificate that one of these authorities vouches for.
    Authorities(Arc<RootCertStore>),
    /// It has the key of just this certificate, whatever name is in it.
    Certificate(Digest),
    /// Nothing: whoever answers is taken for it.
    Anybody,
}

impl Trust {
    /// The authorities that browsers know, by Mozilla's list, as it was when this program was built. The machine's own
    /// list is left out on purpose: whoever looks after the machine, or sits between it and the network, may have added
    /// an authority to it.
    pub fn web() -> Self {
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
        Self::Authorities(Arc::new(RootCertStore::from_iter(roots)))
    }
}

/// The client's side of TLS, and the digest of the certificate that the server showed.
pub(crate) fn client_config(trust: Trust) -> Result<(Arc<ClientConfig>, Arc<Judge>), rustls::Error> {
    let provider = Arc::new(crate::tls::provider());
    let web = match &trust {
        Trust::Authorities(roots) => {
            let web =
                WebPkiServerVerifier::builder_with_provider(Arc::clone(roots), Arc::clone(&provider)).build();
            Some(web.map_err(|error| rustls::Error::General(error.to_string()))?)
        }
        Trust::Certificate(_) | Trust::Anybody => None,
    };
    let judge = Arc::new(Judge { trust, web, provider: Arc::clone(&provider), seen: OnceLock::new() });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&judge) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Each connection shows its certificate anew.
    config.resumption = rustls::client::Resumption::disabled();
    Ok((Arc::new(config), judge))
}

/// Decides by [`Trust`], and remembers the first certificate.
#[derive(Debug)]
pub(crate) struct Judge {
    trust: Trust,
    web: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
    seen: OnceLock<Digest>,
}

impl Judge {
    /// The digest of the first certificate that the server showed, also of one that does not count.
    pub(super) fn seen(&self) -> Option<Digest> {
        self.seen.get().copied()
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let digest = Digest::of(certificate);
        let _ = self.seen.set(digest);
        match (&self.trust, &self.web) {
            (Trust::Certificate(expected), _) if *expected != digest => {
                Err(CertificateError::ApplicationVerificationFailure.into())
            }
            (Trust::Authorities(_), Some(web)) => {
                web.verify_server_cert(certificate, intermediates, name, ocsp, now)
            }
            (Trust::Authorities(_), None) => Err(CertificateError::UnknownIssuer.into()),
            (Trust::Certificate(_) | Trust::Anybody, _) => Ok(ServerCertVerified::assertion()),
        }
    }

    // Whatever certificate counts: who shows it must have its key.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// In plain words, why a certificate does not count.
pub(crate) fn why(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "nobody whom browsers know vouches for it; a server that made its certificate itself has such a one, and so has \
             whoever stands between you and the server"
                .to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; is the clock of this machine right?".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another name".to_owned()
        }
        CertificateError::ApplicationVerificationFailure => {
            "it is not the one whose fingerprint you gave".to_owned()
        }
        other => super::compare::shown(&format!("{other:?}")),
    }
}
