//! One-time addresses: for the first host, for a new one, and for a new password.

use incamera_conference::private::Private;
use rusqlite::{Connection, OptionalExtension, params};

use super::hosts::{self, name_key};
use super::passkeys;
use super::{Db, Host, HostId, NewHost, StoreError};
use crate::bytes::TokenHash;
use crate::clock::UnixTime;
use crate::limits;

/// What a one-time address is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// The first account of this server; its holder chooses the name.
    First,
    /// A new account of this name.
    New(Private),
    /// A new password for this account.
    Reset(HostId),
}

/// What became of an enrolment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Enrolment {
    /// The account is there.
    Done(HostId),
    /// The address was used, has expired, or never was.
    Spent,
    /// The name is not that of the address.
    OtherName,
    /// There is an account of this name.
    NameTaken,
}

impl Db {
    /// Makes a one-time address good. One that was made for the same purpose before is worth nothing from now on.
    pub fn add_enrolment(
        &mut self,
        token: TokenHash,
        purpose: &Purpose,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        let (word, name, host) = match purpose {
            Purpose::First => ("first", None, None),
            Purpose::New(name) => ("new", Some(name.trim()), None),
            Purpose::Reset(host) => ("reset", None, Some(host.0)),
        };
        let transaction = self.connection.transaction()?;
        forget_expired(&transaction, now)?;
        transaction.execute(
            "DELETE FROM enrolment WHERE purpose = ?1 AND name IS ?2 AND host IS ?3",
            params![word, name, host],
        )?;
        transaction.execute(
            "INSERT INTO enrolment (token_hash, purpose, name, host, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![token.0, word, name, host, now.after(limits::ENROLMENT_LIFE).0],
        )?;
        Ok(transaction.commit()?)
    }

    /// What a one-time address is for, while it is good.
    pub fn enrolment(&self, token: TokenHash, now: UnixTime) -> Result<Option<Purpose>, StoreError> {
        find(&self.connection, token, now)
    }

    /// The names for which an account may yet be made, in no particular order.
    pub fn invited_names(&self, now: UnixTime) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT name FROM enrolment WHERE purpose = 'new' AND expires > ?1 ORDER BY name";
        let mut statement = self.connection.prepare(sql)?;
        let names = statement.query_map([now.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(names)
    }

    /// Takes back the one-time address for a new account of this name. `false`: there was none.
    pub fn remove_invitation(&mut self, name: &str) -> Result<bool, StoreError> {
        let key = name_key(name);
        let names: Vec<String> = self.invited_names(UnixTime(0))?;
        let mut removed = 0;
        for name in names.iter().filter(|name| name_key(name) == key) {
            removed += self
                .connection
                .execute("DELETE FROM enrolment WHERE purpose = 'new' AND name = ?1", [name])?;
        }
        Ok(removed > 0)
    }

    /// Spends a one-time address: makes the account, or gives it its new password.
    ///
    /// A new password ends the sign-ins of the account, and takes its passkeys away. Where the host key changes, its meetings
    /// go: their links name the old key, and nobody can read their records any more.
    pub fn enrol(
        &mut self,
        token: TokenHash,
        host: &NewHost,
        now: UnixTime,
    ) -> Result<Enrolment, StoreError> {
        let transaction =
            self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        forget_expired(&transaction, now)?;
        let Some(purpose) = find(&transaction, token, now)? else { return Ok(Enrolment::Spent) };
        let id = match purpose {
            Purpose::First if count(&transaction)? > 0 => return Ok(Enrolment::Spent),
            Purpose::New(name) if name_key(&name) != name_key(&host.name) => return Ok(Enrolment::OtherName),
            Purpose::First | Purpose::New(_) => {
                if exists(&transaction, &host.name)? {
                    return Ok(Enrolment::NameTaken);
                }
                hosts::insert(&transaction, host)?
            }
            Purpose::Reset(id) => match replace(&transaction, id, host)? {
                true => id,
                false => return Ok(Enrolment::OtherName),
            },
        };
        transaction.execute("DELETE FROM enrolment WHERE token_hash = ?1", [token.0])?;
        transaction.commit()?;
        Ok(Enrolment::Done(id))
    }

    /// The account that a one-time address is to give a new password.
    pub fn enrolment_host(&self, purpose: &Purpose) -> Result<Option<Host>, StoreError> {
        match purpose {
            Purpose::Reset(id) => self.host(*id),
            Purpose::First | Purpose::New(_) => Ok(None),
        }
    }
}

fn forget_expired(connection: &Connection, now: UnixTime) -> Result<(), StoreError> {
    connection.execute("DELETE FROM enrolment WHERE expires <= ?1", [now.0])?;
    Ok(())
}

fn find(connection: &Connection, token: TokenHash, now: UnixTime) -> Result<Option<Purpose>, StoreError> {
    let sql = "SELECT purpose, name, host FROM enrolment WHERE token_hash = ?1 AND expires > ?2";
    let row = connection
        .query_row(sql, params![token.0, now.0], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, Option<i64>>(2)?))
        })
        .optional()?;
    let Some((purpose, name, host)) = row else { return Ok(None) };
    match (purpose.as_str(), name, host) {
        ("first", None, None) => Ok(Some(Purpose::First)),
        ("new", Some(name), None) => Ok(Some(Purpose::New(name.into()))),
        ("reset", None, Some(host)) => Ok(Some(Purpose::Reset(HostId(host)))),
        _ => Err(StoreError::Corrupt("enrolment")),
    }
}

fn count(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("SELECT count(*) FROM host", (), |row| row.get(0))?)
}

fn exists(connection: &Connection, name: &str) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM host WHERE name_key = ?1)";
    Ok(connection.query_row(sql, [name_key(name)], |row| row.get(0))?)
}

/// `false`: the account has another name.
fn replace(connection: &Connection, id: HostId, host: &NewHost) -> Result<bool, StoreError> {
    let updated = connection.execute(
        "UPDATE host SET salt = ?3, verifier = ?4, wrapped_by_password = ?5 WHERE id = ?1 AND name_key = ?2",
        params![
            id.0,
            name_key(&host.name),
            host.password.salt.0,
            &*host.password.verifier,
            host.password.wrapped_by_password.as_bytes(),
        ],
    )?;
    if updated == 0 {
        return Ok(false);
    }
    connection.execute(
        "DELETE FROM meeting WHERE host = ?1 AND EXISTS
         (SELECT 1 FROM host WHERE id = ?1 AND host_key <> ?2)",
        params![id.0, host.host_key.0],
    )?;
    connection.execute(
        "UPDATE host SET host_key = ?2, wrapped_by_recovery = ?3 WHERE id = ?1",
        params![id.0, host.host_key.0, host.wrapped_by_recovery.as_bytes()],
    )?;
    connection.execute("DELETE FROM session WHERE host = ?1", [id.0])?;
    // Whoever needs a one-time address may have lost a device, and a new host key is under no passkey.
    passkeys::remove_all(connection, id)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use incamera_conference::ids::HostKey;

    use super::*;
    use crate::bytes::{AccountSalt, WrappedKey};
    use crate::store::NewPassword;

    const NOW: UnixTime = UnixTime(1_000_000);

    fn token(number: u8) -> TokenHash {
        TokenHash([number; 32])
    }

    fn host(name: &str, key: u8) -> NewHost {
        let wrapped = || WrappedKey::new(vec![1]).expect("short");
        NewHost {
            name: name.into(),
            host_key: HostKey([key; 32]),
            password: NewPassword {
                salt: AccountSalt([key; 16]),
                verifier: "a verifier".into(),
                wrapped_by_password: wrapped(),
            },
            wrapped_by_recovery: wrapped(),
        }
    }

    fn database() -> (tempfile::TempDir, Db) {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(folder.path()).expect("made");
        (folder, db)
    }

    #[test]
    fn a_one_time_address_works_once_and_for_a_day() {
        let (_folder, mut db) = database();
        db.add_enrolment(token(1), &Purpose::New("Anna".into()), NOW).expect("added");
        let end = NOW.after(limits::ENROLMENT_LIFE);
        assert_eq!(
            db.enrolment(token(1), UnixTime(end.0 - 1)).expect("read"),
            Some(Purpose::New("Anna".into()))
        );
        assert_eq!(db.enrolment(token(1), end).expect("read"), None);
        assert_eq!(db.enrol(token(1), &host("Anna", 1), end).expect("tried"), Enrolment::Spent);

        db.add_enrolment(token(2), &Purpose::New("Anna".into()), NOW).expect("added");
        db.add_enrolment(token(3), &Purpose::New("Anna".into()), NOW).expect("added");
        assert_eq!(
            db.enrol(token(2), &host("Anna", 1), NOW).expect("tried"),
            Enrolment::Spent,
            "a newer one replaced it"
        );
        assert!(matches!(db.enrol(token(3), &host("Anna", 1), NOW).expect("tried"), Enrolment::Done(_)));
        assert_eq!(db.enrol(token(3), &host("Anna", 1), NOW).expect("tried"), Enrolment::Spent);
    }

    #[test]
    fn a_reset_with_another_host_key_takes_the_meetings_with_it() {
        for (key, left) in [(1, 1), (2, 0)] {
            let (_folder, mut db) = database();
            db.add_enrolment(token(1), &Purpose::First, NOW).expect("added");
            let Enrolment::Done(id) = db.enrol(token(1), &host("Anna", 1), NOW).expect("tried") else {
                panic!("not enrolled")
            };
            let sql = "INSERT INTO meeting (id, host, kept, settings, admission, title, record)
                       VALUES ('aaaaaaaaaaaaaaaa', ?1, 1, '{}', x'', x'', x'')";
            db.connection.execute(sql, [id.0]).expect("added");
            db.add_session(token(9), id, NOW).expect("added");

            db.add_enrolment(token(2), &Purpose::Reset(id), NOW).expect("added");
            assert_eq!(db.enrol(token(2), &host("Berta", key), NOW).expect("tried"), Enrolment::OtherName);
            assert_eq!(db.enrol(token(2), &host("Anna", key), NOW).expect("tried"), Enrolment::Done(id));
            let count: u32 =
                db.connection.query_row("SELECT count(*) FROM meeting", (), |row| row.get(0)).expect("read");
            assert_eq!(count, left);
            assert_eq!(db.session_host(token(9), NOW).expect("read"), None, "and every sign-in is over");
        }
    }

    #[test]
    fn sessions_expire_and_are_few() {
        let (_folder, mut db) = database();
        db.add_enrolment(token(1), &Purpose::First, NOW).expect("added");
        let Enrolment::Done(id) = db.enrol(token(1), &host("Anna", 1), NOW).expect("tried") else {
            panic!("not enrolled")
        };
        db.add_session(token(2), id, NOW).expect("added");
        let (end, day) = (NOW.after(limits::SESSION_LIFE), 24 * 3600);
        assert_eq!(db.session_host(token(2), end).expect("read"), Some(id));
        assert_eq!(db.session_host(token(2), UnixTime(end.0 + day)).expect("read"), None);
        let rows = |db: &Db| -> u32 {
            db.connection.query_row("SELECT count(*) FROM session", (), |row| row.get(0)).expect("read")
        };
        db.forget_expired_sessions(end).expect("swept");
        assert_eq!(rows(&db), 1);

        for number in 0..limits::SESSIONS {
            let later = UnixTime(NOW.0 + day * (1 + i64::from(number)));
            db.add_session(token(100 + u8::try_from(number).expect("few")), id, later).expect("added");
        }
        assert_eq!(db.session_host(token(2), NOW).expect("read"), None, "the oldest made room");
        assert_eq!(db.session_host(token(100), NOW).expect("read"), Some(id));
        db.forget_expired_sessions(UnixTime(i64::MAX)).expect("swept");
        assert_eq!(rows(&db), 0);
    }
}
