//! `incamera data`.

use clap::Args;

use super::Kept;
use crate::backup::command::{occupied, require_state};
use crate::config::Config;
use crate::folder::Hold;

/// In which form.
#[derive(Debug, Args)]
pub struct Data {
    /// For other programs
    #[arg(long)]
    json: bool,
}

impl Data {
    /// Does it. Returns what to print.
    pub fn run(self, config: &Config) -> anyhow::Result<String> {
        require_state(config)?;
        Hold::pass_by(&config.state).map_err(occupied)?;
        let kept = Kept::look(config)?;
        Ok(if self.json { serde_json::to_string_pretty(&kept)? + "\n" } else { kept.text() })
    }
}
