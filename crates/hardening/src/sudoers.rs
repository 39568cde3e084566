//! What sudoers(5) says of those who need no password, and of what is asked again.

use crate::machine::{Machine, join};

pub(crate) const MAIN: &str = "/etc/sudoers";
const FOLDER: &str = "/etc/sudoers.d";

/// A statement, and where it stands.
struct Said {
    path: String,
    line: usize,
    text: String,
}

/// Everything that sudo reads, in its order.
fn all(machine: &Machine) -> Vec<Said> {
    let names = machine.list(FOLDER).into_iter();
    // sudo passes over these names.
    let names = names.filter(|name| !name.contains('.') && !name.ends_with('~'));
    let paths = [MAIN.to_owned()].into_iter().chain(names.map(|name| join(FOLDER, &name)));
    paths
        .flat_map(|path| {
            let text = machine.read(&path).unwrap_or_default();
            statements(&text).into_iter().map(move |(line, text)| Said { path: path.clone(), line, text })
        })
        .collect()
}

/// Whether files of the folder count.
pub(crate) fn reads_folder(machine: &Machine) -> bool {
    let main = machine.read(MAIN).unwrap_or_default();
    statements(&main).iter().any(|(_, text)| {
        let mut words = text.split_whitespace();
        matches!(words.next(), Some("@includedir" | "#includedir")) && words.next() == Some(FOLDER)
    })
}

/// Where somebody becomes root without a password.
pub(crate) fn without_password(machine: &Machine) -> Vec<String> {
    let found = all(machine).into_iter().filter(|said| asks_nothing(&said.text));
    found.map(|said| format!("line {} of {}", said.line, said.path)).collect()
}

/// Where somebody by name, or a group, is let do everything; root and the groups that the system comes with aside.
pub(crate) fn grants(machine: &Machine) -> Vec<String> {
    let found = all(machine).into_iter().filter(|said| grants_all(&said.text));
    found.map(|said| format!("line {} of {}", said.line, said.path)).collect()
}

/// Where the defaults say this, in files other than `ours`.
pub(crate) fn defaults_elsewhere(machine: &Machine, word: &str, ours: &str) -> Vec<String> {
    let found = all(machine).into_iter().filter(|said| said.path != ours && defaults(&said.text, word));
    found.map(|said| format!("line {} of {}", said.line, said.path)).collect()
}

fn asks_nothing(text: &str) -> bool {
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    dense.contains("NOPASSWD:") || dense.contains("!authenticate")
}

fn grants_all(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let who = words.next().unwrap_or_default();
    let is_somebody = !matches!(who, "root" | "%sudo" | "%admin")
        && !who.starts_with(['@', '#'])
        && !["Defaults", "User_Alias", "Runas_Alias", "Host_Alias", "Cmnd_Alias"]
            .iter()
            .any(|word| who.starts_with(word));
    is_somebody && words.next_back().is_some_and(|what| what == "ALL" || what.ends_with(":ALL"))
}

fn defaults(text: &str, word: &str) -> bool {
    text.starts_with("Defaults") && text.split([' ', '\t', ',', '=', '!', '+', '-']).any(|is| is == word)
}

/// Statements with the number of their first line: lines that go on are joined, comments are left out.
fn statements(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (at, line) in text.lines().enumerate() {
        let (begun, mut statement) = open.take().unwrap_or((at + 1, String::new()));
        if let Some(part) = line.strip_suffix('\\') {
            statement.push_str(part);
            open = Some((begun, statement));
            continue;
        }
        statement.push_str(line);
        found.push((begun, uncommented(&statement)));
    }
    found.extend(open.map(|(begun, statement)| (begun, uncommented(&statement))));
    found.retain(|(_, statement)| !statement.is_empty());
    found
}

/// A `#` begins a comment, but in `#include`, `#includedir`, and before the number of a user.
fn uncommented(line: &str) -> String {
    let line = line.trim();
    if line.starts_with("#include") {
        return line.to_owned();
    }
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        let is_number = line[at..].chars().nth(1).is_some_and(|next| next.is_ascii_digit());
        if c == '#' && before != '\\' && !is_number {
            return line[..at].trim_end().to_owned();
        }
        before = c;
    }
    line.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn who_is_asked_nothing_is_found_across_lines_and_not_in_comments() {
        let text = "# ada ALL=(ALL) NOPASSWD: ALL\nada ALL=(ALL) \\\n  NOPASSWD : ALL\nDefaults:bo !authenticate\nbo ALL=(ALL) ALL # NOPASSWD:\n";
        let found: Vec<_> =
            statements(text).into_iter().filter(|(_, text)| asks_nothing(text)).map(|(at, _)| at).collect();
        assert_eq!(found, [2, 4]);
    }

    #[test]
    fn defaults_are_found_by_their_word() {
        assert!(defaults("Defaults env_reset,timestamp_timeout=15", "timestamp_timeout"));
        assert!(defaults("Defaults !use_pty", "use_pty"));
        assert!(!defaults("Defaults use_pty_not", "use_pty"));
        assert!(!defaults("ada ALL=(ALL) use_pty", "use_pty"));
    }

    #[test]
    fn grants_are_told_from_settings_and_from_what_every_system_has() {
        for line in ["ada ALL=(ALL) NOPASSWD:ALL", "ada ALL=(ALL:ALL) ALL", "%admins ALL=(ALL) NOPASSWD: ALL"]
        {
            assert!(grants_all(line), "{line}");
        }
        for line in [
            "root ALL=(ALL:ALL) ALL",
            "%sudo ALL=(ALL:ALL) ALL",
            "Defaults ALL",
            "ada ALL=(ALL) /bin/ls",
            "User_Alias A = ALL",
        ] {
            assert!(!grants_all(line), "{line}");
        }
    }

    #[test]
    fn numbers_of_users_and_includes_are_no_comments() {
        assert_eq!(uncommented("#1000 ALL=(ALL) NOPASSWD: ALL"), "#1000 ALL=(ALL) NOPASSWD: ALL");
        assert_eq!(uncommented("#includedir /etc/sudoers.d"), "#includedir /etc/sudoers.d");
        assert_eq!(uncommented("a b # c"), "a b");
    }

    proptest! {
        #[test]
        fn however_it_is_broken_into_lines_it_is_found(cuts in prop::collection::vec(0_usize..30, 0..4), noise in "(# [a-z]{0,9}\n){0,3}") {
            let whole = "ada ALL=(ALL:ALL) NOPASSWD: ALL";
            let broken = whole.char_indices().map(|(at, c)| if cuts.contains(&at) { format!("\\\n{c}") } else { c.to_string() });
            let line: String = broken.collect();
            let text = format!("{noise}{line}\n{noise}");
            prop_assert!(statements(&text).iter().any(|(_, text)| asks_nothing(text)));
        }

        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|[\n\t\\\\#]){0,80}") {
            let _ = statements(&text);
        }
    }
}
