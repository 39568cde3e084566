//! The audit (B4): how each control and each row of the threat model stands on the machine that runs, measured, in plain
//! words; as text, as JSON, as a page that can be printed.

mod page;
mod text;
mod threats;

use serde::Serialize;

use crate::control::Verdict;
use crate::exceptions::{self, Stated};
use crate::facts::Facts;
use crate::family;
use crate::machine::Machine;

pub use threats::{State, Threat};

/// All that was measured.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct Audit {
    /// In seconds since 1970.
    pub taken: u64,
    /// The benchmark whose recommendations the controls serve.
    pub benchmark: &'static str,
    /// Whether everything could be looked at; what only root may see is unknown otherwise.
    pub as_root: bool,
    /// The rows of the threat model.
    pub threats: Vec<Threat>,
    /// The controls of the machine, and what else was measured.
    pub controls: Vec<Measured>,
    /// What is recommended, and left for a reason.
    pub exceptions: Vec<Stated>,
}

/// A point that was measured, such as a control, and how it stands.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct Measured {
    /// Its name.
    pub id: &'static str,
    /// What is so when it holds.
    pub title: &'static str,
    /// Why it should be.
    pub why: &'static str,
    /// The requirements that it serves.
    pub serves: &'static [&'static str],
    /// The judge's rules that it satisfies.
    pub rules: &'static [&'static str],
    /// What was seen where it holds, if that says more than its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// What a person can do where it falls short.
    pub what_to_do: &'static str,
    /// How it stands.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// How many stand how.
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Debug)]
pub struct Count {
    /// So as they should.
    pub holds: usize,
    /// Not.
    pub falls_short: usize,
    /// Waiting for a person, or not to be found out.
    pub open: usize,
    /// Having nothing to say of this machine.
    pub not_applicable: usize,
}

/// What puts a control right.
const HARDEN: &str = "sudo incamera harden puts this right, or says what stands in the way";

/// Measures all controls. Changes nothing. `more`: what was measured elsewhere, such as of the service.
#[must_use]
pub fn measure(facts: &Facts, machine: &Machine, taken: u64, as_root: bool, more: Vec<Measured>) -> Audit {
    let controls: Vec<_> = family::all()
        .into_iter()
        .flatten()
        .map(|control| Measured {
            id: control.id,
            title: control.title,
            why: control.why,
            serves: control.serves,
            rules: control.rules,
            seen: None,
            what_to_do: HARDEN,
            verdict: control.measure(facts, machine),
        })
        .chain(more)
        .collect();
    Audit {
        taken,
        benchmark: facts.system.benchmark(),
        as_root,
        threats: threats::judge(&controls),
        controls,
        exceptions: exceptions::on(facts.system),
    }
}

impl Audit {
    /// Whether nothing falls short.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.count().falls_short == 0
    }

    /// How many points stand how.
    #[must_use]
    pub fn count(&self) -> Count {
        self.controls.iter().fold(Count::default(), |mut count, control| {
            *match control.verdict {
                Verdict::Holds => &mut count.holds,
                Verdict::FallsShort { .. } => &mut count.falls_short,
                Verdict::Postponed { .. } | Verdict::Unknown { .. } => &mut count.open,
                Verdict::NotApplicable { .. } => &mut count.not_applicable,
            } += 1;
            count
        })
    }

    /// The whole state in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Count { holds, falls_short, open, .. } = self.count();
        let all = holds + falls_short + open;
        match (falls_short, open) {
            (0, 0) => format!("All {all} points hold."),
            (0, open) => format!("{holds} of {all} points hold; {} for you.", waits(open)),
            (short, 0) => format!("{holds} of {all} points hold; {short} {}.", falls(short)),
            (short, open) => {
                format!("{holds} of {all} points hold; {short} {}, {} for you.", falls(short), waits(open))
            }
        }
    }
}

fn falls(count: usize) -> &'static str {
    if count == 1 { "falls short" } else { "fall short" }
}

fn waits(count: usize) -> String {
    format!("{count} {}", if count == 1 { "waits" } else { "wait" })
}

impl Measured {
    /// What was found, a line each.
    fn found(&self) -> Vec<&str> {
        match &self.verdict {
            Verdict::Holds => self.seen.iter().map(String::as_str).collect(),
            Verdict::FallsShort { found } => found.iter().map(String::as_str).collect(),
            Verdict::NotApplicable { why } | Verdict::Postponed { why } | Verdict::Unknown { why } => {
                vec![why]
            }
        }
    }

    /// What a person can do about it, if anything.
    fn advice(&self) -> Option<&'static str> {
        match self.verdict {
            Verdict::FallsShort { .. } => Some(self.what_to_do),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
