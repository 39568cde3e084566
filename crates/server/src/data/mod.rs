//! All that a server keeps: each file of its folder, and each row of its database, without what is secret (P1, I3).

mod columns;
pub mod command;

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::Serialize;
use serde_json::Value;

use crate::clock::{UnixTime, day};
use crate::config::Config;
use crate::folder;
use crate::store::{Cell, Snapshot};

use self::columns::{Column, Show, TABLES};

/// Of files that nobody told us of.
const UNKNOWN: &str = "not made by this version of incamera";

/// Everything.
#[derive(Debug, Serialize)]
struct Kept {
    folder: String,
    files: Vec<FileKept>,
    configuration: Option<Configuration>,
    tables: Vec<TableKept>,
}

/// A file, or a folder with all that is in it.
#[derive(Debug, Serialize)]
struct FileKept {
    name: String,
    bytes: u64,
    holds: &'static str,
}

/// The configuration is written by whoever runs the server, and names one person at most.
#[derive(Debug, Serialize)]
struct Configuration {
    file: String,
    email: Option<String>,
}

#[derive(Debug, Serialize)]
struct TableKept {
    name: &'static str,
    holds: &'static str,
    rows: Vec<Vec<Entry>>,
}

/// A value of a row.
#[derive(Debug, Serialize)]
struct Entry {
    column: &'static str,
    means: &'static str,
    #[serde(flatten)]
    shown: Shown,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Shown {
    Value(Value),
    /// It is named, and not shown.
    Bytes(usize),
}

impl Kept {
    /// Of the server with this configuration, which may be running.
    fn look(config: &Config) -> anyhow::Result<Self> {
        let database = Snapshot::of(&config.state).with_context(|| {
            format!(
                "the database in {} cannot be read; use the account that the server runs with, or sudo",
                config.state.display()
            )
        })?;
        let names = database.host_names()?;
        let tables = TABLES.iter().map(|table| {
            let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            let rows = database.rows(table.name, &columns)?;
            let entry = |(column, cell): (&Column, &Cell)| Entry {
                column: column.name,
                means: column.means,
                shown: shown(column.show, cell, &names),
            };
            let rows = rows.iter().map(|row| table.columns.iter().zip(row).map(entry).collect()).collect();
            Ok(TableKept { name: table.name, holds: table.holds, rows })
        });
        Ok(Self {
            folder: config.state.display().to_string(),
            files: files(&config.state)?,
            configuration: config.file.as_ref().map(|file| Configuration {
                file: file.display().to_string(),
                email: config.authority.email.clone(),
            }),
            tables: tables.collect::<anyhow::Result<_>>()?,
        })
    }

    /// For people.
    fn text(&self) -> String {
        let mut text = format!(
            "All that this server keeps is in the folder {}.\n\nAbout people who take part in meetings it keeps nothing: no \
             names, no addresses, no times, no words. What a running meeting needs is in memory, and is gone when the meeting \
             is over.\n\nFILES\n",
            self.folder
        );
        for file in &self.files {
            text.push_str(&format!("\n  {} ({})\n    {}\n", file.name, bytes(file.bytes), file.holds));
        }
        if let Some(Configuration { file, email }) = &self.configuration {
            text.push_str(&format!("\n  {file}\n    the configuration, written by whoever runs this server"));
            match email {
                Some(email) => text.push_str(&format!(
                    ". The authority that certificates are ordered from has the address {email} from it\n"
                )),
                None => text.push('\n'),
            }
        }
        text.push_str("\nTHE DATABASE\n");
        for table in &self.tables {
            text.push_str(&format!("\n  {}: {}\n", table.holds, table.rows.len()));
            for (number, row) in table.rows.iter().enumerate() {
                text.push_str(&format!("\n    {}.\n", number + 1));
                for Entry { means, shown, .. } in row {
                    text.push_str(&format!("      {means}: {}\n", shown.text()));
                }
            }
        }
        text
    }
}

impl Shown {
    fn text(&self) -> String {
        match self {
            Self::Bytes(count) => format!("{count} bytes, not shown"),
            Self::Value(Value::String(text)) => printable(text),
            Self::Value(Value::Null) => "nothing".to_owned(),
            Self::Value(Value::Bool(true)) => "yes".to_owned(),
            Self::Value(Value::Bool(false)) => "no".to_owned(),
            Self::Value(Value::Object(settings)) => {
                let one = |(name, value): (&String, &Value)| match value {
                    Value::Bool(on) => format!("{} {}", spaced(name), if *on { "on" } else { "off" }),
                    other => format!("{} {other}", spaced(name)),
                };
                settings.iter().map(one).collect::<Vec<_>>().join(", ")
            }
            Self::Value(other) => other.to_string(),
        }
    }
}

fn shown(show: Show, cell: &Cell, names: &[(i64, String)]) -> Shown {
    let name = |id: i64| names.iter().find(|(own, _)| *own == id).map(|(_, name)| name.clone());
    match (show, cell) {
        (_, Cell::Nothing) => Shown::Value(Value::Null),
        (Show::Size, cell) => Shown::Bytes(cell.length()),
        (Show::Plain, Cell::Number(number)) => Shown::Value((*number).into()),
        (Show::Plain, Cell::Text(text)) => Shown::Value(text.clone().into()),
        (Show::Host, Cell::Number(id)) => Shown::Value(name(*id).map_or(Value::Null, Value::from)),
        (Show::Day, Cell::Number(time)) => Shown::Value(day(UnixTime(*time)).into()),
        (Show::YesNo, Cell::Number(number)) => Shown::Value((*number != 0).into()),
        (Show::Word(words), Cell::Text(text)) => {
            let meaning = words.iter().find(|(word, _)| word == text).map(|(_, meaning)| *meaning);
            meaning.map_or(Shown::Bytes(text.len()), |meaning| Shown::Value(meaning.into()))
        }
        (Show::Settings, Cell::Text(text)) => {
            // What is no JSON was not written by this program.
            serde_json::from_str(text).map_or(Shown::Bytes(text.len()), Shown::Value)
        }
        // Of another kind than its column has: nothing that could be secret is shown.
        (_, cell) => Shown::Bytes(cell.length()),
    }
}

fn files(state: &Path) -> anyhow::Result<Vec<FileKept>> {
    let failed = || format!("cannot look into {}", state.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(state).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let bytes = size(&entry.path()).with_context(failed)?;
        files.push(FileKept {
            holds: folder::known(&name).unwrap_or(UNKNOWN),
            name: printable(&name),
            bytes,
        });
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

/// Of a file, or of all files in a folder.
fn size(path: &Path) -> std::io::Result<u64> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Ok(metadata.len());
    }
    let sizes = fs::read_dir(path)?.map(|entry| Ok(entry?.metadata()?.len()));
    sizes.sum()
}

fn bytes(count: u64) -> String {
    match count {
        0 => "empty".to_owned(),
        1 => "1 byte".to_owned(),
        count => format!("{count} bytes"),
    }
}

/// A name that somebody typed does nothing to a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// `earlyStart` is `early start`.
fn spaced(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            text.push(' ');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Db;

    /// What the database has and this does not print, and the other way round.
    fn differences(database: &Snapshot) -> Vec<String> {
        let kept = database.columns().expect("readable");
        let told = TABLES.iter().flat_map(|table| {
            table.columns.iter().map(move |column| (table.name.to_owned(), column.name.to_owned()))
        });
        let told: Vec<(String, String)> = told.collect();
        let differ = |one: &[(String, String)], other: &[(String, String)]| {
            let lacking = one.iter().filter(|column| !other.contains(column));
            lacking.map(|(table, column)| format!("{table}.{column}")).collect::<Vec<_>>()
        };
        [differ(&kept, &told), differ(&told, &kept)].concat()
    }

    #[test]
    fn every_column_of_every_table_is_told_p1() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(folder.path()).expect("made");
        let database = Snapshot::of(folder.path()).expect("copied");
        assert_eq!(differences(&database), [""; 0]);
        db.close().expect("closed");
    }

    #[test]
    fn what_is_of_another_kind_than_its_column_is_not_shown() {
        let secret = Cell::Bytes(vec![7; 32]);
        for show in [Show::Plain, Show::Day, Show::Host, Show::YesNo, Show::Settings, Show::Size] {
            assert!(matches!(shown(show, &secret, &[]), Shown::Bytes(32)), "{show:?}");
        }
        assert!(matches!(shown(Show::Settings, &Cell::Text("x".to_owned()), &[]), Shown::Bytes(1)));
        assert!(matches!(shown(Show::Size, &Cell::Text("secret".to_owned()), &[]), Shown::Bytes(6)));
    }

    #[test]
    fn a_name_does_nothing_to_a_terminal() {
        let shown = Shown::Value("\u{1b}[2JAnna".into()).text();
        assert_eq!(shown, "\u{fffd}[2JAnna");
    }
}
