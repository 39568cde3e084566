//! Whether the same sources make the same page (K2): it is built a second time as another machine would build it, at
//! another place and in another year, and every byte is compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{run, tree};

/// What a build reads beside the packages.
const SOURCES: [&str; 3] = ["web", "docs/book", "Cargo.toml"];

/// What another machine may have and must not matter. Fewer threads finish in another order.
const ENVIRONMENT: [(&str, &str); 7] = [
    ("TZ", "Pacific/Kiritimati"),
    ("LANG", "tr_TR.UTF-8"),
    ("LC_ALL", "C"),
    ("BROWSERSLIST", "ie 11"),
    ("SOURCE_DATE_EPOCH", "1"),
    ("RAYON_NUM_THREADS", "1"),
    ("UV_THREADPOOL_SIZE", "1"),
];

/// Each makes another page of itself, unless the page's build knows better. The first hides the second.
const MODES: [&str; 2] = ["NODE_ENV", "VITE_USER_NODE_ENV"];

/// Another year, and chance that always falls the same way.
const CLOCK: &str = "\
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...of) { if (of.length === 0) super(Real.now() + 4e11); else super(...of); }
  static now() { return Real.now() + 4e11; }
};
Math.random = () => 0.5;
";

/// Compares with the page in `web/dist`.
pub(crate) fn check() -> Result<()> {
    // A space in a path has broken more than one build.
    let place = tree::target().join("reproducible/another place/checkout");
    if place.exists() {
        fs::remove_dir_all(&place).with_context(|| format!("cannot empty {}", place.display()))?;
    }
    copy_sources(&place)?;
    link(&tree::web().join("node_modules"), &place.join("web/node_modules"))?;
    MODES.iter().try_for_each(|mode| {
        build(&place, mode)?;
        compare(&tree::built_page(), &place.join("web/dist")).with_context(|| format!("({mode} was set.)"))
    })
}

fn compare(here: &Path, there: &Path) -> Result<()> {
    let (ours, others) = (contents(here)?, contents(there)?);
    ensure!(!ours.is_empty(), "{} holds no page", here.display());
    let names = ours.keys().chain(others.keys().filter(|name| !ours.contains_key(*name)));
    let differing: Vec<&str> =
        names.filter(|name| ours.get(*name) != others.get(*name)).map(String::as_str).collect();
    ensure!(
        differing.is_empty(),
        "The page depends on who builds it. Built at another place, these files differ:\n{}\nCompare {} with {}.",
        differing.join("\n"),
        here.display(),
        there.display()
    );
    Ok(())
}

/// The last file first: a folder may list its files in the order in which they came.
fn copy_sources(place: &Path) -> Result<()> {
    for name in tree::files(&SOURCES)?.iter().rev() {
        let copy = place.join(name);
        if let Some(folder) = copy.parent() {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        fs::copy(tree::root().join(name), &copy).with_context(|| format!("cannot copy {name}"))?;
    }
    // A file of settings that somebody keeps for their own work.
    fs::write(place.join("web/.env.local"), "NODE_ENV=development\nVITE_MINE=1\n").context(".env.local")
}

/// The same files under other names: the packages are large, and a link costs next to nothing.
fn link(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry.with_context(|| from.display().to_string())?;
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().with_context(|| path.display().to_string())?;
        // The symbolic links are npm's, and name programs for people to call.
        if kind.is_dir() {
            link(&path, &copy)?;
        } else if kind.is_file() {
            fs::hard_link(&path, &copy)
                .or_else(|_| fs::copy(&path, &copy).map(drop))
                .with_context(|| format!("cannot link {}", path.display()))?;
        }
    }
    Ok(())
}

/// The types were checked when the page was built here.
fn build(place: &Path, mode: &str) -> Result<()> {
    let clock = place.join("clock.mjs");
    fs::write(&clock, CLOCK).context("clock.mjs")?;
    let mut command = as_another_user(&["node", "node_modules/vite/bin/vite.js", "build"]);
    command.current_dir(place.join("web")).envs(ENVIRONMENT).env("HOME", place);
    for name in MODES {
        command.env_remove(name);
    }
    command.env(mode, "development");
    // Node wants an address, and an address has no spaces.
    let address = format!("file://{}", clock.display()).replace(' ', "%20");
    command.env("NODE_OPTIONS", format!("--import={address}"));
    run::quietly(&mut command)?;
    Ok(())
}

/// With a umask under which nobody else reads what is written.
fn as_another_user(words: &[&str]) -> Command {
    let shell = ["sh", "-c", "umask 077 && exec \"$@\"", "sh"];
    let line = if cfg!(unix) { [&shell, words].concat() } else { words.to_vec() };
    let mut command = Command::new(line[0]);
    command.args(&line[1..]);
    command
}

/// What each file of a folder holds, by its path in it.
fn contents(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).with_context(|| next.display().to_string())? {
            let path = entry.with_context(|| next.display().to_string())?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
                found.insert(name, fs::read(&path).with_context(|| path.display().to_string())?);
            }
        }
    }
    Ok(found)
}
