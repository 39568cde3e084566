//! Whether what we print is written down by a service manager.

/// As systemd says it, by the device and inode number of the stream that it reads (systemd.exec(5), `JOURNAL_STREAM`).
/// A program that was started by hand may have inherited the variable, but not the stream.
#[cfg(unix)]
pub fn keeps_what_is_printed() -> bool {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::MetadataExt as _;
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    let stdout = std::io::stdout().as_fd().try_clone_to_owned().map(std::fs::File::from);
    let metadata = stdout.and_then(|stdout| stdout.metadata());
    metadata.is_ok_and(|metadata| stream == format!("{}:{}", metadata.dev(), metadata.ino()))
}

/// There is no such stream.
#[cfg(not(unix))]
pub fn keeps_what_is_printed() -> bool {
    false
}
