//! What the weekly audit leaves for the host's page (B4): how many points hold, and the names of those that do not. Nothing
//! about anybody, and root's own file: the service can only read it.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use anyhow::Context;
use incamera_hardening::audit::Audit;
use incamera_hardening::control::Verdict;
use serde::{Deserialize, Serialize};

use crate::clock::UnixTime;
use crate::files::{self, Readers};

/// The folder, which the helper's unit makes.
pub const FOLDER: &str = "/var/lib/incamera-audit";
/// The file in it.
pub const LAST: &str = "/var/lib/incamera-audit/last.json";
/// Bytes of it. A name has some twenty, and there are fewer than two hundred points.
const LARGEST: u64 = 64 * 1024;

/// The last audit by the timer, and the one before.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Kept {
    /// The last one.
    pub last: Summary,
    /// The one before, if there was one.
    pub before: Option<Summary>,
}

/// An audit in short.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// When it was.
    pub taken: UnixTime,
    /// How many points hold.
    pub holds: usize,
    /// How many there are that say something of this machine.
    pub all: usize,
    /// The names of those that fall short.
    pub short: Vec<String>,
}

impl Summary {
    /// Of a whole audit.
    pub fn of(audit: &Audit) -> Self {
        let count = audit.count();
        let short = audit.controls.iter().filter(|point| matches!(point.verdict, Verdict::FallsShort { .. }));
        Self {
            taken: UnixTime(i64::try_from(audit.taken).unwrap_or(i64::MAX)),
            holds: count.holds,
            all: count.holds + count.falls_short + count.open,
            short: short.map(|point| point.id.to_owned()).collect(),
        }
    }
}

impl Kept {
    /// What was left; `None`: nothing that can be read.
    pub fn read(path: &Path) -> Option<Self> {
        let mut text = String::new();
        File::open(path).ok()?.take(LARGEST).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// How many points fall short that did not the time before.
    pub fn worse(&self) -> usize {
        let Some(before) = &self.before else { return 0 };
        self.last.short.iter().filter(|id| !before.short.contains(id)).count()
    }
}

/// Leaves a summary; the last one becomes the one before.
///
/// # Errors
/// It cannot be written.
pub fn keep(path: &Path, last: Summary) -> anyhow::Result<Kept> {
    let kept = Kept { before: Kept::read(path).map(|former| former.last), last };
    let text = serde_json::to_string(&kept).context("cannot write what was found")?;
    files::replace(path, text.as_bytes(), Readers::Everybody)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(kept)
}

/// Whether nobody has measured for so long; of a file that is not there, too.
#[cfg(target_os = "linux")]
pub(crate) fn is_older(path: &Path, than: std::time::Duration) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.map_or(true, |time| time.elapsed().is_ok_and(|age| age > than))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn summary(taken: i64, short: &[&str]) -> Summary {
        let short: Vec<_> = short.iter().map(|id| (*id).to_owned()).collect();
        Summary { taken: UnixTime(taken), holds: 100, all: 100 + short.len(), short }
    }

    #[test]
    fn a_change_for_the_worse_is_known_b4() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("last.json");
        assert_eq!(Kept::read(&path), None, "there was never one");
        let worse = |taken, short: &[&str]| keep(&path, summary(taken, short)).expect("kept").worse();
        assert_eq!(worse(1, &["a"]), 0, "there is nothing to compare with");
        assert_eq!(worse(2, &["a", "b"]), 1);
        assert_eq!(worse(3, &["a", "b"]), 0, "no worse than the time before");
        assert_eq!(worse(4, &["c"]), 1, "though fewer fall short");
        assert_eq!(worse(5, &[]), 0);
        let kept = Kept::read(&path).expect("kept");
        assert_eq!((kept.last.taken.0, kept.before.expect("before").taken.0), (5, 4));
    }

    #[test]
    fn everybody_may_read_it_and_what_cannot_be_read_is_as_if_it_were_not_there() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("last.json");
        keep(&path, summary(1, &[])).expect("kept");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o644);
        for broken in ["", "{}", "null", &"[".repeat(100_000)] {
            fs::write(&path, broken).expect("written");
            assert_eq!(Kept::read(&path), None);
        }
        assert_eq!(keep(&path, summary(2, &["a"])).expect("kept").before, None);
    }

    #[test]
    fn age_is_told_also_of_what_is_not_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("last.json");
        assert!(is_older(&path, Duration::MAX));
        fs::write(&path, "").expect("written");
        assert!(!is_older(&path, Duration::from_secs(3600)));
        let old = std::time::SystemTime::now() - Duration::from_secs(7200);
        File::options().write(true).open(&path).and_then(|file| file.set_modified(old)).expect("made older");
        assert!(is_older(&path, Duration::from_secs(3600)));
    }
}
