//! Host accounts.

use incamera_conference::ids::HostKey;
use incamera_conference::private::Private;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};

use super::{Db, StoreError};
use crate::bytes::{AccountSalt, WrappedKey};

/// An account, numbered by the store; a number is never given twice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct HostId(pub i64);

/// An account as it is stored.
#[derive(Clone, Debug)]
pub struct Host {
    /// Its number.
    pub id: HostId,
    /// As the host writes it.
    pub name: Private,
    /// Of the page's Argon2id.
    pub salt: AccountSalt,
    /// Argon2id of the sign-in key, in the PHC string format.
    pub verifier: Private,
    /// The public half of the host key.
    pub host_key: HostKey,
    /// The private half, under the password.
    pub wrapped_by_password: WrappedKey,
    /// The private half, under the recovery code.
    pub wrapped_by_recovery: WrappedKey,
    /// Whether each sign-in needs the password and a passkey.
    pub asks_both: bool,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewHost {
    /// As the host writes it.
    pub name: Private,
    /// The public half of the host key.
    pub host_key: HostKey,
    /// Its password.
    pub password: NewPassword,
    /// The private half, under the recovery code.
    pub wrapped_by_recovery: WrappedKey,
}

/// What a password leaves at the server.
#[derive(Clone, Debug)]
pub struct NewPassword {
    /// Of the page's Argon2id.
    pub salt: AccountSalt,
    /// Argon2id of the sign-in key, in the PHC string format.
    pub verifier: Private,
    /// The private half of the host key, under the password.
    pub wrapped_by_password: WrappedKey,
}

/// By which names are compared: `Anna` and `anna` are one account.
pub(super) fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

const COLUMNS: &str =
    "id, name, salt, verifier, host_key, wrapped_by_password, wrapped_by_recovery, asks_both";

impl Db {
    /// The account of this name.
    pub fn host_by_name(&self, name: &str) -> Result<Option<Host>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM host WHERE name_key = ?1");
        Ok(self.connection.query_row(&sql, [name_key(name)], read).optional()?)
    }

    /// The account of this number.
    pub fn host(&self, id: HostId) -> Result<Option<Host>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM host WHERE id = ?1");
        Ok(self.connection.query_row(&sql, [id.0], read).optional()?)
    }

    /// The names of all accounts, in the order of their making.
    pub fn host_names(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare("SELECT name FROM host ORDER BY id")?;
        let names = statement.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(names)
    }

    /// How many accounts there are.
    pub fn host_count(&self) -> Result<u32, StoreError> {
        Ok(self.connection.query_row("SELECT count(*) FROM host", (), |row| row.get(0))?)
    }

    /// Gives an account a new password and ends all its sign-ins.
    pub fn change_password(&mut self, id: HostId, password: &NewPassword) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "UPDATE host SET salt = ?2, verifier = ?3, wrapped_by_password = ?4 WHERE id = ?1",
            params![id.0, password.salt.0, &*password.verifier, password.wrapped_by_password.as_bytes()],
        )?;
        transaction.execute("DELETE FROM session WHERE host = ?1", [id.0])?;
        Ok(transaction.commit()?)
    }

    /// Deletes an account with its meetings and sign-ins. `false`: there was none of this name.
    pub fn remove_host(&mut self, name: &str) -> Result<bool, StoreError> {
        Ok(self.connection.execute("DELETE FROM host WHERE name_key = ?1", [name_key(name)])? > 0)
    }
}

pub(super) fn insert(connection: &rusqlite::Connection, host: &NewHost) -> Result<HostId, StoreError> {
    connection.execute(
        "INSERT INTO host (name, name_key, salt, verifier, host_key, wrapped_by_password, wrapped_by_recovery)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            host.name.trim(),
            name_key(&host.name),
            host.password.salt.0,
            &*host.password.verifier,
            host.host_key.0,
            host.password.wrapped_by_password.as_bytes(),
            host.wrapped_by_recovery.as_bytes(),
        ],
    )?;
    Ok(HostId(connection.last_insert_rowid()))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Host> {
    Ok(Host {
        id: HostId(row.get(0)?),
        name: row.get::<_, String>(1)?.into(),
        salt: AccountSalt(row.get(2)?),
        verifier: row.get::<_, String>(3)?.into(),
        host_key: HostKey(row.get(4)?),
        wrapped_by_password: wrapped(row, 5)?,
        wrapped_by_recovery: wrapped(row, 6)?,
        asks_both: row.get(7)?,
    })
}

fn wrapped(row: &Row<'_>, column: usize) -> rusqlite::Result<WrappedKey> {
    let bytes: Vec<u8> = row.get(column)?;
    WrappedKey::new(bytes).ok_or_else(|| oversized(column))
}

/// What is longer than its type allows was not written by this program.
pub(super) fn oversized(column: usize) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, "longer than allowed".into())
}
