//! Files: made for one reader or for all, replaced wholly or not at all, removed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context;

/// Who may read a file that is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Readers {
    /// Its owner alone.
    Owner,
    /// Everybody on the machine.
    Everybody,
}

/// Makes a file. There must be none of this name, and no link either.
pub(crate) fn create(path: &Path, readers: Readers) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // Asked for when it is made, it would be what the mask of whoever runs this leaves of it.
    #[cfg(unix)]
    if readers == Readers::Everybody {
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    }
    Ok(file)
}

/// Makes a folder that everybody may look into, and what is missing above it, whatever the mask of whoever runs this.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        create_folder(above)?;
    }
    fs::create_dir(path)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(())
}

/// Writes a file to the disk, wholly or not at all.
pub(crate) fn replace(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let new = path.with_extension("new");
    // Of somebody who was interrupted.
    remove_if_there(&new)?;
    let mut file = create(&new, readers)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(new, path)
}

/// Removes a file, or a link.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The text of a file that somebody named.
///
/// # Errors
/// With its name.
pub(crate) fn read_text(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_replaced_for_those_who_may_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.pem");
        for (readers, mode) in [(Readers::Owner, 0o600), (Readers::Everybody, 0o644)] {
            // Somebody was interrupted.
            fs::write(path.with_extension("new"), "hal").expect("written");
            replace(&path, b"whole", readers).expect("replaced");
            assert_eq!(read_text(&path).expect("there"), "whole");
            assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, mode);
            assert_eq!(
                fs::read_dir(folder.path()).expect("a folder").count(),
                1,
                "nothing is left beside it"
            );
        }
        remove_if_there(&path).expect("removed");
        remove_if_there(&path).expect("as good as removed");
    }
}
