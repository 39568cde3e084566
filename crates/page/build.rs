//! Builds the page, or takes a built one, and writes the table of its files for `lib.rs` to include.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use sha2::{Digest, Sha256};

/// What makes the page, from `web/`. The rest (`node_modules`, the gallery) does not cause a build. The book is part of
/// it; the workspace may name the address of the source.
const SOURCES: [&str; 10] = [
    "src",
    "book",
    "public",
    "index.html",
    "package-lock.json",
    "vite.config.ts",
    "compress.ts",
    "tsconfig.json",
    "../docs/book",
    "../Cargo.toml",
];

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // Cargo shows `cargo::error` without the noise of a panic.
            println!("cargo::error={why}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=INCAMERA_PAGE_DIR");
    println!("cargo::rerun-if-env-changed=INCAMERA_SOURCE_URL");
    let mut files = Vec::new();
    if env::var_os("CARGO_FEATURE_NO_WEB").is_some() {
        let placeholder = out.join("placeholder.html");
        fs::write(&placeholder, "<!doctype html><title>incamera</title>Built without its page.\n")
            .map_err(|e| format!("cannot write to {}: {e}", out.display()))?;
        files.push(("index.html".to_owned(), placeholder));
    } else {
        let page = match env::var_os("INCAMERA_PAGE_DIR") {
            Some(folder) => given(PathBuf::from(folder))?,
            None => from_source(&out)?,
        };
        collect(&page, "", &mut files)?;
    }
    files.sort();
    fs::write(out.join("files.rs"), table(&files)?)
        .map_err(|e| format!("cannot write to {}: {e}", out.display()))
}

fn given(folder: PathBuf) -> Result<PathBuf, String> {
    if !folder.join("index.html").is_file() {
        return Err(format!(
            "INCAMERA_PAGE_DIR names {}, which holds no index.html: build the page there first, or unset the variable",
            folder.display()
        ));
    }
    println!("cargo::rerun-if-changed={}", folder.display());
    folder.canonicalize().map_err(|e| format!("cannot read {}: {e}", folder.display()))
}

/// Runs npm in `web/`. It writes there to `node_modules` only; the page goes to `OUT_DIR`.
fn from_source(out: &Path) -> Result<PathBuf, String> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
    for source in SOURCES {
        // Cargo takes a path that does not exist for one that always changed.
        if web.join(source).exists() {
            println!("cargo::rerun-if-changed={}", web.join(source).display());
        }
    }
    let page = out.join("page");
    if !web.join("node_modules/.package-lock.json").exists() || older_than_lock(&web) {
        npm(&web, &["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"])?;
    }
    npm(&web, &["run", "build", "--", "--emptyOutDir", "--outDir", &page.to_string_lossy()])?;
    Ok(page)
}

/// Whether `node_modules` was installed before the lock file last changed.
fn older_than_lock(web: &Path) -> bool {
    let modified = |path: &str| fs::metadata(web.join(path)).and_then(|m| m.modified()).ok();
    match (modified("node_modules/.package-lock.json"), modified("package-lock.json")) {
        (Some(installed), Some(locked)) => installed < locked,
        _ => true,
    }
}

fn npm(web: &Path, arguments: &[&str]) -> Result<(), String> {
    let fix = "install Node 20 or newer with npm, or name a built page in INCAMERA_PAGE_DIR, or build with --features no-web";
    let output = Command::new("npm")
        .args(arguments)
        .current_dir(web)
        .output()
        .map_err(|e| format!("cannot run npm ({e}): {fix}"))?;
    if output.status.success() {
        return Ok(());
    }
    for line in
        String::from_utf8_lossy(&output.stdout).lines().chain(String::from_utf8_lossy(&output.stderr).lines())
    {
        println!("cargo::warning={line}");
    }
    Err(format!("`npm {}` failed in web/, see the lines above; or {fix}", arguments.join(" ")))
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("cannot read {}: {e}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|e| format!("cannot read {}: {e}", folder.display()))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Err(format!("{} has a name that is not text: rename it", path.display()));
        };
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files)?;
        } else {
            files.push((name, path));
        }
    }
    Ok(())
}

/// The text of a sorted `[(path, bytes, SHA-256), …]`.
fn table(files: &[(String, PathBuf)]) -> Result<String, String> {
    let mut text = "[\n".to_owned();
    for (name, path) in files {
        let bytes = fs::read(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
        let hash = Sha256::digest(&bytes).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let path = path.to_string_lossy();
        let _ = writeln!(text, "    ({name:?}, include_bytes!({path:?}).as_slice(), {hash:?}),");
    }
    text.push_str("]\n");
    Ok(text)
}
