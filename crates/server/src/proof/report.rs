//! What the proof says.

use std::fmt::Write as _;

use serde::Serialize;

use super::meeting::Held;
use super::places::Searched;

/// How it ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// All was searched, and nothing found.
    NothingKept,
    /// Something was found.
    Kept,
    /// Nothing was found, but not all could be searched.
    NotProven,
}

/// The whole of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    /// The end of it.
    pub(super) outcome: Outcome,
    /// What the meeting was.
    meeting: Held,
    /// Of how many things traces were looked for.
    traces: usize,
    /// In how many forms altogether.
    forms: usize,
    /// Where.
    searched: Vec<Searched>,
    /// Where not.
    not_searched: Vec<String>,
}

impl Report {
    pub(super) fn new(
        meeting: Held,
        traces: usize,
        forms: usize,
        searched: Vec<Searched>,
        not_searched: Vec<String>,
    ) -> Self {
        let outcome = if searched.iter().any(|place| !place.found.is_empty()) {
            Outcome::Kept
        } else if searched.iter().any(|place| !place.troubles.is_empty()) {
            Outcome::NotProven
        } else {
            Outcome::NothingKept
        };
        Self { outcome, meeting, traces, forms, searched, not_searched }
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let Held { people, lines_read, sounds_sent, sounds_opened } = self.meeting;
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "A meeting was held on this server: {people} people with made-up names came in by its own port, each from an\n\
             address that nobody else has, with a link and a password, and one waited in the lobby until the other let them in. Both read what the other wrote ({lines_read} lines), and\n\
             sent sound ({sounds_sent} sounds, {sounds_opened} arrived whole). All was end-to-end encrypted. There were no pictures.\n\
             Then it was ended, and the host account that was made for it removed, and with it another meeting that was kept so long.\n\n\
             Looked for were {} things of this meeting, in {} forms: names, title, password, link, chat, sounds, keys, addresses,\n\
             in clear, and sealed as the server saw them.\n",
            self.traces, self.forms
        );
        for place in &self.searched {
            self.place(&mut text, place);
        }
        let _ = writeln!(text, "\nNot searched:");
        for place in &self.not_searched {
            let _ = writeln!(text, "  {place}");
        }
        let _ = writeln!(text, "\n{}", self.sentence());
        text
    }

    fn place(&self, text: &mut String, place: &Searched) {
        let verdict = match () {
            () if !place.found.is_empty() => "FOUND  ",
            () if !place.troubles.is_empty() => "UNKNOWN",
            () => "nothing",
        };
        let _ = writeln!(text, "{verdict}  {}: {} read, {}", place.place, place.read, size(place.bytes));
        for finding in &place.found {
            let _ = writeln!(text, "           {}, {}, in {}", finding.what, finding.form, finding.at);
        }
        for told in place.troubles.iter().chain(&place.notes) {
            let _ = writeln!(text, "           {told}");
        }
    }

    fn sentence(&self) -> &'static str {
        match self.outcome {
            Outcome::NothingKept => "Nothing of the meeting was kept.",
            Outcome::Kept => {
                "SOMETHING OF THE MEETING WAS KEPT. Where it was found in files of the server, please report it (SECURITY.md). In the \
                 journal\nor the table of connections it is mostly another program's doing: `sudo incamera audit` says what to change."
            }
            Outcome::NotProven => {
                "Nothing was found, but not all could be searched, so nothing is proven. The lines above say what is missing."
            }
        }
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        10_000_000..10_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::super::places::Finding;
    use super::*;

    fn report(change: impl FnOnce(&mut Searched)) -> Report {
        let mut searched = Searched::new("a place");
        change(&mut searched);
        Report::new(Held::default(), 3, 30, vec![searched], Vec::new())
    }

    #[test]
    fn what_could_not_be_searched_is_not_called_clean_b8() {
        assert_eq!(report(|_| ()).outcome, Outcome::NothingKept);
        let unread = report(|place| place.troubles.push("cannot be read".into()));
        assert_eq!(unread.outcome, Outcome::NotProven);
        assert!(unread.text().contains("nothing is proven"));
        let found = report(|place| {
            place.troubles.push("cannot be read".into());
            place.found.insert(Finding { what: "a name", form: "in base64", at: "/var/log/x".into() });
        });
        assert_eq!(found.outcome, Outcome::Kept);
        assert!(found.text().contains("a name, in base64, in /var/log/x"));
    }
}
