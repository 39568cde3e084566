//! Who there is: passwd(5), shadow(5) and group(5), read strictly. What a password is hashed to is never kept, so it can
//! reach no message.

use std::collections::BTreeMap;

use crate::facts::User;
use crate::machine::Machine;
use crate::want::Trouble;

/// Everybody, and every group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct People {
    pub(crate) accounts: Vec<Account>,
    pub(crate) groups: Vec<Group>,
}

/// Somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Account {
    pub(crate) user: User,
    /// Whether its password is where only root can read it.
    pub(crate) is_shadowed: bool,
    /// What shadow(5) says of it; none where it says nothing.
    pub(crate) shadow: Option<Shadow>,
}

/// A line of shadow(5), without the password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Shadow {
    pub(crate) name: String,
    pub(crate) password: Password,
    /// Days since 1970.
    pub(crate) changed: Option<u64>,
    /// Days that a password must be kept.
    pub(crate) least: Option<u64>,
    /// Days that it may be kept.
    pub(crate) most: Option<u64>,
    /// Days after that in which it can still be changed at a login.
    pub(crate) grace: Option<u64>,
}

/// Whether there is a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Password {
    /// Nothing need be typed.
    Empty,
    /// Nothing that is typed is right.
    None,
    /// There is one.
    Set,
}

/// A line of group(5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) gid: u32,
    pub(crate) members: Vec<String>,
}

impl Account {
    pub(crate) fn password(&self) -> Password {
        self.shadow.as_ref().map_or(Password::None, |shadow| shadow.password)
    }

    /// Whether a person may have it: as the judge, and as [`User::is_person`] sees it.
    pub(crate) fn is_person(&self) -> bool {
        self.user.is_person() && self.user.has_shell()
    }
}

impl People {
    /// Reads the three files.
    ///
    /// # Errors
    ///
    /// One of them is not what it should be, or cannot be read.
    pub(crate) fn read(machine: &Machine) -> Result<Self, Trouble> {
        let shadows = lines(machine, "/etc/shadow", parse_shadow)?;
        let mut shadows: BTreeMap<_, _> =
            shadows.into_iter().map(|shadow| (shadow.name.clone(), shadow)).collect();
        let accounts = lines(machine, "/etc/passwd", parse_user)?;
        let accounts = accounts.into_iter().map(|(user, is_shadowed)| Account {
            shadow: shadows.remove(&user.name),
            user,
            is_shadowed,
        });
        Ok(Self { accounts: accounts.collect(), groups: lines(machine, "/etc/group", parse_group)? })
    }

    pub(crate) fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }
}

fn lines<T>(machine: &Machine, path: &str, parse: fn(&str) -> Option<T>) -> Result<Vec<T>, Trouble> {
    let text = machine.read(path).ok_or_else(|| Trouble::Program(format!("{path} cannot be read")))?;
    let parsed = text.lines().enumerate().map(|(at, line)| {
        parse(line).ok_or_else(|| {
            Trouble::Program(format!("line {} of {path} is not as expected. Please put it right", at + 1))
        })
    });
    parsed.collect()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(['+', '-']) && name.chars().all(|c| !c.is_control() && c != ' ')
}

fn parse_user(line: &str) -> Option<(User, bool)> {
    let user = User::parse(line).filter(|user| is_name(&user.name))?;
    let is_shadowed = matches!(line.split(':').nth(1), Some("x" | "*"));
    Some((user, is_shadowed))
}

fn parse_shadow(line: &str) -> Option<Shadow> {
    let fields: Vec<_> = line.split(':').collect();
    let [name, password, changed, least, most, _, grace, _, _] = fields[..] else { return None };
    let days = |field: &str| match field {
        "" => Some(None),
        days => days.parse().ok().map(Some),
    };
    Some(Shadow {
        name: Some(name).filter(|name| is_name(name))?.to_owned(),
        password: match password {
            "" => Password::Empty,
            none if none.starts_with(['!', '*']) => Password::None,
            _ => Password::Set,
        },
        changed: days(changed)?,
        least: days(least)?,
        most: days(most)?,
        grace: days(grace)?,
    })
}

fn parse_group(line: &str) -> Option<Group> {
    let fields: Vec<_> = line.split(':').collect();
    let [name, _, gid, members] = fields[..] else { return None };
    let members: Vec<_> = members.split(',').filter(|member| !member.is_empty()).map(str::to_owned).collect();
    Some(Group { name: Some(name).filter(|name| is_name(name))?.to_owned(), gid: gid.parse().ok()?, members })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_of_shadow_is_read_without_its_password() {
        let anna = parse_shadow("anna:$y$j9T$secret:19000:0:99999:7:::").unwrap();
        assert_eq!(
            (anna.password, anna.changed, anna.least, anna.most),
            (Password::Set, Some(19_000), Some(0), Some(99_999))
        );
        assert!(!format!("{anna:?}").contains("secret"));
        assert_eq!(parse_shadow("www:*:19000:0:99999:7:::").unwrap().password, Password::None);
        assert_eq!(parse_shadow("b:!$y$x:::::::").unwrap().password, Password::None);
        assert_eq!(parse_shadow("c::::::::").unwrap().password, Password::Empty);
    }

    #[test]
    fn strange_lines_are_none() {
        for line in [
            "",
            "+::::::::",
            "a:x:1:2:3:4:5:6",
            "a:x:-1:2:3:4:5:6:",
            "a:x:1:2:3:4:5:6:7:8",
            ":x:::::::",
            "a b:x:::::::",
        ] {
            assert_eq!(parse_shadow(line), None, "{line}");
        }
        for line in ["", "+", "+:::", "g:x:y:", "g:x:1", "g:x:1:a:b"] {
            assert_eq!(parse_group(line), None, "{line}");
        }
        assert_eq!(parse_group("sudo:x:27:anna,bo").unwrap().members, ["anna", "bo"]);
        assert!(parse_user("+::::::").is_none());
    }

    proptest! {
        #[test]
        fn a_password_is_in_nothing_that_is_printed(
            name in "[a-z]{1,8}", secret in "[A-Za-z0-9./$]{12,40}", days in "[0-9]{0,6}",
        ) {
            let line = format!("{name}:{secret}:{days}:{days}:{days}::::");
            let shadow = parse_shadow(&line).unwrap();
            prop_assert_eq!(shadow.password, Password::Set);
            let printed = format!("{shadow:?}");
            prop_assert!(!printed.contains(&secret));
        }

        #[test]
        fn what_is_read_says_what_the_line_says_or_is_refused(line in "\\PC{0,60}|([a-z]{0,4}:?){0,10}") {
            if let Some(shadow) = parse_shadow(&line) {
                prop_assert_eq!(line.split(':').count(), 9);
                prop_assert_eq!(line.split(':').next(), Some(shadow.name.as_str()));
            }
            if let Some((user, _)) = parse_user(&line) {
                let again = line.split(':').map(str::to_owned).collect::<Vec<_>>();
                prop_assert_eq!((&again[0], &again[5], &again[6]), (&user.name, &user.home, &user.shell));
            }
            if let Some(group) = parse_group(&line) {
                prop_assert_eq!(line.split(':').nth(2).and_then(|gid| gid.parse().ok()), Some(group.gid));
            }
        }
    }
}
