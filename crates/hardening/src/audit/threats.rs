//! The rows of the threat model, and how they stand by the points that serve them. What no measurement on a machine can
//! show is proved by tests of the program, which are named; what nothing protects against is said.

use serde::Serialize;

use super::Measured;
use crate::control::Verdict;

/// How a row stands. The later ones outdo those before them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Debug)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing that serves it says anything of this machine.
    NotApplicable,
    /// Nothing here protects against it, and nothing is claimed.
    OutOfScope,
    /// It is not measured on the machine: tests of the program prove it, at each change.
    Elsewhere,
    /// All that serves it holds.
    Holds,
    /// Something that serves it waits for a person, or could not be found out.
    Open,
    /// Something that serves it does not hold.
    FallsShort,
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
    /// The points that serve it.
    pub controls: Vec<&'static str>,
    /// Files of the program's sources with the tests that prove what no machine can show.
    pub proven_by: &'static [&'static str],
}

/// A row before anything was measured.
pub(super) struct Row {
    id: &'static str,
    threat: &'static str,
    answer: &'static str,
    proof: Proof,
}

/// Where it shows whether a row holds.
enum Proof {
    /// On the machine.
    Machine,
    /// In tests; and on the machine, as far as there are points that serve it.
    Tests(&'static [&'static str]),
    /// Nowhere.
    Nobody,
}

const fn row(id: &'static str, threat: &'static str, answer: &'static str, proof: Proof) -> Row {
    Row { id, threat, answer, proof }
}

use Proof::{Machine, Nobody, Tests};

/// All of them.
pub(super) const ROWS: &[Row] = &[
    row(
        "S1",
        "Somebody pretends to be the host",
        "a host signs in, with a password or a passkey, before a meeting can begin",
        Tests(&["crates/server/tests/server/accounts.rs", "crates/server/tests/server/passkeys.rs"]),
    ),
    row(
        "S2",
        "Somebody guesses the way into a meeting",
        "each meeting has a link that nobody can guess, and a password on top where it is wanted",
        Tests(&["crates/server/tests/server/meetings.rs", "tests/browser/scenes/entry.mjs"]),
    ),
    row(
        "S3",
        "Somebody pretends to be your server",
        "a certificate for its name, which renews itself",
        Machine,
    ),
    row(
        "T1",
        "Somebody changes what the machine does",
        "the machine is closed as the first level of the CIS benchmark for it asks",
        Machine,
    ),
    row(
        "T2",
        "Somebody with more time does",
        "and as the second level asks, with few exceptions, each with its reason",
        Machine,
    ),
    row("T3", "Somebody tries every door", "a packet filter lets nothing in but meetings and ssh", Machine),
    row("T4", "Somebody guesses the owner's password", "only strong keys let anybody in", Machine),
    row("T5", "Somebody uses a flaw that is known already", "updates install themselves", Machine),
    row(
        "T6",
        "Somebody tries at night, when nobody looks",
        "the service is off when it is not needed, if its owner set hours",
        Machine,
    ),
    row(
        "R1",
        "Somebody denies what they sent",
        "no list of what happened is kept; but an invitation can be signed by the host and encrypted to a person",
        Tests(&["tests/browser/scenes/invitations.mjs"]),
    ),
    row(
        "I1",
        "Somebody on the way takes sound and picture",
        "both are encrypted on every way (DTLS-SRTP)",
        Tests(&["tests/browser/scenes/meeting.mjs", "crates/media/tests/meet.rs"]),
    ),
    row("I2", "Somebody on the way reads along", "only new TLS, with strong ciphers", Machine),
    row(
        "I3",
        "Somebody reads afterwards who met whom",
        "nothing about meetings is written down",
        Tests(&["crates/server/tests/server/logs.rs", "crates/server/tests/server/disk.rs"]),
    ),
    row(
        "D1",
        "A stranger occupies the server with meetings",
        "only a host who signed in begins one",
        Machine,
    ),
    row(
        "D2",
        "Somebody floods the machine",
        "the packet filter and the server let nobody do too much of anything",
        Machine,
    ),
    row(
        "E1",
        "Somebody breaks into the service and goes on from there",
        "the service is confined to what it needs",
        Machine,
    ),
    row(
        "K1",
        "Somebody has taken over a participant's own device",
        "nothing: that person's computer sees and hears what they do",
        Nobody,
    ),
    row(
        "K2",
        "Whoever has the machine looks into a meeting",
        "people's browsers encrypt, and the server never has a key; it serves the page as it was published",
        Tests(&["tests/browser/scenes/encryption.mjs", "tests/browser/scenes/hostile.mjs"]),
    ),
    row(
        "K3",
        "Somebody drowns the machine from thousands of others",
        "nothing beyond what stands at D1 and D2",
        Nobody,
    ),
    row(
        "K4",
        "Somebody stands in between and exchanges keys",
        "the keys hang on the link, which the server never sees, and people can compare a security code",
        Tests(&["tests/browser/scenes/hostile-group.mjs", "crates/e2ee/tests/group/main.rs"]),
    ),
    row(
        "K5",
        "Somebody tells words by the sizes of packets",
        "all packets of sound have one size and one rate",
        Tests(&["tests/browser/scenes/wire.mjs"]),
    ),
    row(
        "K6",
        "Somebody sees how loud each person is",
        "no packet says so",
        Tests(&["tests/browser/scenes/wire.mjs", "crates/media/tests/meet.rs"]),
    ),
    row(
        "K7",
        "Somebody disturbs the meeting",
        "the host mutes or removes them, and the others go on by a new link and key",
        Tests(&["tests/browser/scenes/removal.mjs", "crates/conference/tests/meeting/removal.rs"]),
    ),
    row("K8", "Somebody comes in by telephone, unencrypted", "there is no way in by telephone", Machine),
    row(
        "B1",
        "The server lets somebody listen whom nobody sees",
        "who takes part is agreed among people's browsers (MLS), and shown",
        Tests(&["tests/browser/scenes/hostile-group.mjs", "crates/e2ee/tests/group/main.rs"]),
    ),
    row(
        "B2",
        "Whoever has the server reads a meeting's password",
        "the server never learns it",
        Tests(&["crates/server/tests/server/disk.rs", "crates/e2ee/tests/vectors.rs"]),
    ),
    row(
        "B3",
        "Somebody finds a forgotten service",
        "one port for meetings, one for administration, no other",
        Machine,
    ),
    row(
        "B4",
        "All this was so once, and nobody knows about today",
        "it is measured again each week",
        Machine,
    ),
    row(
        "B5",
        "Somebody who was removed comes back",
        "one act drops them, takes the key from them, and closes the way back",
        Tests(&["tests/browser/scenes/removal.mjs", "crates/e2ee/tests/group/moderation.rs"]),
    ),
    row(
        "B6",
        "Somebody becomes host when the line breaks",
        "the host stays host, after a lost line and after a restart",
        Tests(&["tests/browser/scenes/outage.mjs", "crates/server/tests/server/restart.rs"]),
    ),
    row(
        "B7",
        "Setting up is so hard that it is done wrong",
        "one command does it, and asks nothing that needs an expert",
        Tests(&["tests/browser/machine.test.mjs"]),
    ),
    row(
        "B8",
        "Somebody takes the disk",
        "no byte of a meeting is on it",
        Tests(&["crates/server/tests/server/disk.rs"]),
    ),
    row(
        "B9",
        "It is slow, and people go back to what is not private",
        "it is measured beside others, in docs/performance.md",
        Tests(&["tests/browser/scenes/quality.mjs"]),
    ),
];

pub(super) fn judge(points: &[Measured]) -> Vec<Threat> {
    ROWS.iter().map(|row| row.judge(points)).collect()
}

impl Row {
    fn judge(&self, points: &[Measured]) -> Threat {
        let Self { id, threat, answer, proof } = self;
        let serving: Vec<_> = points.iter().filter(|point| point.serves.contains(id)).collect();
        let without = match proof {
            Machine => State::NotApplicable,
            Tests(_) => State::Elsewhere,
            Nobody => State::OutOfScope,
        };
        let measured = serving.iter().map(|point| match point.verdict {
            Verdict::Holds => State::Holds,
            Verdict::FallsShort { .. } => State::FallsShort,
            Verdict::Postponed { .. } | Verdict::Unknown { .. } => State::Open,
            Verdict::NotApplicable { .. } => State::NotApplicable,
        });
        Threat {
            id,
            threat,
            answer,
            state: measured.chain([without]).max().unwrap_or(without),
            controls: serving.iter().map(|point| point.id).collect(),
            proven_by: match proof {
                Tests(files) => files,
                Machine | Nobody => &[],
            },
        }
    }
}

impl State {
    /// For a person.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::NotApplicable => "not applicable",
            Self::OutOfScope => "no protection",
            Self::Elsewhere => "proven by tests",
            Self::Holds => "holds",
            Self::Open => "waits for you",
            Self::FallsShort => "falls short",
        }
    }
}
