//! `incamera uninstall`: the machine as it was.

use std::fs;
use std::io::{BufRead, Write};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use clap::Args;

use super::answers::confirm;
use super::facts::is_root;
use super::steps::{
    AUDIT, CERTIFICATE_FILE, HELPER, STATE, THREADS_FILE, UNITS, UPDATES_FILES, remove_with_folder, systemctl,
};
use crate::config::CONFIG_FILE;
use crate::files::remove_if_there;
use crate::{audited, hours};

/// `incamera uninstall`.
#[derive(Debug, Args)]
pub struct Uninstall {
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) const NOT_ROOT: &str = "only root can take the server off: run `sudo incamera uninstall`";
pub(super) const BY_OPTION: &str = "--yes";
pub(super) const ASK: &str = "\
This stops the server and deletes it, with all accounts, all kept meetings, and the certificate.
People who have a link will find nothing there any more. Go on? Type yes or no.";

/// Takes everything off again that the package and setup put there.
///
/// # Errors
/// In words that say what to do.
pub fn uninstall(
    options: &Uninstall,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    if !is_root() {
        bail!(NOT_ROOT);
    }
    if !options.yes && !confirm(input, output, ASK, BY_OPTION)? {
        bail!("nothing was changed");
    }
    // First what closed the machine: the program that can open it again goes too.
    crate::hardening::take_back(output)?;
    // What calls the helper first.
    for unit in UNITS.iter().rev().chain([&HELPER, &AUDIT]) {
        // One that is not there is as good as stopped.
        let _ = systemctl(&["disable", "--quiet", "--now", unit]);
    }
    // Where it is, and the folder that leads to it.
    for path in [Path::new("/var/lib/private/incamera"), Path::new(STATE)] {
        remove(path)?;
    }
    for file in [CONFIG_FILE, THREADS_FILE] {
        if let Some(folder) = Path::new(file).parent() {
            remove(folder)?;
        }
    }
    remove_with_folder(Path::new(CERTIFICATE_FILE))?;
    for folder in hours::FOLDERS.into_iter().chain([audited::FOLDER]) {
        remove(Path::new(folder))?;
    }
    for file in UPDATES_FILES {
        remove(Path::new(file))?;
    }
    systemctl(&["daemon-reload"])?;
    let _ = systemctl(&["reset-failed", "incamera*"]);
    let is_packaged = Command::new("dpkg")
        .args(["--status", "incamera"])
        .output()
        .is_ok_and(|output| output.status.success());
    if is_packaged {
        let purged =
            Command::new("dpkg").args(["--purge", "incamera"]).output().context("cannot run dpkg")?;
        if !purged.status.success() {
            bail!("the package stays: {}", String::from_utf8_lossy(&purged.stderr).trim());
        }
    }
    writeln!(output, "The server is gone, with everything that it kept.")?;
    Ok(())
}

fn remove(path: &Path) -> anyhow::Result<()> {
    let outcome = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        _ => remove_if_there(path),
    };
    outcome.with_context(|| format!("cannot delete {}", path.display()))
}
