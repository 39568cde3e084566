//! The controls, a file for each family. A family's name is what stands before the dot in the ids of its controls.

mod firewall;
mod kernel;
mod ssh;

use crate::control::Control;

/// In the order in which they are brought about: what may lock the owner out comes last.
pub(crate) const FAMILIES: &[&[Control]] = &[kernel::CONTROLS, firewall::CONTROLS, ssh::CONTROLS];
