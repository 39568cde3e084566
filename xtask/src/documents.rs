//! The documents name only what exists: links, paths in backticks, and the tasks of this program.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::tree;

const TASKS: [&str; 7] = ["serve", "test", "generate", "manifest", "wasm", "dist", "repository"];

pub(crate) fn check() -> Result<()> {
    let ignored = ignored()?;
    let mut faults = Vec::new();
    for document in tree::files(&["*.md"])? {
        let text = fs::read_to_string(tree::root().join(&document)).with_context(|| document.clone())?;
        let folder = Path::new(&document).parent().unwrap_or(Path::new(""));
        for (number, line) in text.lines().enumerate() {
            let mut missing =
                |what: &str| faults.push(format!("{document}:{}: {what} does not exist", number + 1));
            for target in links(line).filter(|target| !exists(folder, target)) {
                missing(target);
            }
            for path in quoted(line).filter(|word| looks_like_a_path(word)) {
                let produced = ignored.iter().any(|prefix| path.starts_with(prefix.as_str()));
                if !produced && !exists(Path::new(""), path) && !exists(folder, path) {
                    missing(path);
                }
            }
            for task in tasks(line).filter(|task| !TASKS.contains(task)) {
                missing(&format!("cargo xtask {task}"));
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { bail!("{}", faults.join("\n")) }
}

/// What a checkout does not hold until something was built.
fn ignored() -> Result<Vec<String>> {
    let text = fs::read_to_string(tree::root().join(".gitignore")).context(".gitignore")?;
    Ok(text.lines().filter_map(|line| line.strip_prefix('/')).map(str::to_owned).collect())
}

fn exists(folder: &Path, target: &str) -> bool {
    tree::root().join(folder).join(target).exists()
}

/// The relative targets of `[text](target)`, without their fragments.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split([')', ' ', '#']).next()?;
        (!target.is_empty() && !target.contains(':')).then_some(target)
    })
}

/// What stands between backticks.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// `folder/file` that begins with a folder of the checkout, or the name of a document.
fn looks_like_a_path(word: &str) -> bool {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    match word.split_once('/') {
        Some(("", _)) => false,
        Some((first, _)) => plain && tree::root().join(first).is_dir(),
        None => plain && word.ends_with(".md"),
    }
}

/// The words after `cargo xtask`.
fn tasks(line: &str) -> impl Iterator<Item = &str> {
    let after = line.split("cargo xtask ").skip(1);
    after
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase()).next())
        .filter(|task| !task.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{links, looks_like_a_path, quoted, tasks};

    #[test]
    fn links_and_paths_are_found() {
        let line = "See [the map](ARCHITECTURE.md#map), [a site](https://example.org) and `crates/media`, not `a/b`.";
        assert_eq!(links(line).collect::<Vec<_>>(), ["ARCHITECTURE.md"]);
        assert_eq!(quoted(line).filter(|word| looks_like_a_path(word)).collect::<Vec<_>>(), ["crates/media"]);
        assert_eq!(tasks("run `cargo xtask test --quick`").collect::<Vec<_>>(), ["test"]);
    }
}
