//! `cargo xtask manifest`: what a release publishes about its page.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::{machine, page, run, tree};

/// Builds the page and the server, and prints the manifest that is in it; nothing else is on the standard output.
pub(crate) fn manifest(arguments: &[String]) -> Result<ExitCode> {
    machine::require_node()?;
    page::build()?;
    run::quietly(run::cargo().args(["build", "--quiet", "--release", "--package", "incamera"]))?;
    run::loudly(Command::new(tree::program("release", "incamera")).arg("manifest").args(arguments))?;
    Ok(ExitCode::SUCCESS)
}
