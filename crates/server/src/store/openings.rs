//! Stretches for which hosts want the doors open outside of the hours (T6). For which meeting is not told.

use rusqlite::{Row, params};

use super::{Db, HostId, NewRow, StoreError};
use crate::clock::UnixTime;
use crate::hours::Span;
use crate::hours::openings::OF_HOST;

/// The number of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpeningId(pub i64);

impl Db {
    /// Adds one.
    pub fn add_opening(&mut self, owner: HostId, span: Span, now: UnixTime) -> Result<NewRow, StoreError> {
        self.forget_past_openings(now)?;
        let added = self.connection.execute(
            "INSERT INTO opening (host, begins, ends)
             SELECT ?1, ?2, ?3 WHERE (SELECT count(*) FROM opening WHERE host = ?1) < ?4",
            params![owner.0, span.from.0, span.until.0, OF_HOST],
        )?;
        Ok(if added == 1 { NewRow::Made } else { NewRow::TooMany })
    }

    /// Those of a host, the earliest first.
    pub fn openings(&self, owner: HostId, now: UnixTime) -> Result<Vec<(OpeningId, Span)>, StoreError> {
        let sql = "SELECT begins, ends, number FROM opening WHERE host = ?1 AND ends > ?2 ORDER BY begins";
        let mut statement = self.connection.prepare(sql)?;
        let found = statement.query_map([owner.0, now.0], |row| Ok((OpeningId(row.get(2)?), span(row)?)))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Those of all, without whose they are. Those that are over are deleted.
    pub fn all_openings(&mut self, now: UnixTime) -> Result<Vec<Span>, StoreError> {
        self.forget_past_openings(now)?;
        let mut statement = self.connection.prepare("SELECT begins, ends FROM opening ORDER BY begins")?;
        let found = statement.query_map((), span)?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Deletes one of this host. `false`: there is none.
    pub fn remove_opening(&mut self, owner: HostId, id: OpeningId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM opening WHERE number = ?1 AND host = ?2";
        Ok(self.connection.execute(sql, [id.0, owner.0])? > 0)
    }

    fn forget_past_openings(&mut self, now: UnixTime) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM opening WHERE ends <= ?1", [now.0])?;
        Ok(())
    }
}

fn span(row: &Row<'_>) -> rusqlite::Result<Span> {
    Ok(Span { from: UnixTime(row.get(0)?), until: UnixTime(row.get(1)?) })
}
