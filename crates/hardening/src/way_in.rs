//! Ways in for the owner (T4): who can sign in by ssh with a key, and who of them can become root. Nothing that might close a
//! way is begun before one is found that stays open.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::facts::{Facts, User};
use crate::machine::{Machine, Place, join};
use crate::sshd::Sshd;

/// The most keys that are looked at for one user.
const MAX_KEYS: usize = 256;
const MIN_RSA_BITS: usize = 2048;

/// Somebody who can sign in with a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct WayIn {
    pub(crate) name: String,
    /// How root is reached from there; none where it is not.
    pub(crate) root: Option<ToRoot>,
}

/// How one becomes root.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ToRoot {
    /// It is root.
    Itself,
    /// By sudo.
    Sudo,
}

/// A key that is authorised, as sshd(8) has it in a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Key {
    /// Ed25519, on a security key or not.
    Ed25519,
    /// RSA, with so many bits.
    Rsa(usize),
    /// Any other, by its name.
    Other(String),
}

impl Key {
    /// Whether it is one of those that are let in.
    pub(crate) fn is_strong(&self) -> bool {
        match self {
            Self::Ed25519 => true,
            Self::Rsa(bits) => *bits >= MIN_RSA_BITS,
            Self::Other(_) => false,
        }
    }

    /// Reads a line of authorized_keys. None for a comment, and for what is no key.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        if line.starts_with('#') {
            return None;
        }
        // Options may come before the kind, and may hold blanks in quotes.
        let mut words = unquoted_words(line);
        let kind = words.by_ref().find(|word| is_kind(word))?;
        let blob = BASE64_STANDARD.decode(words.next()?).ok()?;
        let mut fields = Fields(&blob);
        if fields.next()? != kind.as_bytes() {
            return None;
        }
        Some(match kind {
            "ssh-ed25519" | "sk-ssh-ed25519@openssh.com" => Self::Ed25519,
            "ssh-rsa" => {
                let _exponent = fields.next()?;
                let modulus = fields.next()?;
                let first = modulus.iter().position(|byte| *byte != 0)?;
                let bits = (modulus.len() - first) * 8 - modulus[first].leading_zeros() as usize;
                Self::Rsa(bits)
            }
            other => Self::Other(other.to_owned()),
        })
    }
}

fn is_kind(word: &str) -> bool {
    ["ssh-", "sk-ssh-", "ecdsa-", "sk-ecdsa-"].iter().any(|start| word.starts_with(start))
}

/// Words between blanks that stand in no quotes.
fn unquoted_words(line: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    line.split(move |c: char| {
        is_quoted ^= c == '"';
        c.is_whitespace() && !is_quoted
    })
    .filter(|word| !word.is_empty())
}

/// The strings of RFC 4251, section 5: a length of four bytes, and so many.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let field = rest.get(..length)?;
        self.0 = &rest[length..];
        Some(field)
    }
}

/// The keys that a user may sign in with.
pub(crate) fn keys(machine: &Machine, sshd: &Sshd, user: &User) -> Vec<Key> {
    let files = sshd.get("authorizedkeysfile");
    let files = if files.is_empty() { ".ssh/authorized_keys".to_owned() } else { files };
    files
        .split_whitespace()
        .map(|file| {
            let file = file.replace("%h", &user.home).replace("%u", &user.name);
            if file.starts_with('/') { file } else { join(&user.home, &file) }
        })
        .filter_map(|path| machine.read(&path))
        .flat_map(|text| text.lines().filter_map(Key::parse).take(MAX_KEYS).collect::<Vec<_>>())
        .collect()
}

/// Whether sshd would look at the keys at all: it does not where others may write there (`StrictModes`).
fn is_trusted(machine: &Machine, user: &User) -> bool {
    [user.home.clone(), join(&user.home, ".ssh"), join(&user.home, ".ssh/authorized_keys")].iter().all(
        |path| match machine.look(path) {
            Ok(Place::File { mode, uid, .. } | Place::Folder { mode, uid, .. }) => {
                mode & 0o022 == 0 && (!machine.has_owners() || uid == user.uid || uid == 0)
            }
            _ => false,
        },
    )
}

/// Everybody who can sign in with a strong key, those who can become root first.
pub(crate) fn ways_in(facts: &Facts, machine: &Machine, sshd: &Sshd) -> Vec<WayIn> {
    let mut found: Vec<_> = facts
        .people()
        .filter(|user| is_trusted(machine, user) && keys(machine, sshd, user).iter().any(Key::is_strong))
        .map(|user| WayIn { name: user.name.clone(), root: to_root(machine, user) })
        .collect();
    found.sort_by_key(|way| way.root.is_none());
    found
}

/// Sudo counts where the user has a password to give, or needs none: a key alone does not make anybody root.
fn to_root(machine: &Machine, user: &User) -> Option<ToRoot> {
    if user.uid == 0 {
        return Some(ToRoot::Itself);
    }
    let may = machine.said(&["sudo", "--list", "--other-user", &user.name])?;
    let is_all = |line: &str| line.contains("(ALL") && line.trim_end().ends_with("ALL");
    let needs_no_password = may.lines().any(|line| is_all(line) && line.contains("NOPASSWD:"));
    let has_password = machine
        .said(&["passwd", "--status", &user.name])
        .is_some_and(|status| status.split(' ').nth(1) == Some("P"));
    (may.lines().any(is_all) && (needs_no_password || has_password)).then_some(ToRoot::Sudo)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(kind: &str, fields: &[&[u8]]) -> String {
        let blob: Vec<u8> = [kind.as_bytes()]
            .iter()
            .chain(fields)
            .flat_map(|field| [&(field.len() as u32).to_be_bytes(), *field].concat())
            .collect();
        format!("{kind} {} somebody@somewhere", BASE64_STANDARD.encode(blob))
    }

    #[test]
    fn keys_are_known_by_kind_and_size() {
        let modulus = [&[0u8, 0x80][..], &[1; 255]].concat();
        let small = [&[0x7f][..], &[1; 127]].concat();
        assert_eq!(Key::parse(&line("ssh-ed25519", &[&[1; 32]])), Some(Key::Ed25519));
        assert_eq!(Key::parse(&line("ssh-rsa", &[&[1, 0, 1], &modulus])), Some(Key::Rsa(2048)));
        assert_eq!(Key::parse(&line("ssh-rsa", &[&[1, 0, 1], &small])), Some(Key::Rsa(1023)));
        assert!(!Key::Rsa(1023).is_strong() && Key::Rsa(2048).is_strong() && Key::Ed25519.is_strong());
        let ecdsa = Key::parse(&line("ecdsa-sha2-nistp256", &[b"nistp256", &[4; 65]])).unwrap();
        assert!(!ecdsa.is_strong());
    }

    #[test]
    fn options_before_a_key_and_words_that_look_like_one_do_not_confuse() {
        let key = line("ssh-ed25519", &[&[1; 32]]);
        assert_eq!(
            Key::parse(&format!("from=\"1.2.3.4\",command=\"echo ssh-rsa x\" {key}")),
            Some(Key::Ed25519)
        );
        assert_eq!(Key::parse(&format!("# {key}")), None);
        // The kind that is written is not the kind that it is.
        assert_eq!(Key::parse(&key.replacen("ssh-ed25519", "ssh-rsa", 1)), None);
        assert_eq!(Key::parse("ssh-rsa"), None);
        assert_eq!(Key::parse("ssh-rsa !!!!"), None);
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in "(ssh-rsa|ssh-ed25519|x=\"y)? ?[A-Za-z0-9+/=\" ]{0,60}\\PC{0,8}") {
            let _ = Key::parse(&line);
        }

        #[test]
        fn no_blob_makes_it_panic(blob in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Key::parse(&format!("ssh-rsa {}", BASE64_STANDARD.encode([&[0,0,0,7][..], b"ssh-rsa", &blob].concat())));
        }
    }
}
