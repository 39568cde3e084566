//! Passkeys: how a host makes, uses and removes them (S1). `docs/decisions/0017-passkeys.md` tells the rules.

use std::time::Instant;

use hmac::{Hmac, KeyInit, Mac};
use incamera_conference::private::Private;
use sha2::Sha256;
use webauthn_rs::prelude::{
    AuthenticationResult, Passkey, PublicKeyCredential, RegisterPublicKeyCredential, Uuid,
};
use webauthn_rs_proto::{
    AuthenticatorAssertionResponseRaw, AuthenticatorAttestationResponseRaw, CollectedClientData,
};

use super::ceremonies::{Asked, Expected};
use super::{AccountError, Accounts, SignInStep, SignedIn};
use crate::bytes::{AuthenticatorBytes, Challenge, CredentialId, SealedPasskeyName, SignInKey, WrappedKey};
use crate::store::{Addition, Host, HostId, StoreError, StoredPasskey};

/// What a browser is to ask a passkey.
#[derive(Debug)]
pub struct Question {
    /// What it signs.
    pub challenge: Challenge,
    /// The name of the server that it belongs to.
    pub rp_id: String,
    /// Which passkeys may answer; any that the browser finds, where there are none.
    pub credentials: Vec<CredentialId>,
}

/// What a browser is to ask an authenticator that makes a passkey.
#[derive(Debug)]
pub struct NewQuestion {
    /// What it signs.
    pub challenge: Challenge,
    /// The name of the server that it belongs to.
    pub rp_id: String,
    /// Who the host is, for the authenticator: it tells nobody anything else.
    pub user: [u8; 16],
    /// COSE numbers of the signatures that the server can check, the best first.
    pub algorithms: Vec<i64>,
    /// Those that the host has: one of these authenticators is not asked again.
    pub known: Vec<CredentialId>,
}

/// What a passkey answered.
#[derive(Debug)]
pub struct Assertion {
    /// Which question.
    pub challenge: Challenge,
    /// Which passkey.
    pub credential: CredentialId,
    /// Whose the passkey says it is.
    pub user: Option<AuthenticatorBytes>,
    /// What the browser asked of it.
    pub client_data: AuthenticatorBytes,
    /// What the authenticator adds.
    pub authenticator_data: AuthenticatorBytes,
    /// Over both.
    pub signature: AuthenticatorBytes,
}

/// A passkey that was just made.
#[derive(Debug)]
pub struct NewPasskey {
    /// Which question.
    pub challenge: Challenge,
    /// What the browser asked of it.
    pub client_data: AuthenticatorBytes,
    /// The public key, among other things.
    pub attestation: AuthenticatorBytes,
    /// For the host alone.
    pub name: SealedPasskeyName,
    /// The private half of the host key, where the passkey gives a key to wrap it with.
    pub wrapped: Option<WrappedKey>,
}

impl Accounts {
    /// Asks for any passkey of anybody. `authority`: by which the page was loaded.
    pub fn ask_for_passkey(&self, authority: &str) -> Result<Question, AccountError> {
        let asked = self.ceremonies.ask_anybody(authority, Instant::now())?.public_key;
        Ok(Question { challenge: challenge(&asked.challenge), rp_id: asked.rp_id, credentials: Vec::new() })
    }

    /// Asks for one of this host's passkeys, after the password was right.
    pub(super) async fn ask_for_both(
        &self,
        authority: &str,
        host: HostId,
    ) -> Result<SignInStep, AccountError> {
        let stored = self.store.call(move |db| db.passkeys(host)).await?;
        let passkeys = stored.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        let asked = self.ceremonies.ask_host(authority, host, &passkeys, Instant::now())?.public_key;
        let credentials = stored.into_iter().map(|passkey| passkey.id).collect();
        Ok(SignInStep::Passkey(Question {
            challenge: challenge(&asked.challenge),
            rp_id: asked.rp_id,
            credentials,
        }))
    }

    /// Signs a host in whose passkey answered. With it comes the wrapped host key, where the passkey alone was asked.
    pub async fn sign_in_by_passkey(
        &self,
        answer: Assertion,
    ) -> Result<(SignedIn, Option<WrappedKey>), AccountError> {
        let asked = self.ceremonies.take(answer.challenge, Instant::now());
        let asked = asked.ok_or(AccountError::WrongPasskey)?;
        let id = answer.credential.clone();
        let stored = self.store.call(move |db| db.passkey(&id)).await?;
        let stored = stored.ok_or(AccountError::WrongPasskey)?;
        let host = self.host(stored.host).await?.ok_or(AccountError::WrongPasskey)?;
        // Level 3, section 7.2, step 6: an authenticator that says whose it is must say the same as we.
        let own = answer.user.as_ref().map(|user| user.as_bytes() == self.user_handle(host.id).as_bytes());
        let alone = matches!(asked.expected, Expected::Anybodys(_));
        if !own.unwrap_or(!alone) {
            return Err(AccountError::WrongPasskey);
        }
        let passkey = parse(&stored)?;
        let result = check(asked, &host, &passkey, answer).ok_or(AccountError::WrongPasskey)?;
        self.note_use(&stored, passkey, &result).await?;
        let wrapped = stored.wrapped_by_passkey.filter(|_| alone);
        // Only whoever has the passkey hears that it is not enough.
        if alone && (host.asks_both || wrapped.is_none()) {
            return Err(AccountError::PasswordToo);
        }
        Ok((self.begin_session(host.id).await?, wrapped))
    }

    /// Two answers with the same count cannot both be first: the second one is a copy's.
    async fn note_use(
        &self,
        stored: &StoredPasskey,
        mut passkey: Passkey,
        result: &AuthenticationResult,
    ) -> Result<(), AccountError> {
        if passkey.update_credential(result) != Some(true) {
            return Ok(());
        }
        let (id, before, after) = (stored.id.clone(), stored.credential.clone(), print(&passkey)?);
        match self.store.call(move |db| db.note_passkey_use(&id, &before, &after)).await? {
            true => Ok(()),
            false => Err(AccountError::WrongPasskey),
        }
    }

    /// Whether this is the password of a host who is signed in: asked before anything about signing in is changed.
    pub async fn confirm(&self, host: HostId, key: SignInKey) -> Result<Host, AccountError> {
        let host = self.host(host).await?;
        let verifier = host.as_ref().map(|host| host.verifier.to_string());
        match (self.passwords.check(key, verifier).await?, host) {
            (true, Some(host)) => Ok(host),
            _ => Err(AccountError::WrongPassword),
        }
    }

    /// The passkeys of a host.
    pub async fn passkeys(&self, host: HostId) -> Result<Vec<StoredPasskey>, StoreError> {
        self.store.call(move |db| db.passkeys(host)).await
    }

    /// Asks for a new passkey. `host` has just been confirmed.
    pub async fn ask_for_new_passkey(
        &self,
        authority: &str,
        host: &Host,
    ) -> Result<NewQuestion, AccountError> {
        let stored = self.passkeys(host.id).await?;
        let known: Vec<_> = stored.into_iter().map(|passkey| passkey.id).collect();
        let ids = known.iter().map(|id| id.as_bytes().to_vec()).collect();
        let user = self.user_handle(host.id);
        let asked = self
            .ceremonies
            .ask_for_new(authority, (host.id, user, &host.name), ids, Instant::now())?
            .public_key;
        Ok(NewQuestion {
            challenge: challenge(&asked.challenge),
            rp_id: asked.rp.id,
            user: user.into_bytes(),
            algorithms: asked.pub_key_cred_params.iter().map(|parameters| parameters.alg).collect(),
            known,
        })
    }

    /// Keeps a new passkey of the host who was asked for one.
    pub async fn add_passkey(&self, host: HostId, new: NewPasskey) -> Result<(), AccountError> {
        let asked = self.ceremonies.take(new.challenge, Instant::now());
        let Some(Asked { webauthn, expected: Expected::New(asked_host, state) }) = asked else {
            return Err(AccountError::WrongPasskey);
        };
        if asked_host != host {
            return Err(AccountError::WrongPasskey);
        }
        let made = RegisterPublicKeyCredential {
            // The true one is in the attestation.
            id: String::new(),
            raw_id: Vec::new(),
            response: AuthenticatorAttestationResponseRaw {
                attestation_object: new.attestation.as_bytes().to_vec(),
                client_data_json: new.client_data.as_bytes().to_vec(),
                transports: None,
            },
            type_: "public-key".to_owned(),
            extensions: Default::default(),
        };
        let passkey =
            webauthn.finish_passkey_registration(&made, &state).map_err(|_| AccountError::WrongPasskey)?;
        let stored = StoredPasskey {
            id: CredentialId::new(passkey.cred_id().clone()).ok_or(AccountError::WrongPasskey)?,
            host,
            name: new.name,
            credential: print(&passkey)?,
            wrapped_by_passkey: new.wrapped,
        };
        match self.store.call(move |db| db.add_passkey(&stored)).await? {
            Addition::Done => Ok(()),
            Addition::Known => Err(AccountError::WrongPasskey),
            Addition::TooMany => Err(AccountError::TooManyPasskeys),
        }
    }

    /// Removes one. With the last one, the password alone signs in.
    pub async fn remove_passkey(&self, host: HostId, id: CredentialId) -> Result<(), StoreError> {
        self.store.call(move |db| db.remove_passkey(host, &id)).await.map(drop)
    }

    /// Whether each sign-in needs both, from the next one on.
    pub async fn set_asks_both(&self, host: HostId, both: bool) -> Result<(), AccountError> {
        match self.store.call(move |db| db.set_asks_both(host, both)).await? {
            true => Ok(()),
            false => Err(AccountError::NoPasskey),
        }
    }

    /// Who a host is to authenticators: always the same, and nothing but random to everybody else (section 14.6.1).
    fn user_handle(&self, host: HostId) -> Uuid {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("any length will do");
        mac.update(b"passkey\0");
        mac.update(&host.0.to_be_bytes());
        Uuid::from_slice(&mac.finalize().into_bytes()[..16]).expect("16 bytes")
    }
}

fn check(asked: Asked, host: &Host, passkey: &Passkey, answer: Assertion) -> Option<AuthenticationResult> {
    let bytes = |part: AuthenticatorBytes| part.as_bytes().to_vec();
    let answer = PublicKeyCredential {
        id: String::new(),
        raw_id: answer.credential.as_bytes().to_vec(),
        response: AuthenticatorAssertionResponseRaw {
            authenticator_data: bytes(answer.authenticator_data),
            client_data_json: bytes(answer.client_data),
            signature: bytes(answer.signature),
            user_handle: answer.user.map(bytes),
        },
        extensions: Default::default(),
        type_: "public-key".to_owned(),
    };
    let Asked { webauthn, expected } = asked;
    // Section 7.2, step 14. The library looks at it for new passkeys only.
    let client_data: CollectedClientData = serde_json::from_slice(&answer.response.client_data_json).ok()?;
    if client_data.cross_origin == Some(true) {
        return None;
    }
    match expected {
        Expected::Anybodys(state) => {
            webauthn.finish_discoverable_authentication_v2(&answer, state, passkey).ok()
        }
        Expected::Hosts(of, state) if of == host.id => {
            webauthn.finish_passkey_authentication(&answer, &state).ok()
        }
        Expected::Hosts(..) | Expected::New(..) => None,
    }
}

fn challenge(bytes: &[u8]) -> Challenge {
    Challenge(bytes.try_into().expect("the library draws 32 bytes"))
}

fn parse(stored: &StoredPasskey) -> Result<Passkey, StoreError> {
    serde_json::from_str(&stored.credential).map_err(|_| StoreError::Corrupt("passkey"))
}

fn print(passkey: &Passkey) -> Result<Private, StoreError> {
    serde_json::to_string(passkey).map(Private::from).map_err(|_| StoreError::Corrupt("passkey"))
}
