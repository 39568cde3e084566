//! The rows of the threat model that the machine has a part in, and how they stand by the controls that serve them.

use serde::Serialize;

use super::Measured;
use crate::control::Verdict;

/// How a row stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// All that serves it holds.
    Holds,
    /// Something that serves it waits for a person, or could not be found out.
    Open,
    /// Something that serves it does not hold.
    FallsShort,
    /// Nothing that serves it can be measured on the machine: tests of the program prove it.
    Elsewhere,
}

/// A row.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct Threat {
    /// Its name in the threat model.
    pub id: &'static str,
    /// What somebody might do, in plain words.
    pub threat: &'static str,
    /// What is there against it.
    pub answer: &'static str,
    /// How it stands.
    pub state: State,
    /// The controls that serve it.
    pub controls: Vec<&'static str>,
}

/// Name, threat, answer.
const ROWS: &[[&str; 3]] = &[
    [
        "T1",
        "Somebody changes what the machine does",
        "the machine is closed as the first level of the CIS benchmark for it asks",
    ],
    [
        "T2",
        "Somebody with more time does",
        "and as the second level asks, with few exceptions, each with its reason",
    ],
    ["T3", "Somebody tries every door", "a packet filter lets nothing in but meetings and ssh"],
    ["T4", "Somebody guesses the owner's password", "only strong keys let anybody in"],
    ["T5", "Somebody uses a flaw that is known already", "updates install themselves"],
    ["T6", "Somebody tries at night, when nobody looks", "the service is off when it is not needed"],
    ["I2", "Somebody on the way reads along", "only new TLS, with strong ciphers"],
    ["I3", "Somebody reads afterwards who met whom", "nothing about meetings is written down"],
    ["D2", "Somebody floods the machine", "too many new connections from one address are dropped"],
    [
        "E1",
        "Somebody breaks into the service and goes on from there",
        "the service is confined to what it needs",
    ],
    ["K8", "Somebody comes in by telephone, unencrypted", "there is no way in by telephone"],
    ["B3", "Somebody finds a forgotten service", "one port for meetings, one for administration, no other"],
    ["B8", "Somebody takes the disk", "no byte of a meeting is on it"],
];

pub(super) fn judge(controls: &[Measured]) -> Vec<Threat> {
    ROWS.iter()
        .map(|[id, threat, answer]| {
            let serving: Vec<_> = controls.iter().filter(|control| control.serves.contains(id)).collect();
            let state = serving
                .iter()
                .filter_map(|control| match control.verdict {
                    Verdict::Holds => Some(State::Holds),
                    Verdict::FallsShort { .. } => Some(State::FallsShort),
                    Verdict::Postponed { .. } | Verdict::Unknown { .. } => Some(State::Open),
                    Verdict::NotApplicable { .. } => None,
                })
                .max()
                .unwrap_or(State::Elsewhere);
            Threat { id, threat, answer, state, controls: serving.iter().map(|control| control.id).collect() }
        })
        .collect()
}

impl State {
    /// For a person.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Open => "waits for you",
            Self::FallsShort => "falls short",
            Self::Elsewhere => "not measured here",
        }
    }
}
