//! A transport that writes down what it is told.

use super::{Transport, WantedRates};
use crate::packet::{Layer, Outgoing, Section};

/// See [`Transport`]; what waits in `sent` would leave when the turn ends.
#[derive(Debug, Default)]
pub(crate) struct Fake {
    pub(crate) sent: Vec<(Section, Outgoing)>,
    pub(crate) forgotten: Vec<Section>,
    pub(crate) requests: Vec<(Section, Layer)>,
    pub(crate) wanted: WantedRates,
}

impl Transport for Fake {
    fn send(&mut self, section: Section, packet: Outgoing) {
        self.sent.push((section, packet));
    }

    fn forget(&mut self, section: Section) {
        self.sent.retain(|(waiting, _)| *waiting != section);
        self.forgotten.push(section);
    }

    fn request_key_frame(&mut self, section: Section, layer: Layer) {
        self.requests.push((section, layer));
    }

    fn set_wanted_rates(&mut self, rates: WantedRates) {
        self.wanted = rates;
    }
}
