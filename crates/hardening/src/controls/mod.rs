//! The controls, a file for each family. A family's name is what stands before the dot in the ids of its controls.

mod filesystems;
mod kernel;
mod modules;
mod services;

use crate::control::Control;

/// In the order in which they are brought about: what may lock the owner out comes last.
pub(crate) const FAMILIES: &[&[Control]] =
    &[kernel::CONTROLS, modules::CONTROLS, filesystems::CONTROLS, services::CONTROLS];
