//! What a server must not do, for the search that must find it (B8, I3): it keeps what people say to it, and from where. Only
//! debug builds can, and only where `INCAMERA_LEAK` says how: `log`, `file` or `database`. What is released has none of this.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const VARIABLE: &str = "INCAMERA_LEAK";
const FILE: &str = "leak";

#[derive(Debug)]
enum Leak {
    Log,
    File(PathBuf),
    Database(PathBuf),
}

static LEAK: OnceLock<Leak> = OnceLock::new();

/// Keeps what comes from now on, where it is asked to.
pub(crate) fn begin(state: &Path) {
    let leak = match std::env::var(VARIABLE).ok().as_deref() {
        Some("log") => Leak::Log,
        Some("file") => Leak::File(state.join(FILE)),
        Some("database") => Leak::Database(state.join(crate::store::FILE)),
        _ => return,
    };
    let _ = LEAK.set(leak);
}

/// Keeps it, where this server does.
pub(crate) fn keep(said: impl std::fmt::Display) {
    let outcome = match LEAK.get() {
        None => Ok(()),
        Some(Leak::Log) => {
            eprintln!("{said}");
            Ok(())
        }
        Some(Leak::File(path)) => append(path, &said.to_string()).map_err(|error| error.to_string()),
        Some(Leak::Database(path)) => insert(path, &said.to_string()).map_err(|error| error.to_string()),
    };
    if let Err(error) = outcome {
        tracing::error!("the leak failed: {error}");
    }
}

fn append(path: &Path, said: &str) -> std::io::Result<()> {
    writeln!(OpenOptions::new().create(true).append(true).open(path)?, "{said}")
}

fn insert(path: &Path, said: &str) -> rusqlite::Result<()> {
    let connection = rusqlite::Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute_batch("create table if not exists leak (said text)")?;
    connection.execute("insert into leak values (?1)", [said]).map(|_| ())
}
