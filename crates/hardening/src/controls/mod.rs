//! The controls, a file for each family. A family's name is what stands before the dot in the ids of its controls.

mod apparmor;
mod banners;
mod boot;
mod cron;
mod filesystems;
mod firewall;
mod kernel;
mod modules;
mod permissions;
mod services;
mod ssh;
mod time;
mod updates;

use crate::control::Control;

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
    firewall::CONTROLS,
    ssh::CONTROLS,
];

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
