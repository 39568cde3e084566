//! What controls must know of a machine beyond the places that they want changed. Gathered once, without changing anything.

use crate::machine::Machine;

/// The systems whose benchmarks are known here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum System {
    /// Debian 12, bookworm.
    Debian12,
    /// Debian 13, trixie.
    Debian13,
    /// Ubuntu 22.04, jammy.
    Ubuntu2204,
    /// Ubuntu 24.04, noble.
    Ubuntu2404,
}

/// What os-release(5) says of something; empty where it says nothing.
#[must_use]
pub fn os_release_field<'a>(os_release: &'a str, name: &str) -> &'a str {
    let value = os_release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_default().trim().trim_matches(['"', '\''])
}

impl System {
    /// By what os-release(5) says; none for any other.
    #[must_use]
    pub fn parse(os_release: &str) -> Option<Self> {
        let field = |name| os_release_field(os_release, name);
        match (field("ID"), field("VERSION_ID")) {
            ("debian", "12") => Some(Self::Debian12),
            ("debian", "13") => Some(Self::Debian13),
            ("ubuntu", "22.04") => Some(Self::Ubuntu2204),
            ("ubuntu", "24.04") => Some(Self::Ubuntu2404),
            _ => None,
        }
    }

    /// Its benchmark, with the version whose numbers are used here.
    #[must_use]
    pub fn benchmark(self) -> &'static str {
        match self {
            Self::Debian12 => "CIS Debian Linux 12 Benchmark v1.1.0",
            Self::Debian13 => "CIS Debian Linux 13 Benchmark v1.0.0",
            Self::Ubuntu2204 => "CIS Ubuntu Linux 22.04 LTS Benchmark v2.0.0",
            Self::Ubuntu2404 => "CIS Ubuntu Linux 24.04 LTS Benchmark v1.0.0",
        }
    }
}

/// What is known of a machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
    /// The system.
    pub system: System,
    /// Whether this is a container, which has no kernel of its own: what belongs to the kernel is its host's business.
    pub is_container: bool,
    /// Who there is, as passwd(5) lists them.
    pub users: Vec<User>,
    /// When the machine may start anew, one of [`NIGHT`]: the server is never open then. None where it has no opening hours,
    /// or they leave no such time.
    pub restart: Option<&'static str>,
}

/// Times at which a machine that must may start anew, by its own clock, the best first.
pub const NIGHT: [&str; 12] = [
    "04:30", "03:30", "02:30", "05:30", "01:30", "00:30", "23:30", "06:30", "22:30", "21:30", "20:30",
    "12:30",
];

/// A line of passwd(5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// The name.
    pub name: String,
    /// The number.
    pub uid: u32,
    /// The number of the first group.
    pub gid: u32,
    /// Where the files are.
    pub home: String,
    /// What starts at a login.
    pub shell: String,
}

impl User {
    /// Reads a line. None where it is not one.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let fields: Vec<_> = line.split(':').collect();
        let [name, _, uid, gid, _, home, shell] = fields[..] else { return None };
        Some(Self {
            name: name.to_owned(),
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
            home: home.to_owned(),
            shell: shell.to_owned(),
        })
    }

    /// Whether somebody can sign in as this user as far as the shell goes.
    #[must_use]
    pub fn has_shell(&self) -> bool {
        !["/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false", ""]
            .contains(&self.shell.as_str())
    }

    /// Whether a person was given it, by the numbers of login.defs(5) that Debian has from the start.
    #[must_use]
    pub fn is_person(&self) -> bool {
        (1000..60_000).contains(&self.uid)
    }
}

impl Facts {
    /// Of a machine on which nobody is.
    #[cfg(test)]
    pub(crate) fn nobody() -> Self {
        Self { system: System::Debian12, is_container: false, users: Vec::new(), restart: None }
    }

    /// Looks around.
    ///
    /// # Errors
    ///
    /// The system is none that is known here: says which are.
    pub fn gather(machine: &Machine) -> Result<Self, String> {
        let release = machine.read("/etc/os-release").unwrap_or_default();
        let system = System::parse(&release).ok_or(
            "This machine runs none of the systems that can be hardened here: Debian 12 or 13, Ubuntu 22.04 or 24.04. \
             Nothing was changed.",
        )?;
        let users = machine.read("/etc/passwd").unwrap_or_default();
        Ok(Self {
            system,
            is_container: machine
                .run(&["systemd-detect-virt", "--container", "--quiet"])
                .is_ok_and(|e| e.is_well()),
            users: users.lines().filter_map(User::parse).collect(),
            restart: None,
        })
    }

    /// Root, and everybody whom a person was given.
    pub fn people(&self) -> impl Iterator<Item = &User> {
        self.users.iter().filter(|user| (user.uid == 0 || user.is_person()) && user.has_shell())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_four_systems_are_known_and_no_other() {
        let release =
            |id: &str, version: &str| format!("PRETTY_NAME=\"x\"\nID={id}\nVERSION_ID=\"{version}\"\n");
        assert_eq!(System::parse(&release("debian", "12")), Some(System::Debian12));
        assert_eq!(System::parse(&release("ubuntu", "24.04")), Some(System::Ubuntu2404));
        assert_eq!(System::parse(&release("debian", "11")), None);
        assert_eq!(System::parse("ID_LIKE=debian\nVERSION_ID=12\n"), None);
        assert_eq!(System::parse(""), None);
    }

    #[test]
    fn a_line_of_passwd_is_a_user_or_nothing() {
        let user = User::parse("anna:x:1000:1000:Anna,,,:/home/anna:/bin/bash").unwrap();
        assert!(user.is_person() && user.has_shell());
        assert!(!User::parse("www:x:33:33::/var/www:/usr/sbin/nologin").unwrap().has_shell());
        for line in
            ["", "a:b:c", "anna:x:-1:0:::", "anna:x:1:1::/:/bin/sh:more", "anna:x:99999999999:1::/:/bin/sh"]
        {
            assert_eq!(User::parse(line), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn a_system_is_known_by_two_lines_whatever_stands_beside_them(
            beside in "((NAME|ID_LIKE|VERSION|#ID|VERSION_ID_X|X=ID)=[a-z0-9. \"]{0,10}\n){0,4}",
            quote in "[\"']?", id in "debian|ubuntu|[a-z]{1,6}", version in "12|13|22\\.04|24\\.04|[0-9.]{1,5}",
        ) {
            let wanted = match (id.as_str(), version.as_str()) {
                ("debian", "12") => Some(System::Debian12),
                ("debian", "13") => Some(System::Debian13),
                ("ubuntu", "22.04") => Some(System::Ubuntu2204),
                ("ubuntu", "24.04") => Some(System::Ubuntu2404),
                _ => None,
            };
            let lines = format!("ID={id}\n{beside}VERSION_ID={quote}{version}{quote}\n");
            prop_assert_eq!(System::parse(&format!("{beside}{lines}")), wanted);
            prop_assert_eq!(System::parse(&beside), None);
        }

        #[test]
        fn no_line_makes_it_panic(line in "\\PC{0,60}|([a-z0-9]{0,4}:?){0,9}") {
            let _ = System::parse(&line);
            if let Some(user) = User::parse(&line) {
                let wanted = format!("{}:", user.name);
                prop_assert!(line.starts_with(&wanted) && line.ends_with(&user.shell));
            }
        }
    }
}
