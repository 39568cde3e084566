//! One meeting, from the first hello to the last farewell.

use std::time::Instant;

use crate::effect::{Effect, Founding, Input, UnixSeconds};
use crate::ids::{ConnectionId, ParticipantId};

/// The state of one meeting.
///
/// After each [`Meeting::handle`] the caller takes every effect with [`Meeting::poll_effect`] and carries it out in
/// that order, then arranges to be called again at [`Meeting::poll_timeout`].
pub struct Meeting {
    founding: Founding,
}

impl Meeting {
    /// A meeting that nobody has entered yet. `boot` is when the server started, `now` is now.
    pub fn new(founding: Founding, boot: Instant, now: Instant) -> Self {
        let _ = (boot, now);
        Self { founding }
    }

    /// Takes in what happened. Panics never; what makes no sense is denied or ignored.
    pub fn handle(&mut self, now: Instant, wall: UnixSeconds, input: Input) {
        let _ = (now, wall, input, &self.founding);
    }

    /// The next thing to do, in order. `None` when there is nothing left.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        None
    }

    /// When to hand in [`Input::Timeout`] at the latest. `None`: not before the next input.
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// Whose connection this is. `None` for those who wait, were refused, or are gone.
    pub fn participant_of(&self, connection: ConnectionId) -> Option<ParticipantId> {
        let _ = connection;
        None
    }

    /// Whether anybody is in it and connected.
    pub fn is_live(&self) -> bool {
        false
    }
}
