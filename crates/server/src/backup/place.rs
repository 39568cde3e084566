//! How the files of a backup come to be those of the server, so that an interruption leaves the former ones or the new
//! ones, and never some of each.
//!
//! All new files are written into a folder of their own beside the present ones. One renaming of that folder decides;
//! from then on, whoever takes the state folder ([`crate::folder::Hold`]) moves the present files aside and the new
//! ones into place, and begins again where somebody was interrupted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::files::remove_if_there;
use crate::folder::{self, Moves, PARTS};
use crate::store;

/// New files that nobody decided for yet.
pub(crate) const STAGED: &str = "restore-new";
/// New files that are to come into place.
pub(crate) const COMMITTED: &str = "restored";
/// What was there before the last restore.
pub const FORMER: &str = "before-restore";
/// In a folder with new files: which there were when it was decided.
const LIST: &str = "list.json";
/// How long the former files are kept, in case the restore was a mistake.
const REGRET: Duration = Duration::from_secs(7 * 24 * 3600);

/// Puts these files in place of the present ones, which are set aside. The folder must be held, and hold no [`FORMER`].
///
/// # Errors
/// Nothing was changed if it could not be decided; else the next [`settle`] goes on.
pub(super) fn install(state: &Path, files: &BTreeMap<&'static str, Vec<u8>>) -> io::Result<()> {
    stage(state, files)?;
    commit(state, STAGED)?;
    settle(state)
}

/// Brings back what was set aside; what is there now is set aside. `false`: there is nothing.
pub(super) fn undo(state: &Path) -> io::Result<bool> {
    let former = state.join(FORMER);
    if !former.join(store::FILE).exists() {
        return Ok(false);
    }
    let names: Vec<&str> =
        PARTS.iter().map(|part| part.name).filter(|name| former.join(name).exists()).collect();
    let list = former.join(LIST);
    remove_if_there(&list)?;
    folder::put(&list, &serde_json::to_vec(&names)?, state)?;
    folder::sync(&former)?;
    commit(state, FORMER)?;
    settle(state)?;
    Ok(true)
}

/// Deletes what was set aside. `false`: there is nothing.
pub(super) fn forget(state: &Path) -> io::Result<bool> {
    let former = state.join(FORMER);
    if !former.exists() {
        return Ok(false);
    }
    discard(state)?;
    Ok(true)
}

/// Deletes what was set aside a week ago.
pub fn forget_old(state: &Path, now: SystemTime) -> io::Result<()> {
    let former = state.join(FORMER);
    let Ok(since) = fs::metadata(&former).and_then(|metadata| metadata.modified()) else { return Ok(()) };
    // By a clock that was set back, it is kept longer.
    if now.duration_since(since).is_ok_and(|age| age > REGRET) { discard(state) } else { Ok(()) }
}

/// Under the name of what nobody decided for: an interruption leaves no half of it to bring back.
fn discard(state: &Path) -> io::Result<()> {
    let doomed = state.join(STAGED);
    fs::rename(state.join(FORMER), &doomed)?;
    clear(&doomed)
}

/// Whether [`settle`] has nothing to do.
pub(crate) fn is_settled(state: &Path) -> bool {
    !state.join(STAGED).exists() && !state.join(COMMITTED).exists()
}

/// Brings to its end what was decided, and deletes what was not.
pub(crate) fn settle(state: &Path) -> io::Result<()> {
    for step in steps(state)? {
        step.run(state)?;
    }
    let staged = state.join(STAGED);
    if staged.exists() { clear(&staged) } else { Ok(()) }
}

fn stage(state: &Path, files: &BTreeMap<&'static str, Vec<u8>>) -> io::Result<()> {
    let staged = state.join(STAGED);
    if staged.exists() {
        clear(&staged)?;
    }
    let written = write_all(state, &staged, files);
    if written.is_err() {
        // As when the disk is full. What cannot be deleted now is deleted at the next start.
        let _ = clear(&staged);
    }
    written
}

fn write_all(state: &Path, staged: &Path, files: &BTreeMap<&'static str, Vec<u8>>) -> io::Result<()> {
    make_folder(state, staged)?;
    for (name, bytes) in files {
        folder::put(&staged.join(name), bytes, state)?;
    }
    let names: Vec<&&str> = files.keys().collect();
    folder::put(&staged.join(LIST), &serde_json::to_vec(&names)?, state)?;
    folder::sync(staged)
}

/// The moment that decides.
fn commit(state: &Path, from: &str) -> io::Result<()> {
    fs::rename(state.join(from), state.join(COMMITTED))?;
    folder::sync(state)
}

/// One change of the disk. Each is wholly done or not at all, and those that are left follow from what is on the disk.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Step {
    MakeFormer,
    Move {
        from: PathBuf,
        to: PathBuf,
    },
    /// All moves are on the disk before it is forgotten what there was to move.
    Sync,
    Finish,
}

impl Step {
    fn run(&self, state: &Path) -> io::Result<()> {
        let (former, committed) = (state.join(FORMER), state.join(COMMITTED));
        match self {
            Self::MakeFormer => make_folder(state, &former),
            Self::Move { from, to } => fs::rename(from, to),
            Self::Sync => {
                folder::sync(&former)?;
                folder::sync(&committed)?;
                folder::sync(state)
            }
            Self::Finish => {
                remove_if_there(&committed.join(LIST))?;
                fs::remove_dir(&committed)?;
                // Empty, where there was nothing before.
                let _ = fs::remove_dir(&former);
                folder::sync(state)
            }
        }
    }
}

/// What is left to do.
fn steps(state: &Path) -> io::Result<Vec<Step>> {
    let (former, committed) = (state.join(FORMER), state.join(COMMITTED));
    if !committed.exists() {
        return Ok(Vec::new());
    }
    let list = committed.join(LIST);
    if !list.exists() {
        // It is the first thing that goes when everything is in place.
        return Ok(vec![Step::Finish]);
    }
    let new: BTreeSet<String> = serde_json::from_slice(&fs::read(&list)?)?;
    let mut steps = Vec::new();
    if !former.exists() {
        steps.push(Step::MakeFormer);
    }
    let names = || PARTS.iter().filter(|part| part.moves != Moves::Never).map(|part| part.name);
    for name in names() {
        // A new file that is not in its folder any more is in place already.
        let is_former = !new.contains(name) || committed.join(name).exists();
        if is_former && state.join(name).exists() {
            steps.push(Step::Move { from: state.join(name), to: former.join(name) });
        }
    }
    for name in names().filter(|name| committed.join(name).exists()) {
        steps.push(Step::Move { from: committed.join(name), to: state.join(name) });
    }
    steps.extend([Step::Sync, Step::Finish]);
    Ok(steps)
}

fn make_folder(state: &Path, path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    #[cfg(unix)]
    folder::give(&fs::File::open(path)?, state)?;
    Ok(())
}

/// Wipes the files of a folder, which has no folders in it, and removes it.
fn clear(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        folder::wipe(&entry?.path())?;
    }
    fs::remove_dir(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Files = BTreeMap<String, Vec<u8>>;

    const JOURNAL: &str = "incamera.db-journal";

    /// The files that belong to the state, by what is in the folder.
    fn present(folder: &Path) -> Files {
        let Ok(entries) = fs::read_dir(folder) else { return Files::new() };
        let files = entries.map(|entry| entry.expect("readable").path()).filter(|path| path.is_file());
        let named = files.map(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).expect("text").to_owned();
            (name, fs::read(path).expect("readable"))
        });
        named.collect()
    }

    fn files(entries: &[(&'static str, &str)]) -> BTreeMap<&'static str, Vec<u8>> {
        entries.iter().map(|(name, text)| (*name, text.as_bytes().to_vec())).collect()
    }

    fn owned(files: &BTreeMap<&'static str, Vec<u8>>) -> Files {
        files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.clone())).collect()
    }

    /// A state with a journal that the new one does not have, and without a certificate that it has.
    fn two_states() -> (tempfile::TempDir, Files, BTreeMap<&'static str, Vec<u8>>) {
        let folder = tempfile::tempdir().expect("a folder");
        let former = files(&[(store::FILE, "former"), (JOURNAL, "half"), ("address", "https://former")]);
        for (name, bytes) in &former {
            fs::write(folder.path().join(name), bytes).expect("written");
        }
        (folder, owned(&former), files(&[(store::FILE, "new"), (crate::tls::ORDERED, "chain")]))
    }

    #[test]
    fn an_interruption_leaves_the_former_state_or_the_new_one_a2() {
        let (folder, _, new) = two_states();
        stage(folder.path(), &new).expect("staged");
        commit(folder.path(), STAGED).expect("decided");
        let count = steps(folder.path()).expect("steps").len();
        assert!(count > 6, "{count}");

        for done in 0..=count {
            let (folder, former, new) = two_states();
            let state = folder.path();
            stage(state, &new).expect("staged");
            commit(state, STAGED).expect("decided");
            for step in steps(state).expect("steps").iter().take(done) {
                step.run(state).expect("done");
            }
            // And interrupted again, after each step that was left.
            while let Some(step @ (Step::MakeFormer | Step::Move { .. })) =
                steps(state).expect("steps").first()
            {
                step.run(state).expect("done");
            }
            settle(state).expect("settled");
            assert_eq!(present(state), owned(&new), "after {done} steps");
            assert_eq!(present(&state.join(FORMER)), former, "after {done} steps");
            assert!(is_settled(state));
        }
    }

    #[test]
    fn what_was_not_decided_never_was_a2() {
        let (folder, former, new) = two_states();
        stage(folder.path(), &new).expect("staged");
        assert!(!is_settled(folder.path()));
        settle(folder.path()).expect("settled");
        assert_eq!(present(folder.path()), former);
        assert!(is_settled(folder.path()));
        assert!(!folder.path().join(FORMER).exists());
    }

    #[test]
    fn a_restore_is_undone_and_done_again() {
        let (folder, former, new) = two_states();
        let state = folder.path();
        assert!(!undo(state).expect("tried"), "nothing was restored yet");
        install(state, &new).expect("installed");
        for _ in 0..2 {
            assert!(undo(state).expect("undone"));
            assert_eq!(present(state), former);
            assert_eq!(present(&state.join(FORMER)), owned(&new));
            assert!(undo(state).expect("done again"));
            assert_eq!(present(state), owned(&new));
            assert_eq!(present(&state.join(FORMER)), former);
        }
    }

    #[test]
    fn an_interruption_of_the_last_step_is_brought_to_its_end() {
        let (folder, _, new) = two_states();
        let state = folder.path();
        install(state, &new).expect("installed");
        fs::create_dir(state.join(COMMITTED)).expect("made");
        settle(state).expect("settled");
        assert_eq!(present(state), owned(&new));
        assert!(is_settled(state));
    }

    #[test]
    fn an_empty_folder_has_no_former_state() {
        let folder = tempfile::tempdir().expect("a folder");
        install(folder.path(), &files(&[(store::FILE, "new")])).expect("installed");
        assert!(!folder.path().join(FORMER).exists());
        assert!(!forget(folder.path()).expect("tried"));
    }

    #[test]
    fn the_former_state_is_deleted_after_a_week_i3() {
        let (folder, former, new) = two_states();
        install(folder.path(), &new).expect("installed");
        let day = Duration::from_secs(24 * 3600);
        forget_old(folder.path(), SystemTime::now() + 6 * day).expect("looked");
        assert_eq!(present(&folder.path().join(FORMER)), former);
        forget_old(folder.path(), SystemTime::now() - 30 * day).expect("looked");
        assert_eq!(present(&folder.path().join(FORMER)), former);
        forget_old(folder.path(), SystemTime::now() + 8 * day).expect("looked");
        assert!(!folder.path().join(FORMER).exists());
        assert_eq!(present(folder.path()), owned(&new));
    }
}
