//! The encryption of backups: age (age-encryption.org/v1), to a passphrase or to public keys.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use age::secrecy::{ExposeSecret as _, SecretString};
use age::{DecryptError, Decryptor, Encryptor, Identity, IdentityFile, Recipient, scrypt, x25519};
use anyhow::{Context, anyhow, bail, ensure};

use super::archive::Archive;
use crate::{bytes, limits};

/// How much work a guess of the passphrase is: 2^18 rounds of scrypt, 256 MiB, about a second; as the program `age` has
/// it.
const WORK: u8 = 18;
/// More is not done for any file: a gigabyte of memory.
const MOST_WORK: u8 = 20;
/// Bytes of an archive: the database, and room for everything else.
const ARCHIVE: u64 = limits::BACKUP_DATABASE + 16 * limits::BACKUP_FILE;
/// Bytes of a file with a passphrase.
const PASSPHRASE_FILE: u64 = 1024;
/// Of a passphrase that is made: 32 of them, that nobody takes for another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Who can open a backup.
pub(super) enum To {
    /// Whoever knows it.
    Passphrase(SecretString),
    /// Whoever has the private half of one of them.
    Keys(Vec<x25519::Recipient>),
}

impl To {
    /// Those of the command line, or a passphrase from a file, or from the terminal.
    pub(super) fn choose(keys: &[String], file: Option<&Path>) -> anyhow::Result<Self> {
        if !keys.is_empty() {
            return keys.iter().map(|text| recipient(text)).collect::<Result<_, _>>().map(Self::Keys);
        }
        let passphrase = match file {
            Some(path) => passphrase_of(path)?,
            None => new_passphrase()?,
        };
        ensure!(
            passphrase.expose_secret().chars().count() >= limits::PASSPHRASE,
            "the passphrase is too short: whoever finds the backup can try out short ones. It needs at least {} \
             characters; four words that have nothing to do with each other are good",
            limits::PASSPHRASE
        );
        Ok(Self::Passphrase(passphrase))
    }

    /// Encrypts and writes.
    pub(super) fn seal<W: Write>(self, archive: &Archive, out: W) -> anyhow::Result<W> {
        let recipients: Vec<Box<dyn Recipient>> = match self {
            Self::Passphrase(passphrase) => {
                let mut recipient = scrypt::Recipient::new(passphrase);
                recipient.set_work_factor(WORK);
                vec![Box::new(recipient)]
            }
            Self::Keys(keys) => keys.into_iter().map(|key| Box::new(key) as Box<dyn Recipient>).collect(),
        };
        let encryptor = Encryptor::with_recipients(recipients.iter().map(AsRef::as_ref))
            .map_err(|error| anyhow!("cannot encrypt: {error}"))?;
        let mut sealed = encryptor.wrap_output(out)?;
        archive.write(&mut sealed)?;
        Ok(sealed.finish()?)
    }
}

fn recipient(text: &str) -> anyhow::Result<x25519::Recipient> {
    if text.starts_with("AGE-SECRET-KEY-") {
        bail!(
            "that is a private key, which should not stand in a command: give the public one, which begins with age1. If \
             others can see this machine's commands, make a new pair"
        );
    }
    text.parse().map_err(|_| {
        anyhow!("{text} is no public key of age: such a key begins with age1, and has 62 letters and digits")
    })
}

/// What opens a backup.
pub(super) struct With {
    /// A file with private keys.
    pub(super) identity: Option<PathBuf>,
    /// A file with the passphrase.
    pub(super) passphrase_file: Option<PathBuf>,
}

impl With {
    /// Decrypts a whole backup: what is returned is as it was encrypted, to the last byte.
    pub(super) fn open(&self, sealed: impl Read) -> anyhow::Result<Vec<u8>> {
        let decryptor = Decryptor::new_buffered(BufReader::new(sealed)).map_err(|error| match error {
            DecryptError::Io(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
                anyhow!("it cannot be read: {error}")
            }
            DecryptError::UnknownFormat => {
                anyhow!("it is encrypted in a way that this version does not know: use a newer incamera")
            }
            _ => anyhow!("it is no backup of incamera, or the beginning of the file is damaged"),
        })?;
        let identities: Vec<Box<dyn Identity>> = match (decryptor.is_scrypt(), &self.identity) {
            (true, Some(_)) => bail!(
                "it was made with a passphrase, and no key opens it: leave --identity out, and type the passphrase"
            ),
            (true, None) => vec![Box::new(self.passphrase()?)],
            (false, None) => bail!(
                "it was encrypted to a key: name the file with the private key by --identity FILE. It begins with \
                 AGE-SECRET-KEY-1"
            ),
            (false, Some(path)) => keys_of(path)?,
        };
        let mut plain = self.decrypt(decryptor, &identities)?;
        let mut bytes = Vec::new();
        plain.by_ref().take(ARCHIVE + 1).read_to_end(&mut bytes).map_err(|_| {
            anyhow!("the backup is damaged or cut off, and nothing was changed: use another copy of it")
        })?;
        ensure!(bytes.len() as u64 <= ARCHIVE, "it is larger than backups are, and nothing was changed");
        Ok(bytes)
    }

    fn decrypt<R: BufRead>(
        &self,
        decryptor: Decryptor<R>,
        identities: &[Box<dyn Identity>],
    ) -> anyhow::Result<impl Read + use<R>> {
        decryptor.decrypt(identities.iter().map(AsRef::as_ref)).map_err(|error| match (error, &self.identity) {
            (DecryptError::ExcessiveWork { .. }, _) => anyhow!("incamera did not make it: opening it would take too long"),
            (DecryptError::Io(error), _) => anyhow!("it cannot be read: {error}"),
            (DecryptError::InvalidHeader | DecryptError::InvalidMac, _) => {
                anyhow!("the beginning of the backup is damaged, and nothing was changed: use another copy of it")
            }
            (_, Some(path)) => anyhow!(
                "the key in {} does not open it: it was encrypted to another key",
                path.display()
            ),
            (_, None) => anyhow!("the passphrase is not the one that it was made with: try again"),
        })
    }

    fn passphrase(&self) -> anyhow::Result<scrypt::Identity> {
        let passphrase = match &self.passphrase_file {
            Some(path) => passphrase_of(path)?,
            None => ask("Passphrase of the backup: ")?,
        };
        let mut identity = scrypt::Identity::new(passphrase);
        identity.set_max_work_factor(MOST_WORK);
        Ok(identity)
    }
}

fn keys_of(path: &Path) -> anyhow::Result<Vec<Box<dyn Identity>>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    // The error of the library names the line, and not what is in it.
    let identities = IdentityFile::from_buffer(BufReader::new(file))
        .and_then(|file| file.into_identities().map_err(std::io::Error::other))
        .map_err(|error| {
            anyhow!(
                "{} holds no private keys of age as `age-keygen` writes them, one in a line ({error})",
                path.display()
            )
        })?;
    ensure!(!identities.is_empty(), "there is no private key in {}", path.display());
    Ok(identities.into_iter().map(|identity| identity as Box<dyn Identity>).collect())
}

fn passphrase_of(path: &Path) -> anyhow::Result<SecretString> {
    let mut text = String::new();
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    file.take(PASSPHRASE_FILE + 1)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(text.len() as u64 <= PASSPHRASE_FILE, "{} is too long for a passphrase", path.display());
    // One line; an editor ends it.
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    ensure!(!line.contains('\n'), "{} should hold the passphrase alone, in one line", path.display());
    Ok(SecretString::from(line.to_owned()))
}

fn new_passphrase() -> anyhow::Result<SecretString> {
    let first = ask("Passphrase for the backup (leave it empty to have one made): ")?;
    if first.expose_secret().is_empty() {
        let made = made_up();
        eprintln!(
            "\nThe passphrase is:  {made}\n\nWrite it down, and keep it apart from the backup: without it nobody can open \
             the backup, you neither.\n"
        );
        return Ok(SecretString::from(made));
    }
    let second = ask("Once more: ")?;
    ensure!(first.expose_secret() == second.expose_secret(), "the two are not the same: try again");
    Ok(first)
}

/// Four groups of five letters: 100 random bits.
fn made_up() -> String {
    let letters: Vec<char> =
        bytes::random::<20>().iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    letters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

fn ask(question: &str) -> anyhow::Result<SecretString> {
    let answer = rpassword::prompt_password(question).context(
        "there is nobody to ask for the passphrase: put it into a file that only you can read, and name the file by \
         --passphrase-file FILE; or work with a key of age (--to when backing up, --identity when restoring)",
    )?;
    Ok(SecretString::from(answer))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_passphrase_that_is_made_is_long_and_new() {
        let made: HashSet<String> = (0..100).map(|_| made_up()).collect();
        assert_eq!(made.len(), 100);
        for passphrase in made {
            assert_eq!(passphrase.len(), 23, "{passphrase}");
            assert!(!passphrase.contains(['l', 'o', '0', '1']), "{passphrase}");
        }
    }

    #[test]
    fn a_passphrase_file_holds_one_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("passphrase");
        for (text, expected) in [
            ("four good long words", Some("four good long words")),
            ("four good long words\n", Some("four good long words")),
            ("four good long words\r\n", Some("four good long words")),
            ("  kept as it is  \n", Some("  kept as it is  ")),
            ("two\nlines\n", None),
            (&"x".repeat(2000), None),
        ] {
            std::fs::write(&path, text).expect("written");
            let read = passphrase_of(&path).ok();
            assert_eq!(read.as_ref().map(|secret| secret.expose_secret()), expected, "{text:?}");
        }
    }

    #[test]
    fn short_passphrases_and_private_keys_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("passphrase");
        std::fs::write(&path, "short").expect("written");
        let refused = |keys: &[String], file| match To::choose(keys, file) {
            Ok(_) => panic!("taken"),
            Err(error) => format!("{error:#}"),
        };
        assert!(refused(&[], Some(&path)).contains("too short"));
        let private = x25519::Identity::generate().to_string().expose_secret().to_owned();
        let said = refused(std::slice::from_ref(&private), None);
        assert!(said.contains("private key") && !said.contains(&private), "{said}");
        assert!(refused(&["age1nonsense".to_owned()], None).contains("no public key"));
    }
}
