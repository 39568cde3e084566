//! `/api/…`: enrolment, sign-in, and what a host does to the own account.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{AppendHeaders, IntoResponse};

use crate::accounts::{AccountError, AccountName, NewKeys, PasswordKeys};
use crate::app::{App, Client};
use crate::http::api;
use crate::http::api::ProblemCode;
use crate::http::extract::{JsonBody, SignedIn, set_cookie};
use crate::http::problem::{Failure, unusable_name};
use crate::store::{Host, Purpose};
use crate::{accounts, store};

type WithCookie<T> = (AppendHeaders<[(header::HeaderName, HeaderValue); 1]>, T);

/// `POST /api/enrolment`
pub async fn enrolment(
    State(app): State<App>,
    client: Client,
    JsonBody(query): JsonBody<api::EnrolmentQuery>,
) -> Result<Json<api::EnrolmentInfo>, Failure> {
    app.gatekeeper.sign_in(client.source)?;
    let (purpose, host) = app.accounts.enrolment(query.token).await?;
    let name = match purpose {
        Purpose::First => None,
        Purpose::New(name) => Some(name),
        Purpose::Reset(_) => host.as_ref().map(|host| host.name.clone()),
    };
    let recovery = host.map(|host| api::RecoverableKey {
        host_key: host.host_key,
        wrapped_by_recovery: host.wrapped_by_recovery,
    });
    Ok(Json(api::EnrolmentInfo { name, recovery }))
}

/// `POST /api/enrol`
pub async fn enrol(
    State(app): State<App>,
    client: Client,
    JsonBody(wish): JsonBody<api::Enrol>,
) -> Result<WithCookie<Json<api::Account>>, Failure> {
    app.gatekeeper.sign_in(client.source)?;
    let name = AccountName::parse(&wish.name).ok_or_else(unusable_name)?;
    let keys = NewKeys {
        host_key: wish.host_key,
        password: PasswordKeys {
            salt: wish.salt,
            sign_in_key: wish.sign_in_key,
            wrapped_by_password: wish.wrapped_by_password,
        },
        wrapped_by_recovery: wish.wrapped_by_recovery,
    };
    let signed_in = app.accounts.enrol(wish.token, name, keys).await?;
    // A reset with a new host key has deleted the account's meetings. A task: it is done whether or not somebody
    // waits for the answer.
    let withdrawn = tokio::spawn(async move { app.withdraw_deleted().await });
    let _ = withdrawn.await;
    Ok(with_cookie(signed_in))
}

/// `POST /api/sign-in/salt`
pub async fn salt(
    State(app): State<App>,
    client: Client,
    JsonBody(query): JsonBody<api::SaltQuery>,
) -> Result<Json<api::Salt>, Failure> {
    app.gatekeeper.sign_in(client.source)?;
    Ok(Json(api::Salt { salt: app.accounts.salt(&query.name).await? }))
}

/// `POST /api/sign-in`
pub async fn sign_in(
    State(app): State<App>,
    client: Client,
    JsonBody(wish): JsonBody<api::SignIn>,
) -> Result<WithCookie<Json<api::Account>>, Failure> {
    app.gatekeeper.sign_in(client.source)?;
    app.gatekeeper.account(&wish.name, client.source)?;
    let outcome = app.accounts.sign_in(&wish.name, wish.sign_in_key).await;
    if matches!(outcome, Err(AccountError::WrongPassword)) {
        app.gatekeeper.wrong_password(&wish.name, client.source);
    }
    Ok(with_cookie(outcome?))
}

/// `POST /api/sign-out`
pub async fn sign_out(State(app): State<App>, who: SignedIn) -> Result<impl IntoResponse, Failure> {
    app.accounts.sign_out(who.session).await?;
    Ok(without_cookie())
}

/// `POST /api/sign-out-everywhere`
pub async fn sign_out_everywhere(
    State(app): State<App>,
    who: SignedIn,
) -> Result<impl IntoResponse, Failure> {
    app.accounts.sign_out_everywhere(who.host).await?;
    Ok(without_cookie())
}

/// `GET /api/account`
pub async fn account(State(app): State<App>, who: SignedIn) -> Result<Json<api::Account>, Failure> {
    let host = app.accounts.host(who.host).await?;
    host.map(|host| Json(describe(host))).ok_or_else(|| Failure::new(ProblemCode::SignedOut))
}

/// `POST /api/account/password`
pub async fn password(
    State(app): State<App>,
    client: Client,
    who: SignedIn,
    JsonBody(wish): JsonBody<api::ChangePassword>,
) -> Result<WithCookie<Json<api::Account>>, Failure> {
    app.gatekeeper.sign_in(client.source)?;
    let new = PasswordKeys {
        salt: wish.salt,
        sign_in_key: wish.sign_in_key,
        wrapped_by_password: wish.wrapped_by_password,
    };
    let signed_in = app.accounts.change_password(who.host, wish.old_sign_in_key, new).await?;
    Ok(with_cookie(signed_in))
}

fn describe(host: store::Host) -> api::Account {
    let Host { name, host_key, wrapped_by_password, .. } = host;
    api::Account { name, host_key, wrapped_by_password }
}

fn with_cookie(signed_in: accounts::SignedIn) -> WithCookie<Json<api::Account>> {
    let cookie = set_cookie(Some(signed_in.token));
    (AppendHeaders([(header::SET_COOKIE, cookie)]), Json(describe(signed_in.host)))
}

fn without_cookie() -> WithCookie<Json<serde_json::Value>> {
    (AppendHeaders([(header::SET_COOKIE, set_cookie(None))]), Json(serde_json::json!({})))
}
