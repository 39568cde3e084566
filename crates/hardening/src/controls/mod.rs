//! The controls, a file for each family. A family's name is what stands before the dot in the ids of its controls.

mod accounts;
mod homes;
mod kernel;
mod logs;
mod pam;
mod sudo;
mod traces;

use crate::control::{Control, Scope};
use crate::edit::Syntax;
use crate::want::Want;

/// In the order in which they are brought about: what may lock the owner out comes last.
pub(crate) const FAMILIES: &[&[Control]] = &[
    kernel::CONTROLS,
    logs::CONTROLS,
    traces::CONTROLS,
    homes::CONTROLS,
    sudo::CONTROLS,
    accounts::CONTROLS,
    pam::CONTROLS,
];

/// What only a person can put right; all is well where there is nothing.
fn person(found: Vec<String>) -> Scope {
    if found.is_empty() { Scope::Wants(Vec::new()) } else { Scope::Postponed(found.join("; ")) }
}

fn setting(path: &'static str, syntax: Syntax, key: &str, value: &str) -> Want {
    Want::Setting { path, syntax, key: key.to_owned(), value: value.to_owned() }
}
