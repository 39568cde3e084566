//! What setup asks: by a person at a terminal, or from a file.

use std::io::{BufRead, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::accounts::AccountName;
use crate::config::Config;
use crate::files::read_text;
use crate::hours::weekly::Weekly;
use crate::hours::{self, Power, Schedule, Settings};
use crate::limits;
use crate::tls::Files;

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
pub(super) const ASK_HOST: &str = "\
Who is the first host? Type a name, such as Maria, for the account.
Press Enter to choose the name later, in the browser.";
pub(super) const ASK_HOURS: &str = "\
When shall the server be open? What is closed cannot be attacked.
Press Enter for what stands in brackets, or type hours such as Mon-Fri 08:00-18:00; Sat 10:00-14:00.";
pub(super) const ASK_ZONE: &str = "\
In which time zone are these hours?
Its name looks like Europe/Berlin.";
/// Where the terms of Let's Encrypt are.
const TERMS: &str = "https://letsencrypt.org/repository/";
/// How questions are answered where nobody sits at a terminal.
pub(super) const BY_FILE: &str = "--answers FILE";
const ALWAYS: &str = "always";
const AS_THEY_ARE: &str = "as they are";
pub(super) const ASK_GO: &str = "Shall this be done? Type yes or no.";

/// Everything that was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Answers {
    /// The name, or the IP address.
    pub(super) name: String,
    pub(super) email: Option<String>,
    /// The name of the first host, where it shall not be chosen in the browser.
    pub(super) host: Option<AccountName>,
    /// A certificate that somebody has already. Then none is ordered.
    pub(super) certificate: Option<Files>,
    /// Another authority than Let's Encrypt, for those who have one.
    pub(super) authority: Option<Other>,
    /// From where new versions come, for those who have such a place.
    pub(super) updates: Option<Updates>,
    pub(super) hours: Hours,
}

#[cfg(test)]
impl Answers {
    /// A name, and Enter for everything else.
    pub(super) fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            email: None,
            host: None,
            certificate: None,
            authority: None,
            updates: None,
            hours: Hours::Always,
        }
    }
}

/// When the server shall be open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Hours {
    /// Whatever the configuration says.
    AsTheyAre,
    Always,
    These(Settings),
}

impl Hours {
    /// What is wished for the machine while it is closed.
    pub(super) fn power(&self) -> Power {
        match self {
            Self::These(settings) => settings.power,
            Self::AsTheyAre | Self::Always => Power::On,
        }
    }
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
    host: Option<String>,
    #[serde(default)]
    agree_to_terms: bool,
    certificate: Option<PathBuf>,
    certificate_key: Option<PathBuf>,
    directory: Option<String>,
    root: Option<PathBuf>,
    repository: Option<String>,
    repository_key: Option<PathBuf>,
    hours: Option<Settings>,
}

impl Answers {
    /// From a file.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        Self::parse(&read_text(path)?)
            .with_context(|| format!("{} does not answer the questions", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let file: File = toml::from_str(text)?;
        let certificate = file.certificate.map(|chain| own(chain, file.certificate_key)).transpose()?;
        if certificate.is_none() && !file.agree_to_terms {
            bail!(
                "the terms of the authority were not agreed to: write agree-to-terms = true after reading them ({TERMS})"
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
            host: file.host.as_deref().map(host_name).transpose()?,
            certificate,
            authority,
            updates,
            hours: file.hours.map(understood).transpose()?.map_or(Hours::AsTheyAre, Hours::These),
        })
    }

    /// With what was said before of the certificate, where these answers say nothing of it.
    pub(super) fn or_as_before(self, former: Option<&Self>) -> Self {
        let certificate = self.certificate.or_else(|| former?.certificate.clone());
        let authority = self.authority.or_else(|| former?.authority.clone());
        Self { certificate, authority, ..self }
    }

    /// A configuration, as far as it tells from where the certificate comes.
    pub(super) fn source(&self) -> Config {
        let mut config = Config { certificate: self.certificate.clone(), ..Config::default() };
        if let Some(other) = &self.authority {
            config.authority.directory.clone_from(&other.directory);
        }
        config
    }

    /// From a person. What was answered before is offered again. Whether there is a host already: then none is asked for.
    pub(super) fn ask(
        input: &mut impl BufRead,
        output: &mut impl Write,
        former: Option<&Self>,
        has_host: bool,
    ) -> anyhow::Result<Self> {
        let name = ask(input, output, ASK_NAME, former.map(|former| former.name.as_str()), name)?;
        let email =
            ask(input, output, ASK_EMAIL, former.and_then(|former| former.email.as_deref()), |text| {
                if text.is_empty() || text == "-" { Ok(None) } else { email_address(text).map(Some) }
            })?;
        let certificate = former.and_then(|former| former.certificate.clone());
        let authority = former.and_then(|former| former.authority.clone());
        if certificate.is_none() && authority.is_none() && !confirm(input, output, ASK_TERMS, BY_FILE)? {
            bail!(
                "without a certificate browsers warn everybody. If you have one of your own, name its files by certificate and \
                 certificate-key in a file for --answers. Nothing was changed"
            );
        }
        let host = if has_host {
            None
        } else {
            ask(input, output, ASK_HOST, None, |text| {
                if text.is_empty() { Ok(None) } else { host_name(text).map(Some) }
            })?
        };
        let hours = ask_hours(input, output, former.map(|former| &former.hours))?;
        // A place that was named before stays.
        Ok(Self { name, email, host, certificate, authority, updates: None, hours })
    }
}

fn host_name(text: &str) -> anyhow::Result<AccountName> {
    let Some(name) = AccountName::parse(text) else {
        bail!("This is no name for an account. Type one with 1 to {} letters.", limits::ACCOUNT_NAME);
    };
    Ok(name)
}

/// Files that the service manager can be told of, which reads them wherever they are. Their names are a part of its settings.
fn own(chain: PathBuf, key: Option<PathBuf>) -> anyhow::Result<Files> {
    let whole = |path: PathBuf| {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'\\%:".contains(&byte);
        if !path.is_absolute() || !path.as_os_str().as_encoded_bytes().iter().all(|byte| plain(*byte)) {
            bail!(
                "{} cannot be taken: name a file by its whole path, such as /etc/ssl/meet/fullchain.pem, without spaces and signs",
                path.display()
            );
        }
        Ok(path)
    };
    Ok(Files { chain: whole(chain)?, key: key.map(whole).transpose()? })
}

/// Hours that can be followed.
fn understood(settings: Settings) -> anyhow::Result<Settings> {
    Schedule::read(&settings)?;
    Ok(settings)
}

fn ask_hours(
    input: &mut impl BufRead,
    output: &mut impl Write,
    former: Option<&Hours>,
) -> anyhow::Result<Hours> {
    let former = match former {
        Some(Hours::These(settings)) => Some(settings),
        _ => None,
    };
    let lines = former.map(|settings| settings.open.join("; ")).filter(|lines| !lines.is_empty());
    let offered = match (&lines, former) {
        (Some(lines), _) => lines,
        // Those of a calendar alone are not typed.
        (None, Some(_)) => AS_THEY_ARE,
        (None, None) => ALWAYS,
    };
    let open = ask(input, output, ASK_HOURS, Some(offered), |text| match text {
        ALWAYS => Ok(None),
        AS_THEY_ARE if former.is_some() => Ok(Some(Vec::new())),
        lines => {
            let lines: Vec<_> = lines.split(';').map(|line| line.trim().to_owned()).collect();
            lines.iter().try_for_each(|line| line.parse::<Weekly>().map(drop))?;
            Ok(Some(lines))
        }
    })?;
    let Some(open) = open else { return Ok(Hours::Always) };
    let offered = former.map_or(hours::clocks().name(), |settings| &settings.zone);
    let zone = ask(input, output, ASK_ZONE, Some(offered), |text| {
        hours::zone(text).map(|zone| zone.name().to_owned())
    })?;
    let (calendar, power) =
        former.map_or((None, Power::On), |former| (former.calendar.clone(), former.power));
    Ok(Hours::These(Settings { zone, open, calendar, power }))
}

/// Whether the answer is yes. `otherwise`: how it is said where nobody sits at a terminal.
pub(super) fn confirm(
    input: &mut impl BufRead,
    output: &mut impl Write,
    question: &str,
    otherwise: &str,
) -> anyhow::Result<bool> {
    ask_or(input, output, question, None, otherwise, |text| match text.to_lowercase().as_str() {
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
    ask_or(input, output, question, former, BY_FILE, read)
}

fn ask_or<T>(
    input: &mut impl BufRead,
    output: &mut impl Write,
    question: &str,
    former: Option<&str>,
    otherwise: &str,
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
            bail!("nobody answers. Where nobody sits at a terminal, use {otherwise}");
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
        let answers = Answers::ask(&mut typed.as_bytes(), &mut output, former, true);
        (answers, String::from_utf8(output).expect("text"))
    }

    #[test]
    fn three_answers_and_an_enter_are_enough_a1() {
        let (answers, printed) = asked("https://Meet.Example.org/\n\nyes\n\n", None);
        assert_eq!(answers.expect("answered"), Answers::of("meet.example.org"));
        assert!(printed.contains("meet.example.org"), "{printed}");
    }

    #[test]
    fn what_is_not_understood_is_asked_again_and_not_for_ever() {
        let (answers, printed) = asked("meet\nmeet.example.org\nmaria\nmaria@example.org\nja\nyes\n\n", None);
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
    fn the_first_host_is_asked_for_by_name_once_a1() {
        let asked = |typed: &str, has_host| {
            let mut output = Vec::new();
            let answers = Answers::ask(&mut typed.as_bytes(), &mut output, None, has_host).expect("answered");
            let name = answers.host.map(|name| name.as_str().to_owned());
            (name, String::from_utf8(output).expect("text").contains("first host"))
        };
        let begin = "meet.example.org\n\nyes\n";
        let long = "M".repeat(limits::ACCOUNT_NAME + 1);
        assert_eq!(
            asked(&format!("{begin}{long}\nMaria Muster\n\n"), false),
            (Some("Maria Muster".into()), true)
        );
        assert_eq!(asked(&format!("{begin}\n\n"), false), (None, true), "it can be chosen in the browser");
        assert_eq!(asked(&format!("{begin}\n"), true), (None, false), "there is one");
        let file = "name = \"meet.test\"\nagree-to-terms = true\nhost = \"Maria\"\n";
        let host = Answers::parse(file).expect("answered").host.expect("named");
        assert_eq!(host.as_str(), "Maria");
        assert!(Answers::parse(&file.replace("Maria", " ")).is_err());
    }

    #[test]
    fn hours_are_asked_for_and_offered_again_t6() {
        let begin = "meet.example.org\n\nyes\n";
        let (answers, printed) = asked(
            &format!("{begin}from 8 to 9\nMon-Fri 08:00-18:00; Sat 10:00-14:00\nBerlin\nEurope/Berlin\n"),
            None,
        );
        assert!(printed.contains("Mon-Fri 08:00-18:00") && printed.contains("list-timezones"), "{printed}");
        let answers = answers.expect("answered");
        let Hours::These(settings) = &answers.hours else { panic!("{answers:?}") };
        assert_eq!(settings.open, ["Mon-Fri 08:00-18:00", "Sat 10:00-14:00"]);
        assert_eq!(settings.zone, "Europe/Berlin");
        let (again, printed) = asked("\n\nyes\n\n\n", Some(&answers));
        assert_eq!(again.expect("answered"), answers, "{printed}");
        let (always, _) = asked("\n\nyes\nalways\n", Some(&answers));
        assert_eq!(always.expect("answered").hours, Hours::Always, "they can be taken back");
        let calendar = Settings {
            open: Vec::new(),
            calendar: Some("/etc/incamera/hours.ics".into()),
            ..settings.clone()
        };
        let former = Answers { hours: Hours::These(calendar), ..answers };
        let (again, _) = asked("\n\nyes\n\n\n", Some(&former));
        assert_eq!(again.expect("answered"), former, "a calendar stays");
    }

    #[test]
    fn without_agreement_nothing_is_ordered() {
        let (refused, _) = asked("meet.example.org\n\nno\n", None);
        assert!(refused.expect_err("refused").to_string().contains("Nothing was changed"));
        assert!(Answers::parse("name = \"meet.example.org\"").is_err());
    }

    #[test]
    fn what_was_answered_before_is_offered_again() {
        let former = Answers { email: Some("m@example.org".into()), ..Answers::of("a.example") };
        let (answers, printed) = asked("\n\nyes\n\n", Some(&former));
        assert_eq!(answers.expect("answered"), former);
        assert!(printed.contains("[a.example] > "), "{printed}");
        let (answers, _) = asked("\n-\nyes\n\n", Some(&former));
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
        let hours = format!("{text}[hours]\nzone = \"UTC\"\nopen = [\"Mon 08:00-09:00\"]\npower = \"off\"\n");
        assert_eq!(Answers::parse(&hours).expect("answered").hours.power(), Power::Off);
        assert!(Answers::parse(&hours.replace("09:00", "later")).is_err());
        for wrong in ["nam = \"a.b\"", "name = \"a b\"\nagree-to-terms = true", "name = 1"] {
            assert!(Answers::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn whoever_has_a_certificate_agrees_to_nothing_s3() {
        let text = "name = \"meet.test\"\ncertificate = \"/etc/ssl/meet/fullchain.pem\"\n";
        let answers = Answers::parse(text).expect("answered");
        let files = answers.certificate.clone().expect("named");
        assert_eq!((files.chain, files.key), ("/etc/ssl/meet/fullchain.pem".into(), None));
        let two = format!("{text}certificate-key = \"/etc/ssl/private/meet.pem\"\n");
        let key = Answers::parse(&two).expect("answered").certificate.and_then(|files| files.key);
        assert_eq!(key, Some("/etc/ssl/private/meet.pem".into()));
        for strange in ["fullchain.pem", "/etc/my files/a.pem", "/etc/a:b", "/etc/%i", "/etc/a\\nb"] {
            let text = text.replace("/etc/ssl/meet/fullchain.pem", strange);
            let error = Answers::parse(&text).expect_err(strange).to_string();
            assert!(error.contains("by its whole path"), "{error}");
        }
        let (again, printed) = asked("\n\n\n", Some(&answers));
        assert_eq!(again.expect("answered").certificate, answers.certificate, "it stays");
        assert!(!printed.contains("Encrypt"), "{printed}");
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
