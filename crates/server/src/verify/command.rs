//! `incamera verify` and `incamera manifest` of the command line.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use super::manifest::{Digest, Manifest, SIZE};
use super::{Check, Patience, Target, Trust};

/// The server serves another page.
const DIFFERS: u8 = 1;
/// Nothing could be compared.
const NOT_COMPARED: u8 = 2;

/// `incamera verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The server, as https://meet.example.org, or the link of a meeting there. What follows a # is sent nowhere
    server: String,
    /// Compare with this manifest, instead of the page in this program
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Count on just the certificate with this SHA-256, which the server's owner told you by another way
    #[arg(long, value_name = "SHA256:…", value_parser = fingerprint)]
    fingerprint: Option<Digest>,
    /// Do not check who answers. For tests: the outcome says nothing about the server that others reach
    #[arg(long, conflicts_with = "fingerprint")]
    insecure_certificate: bool,
}

/// `incamera manifest`.
#[derive(Debug, Args)]
pub struct Show {
    /// Only the line that people read out to each other
    #[arg(long)]
    line: bool,
}

impl Show {
    /// What is printed.
    pub fn text(&self) -> String {
        let manifest = Manifest::built_in();
        if self.line { manifest.line() + "\n" } else { manifest.to_text() }
    }
}

impl Verify {
    /// What is printed, and how the program ends: 0 unchanged, 1 changed, 2 not compared.
    pub fn run(self) -> (anyhow::Result<String>, ExitCode) {
        match self.compare() {
            Ok((text, true)) => (Ok(text), ExitCode::SUCCESS),
            Ok((text, false)) => (Ok(text), ExitCode::from(DIFFERS)),
            Err(error) => (Err(error), ExitCode::from(NOT_COMPARED)),
        }
    }

    fn compare(self) -> anyhow::Result<(String, bool)> {
        let target = Target::parse(&self.server)?;
        let manifest = self.manifest.as_deref().map_or_else(|| Ok(Manifest::built_in()), read)?;
        let trust = match self.fingerprint {
            Some(digest) => Trust::Certificate(digest),
            None if self.insecure_certificate => Trust::Anybody,
            None => Trust::web(),
        };
        let mut text = String::new();
        if target.held_secret {
            text.push_str(
                "What follows the # of the link was not sent. But this machine may keep the line that you typed.\n\n",
            );
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start the runtime")?;
        let check = Check { target, trust, manifest, patience: Patience::default() };
        let report = runtime.block_on(check.run())?;
        text.push_str(&report.to_string());
        Ok((text, report.holds()))
    }
}

fn fingerprint(text: &str) -> Result<Digest, &'static str> {
    let digits =
        text.get(..7).filter(|start| start.eq_ignore_ascii_case("sha256:")).map_or(text, |_| &text[7..]);
    Digest::parse(digits).ok_or("a fingerprint is sha256: and 64 hexadecimal digits, with colons or without")
}

fn read(path: &Path) -> anyhow::Result<Manifest> {
    let mut text = String::new();
    let opened = File::open(path).and_then(|file| file.take(SIZE + 1).read_to_string(&mut text));
    opened.with_context(|| format!("cannot read the manifest {}", path.display()))?;
    if text.len() as u64 > SIZE {
        bail!("{} is too long for a manifest", path.display());
    }
    Manifest::parse(&text).with_context(|| format!("{} cannot be used", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_as_programs_print_them() {
        let digest = Digest::of(b"certificate");
        for text in [format!("sha256:{digest}"), format!("SHA256:{digest}"), digest.to_string()] {
            assert_eq!(fingerprint(&text), Ok(digest));
        }
        assert!(fingerprint("sha1:00").is_err() && fingerprint("é").is_err());
    }

    #[test]
    fn a_file_that_is_no_manifest_is_told() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "{}").expect("written");
        assert!(read(file.path()).is_err());
        std::fs::write(file.path(), vec![b' '; 2 << 20]).expect("written");
        assert!(read(file.path()).expect_err("too long").to_string().contains("too long"));
        std::fs::write(file.path(), Manifest::built_in().to_text()).expect("written");
        assert_eq!(read(file.path()).expect("ours"), Manifest::built_in());
    }
}
