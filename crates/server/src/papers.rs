//! What a package brings beside the program: manual pages, and what shells complete.

use std::fs;
use std::path::Path;

use anyhow::Context;
use clap::Command;
use clap_complete::Shell;

/// The shells that Debian has, and the names under which they look for completions.
const SHELLS: [(Shell, &str); 3] =
    [(Shell::Bash, "incamera"), (Shell::Zsh, "_incamera"), (Shell::Fish, "incamera.fish")];

/// Writes `man/*.1`, and `completions/SHELL/NAME`.
pub(crate) fn write(mut command: Command, folder: &Path) -> anyhow::Result<()> {
    let manual = folder.join("man");
    fs::create_dir_all(&manual).with_context(|| format!("cannot make {}", manual.display()))?;
    for (shell, name) in SHELLS {
        let place = folder.join("completions").join(shell.to_string());
        fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command, "incamera", &mut text);
        let file = place.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    command.build();
    clap_mangen::generate_to(command, &manual).context("cannot write the manual pages")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_manual_page() {
        let folder = tempfile::tempdir().expect("a folder");
        let command =
            Command::new("incamera").about("Meets").subcommand(Command::new("serve").about("Serves"));
        write(command, folder.path()).expect("written");
        let page = fs::read_to_string(folder.path().join("man/incamera-serve.1")).expect("a page");
        assert!(page.contains("Serves"), "{page}");
        assert!(folder.path().join("man/incamera.1").is_file());
        for file in ["bash/incamera", "zsh/_incamera", "fish/incamera.fish"] {
            assert!(folder.path().join("completions").join(file).is_file(), "{file}");
        }
    }
}
