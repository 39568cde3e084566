//! Running other programs: silent while they succeed, with all they said when they fail.

use std::io::Read as _;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs to the end; the answer is what it printed on both its outputs.
pub(crate) fn quietly(command: &mut Command) -> Result<String> {
    let line = shown(command);
    let (mut reader, writer) = std::io::pipe().context("a pipe")?;
    command.stdout(writer.try_clone().context("a pipe")?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("cannot run `{line}`"))?;
    // The command still holds writing ends of the pipe; with them, reading would never end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut printed = Vec::new();
    reader.read_to_end(&mut printed).with_context(|| format!("cannot read what `{line}` prints"))?;
    let printed = String::from_utf8_lossy(&printed).into_owned();
    let status = child.wait().with_context(|| format!("cannot wait for `{line}`"))?;
    if !status.success() {
        bail!("{}\n`{line}` failed ({status}).", printed.trim_end());
    }
    Ok(printed)
}

/// As [`quietly`]; the answer is what it printed on its standard output alone.
pub(crate) fn quietly_out(command: &mut Command) -> Result<Vec<u8>> {
    let line = shown(command);
    let output = command.output().with_context(|| format!("cannot run `{line}`"))?;
    if !output.status.success() {
        bail!("{}\n`{line}` failed ({}).", String::from_utf8_lossy(&output.stderr).trim_end(), output.status);
    }
    Ok(output.stdout)
}

/// Runs to the end in the foreground.
pub(crate) fn loudly(command: &mut Command) -> Result<()> {
    let line = shown(command);
    let status = command.status().with_context(|| format!("cannot run `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status}).");
    }
    Ok(())
}

/// The command as somebody would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// The cargo that runs us.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(crate::tree::root()).env("INCAMERA_PAGE_DIR", crate::tree::built_page());
    command
}
