//! Sign-ins.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Db, HostId, StoreError};
use crate::bytes::TokenHash;
use crate::clock::UnixTime;
use crate::limits;

impl Db {
    /// Notes a sign-in, and forgets those that expired or are too many.
    pub fn add_session(&mut self, token: TokenHash, host: HostId, now: UnixTime) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        forget_expired(&transaction, now)?;
        transaction.execute(
            "INSERT INTO session (token_hash, host, expires) VALUES (?1, ?2, ?3)",
            params![token.0, host.0, whole_days(now.after(limits::SESSION_LIFE)).0],
        )?;
        transaction.execute(
            "DELETE FROM session WHERE host = ?1 AND token_hash NOT IN
             (SELECT token_hash FROM session WHERE host = ?1 ORDER BY token_hash = ?3 DESC, expires DESC LIMIT ?2)",
            params![host.0, limits::SESSIONS, token.0],
        )?;
        Ok(transaction.commit()?)
    }

    /// Forgets the sign-ins that expired.
    pub fn forget_expired_sessions(&mut self, now: UnixTime) -> Result<(), StoreError> {
        forget_expired(&self.connection, now)
    }

    /// Whose sign-in this is.
    pub fn session_host(&self, token: TokenHash, now: UnixTime) -> Result<Option<HostId>, StoreError> {
        let sql = "SELECT host FROM session WHERE token_hash = ?1 AND expires > ?2";
        Ok(self
            .connection
            .query_row(sql, params![token.0, now.0], |row| row.get(0).map(HostId))
            .optional()?)
    }

    /// Ends one sign-in.
    pub fn remove_session(&mut self, token: TokenHash) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM session WHERE token_hash = ?1", [token.0])?;
        Ok(())
    }

    /// Ends every sign-in of a host.
    pub fn remove_sessions(&mut self, host: HostId) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM session WHERE host = ?1", [host.0])?;
        Ok(())
    }
}

fn forget_expired(connection: &Connection, now: UnixTime) -> Result<(), StoreError> {
    connection.execute("DELETE FROM session WHERE expires <= ?1", [now.0])?;
    Ok(())
}

/// The next beginning of a day: the file does not tell at what time of the day a host signed in, which is about when
/// a meeting began (I3).
fn whole_days(time: UnixTime) -> UnixTime {
    const DAY: i64 = 24 * 3600;
    UnixTime((time.0 + DAY - 1).div_euclid(DAY) * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_sign_in_names_a_day_only_i3() {
        let day = 24 * 3600;
        assert_eq!(whole_days(UnixTime(day)), UnixTime(day));
        assert_eq!(whole_days(UnixTime(day + 1)), UnixTime(2 * day));
        assert_eq!(whole_days(UnixTime(2 * day - 1)), UnixTime(2 * day));
    }
}
