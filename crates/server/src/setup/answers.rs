//! What setup asks: by a person at a terminal, or from a file.

use std::io::{BufRead, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::files::read_text;

/// Questions are asked again so often before setup gives up.
const TRIES: usize = 5;
/// Characters of a DNS name, and of one label (RFC 1035, 2.3.4).
const NAME: usize = 253;
const LABEL: usize = 63;
/// Characters of an e-mail address (RFC 5321, 4.5.3.1.3).
const EMAIL: usize = 254;

pub(super) const ASK_NAME: &str = "\
By which name will people reach the meetings?
It is a domain name of yours that leads to this machine, such as meet.example.org.";
pub(super) const ASK_EMAIL: &str = "\
To which e-mail address may the authority write when something is wrong with the certificate?
Press Enter to give none.";
pub(super) const ASK_TERMS: &str = "\
The certificate comes from Let's Encrypt, free of charge. By going on you agree to its terms:
https://letsencrypt.org/repository/
Do you agree? Type yes or no.";
pub(super) const ASK_GO: &str = "Shall this be done? Type yes or no.";

/// Everything that was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Answers {
    /// The name, or the IP address.
    pub(super) name: String,
    pub(super) email: Option<String>,
    /// Another authority than Let's Encrypt, for those who have one.
    pub(super) authority: Option<Other>,
    /// From where new versions come, for those who have such a place.
    pub(super) updates: Option<Updates>,
}

/// A place for packages, as `cargo xtask repository` makes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Updates {
    /// Its address.
    pub(super) address: String,
    /// A file with the public key by which its lists are signed.
    pub(super) key: PathBuf,
}

/// An authority that was named in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Other {
    pub(super) directory: String,
    pub(super) root: Option<PathBuf>,
}

/// The file of `--answers`, in TOML.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    name: String,
    email: Option<String>,
    #[serde(default)]
    agree_to_terms: bool,
    directory: Option<String>,
    root: Option<PathBuf>,
    repository: Option<String>,
    repository_key: Option<PathBuf>,
}

impl Answers {
    /// From a file.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        Self::parse(&read_text(path)?)
            .with_context(|| format!("{} does not answer the questions", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let file: File = toml::from_str(text)?;
        if !file.agree_to_terms {
            bail!(
                "the terms of the authority were not agreed to: write agree-to-terms = true after reading them"
            );
        }
        let authority = file.directory.map(|directory| Other { directory, root: file.root });
        let updates = match (file.repository, file.repository_key) {
            (Some(address), Some(key)) => Some(Updates { address: web_address(&address)?, key }),
            (None, None) => None,
            _ => bail!(
                "repository and repository-key belong together: name the address, and a file with its public key"
            ),
        };
        let email = file.email.filter(|email| !email.trim().is_empty());
        Ok(Self {
            name: name(&file.name)?,
            email: email.as_deref().map(email_address).transpose()?,
            authority,
            updates,
        })
    }

    /// From a person. What was answered before is offered again.
    pub(super) fn ask(
        input: &mut impl BufRead,
        output: &mut impl Write,
        former: Option<&Self>,
    ) -> anyhow::Result<Self> {
        let name = ask(input, output, ASK_NAME, former.map(|former| former.name.as_str()), name)?;
        let email =
            ask(input, output, ASK_EMAIL, former.and_then(|former| former.email.as_deref()), |text| {
                if text.is_empty() || text == "-" { Ok(None) } else { email_address(text).map(Some) }
            })?;
        let authority = former.and_then(|former| former.authority.clone());
        if authority.is_none() && !confirm(input, output, ASK_TERMS)? {
            bail!("without a certificate browsers warn everybody. Nothing was changed");
        }
        // A place that was named before stays.
        Ok(Self { name, email, authority, updates: None })
    }
}

/// Whether the answer is yes.
pub(super) fn confirm(
    input: &mut impl BufRead,
    output: &mut impl Write,
    question: &str,
) -> anyhow::Result<bool> {
    ask(input, output, question, None, |text| match text.to_lowercase().as_str() {
        "yes" | "y" => Ok(true),
        "no" | "n" => Ok(false),
        _ => bail!("Please type yes or no."),
    })
}

fn ask<T>(
    input: &mut impl BufRead,
    output: &mut impl Write,
    question: &str,
    former: Option<&str>,
    read: impl Fn(&str) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    writeln!(output, "\n{question}")?;
    for _ in 0..TRIES {
        match former {
            Some(former) => write!(output, "[{former}] > ")?,
            None => write!(output, "> ")?,
        }
        output.flush()?;
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            bail!("nobody answers. Where nobody sits at a terminal, use --answers FILE");
        }
        let answer = match (line.trim(), former) {
            ("", Some(former)) => former,
            (typed, _) => typed,
        };
        match read(answer) {
            Ok(answer) => return Ok(answer),
            Err(error) => writeln!(output, "{error}")?,
        }
    }
    bail!("that was not understood {TRIES} times. Nothing was changed")
}

/// A name as people type or paste it.
fn name(text: &str) -> anyhow::Result<String> {
    let text = text.trim().trim_end_matches(['/', '.']);
    let text = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let name = text.to_ascii_lowercase();
    if name.parse::<IpAddr>().is_ok() {
        return Ok(name);
    }
    let plain = |label: &str| {
        !label.is_empty()
            && label.len() <= LABEL
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if name.len() > NAME || !name.contains('.') || !name.split('.').all(plain) {
        bail!(
            "This is no domain name. Type the name alone, such as meet.example.org, without a path. A name with other letters than a to z is typed in its form that begins with xn--."
        );
    }
    Ok(name)
}

/// An address under which files are, as apt takes it.
fn web_address(text: &str) -> anyhow::Result<String> {
    let text = text.trim().trim_end_matches('/');
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_one = rest.is_some_and(|rest| !rest.is_empty())
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'\\<>".contains(&byte));
    if !is_one {
        bail!("{text} is no address of a place for packages: it begins with https:// and has no spaces");
    }
    Ok(text.to_owned())
}

fn email_address(text: &str) -> anyhow::Result<String> {
    let text = text.trim();
    let is_one = text.len() <= EMAIL
        && !text.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == ',')
        && text.split_once('@').is_some_and(|(who, host)| !who.is_empty() && host.contains('.'));
    if !is_one {
        bail!("This is no e-mail address. Type one such as maria@example.org, or nothing.");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(typed: &str, former: Option<&Answers>) -> (anyhow::Result<Answers>, String) {
        let mut output = Vec::new();
        let answers = Answers::ask(&mut typed.as_bytes(), &mut output, former);
        (answers, String::from_utf8(output).expect("text"))
    }

    #[test]
    fn three_answers_are_enough_a1() {
        let (answers, printed) = asked("https://Meet.Example.org/\n\nyes\n", None);
        let expected =
            Answers { name: "meet.example.org".into(), email: None, authority: None, updates: None };
        assert_eq!(answers.expect("answered"), expected);
        assert!(printed.contains("meet.example.org"), "{printed}");
    }

    #[test]
    fn what_is_not_understood_is_asked_again_and_not_for_ever() {
        let (answers, printed) = asked("meet\nmeet.example.org\nmaria\nmaria@example.org\nja\nyes\n", None);
        assert_eq!(answers.expect("answered").email.as_deref(), Some("maria@example.org"));
        assert!(printed.contains("This is no domain name"), "{printed}");
        assert!(printed.contains("This is no e-mail address"), "{printed}");
        assert!(printed.contains("Please type yes or no"), "{printed}");
        let (given_up, _) = asked(&"meet\n".repeat(100), None);
        assert!(given_up.expect_err("never understood").to_string().contains("Nothing was changed"));
        let (nobody, _) = asked("", None);
        assert!(nobody.expect_err("nobody").to_string().contains("--answers"));
    }

    #[test]
    fn without_agreement_nothing_is_ordered() {
        let (refused, _) = asked("meet.example.org\n\nno\n", None);
        assert!(refused.expect_err("refused").to_string().contains("Nothing was changed"));
        assert!(Answers::parse("name = \"meet.example.org\"").is_err());
    }

    #[test]
    fn what_was_answered_before_is_offered_again() {
        let former = Answers {
            name: "a.example".into(),
            email: Some("m@example.org".into()),
            authority: None,
            updates: None,
        };
        let (answers, printed) = asked("\n\nyes\n", Some(&former));
        assert_eq!(answers.expect("answered"), former);
        assert!(printed.contains("[a.example] > "), "{printed}");
        let (answers, _) = asked("\n-\nyes\n", Some(&former));
        assert_eq!(answers.expect("answered").email, None, "it can be taken back");
    }

    #[test]
    fn a_file_answers_everything() {
        let text = "name = \"meet.test\"\nagree-to-terms = true\ndirectory = \"https://ca.test/dir\"\nroot = \"/x\"\n";
        let answers = Answers::parse(text).expect("answered");
        assert_eq!(answers.authority.map(|other| other.directory).as_deref(), Some("https://ca.test/dir"));
        let complete = format!("{text}repository = \"https://packages.test/\"\nrepository-key = \"/k\"\n");
        let updates = Answers::parse(&complete).expect("answered").updates.expect("named");
        assert_eq!(updates.address, "https://packages.test");
        assert!(Answers::parse(&format!("{text}repository = \"https://packages.test\"")).is_err(), "no key");
        let strange = format!("{text}repository = \"https://x y\"\nrepository-key = \"/k\"\n");
        assert!(Answers::parse(&strange).is_err());
        for wrong in ["nam = \"a.b\"", "name = \"a b\"\nagree-to-terms = true", "name = 1"] {
            assert!(Answers::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_names() {
        for good in ["meet.example.org", "xn--bcher-kva.example", "192.0.2.1", "2001:db8::1"] {
            assert_eq!(name(good).expect("a name"), good);
        }
        for bad in
            ["", "localhost", "a..b", "-a.b", "a b.c", "meet.example.org/path", "bücher.example", "a.b:443"]
        {
            assert!(name(bad).is_err(), "{bad}");
        }
    }
}
