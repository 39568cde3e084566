//! `cargo xtask wasm`: the encrypted group of `crates/e2ee` as the WebAssembly module that the page loads.
//!
//! The module is committed, so that nobody needs a WebAssembly toolchain to build incamera. A digest of everything that
//! it is made from lies beside it; a check fails when the two no longer belong together.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use crate::{architecture, paths, run, tree};

const TARGET: &str = "wasm32-unknown-unknown";
const CRATE: &str = "incamera-e2ee";

pub(crate) fn wasm(arguments: &[String]) -> Result<ExitCode> {
    match arguments {
        [] => build()?,
        [word] if word == "--check" => check()?,
        _ => bail!("`wasm` takes nothing but --check"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether the committed module was made from the sources as they are.
pub(crate) fn check() -> Result<()> {
    let noted = fs::read_to_string(digest_file()).unwrap_or_default();
    ensure!(
        noted.trim() == digest()?,
        "The page's WebAssembly module is older than crates/e2ee. Run `cargo xtask wasm` and commit what it writes.\n\
         It takes some minutes and says what it needs."
    );
    Ok(())
}

fn build() -> Result<()> {
    let compiler = Compiler::find()?;
    let target = tree::root().join("target/wasm");
    let mut cargo = run::cargo();
    cargo.args(["rustc", "--locked", "--package", CRATE, "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--profile", "wasm", "--target", TARGET]).env("CARGO_TARGET_DIR", &target);
    paths::forget(&mut cargo)?;
    compiler.set(&mut cargo);
    run::loudly(&mut cargo)?;

    let module = target.join(TARGET).join("wasm/incamera_e2ee.wasm");
    let tool = tree::root().join("tools/wasm/Cargo.toml");
    let mut bindings = run::cargo();
    bindings.args(["run", "--locked", "--release", "--manifest-path"]).arg(tool);
    bindings.env("CARGO_TARGET_DIR", &target).arg("--").arg(module).arg(folder());
    run::loudly(&mut bindings)?;
    fs::write(digest_file(), digest()? + "\n").context("cannot write the digest")
}

/// What compiles for WebAssembly here.
enum Compiler {
    /// Rust's own, with the target installed.
    Rustup,
    /// Debian's for its browsers, which comes with the standard library's sources.
    Debian { linker: PathBuf },
}

const DEBIAN_SOURCES: &str = "/usr/lib/rustlib/src/rust/library";

impl Compiler {
    fn find() -> Result<Self> {
        if architecture::knows("rustc", TARGET)? {
            return Ok(Self::Rustup);
        }
        if Path::new(DEBIAN_SOURCES).is_dir()
            && let Some(linker) = newest_linker()
        {
            return Ok(Self::Debian { linker });
        }
        bail!(
            "No compiler for WebAssembly was found. One of these brings it:\n  \
             rustup target add {TARGET}\n  \
             apt-get install rustc-web rust-web-src lld-22      (Debian)"
        )
    }

    fn set(&self, cargo: &mut Command) {
        if let Self::Debian { linker } = self {
            cargo
                .env("RUSTC", architecture::DEBIAN_RUSTC)
                .env("RUSTC_BOOTSTRAP", "1")
                .arg("-Zbuild-std=std,panic_abort");
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
    }
}

/// Debian names linkers by LLVM's version; an older one cannot read a newer compiler's files.
fn newest_linker() -> Option<PathBuf> {
    let names = fs::read_dir("/usr/bin").ok()?.flatten();
    let versioned = names.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.strip_prefix("wasm-ld-")?.parse().ok()?;
        Some((version, entry.path()))
    });
    versioned.max().map(|(_, path)| path)
}

fn folder() -> PathBuf {
    tree::web().join("src/generated/group")
}

fn digest_file() -> PathBuf {
    folder().join("sources.sha256")
}

/// Of the crate's files, and of the names and versions of everything that it depends on.
fn digest() -> Result<String> {
    let mut hash = Sha256::new();
    for name in tree::files(&["crates/e2ee/src", "crates/e2ee/Cargo.toml", "tools/wasm/src"])? {
        let bytes = fs::read(tree::root().join(&name)).with_context(|| format!("cannot read {name}"))?;
        hash.update(format!("{name} {}\n", bytes.len()));
        hash.update(bytes);
    }
    let mut cargo = run::cargo();
    cargo.args(["tree", "--locked", "--quiet", "--package", CRATE, "--target", TARGET]);
    cargo.args(["--edges", "normal", "--prefix", "none", "--format", "{p} {f}"]);
    let listed = run::quietly(&mut cargo)?;
    let mut packages: Vec<&str> = listed.lines().filter(|line| !line.starts_with(CRATE)).collect();
    packages.sort_unstable();
    packages.dedup();
    hash.update(packages.join("\n"));
    Ok(hash.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
}
