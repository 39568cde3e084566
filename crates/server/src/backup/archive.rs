//! What is inside a backup: a tar archive (POSIX.1, ustar) with files of fixed names, so that somebody who has the key can
//! take it apart without this program.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};
use tar::{Builder, EntryType, Header};

use crate::clock::UnixTime;
use crate::folder::{CONFIG_COPY, Moves, PARTS};
use crate::{limits, store};

/// The first file: what the others are.
const ABOUT: &str = "backup.json";
/// The configuration file has another name here than in the state folder.
const CONFIG: &str = "incamera.toml";
/// Of the archive. A reader refuses what is newer.
const FORMAT: u32 = 1;

/// By whom and when a backup was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct About {
    format: u32,
    /// The program's version.
    pub(super) program: String,
    made: i64,
}

impl About {
    /// Made by this program.
    pub(super) fn now(now: UnixTime) -> Self {
        Self { format: FORMAT, program: env!("CARGO_PKG_VERSION").to_owned(), made: now.0 }
    }

    /// When.
    pub(super) fn made(&self) -> UnixTime {
        UnixTime(self.made)
    }
}

/// A backup in clear.
#[derive(Debug)]
pub(super) struct Archive {
    pub(super) about: About,
    /// By their names in the state folder.
    pub(super) files: BTreeMap<&'static str, Vec<u8>>,
}

impl Archive {
    /// Writes it, to the end of the archive.
    pub(super) fn write(&self, out: impl Write) -> io::Result<()> {
        let mut builder = Builder::new(out);
        let mut add = |name: &str, bytes: &[u8]| {
            let mut header = Header::new_ustar();
            header.set_path(name)?;
            header.set_entry_type(EntryType::Regular);
            header.set_mode(0o600);
            header.set_mtime(u64::try_from(self.about.made).unwrap_or(0));
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            builder.append(&header, bytes)
        };
        add(ABOUT, &serde_json::to_vec(&self.about)?)?;
        for (name, bytes) in &self.files {
            add(name_inside(name), bytes)?;
        }
        builder.into_inner().map(drop)
    }

    /// Takes it apart.
    ///
    /// # Errors
    /// Whatever is not a backup of this format with files that backups have, each once.
    pub(super) fn read(bytes: &[u8]) -> anyhow::Result<Self> {
        let mut archive = tar::Archive::new(bytes);
        // Raw: long names and other extensions are not followed, but refused as entries of another kind.
        let mut entries = archive.entries().and_then(|entries| {
            let mut entries = entries.raw(true);
            entries.next().transpose().map(|first| (first, entries))
        });
        let (first, entries) = match &mut entries {
            Ok((Some(first), entries)) if &*first.path_bytes() == ABOUT.as_bytes() => (first, entries),
            _ => bail!("this is no backup of incamera"),
        };
        let about: About = serde_json::from_slice(&contents(first, limits::BACKUP_FILE)?)
            .context("this is no backup of incamera")?;
        ensure!(
            about.format <= FORMAT,
            "this backup was made by incamera {}, which is newer than this one ({}): install the newer version first, \
             then restore",
            about.program,
            env!("CARGO_PKG_VERSION")
        );
        let mut files = BTreeMap::new();
        for entry in entries {
            let mut entry = entry.context("the archive in the backup cannot be read")?;
            let Some(name) = name_outside(&entry.path_bytes()) else {
                bail!("there is a file in it that no backup has; nothing was changed")
            };
            let limit = if name == store::FILE { limits::BACKUP_DATABASE } else { limits::BACKUP_FILE };
            let contents = contents(&mut entry, limit)?;
            ensure!(files.insert(name, contents).is_none(), "a file is in it twice; nothing was changed");
        }
        ensure!(files.contains_key(store::FILE), "there is no database in it; nothing was changed");
        Ok(Self { about, files })
    }
}

fn contents(entry: &mut tar::Entry<'_, impl Read>, limit: u64) -> anyhow::Result<Vec<u8>> {
    ensure!(
        entry.header().entry_type() == EntryType::Regular,
        "there is something in it that is no ordinary file; nothing was changed"
    );
    let size = entry.size();
    ensure!(size <= limit, "a file in it is larger than backups have them; nothing was changed");
    let mut bytes = Vec::new();
    entry.take(limit).read_to_end(&mut bytes).context("the archive in the backup cannot be read")?;
    ensure!(bytes.len() as u64 == size, "the archive in the backup is cut off");
    Ok(bytes)
}

fn name_inside(name: &'static str) -> &'static str {
    if name == CONFIG_COPY { CONFIG } else { name }
}

fn name_outside(inside: &[u8]) -> Option<&'static str> {
    if inside == CONFIG.as_bytes() {
        return Some(CONFIG_COPY);
    }
    let mut along = PARTS.iter().filter(|part| part.moves == Moves::Along);
    along.find(|part| part.name.as_bytes() == inside).map(|part| part.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Archive {
        let files = [(store::FILE, b"database".to_vec()), (CONFIG_COPY, b"names = []".to_vec())];
        Archive { about: About::now(UnixTime(86_400)), files: files.into() }
    }

    fn bytes(archive: &Archive) -> Vec<u8> {
        let mut bytes = Vec::new();
        archive.write(&mut bytes).expect("written");
        bytes
    }

    /// With one more entry.
    fn with(change: impl FnOnce(&mut Header), contents: &[u8]) -> Vec<u8> {
        let mut header = Header::new_ustar();
        header.set_path(crate::tls::ORDERED).expect("short");
        header.set_entry_type(EntryType::Regular);
        header.set_size(contents.len() as u64);
        change(&mut header);
        header.set_cksum();
        let archive = bytes(&sample());
        // An archive ends with two blocks of zeros.
        let mut builder = Builder::new(archive[..archive.len() - 1024].to_vec());
        builder.append(&header, contents).expect("written");
        builder.into_inner().expect("written")
    }

    fn refused(bytes: &[u8]) -> String {
        format!("{:#}", Archive::read(bytes).expect_err("it is not right"))
    }

    #[test]
    fn an_archive_is_read_as_it_was_written() {
        let read = Archive::read(&bytes(&sample())).expect("read");
        assert_eq!(read.about, sample().about);
        assert_eq!(read.files, sample().files);
        assert_eq!(Archive::read(&with(|_| {}, b"chain")).expect("read").files.len(), 3);
    }

    #[test]
    fn nothing_but_ordinary_files_of_known_names_comes_out_of_it() {
        let raw = |name: &'static [u8]| {
            move |header: &mut Header| header.as_mut_bytes()[..name.len()].copy_from_slice(name)
        };
        for name in [
            b"../certificate.pem\0".as_slice(),
            b"/etc/passwd\0",
            b"./incamera.db\0",
            b"lock\0",
            b"before-restore/incamera.db\0",
        ] {
            assert!(refused(&with(raw(name), b"")).contains("that no backup has"), "{name:?}");
        }
        assert!(refused(&with(raw(b"incamera.db\0"), b"")).contains("twice"));
        for kind in [EntryType::Symlink, EntryType::Link, EntryType::Directory, EntryType::GNULongName] {
            let said = refused(&with(|header| header.set_entry_type(kind), b""));
            assert!(said.contains("no ordinary file"), "{kind:?}: {said}");
        }
    }

    #[test]
    fn sizes_are_bounded_and_true() {
        let large = refused(&with(|header| header.set_size(limits::BACKUP_FILE + 1), b"a"));
        assert!(large.contains("larger"), "{large}");
        refused(&with(|header| header.set_size(3000), b"a"));
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_out_was_put_in(place in 0..3072_usize, byte: u8, length in 0..4096_usize) {
            let mut damaged = bytes(&sample());
            damaged[place] = byte;
            damaged.truncate(length);
            if let Ok(read) = Archive::read(&damaged) {
                assert!(read.files.keys().all(|name| [store::FILE, CONFIG_COPY].contains(name)));
            }
        }
    }

    #[test]
    fn what_is_something_else_or_newer_is_refused() {
        assert!(refused(b"").contains("no backup"));
        assert!(refused(&[7; 2048]).contains("no backup"));
        let mut newer = sample();
        newer.about.format = 2;
        assert!(refused(&bytes(&newer)).contains("newer"));
        let mut empty = sample();
        empty.files.remove(store::FILE);
        assert!(refused(&bytes(&empty)).contains("no database"));
    }
}
