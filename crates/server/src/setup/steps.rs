//! What setup changes, one step after the other. Each can be done again and then changes nothing.

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use toml::{Table, Value};

use super::answers::{Answers, Hours, Updates};
use super::checks::is_private;
use super::facts::{Facts, here, is_active, property, said};
use super::shown::{Shown, believers, look};
use crate::acme::handed;
use crate::config::{CONFIG_FILE, Config, ConfigFile};
use crate::files::{self, Readers, read_text};
use crate::hours;
use crate::server::{FIRST_HOST_FILE, URL_FILE};
use crate::tls::Files;

/// Where the state of an installed server is.
pub(crate) const STATE: &str = "/var/lib/incamera";
/// Where what vouches for another authority is copied, for the service reads no other folder of people's.
const ROOT: &str = "/etc/incamera/authority.pem";
/// What setup says to the socket's unit.
pub(super) const THREADS_FILE: &str = "/etc/systemd/system/incamera.socket.d/threads.conf";
/// What setup says to the unit that orders certificates, where one is handed over to it instead.
pub(super) const CERTIFICATE_FILE: &str = "/etc/systemd/system/incamera-certificate.service.d/files.conf";
/// What setup says to the package manager: the place, its key, and that it updates by itself.
pub(super) const UPDATES_FILES: [&str; 3] = [
    "/etc/apt/sources.list.d/incamera.sources",
    "/etc/apt/keyrings/incamera.asc",
    "/etc/apt/apt.conf.d/52incamera",
];
/// Threads for media, at most: more than a machine for meetings has.
const THREADS: usize = 64;
/// The kind of certificate that an address can have.
const SHORT_LIVED: &str = "shortlived";
/// Units that start with the machine.
pub(super) const UNITS: [&str; 6] = [
    "incamera.socket",
    "incamera.service",
    "incamera-certificate.timer",
    "incamera-hours.timer",
    "incamera-hours.path",
    "incamera-audit.timer",
];
/// Opens and shuts the doors; it starts with the machine, and has ended a moment later.
pub(super) const HELPER: &str = "incamera-hours.service";
/// Measures the machine; the timer starts it.
pub(crate) const AUDIT: &str = "incamera-audit.service";
/// While setup is at work it is open, and long enough afterwards to make the first account.
const FIRST_HOUR: Duration = Duration::from_secs(3600);

const AGAIN: &str = "Put right what is wrong, and run `sudo incamera setup` again";

/// How often it is looked whether the new certificate is shown, and how long is waited between.
const LOOKS: u32 = 10;
const LOOK: Duration = Duration::from_secs(1);

/// A step: what it is in words, and what it does.
pub(super) struct Step {
    pub(super) words: String,
    pub(super) run: Box<dyn FnOnce() -> anyhow::Result<()>>,
}

/// All of them.
pub(super) fn all(answers: &Answers, facts: &Facts) -> anyhow::Result<Vec<Step>> {
    let former = fs::read_to_string(CONFIG_FILE).ok();
    let config = config(former.as_deref(), answers, facts)?;
    let has_hours = config.contains("[hours]");
    let threads = threads_file(thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let root =
        answers.authority.as_ref().and_then(|other| other.root.as_deref()).map(read_text).transpose()?;
    let config_step = Step {
        words: format!("write the configuration into {CONFIG_FILE}"),
        run: Box::new(move || {
            if let Some(root) = root {
                replace(Path::new(ROOT), &root, Former::Dropped)?;
            }
            replace(Path::new(CONFIG_FILE), &config, Former::Kept).map(drop)
        }),
    };
    let start = Step {
        words: match has_hours {
            false => "start the server on port 443, now and whenever the machine starts".to_owned(),
            true => "start the server on port 443, now for an hour, and then whenever it is open".to_owned(),
        },
        run: Box::new(move || {
            if has_hours {
                hours::stay_open(FIRST_HOUR)?;
            }
            start(&threads)
        }),
    };
    let handed = answers.certificate.as_ref().map(handed_file);
    let certificate = Step {
        words: match &answers.certificate {
            None => format!(
                "order a certificate for {}, and look several times a day whether to renew it",
                answers.name
            ),
            Some(files) => format!(
                "show the certificate in {}, and look several times a day whether there is a new one",
                files.chain.display()
            ),
        },
        run: Box::new(move || certificate(handed.as_deref())),
    };
    // One that is there already is shown from the first moment.
    let mut steps = match &answers.certificate {
        None => vec![config_step, start, certificate],
        Some(_) => vec![config_step, certificate, start],
    };
    if let Some(updates) = &answers.updates {
        let files = updates_files(updates)?;
        steps.push(Step {
            words: format!("take new versions from {} by themselves, when nobody meets", updates.address),
            run: Box::new(move || {
                files.into_iter().try_for_each(|(path, text)| replace(path, &text, Former::Dropped).map(drop))
            }),
        });
    }
    Ok(steps)
}

/// The configuration with these answers. What somebody wrote into it beside them stays.
fn config(former: Option<&str>, answers: &Answers, facts: &Facts) -> anyhow::Result<String> {
    let mut table: Table = former.unwrap_or_default().parse().with_context(|| {
        format!("{CONFIG_FILE} cannot be read. Put it right, or move it out of the way, and begin again")
    })?;
    let former_name = table.get("names").and_then(Value::as_array).and_then(|names| names.first());
    let was_address = former_name.and_then(Value::as_str).is_some_and(is_address);
    table.insert("names".to_owned(), Value::Array(vec![Value::String(answers.name.clone())]));
    table.insert("state".to_owned(), Value::String(STATE.to_owned()));
    table.insert("listen".to_owned(), Value::String("[::]:443".to_owned()));
    let reached: Vec<_> =
        behind(facts).into_iter().map(|address| Value::String(address.to_string())).collect();
    if reached.is_empty() {
        table.remove("public-addresses");
    } else {
        table.insert("public-addresses".to_owned(), Value::Array(reached));
    }
    if let Some(Files { chain, key }) = &answers.certificate {
        let text = |path: &Path| Value::String(path.to_string_lossy().into_owned());
        table.insert("certificate".to_owned(), text(chain));
        match key {
            Some(key) => drop(table.insert("certificate-key".to_owned(), text(key))),
            None => drop(table.remove("certificate-key")),
        }
    }
    let mut authority = match table.remove("authority") {
        Some(Value::Table(authority)) => authority,
        _ => Table::new(),
    };
    let mut set = |key: &str, value: Option<String>| match value {
        Some(value) => drop(authority.insert(key.to_owned(), Value::String(value))),
        None => drop(authority.remove(key)),
    };
    set("email", answers.email.clone());
    if let Some(other) = &answers.authority {
        set("directory", Some(other.directory.clone()));
        set("root", other.root.as_ref().map(|_| ROOT.to_owned()));
    }
    if is_address(&answers.name) {
        set("profile", Some(SHORT_LIVED.to_owned()));
    } else if was_address {
        set("profile", None);
    }
    if !authority.is_empty() {
        table.insert("authority".to_owned(), Value::Table(authority));
    }
    match &answers.hours {
        Hours::AsTheyAre => {}
        Hours::Always => drop(table.remove("hours")),
        Hours::These(settings) => {
            let hours = Table::try_from(settings).context("cannot write the opening hours")?;
            table.insert("hours".to_owned(), Value::Table(hours));
        }
    }
    Ok(format!("# Written by `incamera setup`; what else is put in stays.\n{table}"))
}

fn is_address(name: &str) -> bool {
    name.parse::<IpAddr>().is_ok()
}

/// What apt and unattended-upgrades are told: where packages are, by which key their lists are signed, and that this
/// place's packages install themselves, as those of the system's security do.
fn updates_files(updates: &Updates) -> anyhow::Result<[(&'static Path, String); 3]> {
    let key = read_text(&updates.key)?;
    if !key.contains("-----BEGIN PGP PUBLIC KEY BLOCK-----") {
        bail!("{} is no public key of OpenPGP in text form (gpg --armor --export)", updates.key.display());
    }
    let [sources, keyring, periodic] = UPDATES_FILES.map(Path::new);
    let place = format!(
        "Types: deb\nURIs: {}\nSuites: stable\nComponents: main\nSigned-By: {}\n",
        updates.address,
        keyring.display()
    );
    let rules = "// Written by `incamera setup`.\n\
                 APT::Periodic::Update-Package-Lists \"1\";\n\
                 APT::Periodic::Unattended-Upgrade \"1\";\n\
                 Unattended-Upgrade::Origins-Pattern:: \"origin=incamera\";\n";
    Ok([(sources, place), (keyring, key), (periodic, rules.to_owned())])
}

/// The addresses of the name, where a provider passes them on to a machine that does not know them.
fn behind(facts: &Facts) -> Vec<IpAddr> {
    let unknown = |address: &&IpAddr| {
        let family = facts.own.iter().filter(|own| own.is_ipv4() == address.is_ipv4());
        !address.is_loopback() && !facts.own.contains(address) && family.clone().all(|own| is_private(*own))
    };
    facts.named.iter().filter(unknown).copied().collect()
}

/// One UDP socket for each core: so many threads carry media. An empty assignment takes back what the unit says.
fn threads_file(cores: usize) -> String {
    let sockets = "ListenDatagram=443\n".repeat(cores.clamp(1, THREADS));
    format!(
        "# Written by `incamera setup`: a thread for media on each core.\n[Socket]\nListenStream=\nListenStream=443\n{sockets}"
    )
}

/// Only root can read a key. The service manager hands it over, and the chain, to each run of the unit. Nobody asks at the port then, so it
/// runs while that is shut, too: an empty condition takes back all that the unit has (systemd.unit(5)).
fn handed_file(files: &Files) -> String {
    let line = |name: &str, path: &Path| format!("LoadCredential={name}:{}\n", path.display());
    let key = files.key.as_deref().map_or_else(String::new, |key| line(handed::KEY, key));
    format!(
        "# Written by `incamera setup`: the certificate comes from here.\n\
         [Unit]\nConditionPathExists=\nConditionPathExists={CONFIG_FILE}\n\
         [Service]\n{}{key}",
        line(handed::CHAIN, &files.chain)
    )
}

/// What becomes of the file that was there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Former {
    /// It stays beside the new one: somebody may have written into it.
    Kept,
    /// Nobody but setup writes it.
    Dropped,
}

/// As [`write_whole`], and what was there before.
fn replace(path: &Path, text: &str, kept: Former) -> anyhow::Result<bool> {
    let former = fs::read_to_string(path).ok();
    if let (Some(former), Former::Kept) = (former.filter(|former| former != text), kept) {
        let before = path.with_extension("before");
        files::replace(&before, former.as_bytes(), Readers::Everybody)
            .with_context(|| format!("cannot write {}", before.display()))?;
    }
    write_whole(path, text)
}

/// Writes a file that everybody can read wholly or not at all. Whether it is another than before.
///
/// # Errors
/// Where it cannot be written.
pub(crate) fn write_whole(path: &Path, text: &str) -> anyhow::Result<bool> {
    let advice = || format!("cannot write {}", path.display());
    if fs::read_to_string(path).is_ok_and(|former| former == text) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        files::create_folder(folder).with_context(advice)?;
    }
    files::replace(path, text.as_bytes(), Readers::Everybody).with_context(advice)?;
    Ok(true)
}

/// Starts everything. A server that is at work with this configuration stays: people may be in a meeting.
fn start(threads: &str) -> anyhow::Result<()> {
    let others = replace(Path::new(THREADS_FILE), threads, Former::Dropped)?;
    systemctl(&["daemon-reload"])?;
    if others && is_active("incamera.socket") {
        systemctl(&["stop", "incamera.service", "incamera.socket"])?;
    }
    systemctl(&[&["enable", "--quiet", HELPER], UNITS.as_slice()].concat())?;
    let timers =
        ["incamera-certificate.timer", "incamera-hours.timer", "incamera-hours.path", "incamera-audit.timer"];
    systemctl(&[&["start"], timers.as_slice()].concat())?;
    let started = hours::apply_now().and_then(|()| {
        let stays =
            is_active("incamera.service") && !is_to_start_anew(Path::new(CONFIG_FILE), Path::new(STATE));
        if stays { Ok(()) } else { systemctl(&["restart", "incamera.service"]) }
    });
    started.map_err(|error| match property("incamera.service", "StatusText") {
        Some(why) => anyhow!("the server does not start. It says: {why}\n{AGAIN}"),
        None => anyhow!("the server does not start: {error:#}\n{AGAIN}"),
    })
}

/// Whether a server that runs read another configuration, for it does so when it starts; or waits for its first host, for whom there
/// is then an address that is good for a whole day.
fn is_to_start_anew(config: &Path, state: &Path) -> bool {
    let written = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    state.join(FIRST_HOST_FILE).exists() || written(&state.join(URL_FILE)) <= written(config)
}

/// Orders one, or takes the one that is handed over.
fn certificate(handed: Option<&str>) -> anyhow::Result<()> {
    let place = Path::new(CERTIFICATE_FILE);
    let is_new = match handed {
        Some(handed) => replace(place, handed, Former::Dropped)?,
        None => remove_with_folder(place)?,
    };
    if is_new {
        systemctl(&["daemon-reload"])?;
    }
    let outcome = systemctl(&["start", "incamera-certificate.service"]);
    if outcome.is_ok() && handed.is_none() {
        wait_until_shown();
    }
    // So that the host's page says from the first day how the machine stands. Nothing waits for it.
    let _ = systemctl(&["start", "--no-block", AUDIT]);
    if outcome.is_ok() {
        return Ok(());
    }
    // The journal may not have got to it yet.
    let _ = said(&["journalctl", "--sync"]);
    let lines = said(&[
        "journalctl",
        "--unit=incamera-certificate.service",
        "--identifier=incamera",
        "--lines=1",
        "--output=cat",
    ]);
    let why = lines.unwrap_or_default();
    if handed.is_some() {
        bail!("the certificate cannot be taken. {}\n{AGAIN}", why.trim_start_matches("incamera: "));
    }
    bail!(
        "there is no certificate yet. {}\nThe server runs, and tries again within six hours by itself. To try at once, put right what is wrong and run `sudo incamera setup` again",
        why.trim_start_matches("incamera: ")
    )
}

/// Whether there was one. A folder with nothing in it goes, too.
pub(super) fn remove_with_folder(path: &Path) -> anyhow::Result<bool> {
    let was_there = path.exists();
    files::remove_if_there(path).with_context(|| format!("cannot delete {}", path.display()))?;
    if let Some(folder) = path.parent() {
        // Somebody else's settings may be in it.
        let _ = fs::remove_dir(folder);
    }
    Ok(was_there)
}

/// The server takes up a new certificate some seconds after it is there. Whoever reads that it is ready shall not be warned.
fn wait_until_shown() {
    let mut config = Config::default();
    let Ok(file) = ConfigFile::read(Path::new(CONFIG_FILE)) else { return };
    file.apply(&mut config);
    let (Some(name), roots) = (config.names.first(), believers(&config)) else { return };
    let is_shown = || here(LOOK).is_some_and(|at| matches!(look(at, name, &roots, LOOK), Shown::Trusted(_)));
    for _ in 0..LOOKS {
        if is_shown() {
            return;
        }
        thread::sleep(LOOK);
    }
}

/// # Errors
/// With what it printed.
pub(crate) fn systemctl(words: &[&str]) -> anyhow::Result<()> {
    let output = Command::new("systemctl").args(words).output().context("cannot run systemctl")?;
    if !output.status.success() {
        bail!("`systemctl {}` failed: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::facts::{Clock, Port, System, Voucher};
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn facts(own: &[&str], named: &[&str]) -> Facts {
        Facts {
            name: "meet.example.org".to_owned(),
            system: System::default(),
            has_systemd: true,
            is_root: true,
            memory: None,
            disk: None,
            clock: Clock::Unknown,
            own: own.iter().map(|text| ip(text)).collect(),
            named: named.iter().map(|text| ip(text)).collect(),
            port: Port::Free,
            shut: None,
            voucher: Voucher::Authority(String::new(), true),
        }
    }

    fn answers(name: &str) -> Answers {
        let email = Some("m@example.org".to_owned());
        Answers { email, hours: Hours::AsTheyAre, ..Answers::of(name) }
    }

    #[test]
    fn what_setup_writes_is_what_the_server_reads() {
        let facts = facts(&["10.0.0.4"], &["198.51.100.1"]);
        let text = config(None, &answers("meet.example.org"), &facts).expect("written");
        let mut read = crate::config::Config::default();
        toml::from_str::<crate::config::ConfigFile>(&text).expect("readable").apply(&mut read);
        assert_eq!(read.names, ["meet.example.org"]);
        assert_eq!(read.state, Path::new(STATE));
        assert_eq!(read.listen.port(), 443);
        assert_eq!(read.public_addresses, [ip("198.51.100.1")]);
        assert_eq!(read.authority.email.as_deref(), Some("m@example.org"));
        let facts = self::facts(&["10.0.0.4", "2001:db8::7"], &["127.0.1.1"]);
        let text = config(None, &answers("meet.example.org"), &facts).expect("written");
        assert!(!text.contains("public-addresses"), "nobody reaches it there: {text}");
    }

    #[test]
    fn what_somebody_wrote_themselves_stays_and_a_second_time_changes_nothing() {
        let facts = facts(&["203.0.113.7"], &["203.0.113.7"]);
        let own = "shards = 3\npublic-addresses = [\"192.0.2.1\"]\n[authority]\nprofile = \"tlsserver\"\n";
        let text = config(Some(own), &answers("meet.example.org"), &facts).expect("written");
        assert!(text.contains("shards = 3") && text.contains("tlsserver"), "{text}");
        assert!(!text.contains("192.0.2.1"), "the machine is reached by its own address: {text}");
        assert_eq!(config(Some(&text), &answers("meet.example.org"), &facts).expect("written"), text);
        let broken = config(Some("names = "), &answers("meet.example.org"), &facts).expect_err("broken");
        assert!(broken.to_string().contains("out of the way"), "{broken}");
    }

    #[test]
    fn hours_are_written_stay_and_go_t6() {
        let facts = facts(&["203.0.113.7"], &["203.0.113.7"]);
        let hours = |hours| Answers { hours, ..answers("meet.example.org") };
        let settings: hours::Settings =
            toml::from_str("zone = \"Europe/Berlin\"\nopen = [\"Mon-Fri 08:00-18:00\"]\npower = \"off\"")
                .expect("hours");
        let text = config(None, &hours(Hours::These(settings.clone())), &facts).expect("written");
        let mut read = crate::config::Config::default();
        toml::from_str::<crate::config::ConfigFile>(&text).expect("readable").apply(&mut read);
        assert_eq!(read.hours, Some(settings));
        assert_eq!(config(Some(&text), &hours(Hours::AsTheyAre), &facts).expect("written"), text);
        let always = config(Some(&text), &hours(Hours::Always), &facts).expect("written");
        assert!(!always.contains("hours"), "{always}");
    }

    #[test]
    fn a_certificate_of_ones_own_is_written_and_handed_over_s3() {
        let facts = facts(&["203.0.113.7"], &["203.0.113.7"]);
        let files = Files {
            chain: "/etc/ssl/meet/fullchain.pem".into(),
            key: Some("/etc/ssl/private/meet.pem".into()),
        };
        let own = Answers { certificate: Some(files.clone()), ..answers("meet.example.org") };
        let text = config(None, &own, &facts).expect("written");
        let mut read = crate::config::Config::default();
        toml::from_str::<crate::config::ConfigFile>(&text).expect("readable").apply(&mut read);
        assert_eq!(read.certificate, Some(files.clone()));
        assert_eq!(
            config(Some(&text), &answers("meet.example.org"), &facts).expect("written"),
            text,
            "it stays"
        );
        let one = Answers { certificate: Some(Files { key: None, ..files.clone() }), ..own };
        assert!(!config(Some(&text), &one, &facts).expect("written").contains("certificate-key"));
        assert_eq!(
            handed_file(&files).lines().skip(1).collect::<Vec<_>>(),
            [
                "[Unit]",
                "ConditionPathExists=",
                "ConditionPathExists=/etc/incamera/incamera.toml",
                "[Service]",
                "LoadCredential=certificate:/etc/ssl/meet/fullchain.pem",
                "LoadCredential=certificate-key:/etc/ssl/private/meet.pem"
            ]
        );
    }

    #[test]
    fn a_server_that_read_this_configuration_and_has_a_host_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let put = |name: &str, seconds| {
            let file = fs::File::create(path(name)).expect("made");
            file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(seconds)).expect("dated");
        };
        let is_to = || is_to_start_anew(&path("incamera.toml"), folder.path());
        put("incamera.toml", 100);
        assert!(is_to(), "nobody knows when it started");
        put(URL_FILE, 99);
        assert!(is_to(), "it read another one, if any");
        put(URL_FILE, 101);
        assert!(!is_to());
        put(FIRST_HOST_FILE, 101);
        assert!(is_to(), "a new address is made");
    }

    #[test]
    fn a_folder_goes_with_its_last_file_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let [one, other] = ["one", "other"].map(|name| folder.path().join("a").join(name));
        fs::create_dir(folder.path().join("a")).expect("made");
        for file in [&one, &other] {
            fs::write(file, "").expect("written");
        }
        assert!(remove_with_folder(&one).expect("removed"));
        assert!(other.exists() && !remove_with_folder(&one).expect("as good as removed"));
        assert!(remove_with_folder(&other).expect("removed") && !folder.path().join("a").exists());
    }

    #[test]
    fn an_address_gets_a_certificate_of_the_kind_that_addresses_have() {
        let facts = facts(&["203.0.113.7"], &["203.0.113.7"]);
        let text = config(None, &answers("203.0.113.7"), &facts).expect("written");
        assert!(text.contains("profile = \"shortlived\""), "{text}");
        let named = config(Some(&text), &answers("meet.example.org"), &facts).expect("written");
        assert!(!named.contains("profile"), "a name has a choice: {named}");
        let chosen = named.replace("[authority]", "[authority]\nprofile = \"tlsserver\"");
        let kept = config(Some(&chosen), &answers("meet.example.org"), &facts).expect("written");
        assert!(kept.contains("profile = \"tlsserver\""), "{kept}");
    }

    #[test]
    fn a_place_for_updates_is_told_to_apt_with_its_key_alone_t5() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("key.asc");
        let updates = Updates { address: "https://packages.test".to_owned(), key: key.clone() };
        assert!(updates_files(&updates).is_err(), "there is no key");
        fs::write(&key, "no key").expect("written");
        assert!(updates_files(&updates).is_err());
        fs::write(&key, "-----BEGIN PGP PUBLIC KEY BLOCK-----\n").expect("written");
        let [(_, place), _, (_, rules)] = updates_files(&updates).expect("files");
        assert!(place.contains("Signed-By: /etc/apt/keyrings/incamera.asc\n"), "{place}");
        assert!(rules.contains("origin=incamera"), "{rules}");
    }

    #[test]
    fn each_core_has_a_socket() {
        assert_eq!(threads_file(3).matches("ListenDatagram=443\n").count(), 3);
        assert_eq!(threads_file(0).matches("ListenDatagram=443\n").count(), 1);
        assert_eq!(threads_file(500).matches("ListenDatagram=443\n").count(), THREADS);
    }

    #[test]
    fn a_file_is_replaced_and_the_former_one_kept_only_where_people_write_into_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("a");
        for (kept, left) in [(Former::Kept, 2), (Former::Dropped, 1)] {
            let path = place.join("b.toml");
            assert!(replace(&path, "one", kept).expect("written"));
            assert!(!replace(&path, "one", kept).expect("written"), "nothing changed");
            assert!(replace(&path, "two", kept).expect("written"));
            assert_eq!(fs::read_to_string(&path).expect("there"), "two");
            let former = fs::read_to_string(path.with_extension("before")).ok();
            assert_eq!(former.as_deref(), (kept == Former::Kept).then_some("one"));
            assert_eq!(fs::read_dir(&place).expect("a folder").count(), left);
            fs::remove_dir_all(&place).expect("emptied");
        }
    }
}
