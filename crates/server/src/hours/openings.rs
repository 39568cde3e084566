//! Stretches outside of the hours for which hosts want the doors open. The server knows the times, and whose they are; for which
//! meeting, it is not told.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use super::spans::Span;
use crate::clock::UnixTime;
use crate::files::{self, Readers};

/// In the state folder: all of them, without whose they are, for root's helper.
pub const OPENINGS: &str = "openings.json";
/// Of one host.
pub const OF_HOST: u32 = 20;
/// How long one may be.
pub const LONGEST: Duration = Duration::from_secs(12 * 3600);
/// How far ahead it may begin.
pub const FARTHEST: Duration = Duration::from_secs(60 * 86_400);
/// The doors open so much earlier, for those who come before the time.
pub const EARLY: Duration = Duration::from_secs(15 * 60);
/// What the helper takes of the service, at most: it may have been broken into.
const MOST: usize = 2000;
const LARGEST: u64 = 256 * 1024;

/// Whether a host may ask for it.
pub fn is_fit(span: Span, now: UnixTime) -> bool {
    span.until > now
        && span.from < span.until
        && span.from >= now.before(LONGEST)
        && span.from <= now.after(FARTHEST)
        && span.from.until(span.until) <= LONGEST
}

/// Leaves them where the helper looks.
///
/// # Errors
/// Where they cannot be written.
pub fn write(state: &Path, spans: &[Span]) -> io::Result<()> {
    // Our own types: numbers.
    let text = serde_json::to_vec(spans).expect("numbers can be written as JSON");
    files::replace(&state.join(OPENINGS), &text, Readers::Owner)
}

/// As the helper takes them, with the time before. The folder is the service's, which may have been broken into: no link
/// is followed, and whatever it says opens doors for 12 hours at a time and nothing else (E1).
pub fn read(state: &Path, now: UnixTime) -> Vec<Span> {
    let Ok(text) = text(&state.join(OPENINGS)) else { return Vec::new() };
    let spans: Vec<Span> = serde_json::from_str(&text).unwrap_or_default();
    let fit = spans.into_iter().take(MOST).filter(|span| is_fit(*span, now));
    fit.map(|span| Span { from: span.from.before(EARLY), ..span }).collect()
}

fn text(path: &Path) -> io::Result<String> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime(1_000_000);

    fn span(from: i64, until: i64) -> Span {
        Span { from: UnixTime(NOW.0 + from), until: UnixTime(NOW.0 + until) }
    }

    #[test]
    fn doors_open_early_for_what_hosts_planned_t6() {
        let state = tempfile::tempdir().expect("a folder");
        assert!(read(state.path(), NOW).is_empty(), "nobody planned anything");
        write(state.path(), &[span(7200, 9000)]).expect("written");
        assert_eq!(read(state.path(), NOW), [span(7200 - 900, 9000)]);
    }

    #[test]
    fn what_no_host_may_ask_for_opens_nothing_e1() {
        for wrong in [
            span(-100, -50),
            span(100, 100),
            span(100, 50),
            span(0, 12 * 3600 + 1),
            span(61 * 86_400, 61 * 86_400 + 60),
            Span { from: UnixTime(i64::MIN), until: UnixTime(i64::MAX) },
        ] {
            assert!(!is_fit(wrong, NOW), "{wrong:?}");
            let state = tempfile::tempdir().expect("a folder");
            write(state.path(), &[wrong]).expect("written");
            assert!(read(state.path(), NOW).is_empty());
        }
        assert!(is_fit(span(-100, 100), NOW), "it may have begun");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_or_a_pipe_that_the_service_left_is_not_read_by_root_e1() {
        let state = tempfile::tempdir().expect("a folder");
        let elsewhere = state.path().join("elsewhere");
        std::fs::write(&elsewhere, serde_json::to_vec(&[span(7200, 9000)]).expect("text")).expect("written");
        std::os::unix::fs::symlink(&elsewhere, state.path().join(OPENINGS)).expect("a link");
        assert!(read(state.path(), NOW).is_empty());
        std::fs::remove_file(state.path().join(OPENINGS)).expect("removed");
        std::fs::create_dir(state.path().join(OPENINGS)).expect("made");
        assert!(read(state.path(), NOW).is_empty());
    }
}
