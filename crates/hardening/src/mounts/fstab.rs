//! Lines of fstab(5): what is mounted, where, of which kind, with which options. Only the options of one line are ever changed.

use crate::edit::Strange;

/// The fewest words of a line. Those after them may be left out.
const WORDS: usize = 3;

/// Whether options say the opposite of each other.
fn is_opposite(one: &str, other: &str) -> bool {
    one.strip_prefix("no") == Some(other) || other.strip_prefix("no") == Some(one)
}

/// Options as they were, without the opposite of those that are added behind them where they are lacking.
pub(super) fn joined(had: &str, options: &[&str]) -> String {
    let stays = |is: &&str| !is.is_empty() && !options.iter().any(|option| is_opposite(is, option));
    let mut all: Vec<_> = had.split(',').filter(stays).collect();
    for option in options {
        if !all.contains(option) {
            all.push(option);
        }
    }
    all.join(",")
}

/// The words of a line, each with where it begins; none for a comment and an empty line.
fn words(line: &str) -> Vec<(usize, &str)> {
    if line.trim_start().starts_with('#') {
        return Vec::new();
    }
    let is_gap = |c: char| c == ' ' || c == '\t';
    line.split(is_gap)
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr() as usize - line.as_ptr() as usize, word))
        .collect()
}

/// The file with these options at a place; none where no line is about it.
///
/// # Errors
///
/// A line is none, or two are about the place: which of them counts is not for us to say.
pub(super) fn with_options(text: &str, at: &str, options: &[&str]) -> Result<Option<String>, Strange> {
    let mut found = None;
    for (number, line) in text.lines().enumerate() {
        if line.chars().any(|c| c.is_control() && c != '\t') {
            return Err(Strange::Control(number + 1));
        }
        let words = words(line);
        if words.is_empty() {
            continue;
        }
        if words.len() < WORDS {
            return Err(Strange::Short(number + 1));
        }
        let is_here = words[1].1 == at || words[1].1.trim_end_matches('/') == at;
        if is_here && found.replace(number).is_some() {
            return Err(Strange::Twice(number + 1));
        }
    }
    let Some(found) = found else { return Ok(None) };
    let change = |(number, line): (usize, &str)| {
        if number == found { changed(line, options) } else { line.to_owned() }
    };
    Ok(Some(text.split_inclusive('\n').enumerate().map(change).collect()))
}

fn changed(line: &str, options: &[&str]) -> String {
    let end = line.trim_end_matches(['\n', '\r']).len();
    let (line, ending) = line.split_at(end);
    let words = words(line);
    match words.get(WORDS) {
        Some((begins, had)) => {
            let rest = &line[begins + had.len()..];
            format!("{}{}{rest}{ending}", &line[..*begins], joined(had, options))
        }
        None if options.is_empty() => format!("{line}{ending}"),
        None => format!("{} {}{ending}", line.trim_end(), joined("defaults", options)),
    }
}

/// The file with one line more, at its end.
pub(super) fn with_line(text: &str, line: &str) -> String {
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{gap}{line}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RENTED: &str = "# /etc/fstab\nUUID=6d1f / ext4 rw,discard,errors=remount-ro 0 1\n\
                          LABEL=home\t/home\text4\tdefaults,suid\t0\t2\n/dev/vdb /var/tmp ext4\n";

    #[test]
    fn options_join_those_of_the_line_and_nothing_else_changes() {
        let set = with_options(RENTED, "/home", &["nodev", "nosuid"]).unwrap().unwrap();
        assert_eq!(set, RENTED.replace("defaults,suid", "defaults,nodev,nosuid"));
        assert_eq!(with_options(&set, "/home", &["nodev", "nosuid"]).unwrap().unwrap(), set);
        let set = with_options(RENTED, "/var/tmp", &["noexec"]).unwrap().unwrap();
        assert!(set.ends_with("/dev/vdb /var/tmp ext4 defaults,noexec\n"));
        assert_eq!(with_options(RENTED, "/tmp", &["noexec"]).unwrap(), None);
    }

    #[test]
    fn a_strange_file_is_reported() {
        assert_eq!(with_options("/dev/vda\n", "/home", &[]), Err(Strange::Short(1)));
        assert_eq!(with_options("a /home ext4\n#\nb /home/ xfs\n", "/home", &[]), Err(Strange::Twice(3)));
        assert_eq!(with_options("a /x\u{7} ext4\n", "/home", &[]), Err(Strange::Control(1)));
    }

    proptest! {
        #[test]
        fn whatever_a_file_says_only_the_options_of_one_line_change(
            text in "((#|LABEL=x|/dev/vda1|tmpfs)?[ \t]{0,2}(/|/home|/tmp|none)?[ \t]{1,2}(ext4|tmpfs)?[ \t]{0,2}(defaults|exec|suid,rw|noexec)?[ \t]{0,2}(0 0)?\n?){0,6}",
        ) {
            let options = ["nodev", "noexec"];
            let Ok(Some(set)) = with_options(&text, "/home", &options) else { return Ok(()) };
            let (old, new): (Vec<_>, Vec<_>) = (text.lines().collect(), set.lines().collect());
            prop_assert_eq!(old.len(), new.len());
            let (mut here, mut others) = (0, 0);
            for (old, new) in old.iter().zip(&new) {
                let (old_words, new_words) = (words(old), words(new));
                if new_words.get(1).is_some_and(|word| word.1 == "/home") {
                    here += 1;
                    let has: Vec<_> = new_words[3].1.split(',').collect();
                    prop_assert!(options.iter().all(|option| has.contains(option)) && !has.contains(&"exec"));
                    let without = |words: &[(usize, &str)]| {
                        words.iter().enumerate().filter(|(at, _)| *at != 3).map(|(_, word)| word.1.to_owned()).collect::<Vec<_>>()
                    };
                    prop_assert_eq!(without(&old_words), without(&new_words));
                } else {
                    others += 1;
                    prop_assert_eq!(old, new);
                }
            }
            prop_assert_eq!(here, 1);
            prop_assert_eq!(here + others, new.len());
            prop_assert_eq!(with_options(&set, "/home", &options).unwrap().unwrap(), set);
        }

        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|\n|\t){0,80}") {
            let _ = with_options(&text, "/home", &["nodev"]);
        }
    }
}
