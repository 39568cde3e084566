//! The report as lines of text.

use std::fmt::Write as _;

use super::Audit;
use crate::control::Verdict;

impl Audit {
    /// For a terminal: the rows of the threat model, then what does not hold, then how many do.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "What this machine does against what somebody might do\n")?;
        for threat in &self.threats {
            writeln!(
                text,
                "{:<4}{:<18}{}: {}",
                threat.id,
                threat.state.words(),
                threat.threat,
                threat.answer
            )?;
        }
        let noted: Vec<_> = self
            .controls
            .iter()
            .filter(|control| !matches!(control.verdict, Verdict::Holds | Verdict::NotApplicable { .. }))
            .collect();
        if !noted.is_empty() {
            writeln!(text, "\nWhat does not hold")?;
        }
        for control in noted {
            writeln!(text, "\n{} ({}): {}", control.title, control.id, control.verdict)?;
            for found in control.found() {
                writeln!(text, "  {found}")?;
            }
            if let Some(what) = control.advice() {
                writeln!(text, "  {what}")?;
            }
        }
        writeln!(text, "\nWhat is recommended, and left")?;
        for exception in &self.exceptions {
            writeln!(text, "\n{} ({})\n  {}", exception.title, exception.numbers.join(", "), exception.why)?;
        }
        if !self.as_root {
            writeln!(text, "\nOnly root may look at everything: sudo incamera audit")?;
        }
        writeln!(text, "\n{}\nMeasured for the {}.", self.sentence(), self.benchmark)
    }
}
