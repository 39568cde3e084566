//! Files are opened so that nothing comes of it but that they are read. Whoever has an account on the machine can put a link, a
//! pipe, or the way to a device where root reads: it must neither wait there for ever, nor wake the device.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

/// What is at a path itself; a link there is not followed.
///
/// # Errors
///
/// It cannot be read, or is no plain file.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    plain(rustix::fs::open(path, OFlags::RDONLY | QUIET | OFlags::NOFOLLOW, Mode::empty())?.into())
}

/// The same; links are followed.
///
/// # Errors
///
/// It cannot be read, or is no plain file.
pub(crate) fn open_where_it_leads(path: &Path) -> io::Result<File> {
    // Such a handle does nothing to what is there (open(2), O_PATH): it is looked at first, and read then, and is the same.
    let there = rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    let there = plain(there.into())?;
    let read = rustix::fs::open(
        format!("/proc/self/fd/{}", there.as_raw_fd()),
        OFlags::RDONLY | QUIET,
        Mode::empty(),
    )?;
    Ok(read.into())
}

/// A folder, to become somebody else's; no link to one.
///
/// # Errors
///
/// There is none.
pub(crate) fn folder(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | QUIET | OFlags::NOFOLLOW | OFlags::DIRECTORY;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

/// Waits for nobody, and becomes nobody's terminal.
const QUIET: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

fn plain(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no plain file"))
}

/// Whether nobody but root can put another file in the place of this one: by who may write it, and each folder above it.
#[must_use]
pub(crate) fn is_roots_alone(path: &Path) -> bool {
    path.is_absolute()
        && path.ancestors().all(|part| {
            std::fs::symlink_metadata(part)
                .is_ok_and(|met| !met.is_symlink() && met.uid() == 0 && met.mode() & 0o022 == 0)
        })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_pipe_a_device_or_a_link_in_the_way_is_not_read_and_nobody_waits_e1() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "text").unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, Mode::RUSR, 0).unwrap();
        for (name, to) in
            [("to-file", "file"), ("to-pipe", "pipe"), ("to-device", "/dev/zero"), ("to-nothing", "no")]
        {
            symlink(to, at(name)).unwrap();
        }
        for name in ["pipe", "to-file", "to-pipe", "to-device", "to-nothing"] {
            assert!(open(&at(name)).is_err(), "{name}");
        }
        for name in ["pipe", "to-pipe", "to-device", "to-nothing"] {
            assert!(open_where_it_leads(&at(name)).is_err(), "{name}");
        }
        for mut file in [open(&at("file")).unwrap(), open_where_it_leads(&at("to-file")).unwrap()] {
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            assert_eq!(text, "text");
        }
        assert!(super::folder(&at("file")).is_err() && super::folder(folder.path()).is_ok());
    }

    #[test]
    fn what_others_can_replace_is_not_roots_alone_e1() {
        assert!(is_roots_alone(Path::new("/usr/bin/env")));
        for path in ["/tmp/incamera", "usr/bin/env", "/no/such/file"] {
            assert!(!is_roots_alone(Path::new(path)), "{path}");
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("program"), "").unwrap();
        assert!(!is_roots_alone(&folder.path().join("program")), "everybody may write to the folder above");
    }
}
