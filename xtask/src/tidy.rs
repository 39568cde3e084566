//! What no compiler minds and no reviewer should have to look for.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::tree;

/// Lines of a file that people write. Around 200 is typical; long before this it was asking to be two.
const LINES: usize = 700;
/// Bytes of any file. The largest is the page's WebAssembly module.
const BYTES: u64 = 2 * 1024 * 1024;

pub(crate) fn check() -> Result<()> {
    let mut faults = Vec::new();
    for name in tree::files(&[])? {
        let path = tree::root().join(&name);
        let size = path.metadata().with_context(|| name.clone())?.len();
        if size > BYTES {
            faults.push(format!("{name} has {size} bytes, more than {BYTES}"));
        }
        // What is not text has no lines.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        faults.extend(faults_of(&name, &text).map(|fault| format!("{name}{fault}")));
    }
    if faults.is_empty() { Ok(()) } else { bail!("{}", faults.join("\n")) }
}

fn faults_of(name: &str, text: &str) -> impl Iterator<Item = String> {
    let lock = name.ends_with("package-lock.json") || name.ends_with("Cargo.lock");
    let written = !lock && !name.contains("/generated/") && !name.ends_with(".json");
    let count = text.lines().count();
    let long = written && count > LINES && !name.ends_with(".md");
    let long = long.then(|| format!(": {count} lines, more than {LINES}: it is asking to be two files"));
    let lines = text.lines().enumerate().filter_map(move |(number, line)| {
        let fault = if line.starts_with(concat!("<<<<", "<<<")) || line.starts_with(concat!(">>>>", ">>>")) {
            "a merge that was not finished"
        } else if written && (line.contains(concat!("TO", "DO")) || line.contains(concat!("FIX", "ME"))) {
            "a note to oneself; say what is not there yet, or do it"
        } else if name.ends_with("package-lock.json") && line.trim_start().starts_with("\"resolved\"") {
            "a lock file names hashes, not hosts: write it with `omit-lockfile-registry-resolved`"
        } else {
            return None;
        };
        Some(format!(":{}: {fault}", number + 1))
    });
    long.into_iter().chain(lines)
}

#[cfg(test)]
mod tests {
    use super::{LINES, faults_of};

    #[test]
    fn each_fault_is_found() {
        let faults = |name, text: &str| faults_of(name, text).count();
        assert_eq!(faults("a.rs", "fn main() {}\n"), 0);
        assert_eq!(faults("a.rs", &format!("// {}{}: later\n", "TO", "DO")), 1);
        assert_eq!(faults("a.rs", &format!("{}{} HEAD\n", "<<<<", "<<<")), 1);
        assert_eq!(faults("a.rs", &"\n".repeat(LINES + 1)), 1);
        assert_eq!(faults("web/src/generated/a.ts", &"\n".repeat(LINES + 1)), 0);
        assert_eq!(faults("web/package-lock.json", "  \"resolved\": \"x\"\n"), 1);
    }
}
