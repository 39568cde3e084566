//! How the keys of DTLS-SRTP (RFC 5764) reach our own sender.
//!
//! The library keeps them to itself, but lets its DTLS be exchanged. Ours is the library's, save that it leaves a copy
//! of what it exports on a tray of its thread. Whoever drives the library empties the tray before and looks there
//! afterwards, so that keys can only be those of the connection that was driven.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};
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
        let library = LIBRARY.dtls_provider.new_dtls(certificate, now, version, mtu)?;
        Ok(Box::new(TellingDtls(library)))
    }
}

/// DTLS that leaves the keys which it exports on the tray.
#[derive(Debug)]
struct TellingDtls(Box<dyn DtlsInstance>);

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
