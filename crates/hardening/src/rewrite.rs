//! Files of others in which a word or a line is changed and nothing else: what no list of settings can say.

use crate::edit::{self, Strange};

/// A change of a file's text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rewrite {
    /// No line of a file of pam.d(5) gives this argument to this module.
    PamWithout {
        /// The module, as `pam_unix.so`.
        module: &'static str,
        /// The argument.
        word: &'static str,
    },
    /// In pam.d's file of su(1), only root and members of this group come past its first module.
    SuOnlyFor(&'static str),
    /// No line of fstab(5) is swap.
    NoSwap,
    /// No line of shells(5) is a program that only says no.
    NoNologin,
}

impl Rewrite {
    /// The file as it should be.
    ///
    /// # Errors
    ///
    /// The file is strange.
    pub fn apply(self, text: &str) -> Result<String, Strange> {
        edit::check(text)?;
        match self {
            Self::PamWithout { module, word } => pam_without(text, module, word),
            Self::SuOnlyFor(group) => su_only_for(text, group),
            Self::NoSwap => no_swap(text),
            Self::NoNologin => Ok(kept(text, |line| is_silent(line) || !line.contains("/nologin"))),
        }
    }

    /// What a file is that is not as it should be.
    #[must_use]
    pub fn finding(self, path: &str) -> String {
        match self {
            Self::PamWithout { module, word } => format!("{path} says {word} of {module}"),
            Self::SuOnlyFor(group) => format!("{path} lets others than the group {group} try su"),
            Self::NoSwap => format!("{path} brings swap back at the next start"),
            Self::NoNologin => format!("{path} lists nologin among the shells"),
        }
    }
}

fn is_silent(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

fn kept(text: &str, stays: impl Fn(&str) -> bool) -> String {
    text.split_inclusive('\n').filter(|line| stays(line)).collect()
}

/// The words of a line of pam.d(5), each with where it begins: type, control, module, arguments. What stands in brackets is
/// one word. None for comments and `@include`.
fn pam_words(line: &str) -> Option<Vec<(usize, &str)>> {
    if is_silent(line) || line.trim_start().starts_with('@') {
        return None;
    }
    let line = line.trim_end();
    // A comment may follow.
    let line = line.split_once('#').map_or(line, |(before, _)| before);
    let mut words = Vec::new();
    let mut begun = None;
    let mut depth = 0_u32;
    for (at, c) in line.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_blank = c.is_whitespace() && depth == 0;
        match (begun, is_blank) {
            (None, false) => begun = Some(at),
            (Some(from), true) => {
                words.push((from, &line[from..at]));
                begun = None;
            }
            _ => {}
        }
    }
    if let Some(from) = begun {
        words.push((from, &line[from..]));
    }
    Some(words)
}

fn is_module(word: &str, module: &str) -> bool {
    word == module || word.rsplit('/').next() == Some(module)
}

/// Whether a file of pam.d(5) has a line of this type for this module with all these arguments.
pub(crate) fn pam_has(text: &str, kind: &str, module: &str, arguments: &[&str]) -> bool {
    text.lines().filter_map(pam_words).any(|words| {
        let word = |at: usize| words.get(at).map_or("", |(_, word)| word);
        word(0).trim_start_matches('-') == kind
            && is_module(word(2), module)
            && arguments.iter().all(|argument| words.iter().skip(3).any(|(_, word)| word == argument))
    })
}

fn pam_without(text: &str, module: &str, word: &str) -> Result<String, Strange> {
    let mut said = String::new();
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let Some(words) = pam_words(line) else {
            said.push_str(line);
            continue;
        };
        if words.len() < 3 {
            return Err(Strange::Short(at + 1));
        }
        let mut line = line.to_owned();
        if is_module(words[2].1, module) {
            for (from, _) in words[3..].iter().rev().filter(|(_, is)| *is == word) {
                // The blank before it goes with it.
                let before = line[..*from].trim_end_matches([' ', '\t']).len().max(from.saturating_sub(1));
                line.replace_range(before..from + word.len(), "");
            }
        }
        said.push_str(&line);
    }
    Ok(said)
}

fn su_only_for(text: &str, group: &str) -> Result<String, Strange> {
    let is_said = text.lines().filter_map(pam_words).any(|words| {
        let words: Vec<_> = words.into_iter().map(|(_, word)| word).collect();
        words == ["auth", "required", "pam_wheel.so", "use_uid", &format!("group={group}")]
    });
    if is_said {
        return Ok(text.to_owned());
    }
    let lets_root_pass = |line: &str| {
        pam_words(line).is_some_and(|words| {
            let words: Vec<_> = words.into_iter().map(|(_, word)| word).collect();
            words == ["auth", "sufficient", "pam_rootok.so"]
        })
    };
    let mut lines: Vec<_> = text.split_inclusive('\n').map(str::to_owned).collect();
    let at = lines.iter().position(|line| lets_root_pass(line)).ok_or(Strange::Lacking("pam_rootok.so"))?;
    if !lines[at].ends_with('\n') {
        lines[at].push('\n');
    }
    lines.insert(at + 1, format!("auth       required   pam_wheel.so use_uid group={group}\n"));
    Ok(lines.concat())
}

fn no_swap(text: &str) -> Result<String, Strange> {
    let mut said = String::new();
    for (at, line) in text.split_inclusive('\n').enumerate() {
        if !is_silent(line) {
            let kind = line.split_whitespace().nth(2).ok_or(Strange::Short(at + 1))?;
            if kind == "swap" {
                said.push_str("# taken out by incamera: ");
            }
        }
        said.push_str(line);
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::apply::carry_out;
    use crate::bench::Bench;
    use crate::journal::Journal;
    use crate::undo::since;
    use crate::want::Want;
    use proptest::prelude::*;

    const NO_EMPTY: Rewrite = Rewrite::PamWithout { module: "pam_unix.so", word: "nullok" };
    const SU: Rewrite = Rewrite::SuOnlyFor("sugroup");

    #[test]
    fn an_argument_goes_and_nothing_else() {
        let text = "# nullok\nauth\t[success=1 default=ignore]\tpam_unix.so nullok try_first_pass\n\
                    auth required pam_other.so nullok\nauth x /lib/pam_unix.so a nullok # nullok\n@include common\n";
        let said = NO_EMPTY.apply(text).unwrap();
        assert_eq!(
            said,
            "# nullok\nauth\t[success=1 default=ignore]\tpam_unix.so try_first_pass\n\
             auth required pam_other.so nullok\nauth x /lib/pam_unix.so a # nullok\n@include common\n"
        );
    }

    #[test]
    fn su_is_for_the_group_once_root_was_let_through() {
        let text =
            "#\nauth       sufficient pam_rootok.so\n# auth required pam_wheel.so\n@include common-auth\n";
        let said = SU.apply(text).unwrap();
        assert_eq!(
            said,
            "#\nauth       sufficient pam_rootok.so\nauth       required   pam_wheel.so use_uid group=sugroup\n\
             # auth required pam_wheel.so\n@include common-auth\n"
        );
        assert_eq!(SU.apply(&said).unwrap(), said);
        assert_eq!(SU.apply("@include common-auth\n"), Err(Strange::Lacking("pam_rootok.so")));
    }

    #[test]
    fn swap_goes_from_fstab_and_a_line_that_is_too_short_is_reported() {
        let text = "# swap\nUUID=a / ext4 defaults 0 1\n/swapfile none swap sw 0 0\n";
        let said =
            "# swap\nUUID=a / ext4 defaults 0 1\n# taken out by incamera: /swapfile none swap sw 0 0\n";
        assert_eq!(Rewrite::NoSwap.apply(text).unwrap(), said);
        assert_eq!(Rewrite::NoSwap.apply("UUID=a /\n"), Err(Strange::Short(1)));
    }

    #[test]
    fn nologin_is_no_shell() {
        let text = "# /nologin\n/bin/sh\n/usr/sbin/nologin\n/bin/bash";
        assert_eq!(Rewrite::NoNologin.apply(text).unwrap(), "# /nologin\n/bin/sh\n/bin/bash");
    }

    #[test]
    fn arguments_are_found_on_lines_that_count() {
        let text =
            "password requisite pam_pwhistory.so remember=24 use_authtok\n# password x pam_unix.so y\n";
        assert!(pam_has(text, "password", "pam_pwhistory.so", &["use_authtok"]));
        assert!(!pam_has(text, "auth", "pam_pwhistory.so", &[]));
        assert!(!pam_has(text, "password", "pam_unix.so", &[]));
    }

    fn rewrites() -> impl Strategy<Value = Rewrite> {
        prop_oneof![Just(NO_EMPTY), Just(SU), Just(Rewrite::NoSwap), Just(Rewrite::NoNologin)]
    }

    proptest! {
        #[test]
        fn done_twice_is_done_once_and_comments_stay(
            text in "((#|auth|password|@include|/dev/x|/bin)?([ \t](required|\\[a=1 b=2\\]|none|none swap|pam_unix.so|pam_rootok.so|nullok|/usr/sbin/nologin|#)){0,5}\n?){0,8}",
            rewrite in rewrites(),
        ) {
            if let Ok(once) = rewrite.apply(&text) {
                let comments = |text: &str| text.lines().filter(|line| line.trim_start().starts_with('#')
                    && !line.starts_with("# taken")).map(str::to_owned).collect::<Vec<_>>();
                prop_assert_eq!(comments(&once), comments(&text));
                prop_assert_eq!(rewrite.apply(&once).unwrap(), once.clone());
                if rewrite == NO_EMPTY {
                    prop_assert!(!pam_has(&once, "auth", "pam_unix.so", &["nullok"]));
                }
                if rewrite == SU {
                    prop_assert!(pam_has(&once, "auth", "pam_wheel.so", &["use_uid", "group=sugroup"]));
                }
            }
        }

        #[test]
        fn only_lines_that_are_meant_change_and_it_is_taken_back_to_the_byte(
            lines in prop::collection::vec(
                "(#|auth|auth sufficient|password|@include|/dev/x none swap|/dev/x / ext4|/bin)?( (required|\\[a=1 b=2\\]|pam_unix\\.so|pam_rootok\\.so|nullok|/usr/sbin/nologin)){0,4}[ \\t]?",
                0..8,
            ),
            end in "\n?", rewrite in rewrites(),
        ) {
            let text = lines.join("\n") + &end;
            let Ok(said) = rewrite.apply(&text) else { return Ok(()) };
            let is_meant = |line: &str| match rewrite {
                Rewrite::PamWithout { .. } => line.contains("pam_unix.so") && line.contains("nullok"),
                Rewrite::SuOnlyFor(_) => false,
                Rewrite::NoSwap => line.contains("swap"),
                Rewrite::NoNologin => line.contains("/nologin"),
            };
            // What came is one line of ours; all others are there, in their order.
            let mut after = said.lines().filter(|line| !line.contains("pam_wheel.so"));
            for line in text.lines() {
                if rewrite == Rewrite::NoNologin && is_meant(line) && !is_silent(line) {
                    continue;
                }
                let now = after.next().unwrap_or_default();
                prop_assert!(now == line || is_meant(line), "{line:?} became {now:?}");
            }
            prop_assert_eq!(after.next(), None);

            let bench = Bench::new();
            bench.write("/etc/x", &text);
            let state = tempfile::tempdir().unwrap();
            let mut journal = Journal::open_patiently(state.path(), Duration::from_secs(60)).unwrap();
            for change in (Want::Rewritten { path: "/etc/x", how: rewrite }).plan(&bench.machine).unwrap() {
                carry_out("x", change, &bench.machine, &mut journal).unwrap();
            }
            prop_assert_eq!(bench.read("/etc/x"), said);
            prop_assert_eq!(since(0, &bench.machine, &mut journal).unwrap(), Vec::<String>::new());
            prop_assert_eq!(bench.read("/etc/x"), text);
        }

        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|[\n\t\\[\\]#]){0,80}", rewrite in rewrites()) {
            let _ = rewrite.apply(&text);
            let _ = pam_has(&text, "auth", "pam_unix.so", &["nullok"]);
        }
    }
}
