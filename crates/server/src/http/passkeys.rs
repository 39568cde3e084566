//! `/api/sign-in/passkey…` and `/api/account/passkeys…`: signing in with a passkey, and what a host does to the own ones.
//! Whoever changes something types the password once more: a browser that was left open is not enough.

use axum::Json;
use axum::extract::State;

use crate::accounts::{AccountError, Assertion, NewPasskey, NewQuestion, Question, SignedIn as NewSignIn};
use crate::app::{App, Client};
use crate::bytes::{AuthenticatorBytes, SignInKey};
use crate::http::accounts::{WithCookie, describe, give};
use crate::http::api::{self, ProblemCode};
use crate::http::extract::{Authority, JsonBody, SignedIn};
use crate::http::problem::Failure;
use crate::http::to_its_end;
use crate::store::{Host, HostId};

/// `POST /api/sign-in/passkey/challenge`. It is the same for everybody: no name is asked.
pub async fn challenge(
    State(app): State<App>,
    client: Client,
    Authority(authority): Authority,
) -> Result<Json<api::PasskeyQuestion>, Failure> {
    app.gatekeeper.sign_in(client.source)?;
    Ok(Json(app.accounts.ask_for_passkey(&authority)?.into()))
}

/// `POST /api/sign-in/passkey`
pub async fn sign_in(
    State(app): State<App>,
    client: Client,
    JsonBody(answer): JsonBody<api::PasskeyAnswer>,
) -> Result<WithCookie<Json<api::PasskeyAccount>>, Failure> {
    app.gatekeeper.sign_in(client.source)?;
    let api::PasskeyAnswer { challenge, credential, user, client_data, authenticator_data, signature } =
        answer;
    let answer = Assertion { challenge, credential, user, client_data, authenticator_data, signature };
    // What an authenticator counted is not left half noted.
    to_its_end(async move {
        let (NewSignIn { host, token }, wrapped_by_passkey) = app.accounts.sign_in_by_passkey(answer).await?;
        let account = describe(&app, host).await?;
        Ok((give(token), Json(api::PasskeyAccount { account, wrapped_by_passkey })))
    })
    .await
}

/// `GET /api/account/passkeys`
pub async fn list(State(app): State<App>, who: SignedIn) -> Result<Json<api::Passkeys>, Failure> {
    tell(&app, who.host).await
}

/// `POST /api/account/passkeys/challenge`
pub async fn new_challenge(
    State(app): State<App>,
    client: Client,
    Authority(authority): Authority,
    who: SignedIn,
    JsonBody(wish): JsonBody<api::ConfirmPassword>,
) -> Result<Json<api::NewPasskeyQuestion>, Failure> {
    let host = confirm(&app, &client, who.host, wish.sign_in_key).await?;
    Ok(Json(app.accounts.ask_for_new_passkey(&authority, &host).await?.into()))
}

/// `POST /api/account/passkeys`
pub async fn add(
    State(app): State<App>,
    client: Client,
    who: SignedIn,
    JsonBody(wish): JsonBody<api::NewPasskey>,
) -> Result<Json<api::Passkeys>, Failure> {
    app.gatekeeper.sign_in(client.source)?;
    let api::NewPasskey { challenge, client_data, attestation, name, wrapped_by_passkey: wrapped } = wish;
    let new = NewPasskey { challenge, client_data, attestation, name, wrapped };
    to_its_end(async move {
        app.accounts.add_passkey(who.host, new).await?;
        tell(&app, who.host).await
    })
    .await
}

/// `POST /api/account/passkeys/remove`
pub async fn remove(
    State(app): State<App>,
    client: Client,
    who: SignedIn,
    JsonBody(wish): JsonBody<api::RemovePasskey>,
) -> Result<Json<api::Passkeys>, Failure> {
    to_its_end(async move {
        confirm(&app, &client, who.host, wish.sign_in_key).await?;
        app.accounts.remove_passkey(who.host, wish.id).await?;
        tell(&app, who.host).await
    })
    .await
}

/// `POST /api/account/passkeys/both`
pub async fn ask_both(
    State(app): State<App>,
    client: Client,
    who: SignedIn,
    JsonBody(wish): JsonBody<api::AskBoth>,
) -> Result<Json<api::Passkeys>, Failure> {
    to_its_end(async move {
        confirm(&app, &client, who.host, wish.sign_in_key).await?;
        app.accounts.set_asks_both(who.host, wish.both).await?;
        tell(&app, who.host).await
    })
    .await
}

/// Whoever guesses here is counted as at the door.
async fn confirm(app: &App, client: &Client, host: HostId, key: SignInKey) -> Result<Host, Failure> {
    app.gatekeeper.sign_in(client.source)?;
    let known = app.accounts.host(host).await?.ok_or_else(|| Failure::new(ProblemCode::SignedOut))?;
    app.gatekeeper.account(&known.name, client.source)?;
    let outcome = app.accounts.confirm(host, key).await;
    if matches!(outcome, Err(AccountError::WrongPassword)) {
        app.gatekeeper.wrong_password(&known.name, client.source);
    }
    Ok(outcome?)
}

async fn tell(app: &App, host: HostId) -> Result<Json<api::Passkeys>, Failure> {
    let account = app.accounts.host(host).await?.ok_or_else(|| Failure::new(ProblemCode::SignedOut))?;
    let passkeys = app.accounts.passkeys(host).await?.into_iter().map(|passkey| api::PasskeyRecord {
        id: passkey.id,
        name: passkey.name,
        opens: passkey.wrapped_by_passkey.is_some(),
    });
    Ok(Json(api::Passkeys { asks_both: account.asks_both, passkeys: passkeys.collect() }))
}

impl From<Question> for api::PasskeyQuestion {
    fn from(Question { challenge, rp_id, credentials }: Question) -> Self {
        Self { challenge, rp_id, credentials }
    }
}

impl From<NewQuestion> for api::NewPasskeyQuestion {
    fn from(NewQuestion { challenge, rp_id, user, algorithms, known }: NewQuestion) -> Self {
        let user = AuthenticatorBytes::new(user.to_vec()).expect("16 bytes");
        Self { challenge, rp_id, user, algorithms, known }
    }
}
