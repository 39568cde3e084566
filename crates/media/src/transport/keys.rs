//! How the keys of DTLS-SRTP (RFC 5764) reach our own sender.
//!
//! The library keeps them to itself, but lets its DTLS be exchanged. Ours is the one that it has, save that it leaves a copy
//! of what it exports on a tray of its thread. Whoever drives the library empties the tray before and looks there
//! afterwards, so that keys can only be those of the connection that was driven.
//!
//! And its settings are made once: making them tries all of its cryptography, which is a quarter of what it costs that
//! somebody joins.

use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Instant;

use str0m::config::{DtlsCert, DtlsVersion};
use str0m::crypto::dtls::{DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, ProtocolVersion};
use str0m::crypto::{CryptoError, CryptoProvider};

use super::reports::ConstantLoss;
use super::srtp::Contexts;

thread_local! {
    static TRAY: RefCell<Option<Contexts>> = const { RefCell::new(None) };
}

pub(super) static LIBRARY: LazyLock<CryptoProvider> = LazyLock::new(str0m::crypto::from_feature_flags);

/// The library's cryptography, with our DTLS and our reports.
pub(super) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
        Arc::new(CryptoProvider { dtls_provider: &Telling, srtp_provider: &ConstantLoss, ..LIBRARY.clone() })
    });
    Arc::clone(&PROVIDER)
}

/// Empties the tray: another connection is about to be driven.
pub(super) fn forget() {
    TRAY.set(None);
}

/// What the connection that was just driven has exported, if it has.
pub(super) fn take() -> Option<Contexts> {
    TRAY.take()
}

/// Makes DTLS that tells.
#[derive(Debug)]
struct Telling;

impl DtlsProvider for Telling {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        LIBRARY.dtls_provider.generate_certificate()
    }

    fn new_dtls(
        &self,
        certificate: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let certificate = dimpl::DtlsCertificate {
            certificate: certificate.certificate.clone(),
            private_key: certificate.private_key.clone(),
        };
        let begin = match version {
            DtlsVersion::Dtls12 => dimpl::Dtls::new_12,
            DtlsVersion::Dtls13 => dimpl::Dtls::new_13,
            DtlsVersion::Auto => dimpl::Dtls::new_auto,
            _ => return Err(CryptoError::Other(format!("no such version of DTLS: {version}"))),
        };
        Ok(Box::new(TellingDtls(begin(settings(mtu)?, certificate, now))))
    }
}

/// The settings of connections whose datagrams are of at most so many bytes.
fn settings(mtu: Option<usize>) -> Result<Arc<dimpl::Config>, CryptoError> {
    /// Those that were made last. There is but one size in a server.
    static LAST: Mutex<Option<(Option<usize>, Arc<dimpl::Config>)>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((size, settings)) = &*last
        && *size == mtu
    {
        return Ok(Arc::clone(settings));
    }
    // ICE has shown before that the other side is where it says, which is what a cookie would show (RFC 6347, 4.2.1).
    let builder = dimpl::Config::builder().use_server_cookie(false);
    let builder = mtu.into_iter().fold(builder, dimpl::ConfigBuilder::mtu);
    let settings =
        builder.build().map_err(|error| CryptoError::Other(format!("DTLS cannot be set up: {error}")))?;
    let settings = Arc::new(settings);
    *last = Some((mtu, Arc::clone(&settings)));
    Ok(settings)
}

/// DTLS that leaves the keys which it exports on the tray.
struct TellingDtls(dimpl::Dtls);

impl fmt::Debug for TellingDtls {
    /// Without anything of the connection.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TellingDtls")
    }
}

impl DtlsInstance for TellingDtls {
    fn poll_output<'a>(&mut self, buffer: &'a mut [u8]) -> DtlsOutput<'a> {
        let output = self.0.poll_output(buffer);
        if let DtlsOutput::KeyingMaterial(material, profile) = &output {
            TRAY.set(Contexts::new(&LIBRARY, *profile, material, self.0.is_active()));
        }
        output
    }

    fn set_active(&mut self, active: bool) {
        self.0.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.0.handle_packet(packet)
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.0.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.0.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.0.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.0.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.0.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.0.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_share_their_settings_as_long_as_their_datagrams_are_of_one_size() {
        let one = settings(Some(1_200)).expect("settings");
        assert!(Arc::ptr_eq(&one, &settings(Some(1_200)).expect("settings")));
        let other = settings(Some(900)).expect("settings");
        assert_eq!((one.mtu(), other.mtu()), (1_200, 900));
        assert!(!one.use_server_cookie());
    }
}
