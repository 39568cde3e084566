//! Host accounts: enrolment by one-time addresses, sign-in by password and passkey, sessions (S1).
//!
//! The server sees neither passwords nor host keys: the page derives a sign-in key from the one and wraps the other.

mod ceremonies;
mod passkeys;
mod password;

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use incamera_conference::ids::HostKey;
use sha2::Sha256;
use tokio::sync::watch;

pub use ceremonies::NoPasskeysHere;
pub use passkeys::{Assertion, NewPasskey, NewQuestion, Question};
pub use password::{Cost, Overloaded, Passwords};

use self::ceremonies::Ceremonies;
use crate::bytes::{self, AccountSalt, EnrolmentToken, SessionToken, SignInKey, TokenHash, WrappedKey};
use crate::clock::UnixTime;
use crate::limits;
use crate::store::{Enrolment, Host, HostId, NewHost, NewPassword, Purpose, Store, StoreError};

/// Why an account was not made, entered or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The one-time address was used, has expired, or never was.
    #[error("this one-time address is not valid any more")]
    SpentAddress,
    /// There is an account of this name.
    #[error("this name is taken")]
    NameTaken,
    /// Not 1 to 64 printable characters, or not the name of the one-time address.
    #[error("this name cannot be used")]
    UnusableName,
    /// Name and password do not fit together.
    #[error("name and password do not fit together")]
    WrongPassword,
    /// The passkey is none of this server's, or did not answer what it was asked.
    #[error("this is not the passkey that was asked for")]
    WrongPasskey,
    /// The passkey is right, and not enough: the host wants both, or it cannot open the host key.
    #[error("the password is needed, too")]
    PasswordToo,
    /// A host who has none asked that one be asked for.
    #[error("there is no passkey to ask for")]
    NoPasskey,
    /// The host has as many as a host may have.
    #[error("there are too many passkeys")]
    TooManyPasskeys,
    /// The page was opened by an address, not by a name of this server.
    #[error(transparent)]
    NoPasskeysHere(#[from] NoPasskeysHere),
    /// Too many passwords wait to be checked.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A name that an account may have: 1 to 64 characters, none of them a control character.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountName(String);

impl AccountName {
    /// Takes what a person typed.
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.trim();
        let length = name.chars().count();
        let fits = (1..=limits::ACCOUNT_NAME).contains(&length) && !name.chars().any(char::is_control);
        fits.then(|| Self(name.to_owned()))
    }

    /// The characters, for the store and for the person whose name it is.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for AccountName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccountName(…)")
    }
}

/// The keys of an account, as its page made them.
#[derive(Debug)]
pub struct NewKeys {
    /// The public half of the host key.
    pub host_key: HostKey,
    /// The password's part.
    pub password: PasswordKeys,
    /// The private half of the host key, under the recovery code.
    pub wrapped_by_recovery: WrappedKey,
}

/// What a page makes of a password.
#[derive(Debug)]
pub struct PasswordKeys {
    /// Of the page's Argon2id.
    pub salt: AccountSalt,
    /// The half that signs in.
    pub sign_in_key: SignInKey,
    /// The private half of the host key, under the other half.
    pub wrapped_by_password: WrappedKey,
}

/// A sign-in that was just made: the account, and the token for the cookie.
pub struct SignedIn {
    /// Whose.
    pub host: Host,
    /// For the cookie; nowhere else.
    pub token: SessionToken,
}

/// What a right password leads to.
pub enum SignInStep {
    /// The sign-in.
    Done(SignedIn),
    /// The host wants to be asked for a passkey as well.
    Passkey(Question),
}

/// The accounts of this server. All clones are the same.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    passwords: Passwords,
    ceremonies: Arc<Ceremonies>,
    secret: [u8; 32],
    /// Counts up whenever a sign-in may have ended.
    ended: watch::Sender<u64>,
}

impl Accounts {
    /// The accounts in this store. `cost`: what one guess of a password costs. `names` and `port`: where the page is, for
    /// passkeys.
    pub async fn new(store: Store, cost: Cost, names: &[String], port: u16) -> Result<Self, StoreError> {
        let secret = store.call(|db| db.secret()).await?;
        let ceremonies = Arc::new(Ceremonies::new(names, port));
        let passwords = Passwords::new(cost);
        Ok(Self { store, passwords, ceremonies, secret, ended: watch::Sender::new(0) })
    }

    /// Changes whenever a sign-in may have ended: those who rely on one then look again.
    pub fn ended(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }

    /// Says that sign-ins may have ended, as when another process removed a host.
    pub fn announce_ended(&self) {
        self.ended.send_modify(|count| *count += 1);
    }

    /// A one-time address for the very first host; `None` once there is one.
    pub async fn first_enrolment(&self) -> Result<Option<EnrolmentToken>, StoreError> {
        let token = EnrolmentToken(bytes::random());
        let hash = token.hash();
        self.store
            .call(move |db| {
                if db.host_count()? > 0 {
                    return Ok(None);
                }
                db.add_enrolment(hash, &Purpose::First, UnixTime::now())?;
                Ok(Some(token))
            })
            .await
    }

    /// What a one-time address is for, with the account that it resets.
    pub async fn enrolment(&self, token: EnrolmentToken) -> Result<(Purpose, Option<Host>), AccountError> {
        let hash = token.hash();
        let found = self
            .store
            .call(move |db| {
                let Some(purpose) = db.enrolment(hash, UnixTime::now())? else { return Ok(None) };
                if purpose == Purpose::First && db.host_count()? > 0 {
                    return Ok(None);
                }
                let host = db.enrolment_host(&purpose)?;
                Ok(Some((purpose, host)))
            })
            .await?;
        found.ok_or(AccountError::SpentAddress)
    }

    /// Spends a one-time address, and signs its holder in.
    pub async fn enrol(
        &self,
        token: EnrolmentToken,
        name: AccountName,
        keys: NewKeys,
    ) -> Result<SignedIn, AccountError> {
        // Looked up first, so that a made-up address does not cost an Argon2.
        self.enrolment(token).await?;
        let host = NewHost {
            name: name.as_str().into(),
            host_key: keys.host_key,
            password: self.new_password(keys.password).await?,
            wrapped_by_recovery: keys.wrapped_by_recovery,
        };
        let hash = token.hash();
        let outcome = self.store.call(move |db| db.enrol(hash, &host, UnixTime::now())).await?;
        match outcome {
            Enrolment::Done(id) => {
                self.announce_ended();
                self.begin_session(id).await
            }
            Enrolment::Spent => Err(AccountError::SpentAddress),
            Enrolment::OtherName => Err(AccountError::UnusableName),
            Enrolment::NameTaken => Err(AccountError::NameTaken),
        }
    }

    /// The salt with which the page derives its keys. A name without an account has one, too, always the same.
    pub async fn salt(&self, name: &str) -> Result<AccountSalt, StoreError> {
        let looked_up = name.to_owned();
        let host = self.store.call(move |db| db.host_by_name(&looked_up)).await?;
        let made_up = self.made_up_salt(name);
        Ok(host.map_or(made_up, |host| host.salt))
    }

    fn made_up_salt(&self, name: &str) -> AccountSalt {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("any length will do");
        mac.update(b"salt\0");
        mac.update(name.trim().to_lowercase().as_bytes());
        let mut salt = [0; AccountSalt::LEN];
        salt.copy_from_slice(&mac.finalize().into_bytes()[..AccountSalt::LEN]);
        AccountSalt(salt)
    }

    /// Signs a host in, or asks for the passkey as well. A wrong password and an unknown name cost the same and look the
    /// same. `authority`: by which the page was loaded.
    pub async fn sign_in(
        &self,
        name: &str,
        key: SignInKey,
        authority: &str,
    ) -> Result<SignInStep, AccountError> {
        let name = name.to_owned();
        let host = self.store.call(move |db| db.host_by_name(&name)).await?;
        let verifier = host.as_ref().map(|host| host.verifier.to_string());
        match (self.passwords.check(key, verifier).await?, host) {
            (true, Some(host)) if host.asks_both => self.ask_for_both(authority, host.id).await,
            (true, Some(host)) => self.begin_session(host.id).await.map(SignInStep::Done),
            _ => Err(AccountError::WrongPassword),
        }
    }

    /// Whose cookie this is.
    pub async fn session(&self, token: TokenHash) -> Result<Option<HostId>, StoreError> {
        self.store.call(move |db| db.session_host(token, UnixTime::now())).await
    }

    /// The account behind a session.
    pub async fn host(&self, id: HostId) -> Result<Option<Host>, StoreError> {
        self.store.call(move |db| db.host(id)).await
    }

    /// Ends one sign-in.
    pub async fn sign_out(&self, token: TokenHash) -> Result<(), StoreError> {
        self.store.call(move |db| db.remove_session(token)).await?;
        self.announce_ended();
        Ok(())
    }

    /// Ends every sign-in of a host.
    pub async fn sign_out_everywhere(&self, host: HostId) -> Result<(), StoreError> {
        self.store.call(move |db| db.remove_sessions(host)).await?;
        self.announce_ended();
        Ok(())
    }

    /// Gives an account a new password, ends all its sign-ins, and begins a new one.
    pub async fn change_password(
        &self,
        host: HostId,
        old: SignInKey,
        new: PasswordKeys,
    ) -> Result<SignedIn, AccountError> {
        self.confirm(host, old).await?;
        let password = self.new_password(new).await?;
        self.store.call(move |db| db.change_password(host, &password)).await?;
        self.announce_ended();
        self.begin_session(host).await
    }

    async fn new_password(&self, keys: PasswordKeys) -> Result<NewPassword, AccountError> {
        Ok(NewPassword {
            salt: keys.salt,
            verifier: self.passwords.verifier(keys.sign_in_key).await?.into(),
            wrapped_by_password: keys.wrapped_by_password,
        })
    }

    async fn begin_session(&self, id: HostId) -> Result<SignedIn, AccountError> {
        let token = SessionToken(bytes::random());
        let hash = token.hash();
        let host = self
            .store
            .call(move |db| {
                db.add_session(hash, id, UnixTime::now())?;
                db.host(id)
            })
            .await?;
        // Removed in the same moment: there is nothing left to sign in to.
        let host = host.ok_or(AccountError::WrongPassword)?;
        Ok(SignedIn { host, token })
    }
}
