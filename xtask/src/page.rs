//! The page: its packages, and its build into `web/dist`.

use std::path::Path;
use std::process::Command;
use std::{fs, io};

use anyhow::{Context, Result};

use crate::{run, tree};

/// `npm` in a folder, without colours and advice in what it prints.
pub(crate) fn npm(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("npm_config_update_notifier", "false");
    command
}

/// Installs exactly what the lock file names. No package runs a script of its own.
pub(crate) fn install(folder: &Path) -> Result<()> {
    let lock = fs::read(folder.join("package-lock.json"))
        .with_context(|| format!("{} has no package-lock.json", folder.display()))?;
    // A copy of the lock file tells that the folder is what it names; npm's own marks do not.
    let mark = folder.join("node_modules/.installed-lock.json");
    match fs::read(&mark) {
        Ok(installed) if installed == lock => return Ok(()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot read {}", mark.display()));
        }
        _ => {}
    }
    run::quietly(&mut npm(folder, &["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    fs::write(&mark, lock).with_context(|| format!("cannot write {}", mark.display()))
}

/// Builds the page.
pub(crate) fn build() -> Result<()> {
    install(&tree::web())?;
    run::quietly(&mut npm(&tree::web(), &["run", "build"]))?;
    Ok(())
}
