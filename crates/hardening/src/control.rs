//! A control: one thing that is demanded of a machine, why, and what a machine that has it looks like.

use std::fmt;

use serde::Serialize;

use crate::facts::Facts;
use crate::machine::Machine;
use crate::want::Want;

/// One control.
#[derive(Clone, Copy)]
pub struct Control {
    /// Its name: the family, a dot, and what it is about. Never used for anything else again.
    pub id: &'static str,
    /// The requirements of this product that it serves.
    pub serves: &'static [&'static str],
    /// Rules of the outside judge that it satisfies, by the names that the ComplianceAsCode project gives them. Their numbers
    /// in each benchmark stand in `benchmarks.tsv`.
    pub rules: &'static [&'static str],
    /// What it is, for a person: what is so when it holds.
    pub title: &'static str,
    /// Why, in plain words.
    pub why: &'static str,
    /// Whether it may keep the owner out.
    pub risk: Risk,
    /// What it wants of this machine.
    pub scope: fn(&Facts, &Machine) -> Scope,
}

impl Control {
    /// The family: what stands before the dot of its name.
    #[must_use]
    pub fn family(&self) -> &'static str {
        self.id.split('.').next().unwrap_or_default()
    }
}

/// Whether a control may keep the owner of a machine out of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Risk {
    /// It cannot.
    None,
    /// It can: it is taken back unless somebody comes in anew and says so.
    MayLockOut,
}

/// What a control wants of a machine.
pub enum Scope {
    /// All of these.
    Wants(Vec<Want>),
    /// Nothing, for this reason.
    NotApplicable(String),
    /// Not yet: something else must be done first, by a person. The reason says what.
    Postponed(String),
}

/// How a control stands on a machine.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// All that it wants is so.
    Holds,
    /// Something is not.
    FallsShort {
        /// What was found, one finding each.
        found: Vec<String>,
    },
    /// It says nothing about this machine.
    NotApplicable {
        /// Why.
        #[serde(rename = "because")]
        why: String,
    },
    /// Something else must be done first.
    Postponed {
        /// What, and why.
        #[serde(rename = "because")]
        why: String,
    },
    /// It could not be found out.
    Unknown {
        /// What stood in the way.
        #[serde(rename = "because")]
        why: String,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holds => "holds",
            Self::FallsShort { .. } => "falls short",
            Self::NotApplicable { .. } => "not applicable",
            Self::Postponed { .. } => "waits for you",
            Self::Unknown { .. } => "unknown",
        })
    }
}

impl Control {
    /// How it stands. Changes nothing.
    #[must_use]
    pub fn measure(&self, facts: &Facts, machine: &Machine) -> Verdict {
        let wants = match (self.scope)(facts, machine) {
            Scope::Wants(wants) => wants,
            Scope::NotApplicable(why) => return Verdict::NotApplicable { why },
            Scope::Postponed(why) => return Verdict::Postponed { why },
        };
        let mut found = Vec::new();
        for want in &wants {
            match want.measure(machine) {
                Ok(None) => {}
                Ok(Some(finding)) => found.push(finding),
                Err(trouble) => return Verdict::Unknown { why: trouble.to_string() },
            }
        }
        if found.is_empty() { Verdict::Holds } else { Verdict::FallsShort { found } }
    }
}
