//! Passkeys of hosts. None of their rows says when it was made or used (I3).

use incamera_conference::private::Private;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::hosts::{name_key, oversized};
use super::{Db, HostId, StoreError};
use crate::bytes::{CredentialId, SealedPasskeyName, WrappedKey};
use crate::limits;

/// A passkey as it is stored.
#[derive(Clone, Debug)]
pub struct StoredPasskey {
    /// By which its authenticator knows it.
    pub id: CredentialId,
    /// Whose.
    pub host: HostId,
    /// For the host alone.
    pub name: SealedPasskeyName,
    /// Public key, flags and counter: the WebAuthn library's own JSON.
    pub credential: Private,
    /// The private half of the host key, under the passkey; `None` where the passkey gives no key.
    pub wrapped_by_passkey: Option<WrappedKey>,
}

/// What became of a new passkey.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Addition {
    /// It is there.
    Done,
    /// There is one of this id.
    Known,
    /// The host has [`limits::PASSKEYS`], or is there no more.
    TooMany,
}

const COLUMNS: &str = "credential_id, host, name, credential, wrapped_by_passkey";

impl Db {
    /// The passkeys of a host, in the order of their making.
    pub fn passkeys(&self, host: HostId) -> Result<Vec<StoredPasskey>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM passkey WHERE host = ?1 ORDER BY number");
        let mut statement = self.connection.prepare(&sql)?;
        let passkeys = statement.query_map([host.0], read)?.collect::<Result<_, _>>()?;
        Ok(passkeys)
    }

    /// The passkey of this id, whoever's it is.
    pub fn passkey(&self, id: &CredentialId) -> Result<Option<StoredPasskey>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM passkey WHERE credential_id = ?1");
        Ok(self.connection.query_row(&sql, [id.as_bytes()], read).optional()?)
    }

    /// Keeps a new passkey.
    pub fn add_passkey(&mut self, passkey: &StoredPasskey) -> Result<Addition, StoreError> {
        if self.passkey(&passkey.id)?.is_some() {
            return Ok(Addition::Known);
        }
        let added = self.connection.execute(
            "INSERT INTO passkey (credential_id, host, name, credential, wrapped_by_passkey)
             SELECT ?1, id, ?3, ?4, ?5 FROM host
             WHERE id = ?2 AND (SELECT count(*) FROM passkey WHERE host = ?2) < ?6",
            params![
                passkey.id.as_bytes(),
                passkey.host.0,
                passkey.name.as_bytes(),
                &*passkey.credential,
                passkey.wrapped_by_passkey.as_ref().map(WrappedKey::as_bytes),
                limits::PASSKEYS,
            ],
        )?;
        Ok(if added == 0 { Addition::TooMany } else { Addition::Done })
    }

    /// Notes what an authenticator counted. `false`: meanwhile somebody else used the passkey, or removed it.
    pub fn note_passkey_use(
        &mut self,
        id: &CredentialId,
        before: &Private,
        after: &Private,
    ) -> Result<bool, StoreError> {
        let changed = self.connection.execute(
            "UPDATE passkey SET credential = ?3 WHERE credential_id = ?1 AND credential = ?2",
            params![id.as_bytes(), &**before, &**after],
        )?;
        Ok(changed > 0)
    }

    /// Removes one passkey of a host. With the last one, the password alone signs in again. `false`: there was none.
    pub fn remove_passkey(&mut self, host: HostId, id: &CredentialId) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction()?;
        let removed = transaction.execute(
            "DELETE FROM passkey WHERE host = ?1 AND credential_id = ?2",
            params![host.0, id.as_bytes()],
        )?;
        transaction.execute(
            "UPDATE host SET asks_both = 0 WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM passkey WHERE host = ?1)",
            [host.0],
        )?;
        transaction.commit()?;
        Ok(removed > 0)
    }

    /// Whether each sign-in needs both. `false`: there is no passkey to ask for.
    pub fn set_asks_both(&mut self, host: HostId, both: bool) -> Result<bool, StoreError> {
        let changed = self.connection.execute(
            "UPDATE host SET asks_both = ?2
             WHERE id = ?1 AND (NOT ?2 OR EXISTS (SELECT 1 FROM passkey WHERE host = ?1))",
            params![host.0, both],
        )?;
        Ok(changed > 0)
    }

    /// Takes all passkeys of an account away, and ends its sign-ins: the password alone signs in. `None`: there is no
    /// account of this name; else how many there were. Where there were none, nothing happens.
    pub fn remove_passkeys(&mut self, name: &str) -> Result<Option<usize>, StoreError> {
        let transaction = self.connection.transaction()?;
        let sql = "SELECT id FROM host WHERE name_key = ?1";
        let host = transaction.query_row(sql, [name_key(name)], |row| row.get(0)).optional()?;
        let Some(host) = host.map(HostId) else { return Ok(None) };
        let removed = remove_all(&transaction, host)?;
        if removed > 0 {
            transaction.execute("DELETE FROM session WHERE host = ?1", [host.0])?;
        }
        transaction.commit()?;
        Ok(Some(removed))
    }
}

/// Returns how many there were.
pub(super) fn remove_all(connection: &Connection, host: HostId) -> Result<usize, StoreError> {
    connection.execute("UPDATE host SET asks_both = 0 WHERE id = ?1", [host.0])?;
    Ok(connection.execute("DELETE FROM passkey WHERE host = ?1", [host.0])?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredPasskey> {
    let wrapped = |bytes| WrappedKey::new(bytes).ok_or_else(|| oversized(4));
    Ok(StoredPasskey {
        id: CredentialId::new(row.get(0)?).ok_or_else(|| oversized(0))?,
        host: HostId(row.get(1)?),
        name: SealedPasskeyName::new(row.get(2)?).ok_or_else(|| oversized(2))?,
        credential: row.get::<_, String>(3)?.into(),
        wrapped_by_passkey: row.get::<_, Option<Vec<u8>>>(4)?.map(wrapped).transpose()?,
    })
}
