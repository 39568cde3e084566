//! `cargo xtask repository`: a folder from which any server of static files lets machines update themselves (T5). A flat
//! tree of files in apt's layout, signed: whoever serves it need not be trusted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest as _, Sha256};

use crate::{machine, run};

/// By which unattended-upgrades knows it, and `incamera setup` allows it.
const ORIGIN: &str = "incamera";
const SUITE: &str = "stable";
const COMPONENT: &str = "main";

/// `cargo xtask repository FOLDER KEY PACKAGE...`: puts packages into the folder beside those that are there, and signs its list
/// anew with a key of GnuPG, named by its fingerprint or address.
pub(crate) fn repository(arguments: &[String]) -> Result<ExitCode> {
    let [folder, key, packages @ ..] = arguments else {
        bail!(
            "Type `cargo xtask repository FOLDER KEY PACKAGE...`: where to put it, which key of GnuPG signs it, and the .deb files."
        );
    };
    machine::require_packager()?;
    let folder = PathBuf::from(folder);
    let pool = folder.join("pool");
    fs::create_dir_all(&pool).with_context(|| format!("cannot make {}", pool.display()))?;
    for package in packages {
        let name = Path::new(package).file_name().context("a package is a file")?;
        let place = pool.join(name);
        if let (Ok(there), Ok(new)) = (fs::read(&place), fs::read(package)) {
            ensure!(
                there == new,
                "{} is there already, and differs: give the new one another version",
                place.display()
            );
        }
        fs::copy(package, &place).with_context(|| format!("cannot copy {package}"))?;
    }
    index(&folder)?;
    sign(&folder, key)?;
    println!("{}", folder.display());
    Ok(ExitCode::SUCCESS)
}

/// What is there, for each kind of machine, and the list of these lists.
fn index(folder: &Path) -> Result<()> {
    let suite = folder.join("dists").join(SUITE);
    let architectures = architectures(&folder.join("pool"))?;
    let mut sums = String::new();
    for architecture in &architectures {
        let printed = run::quietly_out(
            Command::new("dpkg-scanpackages")
                .args(["--multiversion", "--arch", architecture, "pool"])
                .current_dir(folder),
        )?;
        let name = format!("{COMPONENT}/binary-{architecture}/Packages");
        let place = suite.join(&name);
        fs::create_dir_all(place.parent().context("a list is in a folder")?)
            .context("cannot make its folder")?;
        fs::write(&place, &printed).with_context(|| format!("cannot write {}", place.display()))?;
        let digest: String = Sha256::digest(&printed).iter().map(|byte| format!("{byte:02x}")).collect();
        sums.push_str(&format!(" {digest} {} {name}\n", printed.len()));
    }
    let date = run::quietly(Command::new("date").args(["--utc", "--rfc-email"]).env("LC_ALL", "C"))?;
    let release = format!(
        "Origin: {ORIGIN}\nLabel: {ORIGIN}\nSuite: {SUITE}\nCodename: {SUITE}\nDate: {}\nArchitectures: {}\n\
         Components: {COMPONENT}\nDescription: Private video meetings\nSHA256:\n{sums}",
        date.trim().replace("+0000", "UTC"),
        architectures.join(" ")
    );
    fs::write(suite.join("Release"), release).context("cannot write the list of lists")
}

/// By the names of the packages: `NAME_VERSION_ARCHITECTURE.deb`.
fn architectures(pool: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(pool).with_context(|| format!("cannot read {}", pool.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".deb") else { continue };
        let architecture = stem.rsplit('_').next().unwrap_or_default().to_owned();
        if !found.contains(&architecture) {
            found.push(architecture);
        }
    }
    ensure!(!found.is_empty(), "there is no package in {}", pool.display());
    found.sort();
    Ok(found)
}

fn sign(folder: &Path, key: &str) -> Result<()> {
    let suite = folder.join("dists").join(SUITE);
    let signed = suite.join("InRelease");
    run::quietly(
        Command::new("gpg")
            .args([
                "--batch",
                "--yes",
                "--local-user",
                key,
                "--digest-algo",
                "SHA512",
                "--clearsign",
                "--output",
            ])
            .arg(&signed)
            .arg(suite.join("Release")),
    )?;
    let public = run::quietly_out(Command::new("gpg").args(["--batch", "--armor", "--export", key]))?;
    ensure!(!public.is_empty(), "GnuPG has no key “{key}”");
    fs::write(folder.join("incamera.asc"), public).context("cannot write the public key")
}
