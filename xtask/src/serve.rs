//! `cargo xtask serve`.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::{machine, page, run, tree};

/// Builds everything and starts the server; ends with it.
pub(crate) fn serve(arguments: &[String]) -> Result<ExitCode> {
    machine::require_node()?;
    println!("building the page");
    page::build()?;
    println!("building the server; the first time takes some minutes");
    run::loudly(run::cargo().args(["build", "--quiet", "--release", "--package", "incamera"]))?;
    // From here on nothing but the server speaks: its address is the last thing to see.
    let server = tree::program("release", "incamera");
    let mut child = Command::new(&server)
        .arg("serve")
        .args(arguments)
        .spawn()
        .with_context(|| format!("cannot start {}", server.display()))?;
    // Ctrl-C reaches the server by itself; we stay until it has drained.
    let status = child.wait().context("cannot wait for the server")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
