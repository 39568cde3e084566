//! Every question, finding and error of setup and doctor is in `texts.txt`, for people to read aloud (A1).

use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::Path;

use super::answers::{ASK_EMAIL, ASK_GO, ASK_HOST, ASK_HOURS, ASK_NAME, ASK_TERMS, ASK_ZONE, Answers};
use super::checks::{self, Finding};
use super::doctor::{alone, confined, runs, shown, verdict};
use super::facts::{Clock, Facts, Port, System, Voucher};
use super::filter::{Keeper, Shut};
use super::uninstall;
use super::*;
use crate::clock::UnixTime;
use crate::tls::Life;

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

const AUTHORITY: &str = "acme-v02.api.letsencrypt.org";
const OWN: &str = "/etc/ssl/meet/fullchain.pem";

fn own(look: Result<UnixTime, String>) -> Facts {
    Facts { voucher: Voucher::File(OWN.into(), look), ..good() }
}

/// Everything is as it should be.
fn good() -> Facts {
    Facts {
        name: "meet.example.org".to_owned(),
        system: System {
            id: "debian".to_owned(),
            version: "12".to_owned(),
            words: "Debian GNU/Linux 12 (bookworm)".to_owned(),
        },
        has_systemd: true,
        is_root: true,
        memory: Some(2 << 30),
        disk: Some(10 << 30),
        clock: Clock::Followed,
        own: vec![ip("203.0.113.7"), ip("2001:db8::7")],
        named: vec![ip("203.0.113.7"), ip("2001:db8::7")],
        port: Port::Free,
        shut: None,
        voucher: Voucher::Authority(AUTHORITY.to_owned(), true),
    }
}

/// Each with what is wrong with it, and whether that keeps setup from going on.
fn bad() -> Vec<(&'static str, bool, Facts)> {
    let system = |id: &str, version: &str, words: &str| System {
        id: id.to_owned(),
        version: version.to_owned(),
        words: words.to_owned(),
    };
    vec![
        ("no systemd", true, Facts { has_systemd: false, system: System::default(), ..good() }),
        ("another system", false, Facts { system: system("fedora", "44", "Fedora Linux 44"), ..good() }),
        ("too little memory", true, Facts { memory: Some(256 << 20), ..good() }),
        ("little memory", false, Facts { memory: Some(512 << 20), ..good() }),
        ("a full disk", true, Facts { disk: Some(50 << 20), ..good() }),
        ("a small disk", false, Facts { disk: Some(500 << 20), ..good() }),
        ("a free clock", false, Facts { clock: Clock::Free, ..good() }),
        ("a wrong clock", true, Facts { clock: Clock::Behind(UnixTime(1_000_000_000)), ..good() }),
        ("a name that leads nowhere", true, Facts { named: Vec::new(), ..good() }),
        ("the same, at home", true, Facts { named: Vec::new(), own: vec![ip("192.168.1.5")], ..good() }),
        ("a name that leads elsewhere", true, Facts { named: vec![ip("198.51.100.1")], ..good() }),
        (
            "a network of one's own",
            false,
            Facts { named: vec![ip("192.168.1.5")], own: vec![ip("192.168.1.5")], ..good() },
        ),
        ("the machine's own name", false, Facts { named: vec![ip("127.0.1.1")], ..good() }),
        (
            "its own name, behind a provider",
            true,
            Facts { named: vec![ip("127.0.1.1")], own: vec![ip("10.0.0.4")], ..good() },
        ),
        ("IPv6 leads elsewhere", true, Facts { named: vec![ip("203.0.113.7"), ip("2001:db8::9")], ..good() }),
        ("IPv6 that the machine has not", true, Facts { own: vec![ip("203.0.113.7")], ..good() }),
        (
            "behind a provider",
            false,
            Facts { named: vec![ip("198.51.100.1")], own: vec![ip("10.0.0.4")], ..good() },
        ),
        ("no own address", false, Facts { named: vec![ip("198.51.100.1")], own: Vec::new(), ..good() }),
        ("an earlier setup", false, Facts { port: Port::Ours, ..good() }),
        ("a web server", true, Facts { port: Port::Taken(Some("nginx".to_owned())), ..good() }),
        ("another program", true, Facts { port: Port::Taken(None), ..good() }),
        ("ufw", false, Facts { shut: Some(Shut { by: Keeper::Ufw, tcp: true, udp: true }), ..good() }),
        (
            "rules of a provider, and UDP forgotten",
            false,
            Facts { shut: Some(Shut { by: Keeper::Iptables, tcp: false, udp: true }), ..good() },
        ),
        ("not root", false, Facts { port: Port::Unknown, ..good() }),
        ("no authority", true, Facts { voucher: Voucher::Authority(AUTHORITY.to_owned(), false), ..good() }),
        ("a certificate of one's own", false, own(Ok(UnixTime(1_800_000_000)))),
        (
            "one for another name",
            true,
            own(Err("it is for www.example.org, and not for meet.example.org".to_owned())),
        ),
        ("one that only root can read", false, Facts { voucher: Voucher::Unknown(OWN.into()), ..good() }),
    ]
}

#[test]
fn a_good_machine_is_good_and_each_fault_is_told_a1() {
    assert!(checks::all(&good()).iter().all(|finding| matches!(finding, Finding::Good(_))));
    for (what, stops, facts) in bad() {
        let findings = checks::all(&facts);
        assert_eq!(findings.iter().any(Finding::is_wrong), stops, "{what}: {findings:?}");
        assert_ne!(findings, checks::all(&good()), "{what}");
    }
}

fn refusals() -> Vec<String> {
    let typed = |text: &str| {
        let outcome = Answers::ask(&mut text.as_bytes(), &mut Vec::new(), None, false);
        format!("{:#}", outcome.expect_err("refused"))
    };
    let mut printed = Vec::new();
    let _ = Answers::ask(&mut "meet\na.example\nmaria\n\nmaybe\n".as_bytes(), &mut printed, None, false);
    let printed = String::from_utf8(printed).expect("text");
    let told = printed
        .lines()
        .map(|line| line.trim_start_matches("> "))
        .filter(|line| line.ends_with("--.") || line.contains("nothing.") || line.starts_with("Please"));
    let mut all: Vec<String> = told.map(str::to_owned).collect();
    all.extend([typed(""), typed(&"x\n".repeat(9)), typed("a.example\n\nno\n")]);
    let nobody = answers::confirm(&mut "".as_bytes(), &mut Vec::new(), uninstall::ASK, uninstall::BY_OPTION);
    all.push(nobody.expect_err("nobody").to_string());
    all.extend([NOT_ROOT, PUT_RIGHT, uninstall::NOT_ROOT].map(str::to_owned));
    all
}

fn texts() -> String {
    let mut out = String::new();
    let mut part = |title: &str, texts: &[String]| {
        writeln!(out, "# {title}\n\n{}\n", texts.join("\n\n")).expect("written");
    };
    part(
        "Questions",
        &[ASK_NAME, ASK_EMAIL, ASK_TERMS, ASK_HOST, ASK_HOURS, ASK_ZONE, ASK_GO, uninstall::ASK]
            .map(str::to_owned),
    );
    part("Refusals", &refusals());
    part("A good machine", &checks::all(&good()).iter().map(Finding::line).collect::<Vec<_>>());
    for (what, _, facts) in bad() {
        let usual = checks::all(&good());
        let told: Vec<_> = checks::all(&facts)
            .iter()
            .filter(|finding| !usual.contains(finding))
            .map(Finding::line)
            .collect();
        part(&format!("Fault: {what}"), &told);
    }
    let name = "meet.example.org";
    let answers = Answers::of(name);
    let files = crate::tls::Files { chain: OWN.into(), key: None };
    let own = Answers { certificate: Some(files), ..answers.clone() };
    for (what, answers) in [("Steps", answers), ("Steps with a certificate of one's own", own)] {
        let steps = steps::all(&answers, &good()).expect("steps");
        part(what, &steps.into_iter().map(|step| step.words).collect::<Vec<_>>());
    }
    let (begins, ends) = (UnixTime(0), UnixTime(1));
    let looks = [Shown::Trusted(Life { begins, ends }), Shown::NotTrusted("why".to_owned()), Shown::NoAnswer]
        .map(|look| shown(name, &look).line());
    part(
        "Doctor",
        &[
            looks.as_slice(),
            &[runs("incamera.socket", true).line(), runs("nowhere.service", false).line()],
            &[true, false].map(|own| alone(Some(own)).expect("told").line()),
            &["incamera (enforce)\n", "unconfined\n"].map(|told| confined(Some(told)).expect("told").line()),
            &[0, 1, 3].map(|wrong| verdict(wrong, false)),
            &[verdict(0, true)],
            &[false, true]
                .map(|is_shut| checks::hours(is_shut, Some("Mon 23 Nov 2026, 18:00 (Europe/Berlin)")).line()),
            &[crate::hours::Wakes::Can, crate::hours::Wakes::Cannot("it has no clock with an alarm")]
                .map(|wakes| checks::power(crate::hours::Power::Off, &wakes).expect("told").line()),
        ]
        .concat(),
    );
    let state = tempfile::tempdir().expect("a folder");
    std::fs::write(state.path().join(URL_FILE), "https://meet.example.org").expect("written");
    let mut farewells = vec![farewell(state.path(), None).expect("a farewell")];
    std::fs::write(state.path().join(FIRST_HOST_FILE), "https://meet.example.org/enrol#x").expect("written");
    farewells.push(farewell(state.path(), None).expect("a farewell"));
    let maria = AccountName::parse("Maria").expect("a name");
    let invited = Some(("https://meet.example.org/enrol#y".to_owned(), maria));
    farewells.push(farewell(state.path(), invited).expect("a farewell"));
    part("Farewells", &farewells);
    out
}

#[test]
fn every_text_was_read_a1() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/setup/texts.txt");
    let texts = texts();
    if std::env::var_os("INCAMERA_WRITE_TEXTS").is_some() {
        std::fs::write(&path, &texts).expect("written");
    }
    let read = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(read == texts, "read these aloud, then set INCAMERA_WRITE_TEXTS=1 to keep them:\n{texts}");
}
