//! Settings in files that people and packages write too: found, and set without touching any other byte.

use thiserror::Error;

/// How a file says a setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Syntax {
    /// `key = value`, as in sysctl.d(5), pwquality.conf(5), faillock.conf(5).
    Assignment,
    /// `key=value`, as a shell reads the files in `/etc/default`.
    Shell,
    /// `key value`, as in sshd_config(5) and login.defs(5).
    Words,
    /// `key value` before the first `Match`, as what counts for everybody in sshd_config(5).
    Global,
    /// `key=value` below `[section]`, as in systemd's files (systemd.syntax(7)).
    Section(&'static str),
    /// The key is a whole line and has no value, as `use_authtok` in faillock.conf(5) or a line of modprobe.d(5).
    Line,
}

/// A file that is not what its syntax says; it is not changed.
#[derive(Clone, PartialEq, Eq, Error, Debug)]
pub enum Strange {
    /// A control character other than a tab or the end of a line.
    #[error("it holds a control character in line {0}")]
    Control(usize),
    /// A line that goes on in the next one.
    #[error("line {0} goes on in the next line")]
    Continued(usize),
    /// A line with fewer words than such a line has.
    #[error("line {0} has too few words")]
    Short(usize),
    /// A second line about the same.
    #[error("line {0} is about the same as one before it")]
    Twice(usize),
    /// A line that every such file has.
    #[error("it has no line with {0}")]
    Lacking(&'static str),
}

/// Whether a line is a comment or empty.
fn is_silent(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with(['#', ';'])
}

pub(crate) fn check(text: &str) -> Result<(), Strange> {
    for (at, line) in text.lines().enumerate() {
        if line.chars().any(|c| c.is_control() && c != '\t') {
            return Err(Strange::Control(at + 1));
        }
        if !is_silent(line) && line.ends_with('\\') {
            return Err(Strange::Continued(at + 1));
        }
    }
    Ok(())
}

/// The key and the value of a line, where it is one. Keys of `Words` differ in no case.
fn split(line: &str, syntax: Syntax) -> Option<(&str, &str)> {
    if is_silent(line) {
        return None;
    }
    let line = line.trim();
    match syntax {
        Syntax::Assignment | Syntax::Shell | Syntax::Section(_) => {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            Some((key.trim(), value.trim()))
        }
        Syntax::Words | Syntax::Global => {
            let (key, value) = line.split_once([' ', '\t', '=']).unwrap_or((line, ""));
            Some((key, value.trim_matches([' ', '\t', '=', '"'])))
        }
        Syntax::Line => Some((line, "")),
    }
}

fn is_same_key(one: &str, other: &str, syntax: Syntax) -> bool {
    match syntax {
        Syntax::Words | Syntax::Global => one.eq_ignore_ascii_case(other),
        Syntax::Line => one.split_whitespace().eq(other.split_whitespace()),
        _ => one == other,
    }
}

/// Lines with their number, their section and what they set.
fn settings(text: &str, syntax: Syntax) -> impl Iterator<Item = (usize, &str, &str)> {
    let mut section = String::new();
    let end = if syntax == Syntax::Global { first_match(text) } else { usize::MAX };
    text.lines().enumerate().take(end).filter_map(move |(at, line)| {
        if let Syntax::Section(wanted) = syntax {
            if let Some(name) = line.trim().strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
                name.clone_into(&mut section);
                return None;
            }
            if section != wanted {
                return None;
            }
        }
        split(line, syntax).map(|(key, value)| (at, key, value))
    })
}

/// The values that a file gives a key, in its order.
///
/// # Errors
///
/// The file is strange.
pub fn get<'text>(text: &'text str, syntax: Syntax, key: &str) -> Result<Vec<&'text str>, Strange> {
    check(text)?;
    let found = settings(text, syntax).filter(|(_, name, _)| is_same_key(name, key, syntax));
    Ok(found.map(|(_, _, value)| value).collect())
}

/// The file with this setting, said once. All lines that do not say it stay as they are.
///
/// # Errors
///
/// The file is strange.
pub fn set(text: &str, syntax: Syntax, key: &str, value: &str) -> Result<String, Strange> {
    check(text)?;
    let said = match syntax {
        Syntax::Assignment => format!("{key} = {value}"),
        Syntax::Words | Syntax::Global => format!("{key} {value}"),
        Syntax::Shell | Syntax::Section(_) => format!("{key}={value}"),
        Syntax::Line => key.to_owned(),
    };
    let at: Vec<_> = settings(text, syntax)
        .filter(|(_, name, _)| is_same_key(name, key, syntax))
        .map(|(at, _, old)| (at, old == value))
        .collect();
    if let [(_, true)] = at[..] {
        return Ok(text.to_owned());
    }
    let mut lines: Vec<_> = text.split_inclusive('\n').map(str::to_owned).collect();
    if let Some((first, _)) = at.first() {
        let ending = if lines[*first].ends_with('\n') { "\n" } else { "" };
        lines[*first] = format!("{said}{ending}");
        for (again, _) in at[1..].iter().rev() {
            lines.remove(*again);
        }
        return Ok(lines.concat());
    }
    let mut end = if syntax == Syntax::Global { first_match(text).min(lines.len()) } else { lines.len() };
    if let Syntax::Section(section) = syntax {
        let head = format!("[{section}]");
        match lines.iter().position(|line| line.trim() == head) {
            Some(begun) => end = begun + 1,
            None => {
                complete(&mut lines);
                lines.push(format!("{head}\n"));
                end = lines.len();
            }
        }
    }
    complete(&mut lines[..end]);
    lines.insert(end, format!("{said}\n"));
    Ok(lines.concat())
}

/// The line of the first `Match` of sshd_config(5), after which nothing counts for everybody.
fn first_match(text: &str) -> usize {
    let is_match =
        |line: &str| split(line, Syntax::Words).is_some_and(|(key, _)| key.eq_ignore_ascii_case("match"));
    text.lines().position(is_match).unwrap_or(usize::MAX)
}

/// Ends the last line where it is not ended.
fn complete(lines: &mut [String]) {
    if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
        last.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_setting_is_replaced_where_it_stands_and_said_once() {
        let text = "# PASS_MAX_DAYS\nPASS_MAX_DAYS\t99999\nUMASK 022\npass_max_days 5\n";
        let set = set(text, Syntax::Words, "PASS_MAX_DAYS", "365").unwrap();
        assert_eq!(set, "# PASS_MAX_DAYS\nPASS_MAX_DAYS 365\nUMASK 022\n");
    }

    #[test]
    fn a_setting_that_is_not_there_comes_last_and_completes_the_line_before() {
        assert_eq!(set("a = 1", Syntax::Assignment, "b", "2").unwrap(), "a = 1\nb = 2\n");
        assert_eq!(set("", Syntax::Line, "audit", "").unwrap(), "audit\n");
    }

    #[test]
    fn a_setting_comes_into_its_section_and_not_into_another() {
        let text = "[Other]\nStorage=a\n[Journal]\n#Storage=auto\n";
        let set = set(text, Syntax::Section("Journal"), "Storage", "volatile").unwrap();
        assert_eq!(set, "[Other]\nStorage=a\n[Journal]\nStorage=volatile\n#Storage=auto\n");
        assert_eq!(get(&set, Syntax::Section("Journal"), "Storage").unwrap(), ["volatile"]);
        assert_eq!(
            super::set("", Syntax::Section("Journal"), "Storage", "volatile").unwrap(),
            "[Journal]\nStorage=volatile\n"
        );
    }

    #[test]
    fn what_counts_for_everybody_comes_before_the_first_match() {
        let text = "Port 22\nMatch User anna\n  Banner none\n";
        let set = set(text, Syntax::Global, "Banner", "/etc/issue.net").unwrap();
        assert_eq!(set, "Port 22\nBanner /etc/issue.net\nMatch User anna\n  Banner none\n");
        assert_eq!(get(&set, Syntax::Global, "banner").unwrap(), ["/etc/issue.net"]);
    }

    #[test]
    fn a_strange_file_is_reported_and_not_changed() {
        assert_eq!(set("a\u{1}b\n", Syntax::Words, "c", "d"), Err(Strange::Control(1)));
        assert_eq!(set("ok\na b\\\nc\n", Syntax::Words, "c", "d"), Err(Strange::Continued(2)));
    }

    fn syntaxes() -> impl Strategy<Value = Syntax> {
        prop_oneof![
            Just(Syntax::Assignment),
            Just(Syntax::Shell),
            Just(Syntax::Words),
            Just(Syntax::Global),
            Just(Syntax::Section("Journal")),
            Just(Syntax::Line)
        ]
    }

    proptest! {
        #[test]
        fn whatever_a_file_says_a_setting_is_set_once_and_the_rest_stays(
            text in "((#|;)?(\\[?(Journal|Other)\\]?|key|KEY|other|Match)?[ =\t]{0,2}[a-z0-9\"]{0,3}\n?){0,12}",
            syntax in syntaxes(),
        ) {
            let value = if syntax == Syntax::Line { "" } else { "yes" };
            let set_once = set(&text, syntax, "key", value).unwrap();
            prop_assert_eq!(get(&set_once, syntax, "key").unwrap(), [value]);
            prop_assert_eq!(&set(&set_once, syntax, "key", value).unwrap(), &set_once);
            // Every other line is there as before, in its order.
            let rest = |text: &str| {
                let ours: Vec<_> = settings(text, syntax)
                    .filter(|(_, name, _)| is_same_key(name, "key", syntax)).map(|(at, ..)| at).collect();
                text.lines().enumerate().filter(|(at, line)| !ours.contains(at) && line.trim() != "[Journal]")
                    .map(|(_, line)| line.to_owned()).collect::<Vec<_>>()
            };
            prop_assert_eq!(rest(&text), rest(&set_once));
        }

        #[test]
        fn no_bytes_make_it_panic(text in "\\PC*[\n\\PC]{0,80}", syntax in syntaxes()) {
            let _ = set(&text, syntax, "key", "yes");
        }
    }
}
