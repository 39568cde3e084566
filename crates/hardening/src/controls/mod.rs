//! The controls, a file for each family. A family's name is what stands before the dot in the ids of its controls.

mod accounts;
mod apparmor;
mod banners;
mod boot;
mod cron;
mod filesystems;
mod firewall;
mod homes;
mod kernel;
mod logs;
mod modules;
mod pam;
mod permissions;
mod services;
mod ssh;
mod sudo;
mod time;
mod traces;
mod updates;

use crate::control::{Control, Scope};
use crate::edit::Syntax;
use crate::want::Want;

/// In the order in which they are brought about: what may lock the owner out comes last.
pub(crate) const FAMILIES: &[&[Control]] = &[
    updates::CONTROLS,
    time::CONTROLS,
    kernel::CONTROLS,
    modules::CONTROLS,
    filesystems::CONTROLS,
    services::CONTROLS,
    apparmor::CONTROLS,
    // After what makes the boot menu anew.
    boot::CONTROLS,
    cron::CONTROLS,
    banners::CONTROLS,
    permissions::CONTROLS,
    logs::CONTROLS,
    traces::CONTROLS,
    homes::CONTROLS,
    sudo::CONTROLS,
    accounts::CONTROLS,
    pam::CONTROLS,
    firewall::CONTROLS,
    ssh::CONTROLS,
];

/// What only a person can put right; all is well where there is nothing.
fn person(found: Vec<String>) -> Scope {
    if found.is_empty() { Scope::Wants(Vec::new()) } else { Scope::Postponed(found.join("; ")) }
}

fn setting(path: &'static str, syntax: Syntax, key: &str, value: &str) -> Want {
    Want::Setting { path, syntax, key: key.to_owned(), value: value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_given_once_and_each_rule_belongs_to_one_control() {
        let controls = || FAMILIES.iter().copied().flatten();
        for named in [
            controls().map(|control| control.id).collect::<Vec<_>>(),
            controls().flat_map(|control| control.rules.iter().copied()).collect(),
        ] {
            let mut once = named.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), named.len());
        }
        for family in FAMILIES {
            assert!(family.iter().all(|control| control.family() == family[0].family()), "{}", family[0].id);
        }
    }
}
