//! A transport that writes down what it is told.

use std::time::{Duration, Instant};

use super::Transport;
use crate::packet::{Layer, Outgoing, Section};
use crate::rate::Bitrate;

/// See [`Transport`]; what waits in `sent` would leave when the turn ends.
#[derive(Debug, Default)]
pub(crate) struct Fake {
    pub(crate) sent: Vec<(Section, Outgoing)>,
    pub(crate) forgotten: Vec<Section>,
    pub(crate) requests: Vec<(Section, Layer)>,
    pub(crate) wanted: Bitrate,
    pub(crate) backlog: Duration,
    pub(crate) again: Vec<(Section, Outgoing)>,
}

impl Transport for Fake {
    fn send(&mut self, section: Section, packet: Outgoing) {
        self.sent.push((section, packet));
    }

    fn send_again(&mut self, section: Section, packet: Outgoing) {
        self.again.push((section, packet));
    }

    fn forget(&mut self, section: Section) {
        self.sent.retain(|(waiting, _)| *waiting != section);
        self.again.retain(|(waiting, _)| *waiting != section);
        self.forgotten.push(section);
    }

    fn request_key_frame(&mut self, section: Section, layer: Layer) {
        self.requests.push((section, layer));
    }

    fn set_wanted_rate(&mut self, rate: Bitrate) {
        self.wanted = rate;
    }

    fn backlog(&self, _now: Instant) -> Duration {
        self.backlog
    }
}
