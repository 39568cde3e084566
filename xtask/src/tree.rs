//! Where things are in the checkout.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the checkout")
}

/// The page's sources.
pub(crate) fn web() -> PathBuf {
    root().join("web")
}

/// The built page.
pub(crate) fn built_page() -> PathBuf {
    root().join("web/dist")
}

/// The browser tests.
pub(crate) fn browser_tests() -> PathBuf {
    root().join("tests/browser")
}

/// Where cargo and we put what is made and not kept.
pub(crate) fn target() -> PathBuf {
    root().join(std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from))
}

/// A program that cargo built, by its profile's folder and its name.
pub(crate) fn program(profile: &str, name: &str) -> PathBuf {
    target().join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// What is or will be committed and matches one of the patterns (none: everything), relative to the checkout.
pub(crate) fn files(patterns: &[&str]) -> Result<Vec<String>> {
    let output = Command::new("git")
        // A build machine's checkout may belong to another user.
        .arg("-c")
        .arg(format!("safe.directory={}", root().display()))
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"])
        .args(patterns)
        .current_dir(root())
        .output()
        .context("git is needed to list the files of the checkout")?;
    ensure!(
        output.status.success(),
        "git cannot list the files: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let names = String::from_utf8(output.stdout).context("a file name is not text")?;
    let existing = |name: &&str| !name.is_empty() && root().join(name).is_file();
    Ok(names.split('\0').filter(existing).map(str::to_owned).collect())
}
