//! Kinds of machines that a package can be for, and what builds for another kind than the one of this machine.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{machine, run};

/// A kind of machine, by the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Architecture {
    Amd64,
    Arm64,
}

/// Debian's compiler for its browsers, whose standard library can be had for other machines. Rust's own is asked first.
pub(crate) const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

impl Architecture {
    /// The one of this machine.
    pub(crate) fn here() -> Result<Self> {
        Self::named(run::quietly(Command::new("dpkg").arg("--print-architecture"))?.trim())
    }

    /// By Debian's name for it.
    pub(crate) fn named(name: &str) -> Result<Self> {
        match name {
            "amd64" => Ok(Self::Amd64),
            "arm64" => Ok(Self::Arm64),
            other => bail!("There are packages for amd64 and for arm64, and none for “{other}”."),
        }
    }

    /// Debian's name for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// Rust's name for it.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }

    /// What loads programs and their libraries there.
    pub(crate) fn loader(self) -> &'static str {
        match self {
            Self::Amd64 => "ld-linux-x86-64.so.2",
            Self::Arm64 => "ld-linux-aarch64.so.1",
        }
    }

    /// A program that works with files for such machines: `gcc`, `strip` and the like.
    pub(crate) fn tool(self, name: &str) -> String {
        match self {
            Self::Amd64 => format!("x86_64-linux-gnu-{name}"),
            Self::Arm64 => format!("aarch64-linux-gnu-{name}"),
        }
    }

    /// The packages of Debian that have these programs, and the C library that programs are linked with.
    pub(crate) fn packages(self) -> [String; 2] {
        let toolchain = self.tool("").replace('_', "-");
        [format!("gcc-{}", toolchain.trim_end_matches('-')), format!("libc6-dev-{}-cross", self.name())]
    }

    /// Lets cargo build for such machines, here on one of another kind. Fails where nothing can, and says what to do.
    pub(crate) fn set(self, cargo: &mut Command) -> Result<()> {
        machine::require_cross(self)?;
        if !knows("rustc", self.target())? {
            if !Path::new(DEBIAN_RUSTC).exists() || !knows(DEBIAN_RUSTC, self.target())? {
                bail!(self.missing_compiler());
            }
            cargo.env("RUSTC", DEBIAN_RUSTC);
        }
        let linker = format!("CARGO_TARGET_{}_LINKER", self.target().replace('-', "_").to_uppercase());
        cargo.env(linker, self.tool("gcc")).env("CARGO_BUILD_TARGET", self.target());
        Ok(())
    }

    fn missing_compiler(self) -> String {
        let (name, target) = (self.name(), self.target());
        format!(
            "The package for {name} needs a Rust that builds for such machines, and there is none here. One of these brings it:\n  \
             rustup target add {target}\n  \
             dpkg --add-architecture {name} && apt-get update && apt-get install rustc-web libstd-rust-web-dev:{name}      (Debian 12 and 13, as root)"
        )
    }
}

/// Whether a compiler has the standard library of a target.
pub(crate) fn knows(rustc: &str, target: &str) -> Result<bool> {
    let mut asked = Command::new(rustc);
    let folder = run::quietly_out(asked.args(["--print", "target-libdir", "--target", target]))?;
    let folder = String::from_utf8(folder).context("the place of a library is not text")?;
    Ok(Path::new(folder.trim()).is_dir())
}

#[cfg(test)]
mod tests {
    use super::Architecture::{self, Amd64, Arm64};

    #[test]
    fn kinds_have_the_names_that_others_give_them() {
        assert_eq!(
            Architecture::named("arm64").map(Architecture::target).ok(),
            Some("aarch64-unknown-linux-gnu")
        );
        assert_eq!(Arm64.packages(), ["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"]);
        assert_eq!(Amd64.packages(), ["gcc-x86-64-linux-gnu", "libc6-dev-amd64-cross"]);
    }

    #[test]
    fn who_cannot_build_for_a_kind_is_told_what_to_do() {
        let told = Arm64.missing_compiler();
        assert!(told.contains("rustup target add aarch64-unknown-linux-gnu"), "{told}");
        assert!(told.contains("libstd-rust-web-dev:arm64"), "{told}");
        assert!(Architecture::named("riscv64").is_err_and(|error| error.to_string().contains("“riscv64”")));
    }
}
