//! What only the server's own program can measure of the running machine (B4): how the service looks from outside, what
//! its process could do, what listens. Each is a point of the audit, beside the controls of the machine itself.
//!
//! It asks the service as a stranger would, over its own port, and changes nothing.

mod hello;
mod page;
mod process;
mod relay;
mod schedule;
mod sockets;
mod strangers;
#[cfg(test)]
mod tests;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use incamera_hardening::audit::Measured;
use incamera_hardening::control::Verdict;
use rustls::RootCertStore;

use crate::clock::{UnixTime, day};
use crate::config::Config;
use crate::setup::{Shown, believers, here, is_active, look};
use crate::verify::{Patience, Target};
use crate::{hours, setup};

/// How long one step of a connection may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long everything may take that is fetched from one server for one point.
const WHOLE: Duration = Duration::from_secs(120);
/// Sees to the change from one version to the next, for as long as that takes.
const CHANGE: &str = "incamera-change.service";
const ASK_ROOT: &str = "only root may look: run it with sudo";
const NOT_SET_UP: &str = "no server was set up on this machine";
const CLOSED: &str = "it is closed now, by the opening hours: it is measured when it is open";
const NO_ANSWER: &str = "the server does not answer at port 443: sudo incamera doctor says why";
/// What is to be done where the program itself is at fault.
const UPDATE: &str =
    "Install the newest version of incamera. If it stays, tell its makers: this should not be";
const LOOK_AROUND: &str =
    "sudo incamera doctor says how to put the service right. If somebody else has port 443, take them off it";

/// A point before it was measured.
struct Point {
    id: &'static str,
    serves: &'static [&'static str],
    /// What is so when it holds.
    title: &'static str,
    /// Why it should be.
    why: &'static str,
    /// What a person can do where it falls short.
    what_to_do: &'static str,
}

/// How one stands.
enum Outcome {
    /// With what was seen, if that says more than the title.
    Holds(Option<String>),
    FallsShort(Vec<String>),
    NotApplicable(String),
    Unknown(String),
}

impl Outcome {
    /// It holds where nothing was found.
    fn judged(found: Vec<String>, seen: impl Into<String>) -> Self {
        if found.is_empty() { Self::Holds(Some(seen.into())) } else { Self::FallsShort(found) }
    }

    /// What was found, where it was judged.
    #[cfg(test)]
    fn found(&self) -> &[String] {
        match self {
            Self::FallsShort(found) => found,
            Self::Holds(_) => &[],
            _ => panic!("it was judged"),
        }
    }
}

impl Point {
    fn stands(&self, outcome: Outcome) -> Measured {
        let (verdict, seen) = match outcome {
            Outcome::Holds(seen) => (Verdict::Holds, seen),
            Outcome::FallsShort(found) => (Verdict::FallsShort { found }, None),
            Outcome::NotApplicable(why) => (Verdict::NotApplicable { why }, None),
            Outcome::Unknown(why) => (Verdict::Unknown { why }, None),
        };
        let Self { id, serves, title, why, what_to_do } = *self;
        Measured { id, title, why, serves, rules: &[], seen, what_to_do, verdict }
    }
}

const VERSIONS: Point = Point {
    id: "server.tls-versions",
    serves: &["I2", "K8"],
    title: "Old versions of TLS are refused",
    why: "TLS 1.0 and 1.1 can be broken by somebody on the way. Telephones that dial in need them, and so there are none.",
    what_to_do: LOOK_AROUND,
};
const SUITES: Point = Point {
    id: "server.tls-suites",
    serves: &["I2"],
    title: "Only strong encryption is agreed on, each time with new keys",
    why: "Whoever records everything today must not be able to read it when they get the server's key one day.",
    what_to_do: LOOK_AROUND,
};
const CERTIFICATE: Point = Point {
    id: "server.certificate",
    serves: &["S3"],
    title: "The certificate is one that browsers trust, and far from its end",
    why: "By it people's browsers know your server from somebody who pretends to be it.",
    what_to_do: "sudo incamera certificate renew. If that fails, sudo journalctl -u incamera-certificate says why",
};
const HEADERS: Point = Point {
    id: "server.headers",
    serves: &["P4", "I2", "K2"],
    title: "Browsers are told to keep everybody else out of the page",
    why: "A browser does much for a page by itself that nobody in a meeting wants. The server says that it shall not.",
    what_to_do: UPDATE,
};
const ORIGIN: Point = Point {
    id: "server.own-origin",
    serves: &["P4", "I3", "K2"],
    title: "Not one request leaves the page for another address than yours",
    why: "Whoever is asked for a picture or a script learns who meets when. Here nobody is asked.",
    what_to_do: UPDATE,
};
const PAGE: Point = Point {
    id: "server.page",
    serves: &["K2"],
    title: "The page is that of this program, unchanged",
    why: "The page holds the keys of a meeting. Somebody who changes it reads along.",
    what_to_do: "Somebody changed the page, or an older program still runs. Let nobody type a password until you know which: sudo \
                 systemctl restart incamera, and look again",
};
const STRANGERS: Point = Point {
    id: "server.strangers",
    serves: &["D1", "S1"],
    title: "Nobody begins a meeting here who did not sign in",
    why: "Otherwise strangers could fill the server with meetings of their own.",
    what_to_do: UPDATE,
};
const LIMITS: Point = Point {
    id: "server.limits",
    serves: &["D2", "S1"],
    title: "Who guesses or sends too much is stopped",
    why: "A password that may be guessed a thousand times a second is found.",
    what_to_do: UPDATE,
};
const RELAY: Point = Point {
    id: "server.relay",
    serves: &["K8", "B3", "D2"],
    title: "The server passes nobody on to elsewhere",
    why: "An open relay lets strangers reach others under your name.",
    what_to_do: UPDATE,
};
const PROFILE: Point = Point {
    id: "server.profile",
    serves: &["E1"],
    title: "AppArmor keeps the service to what it needs",
    why: "Whoever breaks into the service finds no file and no program that it does not use itself.",
    what_to_do: "sudo apparmor_parser --replace /etc/apparmor.d/incamera && sudo systemctl restart incamera",
};
const POWERS: Point = Point {
    id: "server.powers",
    serves: &["E1"],
    title: "The service has no power over the machine, and can gain none",
    why: "Whoever breaks into it is nobody, and stays nobody.",
    what_to_do: "sudo systemctl cat incamera shows what its unit says; systemctl revert incamera takes back what was added to it",
};
const NETWORK: Point = Point {
    id: "server.network",
    serves: &["E1", "B3"],
    title: "The service sees no network but the port that it was given",
    why: "Whoever breaks into it can call nobody, and reach no other machine.",
    what_to_do: "This happens in some rented containers. Take a virtual machine instead",
};
const SILENCE: Point = Point {
    id: "server.silence",
    serves: &["I3", "B8"],
    title: "What the service says and remembers does not come onto the disk",
    why: "A list of who met whom that is never written cannot be found.",
    what_to_do: "sudo systemctl cat incamera shows what its unit says; systemctl revert incamera takes back what was added to it",
};
const HOURS: Point = Point {
    id: "server.hours",
    serves: &["T6"],
    title: "The server is shut outside of its hours",
    why: "What is off cannot be attacked.",
    what_to_do: "sudo incamera doctor says what is wrong with the hours",
};
const PORTS: Point = Point {
    id: "machine.ports",
    serves: &["B3", "T3"],
    title: "Nothing waits for strangers but meetings and ssh",
    why: "Each further program that answers strangers can have a flaw.",
    what_to_do: "sudo ss -tulpn names the programs. Remove what you do not need; what only this machine needs shall listen on \
                 127.0.0.1",
};
const TELEPHONE: Point = Point {
    id: "machine.telephone",
    serves: &["K8"],
    title: "No telephone can call in",
    why: "A call by telephone is not encrypted, and everybody in the meeting would be heard on it.",
    what_to_do: "sudo ss -tulpn names the program that takes calls. Take it off this machine",
};
const WEEKLY: Point = Point {
    id: "server.weekly",
    serves: &["B4"],
    title: "All this is measured each week, and the host is told",
    why: "A machine changes: by updates, by hand, by whoever should not be on it.",
    what_to_do: "sudo systemctl enable --now incamera-audit.timer",
};

/// Those that ask the service.
const ASKED: [&Point; 9] =
    [&VERSIONS, &SUITES, &CERTIFICATE, &HEADERS, &ORIGIN, &PAGE, &STRANGERS, &LIMITS, &RELAY];
/// Those that are about its process.
const RUNNING: [&Point; 4] = [&PROFILE, &POWERS, &NETWORK, &SILENCE];

/// The service as the audit meets it.
#[derive(Clone)]
pub struct Site {
    at: SocketAddr,
    name: String,
    roots: Arc<RootCertStore>,
    patience: Duration,
}

impl Site {
    /// A service of this name at this address, whose certificate these may vouch for.
    pub fn new(at: SocketAddr, name: String, roots: Arc<RootCertStore>) -> Self {
        Self { at, name, roots, patience: PATIENCE }
    }

    fn target(&self) -> Target {
        Target::at(self.name.clone(), self.at)
    }

    fn limits(&self) -> Patience {
        Patience { answer: self.patience, whole: WHOLE }
    }
}

/// All points.
///
/// # Errors
/// There is no thread for it.
pub fn points(config: &Config) -> std::io::Result<Vec<Measured>> {
    let listening = sockets::listening();
    let mut measured = match presence(config) {
        Presence::Open(site) => {
            let mut measured = ask(&site)?;
            measured.extend([
                PROFILE.stands(process::profile()),
                POWERS.stands(process::powers()),
                NETWORK.stands(process::network()),
                SILENCE.stands(process::silence()),
            ]);
            measured
        }
        Presence::None(outcome) => {
            ASKED.iter().chain(&RUNNING).map(|point| point.stands(outcome())).collect()
        }
    };
    measured.extend([
        HOURS.stands(schedule::hours(config)),
        PORTS.stands(sockets::ports(listening.as_ref(), sockets::ssh_ports().as_deref())),
        TELEPHONE.stands(sockets::telephone(listening.as_ref())),
        WEEKLY.stands(schedule::weekly(config)),
    ]);
    Ok(measured)
}

/// Whether there is somebody to ask.
enum Presence {
    Open(Site),
    None(fn() -> Outcome),
}

fn presence(config: &Config) -> Presence {
    let Some(name) = config.names.first().filter(|_| is_set_up(config)) else {
        return Presence::None(|| Outcome::NotApplicable(NOT_SET_UP.to_owned()));
    };
    if hours::is_shut() {
        return Presence::None(|| Outcome::NotApplicable(CLOSED.to_owned()));
    }
    match here(PATIENCE) {
        Some(at) => Presence::Open(Site::new(at, name.clone(), believers(config))),
        None => Presence::None(|| Outcome::Unknown(NO_ANSWER.to_owned())),
    }
}

/// Whether there is a server of this machine's own.
fn is_set_up(config: &Config) -> bool {
    config.state == std::path::Path::new(setup::STATE)
}

/// The points that a stranger can find out, who has nothing but the address.
///
/// # Errors
/// There is no thread for it.
pub fn ask(site: &Site) -> std::io::Result<Vec<Measured>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let document = runtime.block_on(page::document(site));
    let of_document = |judge: fn(&_) -> Outcome| match &document {
        Ok(answer) => judge(answer),
        Err(why) => Outcome::Unknown(format!("the page did not come: {why}")),
    };
    Ok(vec![
        VERSIONS.stands(tls::versions(site)),
        SUITES.stands(tls::suites(site)),
        CERTIFICATE
            .stands(certificate(look(site.at, &site.name, &site.roots, site.patience), UnixTime::now())),
        HEADERS.stands(of_document(page::headers)),
        ORIGIN.stands(of_document(page::own_origin)),
        PAGE.stands(runtime.block_on(page::unchanged(site, is_active(CHANGE)))),
        STRANGERS.stands(runtime.block_on(strangers::meetings(site))),
        RELAY.stands(relay::stranger(site)),
        // Last: where there is no address for it alone, who guesses is stopped for a while.
        LIMITS.stands(runtime.block_on(strangers::limited(site))),
    ])
}

fn certificate(shown: Shown, now: UnixTime) -> Outcome {
    match shown {
        Shown::Trusted(life) if life.ends_soon(now) => Outcome::FallsShort(vec![format!(
            "less than a quarter of its life is left, and it should have been renewed: it is good until {}",
            day(life.ends)
        )]),
        Shown::Trusted(life) => Outcome::Holds(Some(format!("It is good until {}.", day(life.ends)))),
        Shown::NotTrusted(why) => Outcome::FallsShort(vec![format!("browsers warn everybody: {why}")]),
        Shown::NoAnswer => Outcome::Unknown(NO_ANSWER.to_owned()),
    }
}
