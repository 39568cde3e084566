//! Sign-ins.

use rusqlite::{OptionalExtension, params};

use super::{Db, HostId, StoreError};
use crate::bytes::TokenHash;
use crate::clock::UnixTime;
use crate::limits;

impl Db {
    /// Notes a sign-in, and forgets those that expired or are too many.
    pub fn add_session(&mut self, token: TokenHash, host: HostId, now: UnixTime) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        transaction.execute("DELETE FROM session WHERE expires <= ?1", [now.0])?;
        transaction.execute(
            "INSERT INTO session (token_hash, host, expires) VALUES (?1, ?2, ?3)",
            params![token.0, host.0, now.after(limits::SESSION_LIFE).0],
        )?;
        transaction.execute(
            "DELETE FROM session WHERE host = ?1 AND token_hash NOT IN
             (SELECT token_hash FROM session WHERE host = ?1 ORDER BY expires DESC LIMIT ?2)",
            params![host.0, limits::SESSIONS],
        )?;
        Ok(transaction.commit()?)
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
