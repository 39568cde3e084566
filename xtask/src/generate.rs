//! `cargo xtask generate`: `web/src/generated` from the Rust types.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::run;

/// The features that make the crates able to describe their types.
pub(crate) const FEATURES: &str = "incamera-conference/typescript,incamera/typescript";

/// The tests that compare the files with the types, or write them when told to.
const TEST: &str = "the_generated_file_is_fresh";

pub(crate) fn generate(arguments: &[String]) -> Result<ExitCode> {
    let check = match arguments {
        [] => false,
        [word] if word == "--check" => true,
        _ => bail!("`generate` takes nothing but --check"),
    };
    let mut tests = run::cargo();
    tests.args(["test", "--quiet", "--lib", "--package", "incamera-conference", "--package", "incamera"]);
    // The page is built from these files: it cannot be asked for before they are written.
    tests.env_remove("INCAMERA_PAGE_DIR").args([
        "--features",
        FEATURES,
        "--features",
        "incamera/no-web",
        TEST,
    ]);
    if !check {
        tests.env("INCAMERA_WRITE_GENERATED", "1");
    }
    run::quietly(&mut tests)?;
    Ok(ExitCode::SUCCESS)
}
