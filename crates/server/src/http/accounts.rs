//! `/api/…`: enrolment, sign-in, and what a host does to the own account.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{AppendHeaders, IntoResponse, Response};

use crate::accounts::{AccountError, AccountName, NewKeys, PasswordKeys, SignInStep};
use crate::app::{App, Client};
use crate::audited::{Kept, Summary};
use crate::bytes::SessionToken;
use crate::clock::UnixTime;
use crate::hours::{Sign, Span};
use crate::http::api;
use crate::http::api::ProblemCode;
use crate::http::extract::{Authority, JsonBody, SignedIn, set_cookie};
use crate::http::problem::{Failure, unusable_name};
use crate::http::to_its_end;
use crate::store::{Host, OpeningId, Purpose};
use crate::tls::Ending;
use crate::{accounts, store};

pub(super) type Cookie = AppendHeaders<[(header::HeaderName, HeaderValue); 1]>;
pub(super) type WithCookie<T> = (Cookie, T);

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
    to_its_end(async move {
        let signed_in = app.accounts.enrol(wish.token, name, keys).await?;
        // A reset with a new host key has deleted the account's meetings.
        app.withdraw_deleted().await;
        with_cookie(&app, signed_in).await
    })
    .await
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
    Authority(authority): Authority,
    JsonBody(wish): JsonBody<api::SignIn>,
) -> Result<Response, Failure> {
    app.gatekeeper.sign_in(client.source)?;
    app.gatekeeper.account(&wish.name, client.source)?;
    let outcome = app.accounts.sign_in(&wish.name, wish.sign_in_key, &authority).await;
    if matches!(outcome, Err(AccountError::WrongPassword)) {
        app.gatekeeper.wrong_password(&wish.name, client.source);
    }
    Ok(match outcome? {
        SignInStep::Done(accounts::SignedIn { host, token }) => {
            (give(token), Json(api::SignInAnswer::Account(describe(&app, host).await?))).into_response()
        }
        SignInStep::Passkey(question) => Json(api::SignInAnswer::Passkey(question.into())).into_response(),
    })
}

/// `POST /api/sign-out`
pub async fn sign_out(State(app): State<App>, who: SignedIn) -> Result<impl IntoResponse, Failure> {
    to_its_end(async move {
        app.accounts.sign_out(who.session).await?;
        Ok(without_cookie())
    })
    .await
}

/// `POST /api/sign-out-everywhere`
pub async fn sign_out_everywhere(
    State(app): State<App>,
    who: SignedIn,
) -> Result<impl IntoResponse, Failure> {
    to_its_end(async move {
        app.accounts.sign_out_everywhere(who.host).await?;
        Ok(without_cookie())
    })
    .await
}

/// `GET /api/account`
pub async fn account(State(app): State<App>, who: SignedIn) -> Result<Json<api::Account>, Failure> {
    let host = app.accounts.host(who.host).await?;
    let host = host.ok_or_else(|| Failure::new(ProblemCode::SignedOut))?;
    Ok(Json(describe(&app, host).await?))
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
    to_its_end(async move {
        let signed_in = app.accounts.change_password(who.host, wish.old_sign_in_key, new).await?;
        with_cookie(&app, signed_in).await
    })
    .await
}

pub(super) async fn describe(app: &App, host: store::Host) -> Result<api::Account, Failure> {
    let Host { id, name, host_key, wrapped_by_password, .. } = host;
    let now = UnixTime::now();
    let ending = app.certificate.ending(now);
    let certificate = ending.map(|Ending { ends, ordered }| api::EndingCertificate { ends: ends.0, ordered });
    let hours = match app.doors.sign() {
        Some(sign) => Some(hours(&sign, app.store.call(move |db| db.openings(id, now)).await?)),
        None => None,
    };
    let machine = app.audited.as_deref().and_then(|path| Kept::read(path)).map(|kept| machine(&kept));
    Ok(api::Account { name, host_key, wrapped_by_password, certificate, machine, hours })
}

fn machine(kept: &Kept) -> api::AuditedMachine {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let Summary { taken, holds, all, short } = &kept.last;
    api::AuditedMachine {
        looked: taken.0,
        holds: count(*holds),
        all: count(*all),
        short: count(short.len()),
        worse: count(kept.worse()),
    }
}

fn hours(sign: &Sign, own: Vec<(OpeningId, Span)>) -> api::OpeningHours {
    let span = |span: Span| api::TimeSpan { from: span.from.0, until: span.until.0 };
    api::OpeningHours {
        zone: sign.zone.clone(),
        weekly: sign.hours.clone(),
        calendar: sign.calendar,
        coming: sign.coming.iter().copied().map(span).collect(),
        told: sign.told.0,
        own: own.into_iter().map(|(id, own)| api::OwnOpening { id: id.0, span: span(own) }).collect(),
    }
}

async fn with_cookie(
    app: &App,
    signed_in: accounts::SignedIn,
) -> Result<WithCookie<Json<api::Account>>, Failure> {
    Ok((give(signed_in.token), Json(describe(app, signed_in.host).await?)))
}

pub(super) fn give(token: SessionToken) -> Cookie {
    AppendHeaders([(header::SET_COOKIE, set_cookie(Some(token)))])
}

fn without_cookie() -> WithCookie<Json<serde_json::Value>> {
    (AppendHeaders([(header::SET_COOKIE, set_cookie(None))]), Json(serde_json::json!({})))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::Poll;
    use std::time::Duration;

    use incamera_conference::ids::Nonce;
    use tokio::time::timeout;

    use super::*;
    use crate::accounts::{Accounts, Cost};
    use crate::app::Reach;
    use crate::bytes::TokenHash;
    use crate::rate::{Gatekeeper, Rates};
    use crate::relay::Relays;
    use crate::shard::LiveMeetings;
    use crate::store::{Db, HostId, Store};
    use crate::tls::Served;

    /// Without sockets and shards.
    async fn app(folder: &std::path::Path) -> App {
        let (store, _thread) = Store::start(Db::open(folder).expect("a database")).expect("a thread");
        let (live, relays, rates) = (LiveMeetings::default(), Relays::new(), Rates::default());
        let (shards, _threads) =
            crate::shard::start(Vec::new(), &store, &live, &relays, rates.offers).expect("nothing to start");
        App {
            accounts: Accounts::new(store.clone(), Cost { memory: 8, passes: 1 }, &[], 0)
                .await
                .expect("a store"),
            store,
            gatekeeper: Arc::new(Gatekeeper::new(&rates, 1)),
            shards,
            live,
            page: None,
            relays,
            reach: Arc::new(Reach { port: 0, addresses: Vec::new(), own: Vec::new() }),
            doors: crate::doors::Doors::always_open(),
            state: Arc::new(folder.to_owned()),
            audited: None,
            certificate: Served::new(folder, None, &["localhost".to_owned()]).expect("made"),
            messages: rates.messages.quota(),
            instance: Nonce([0; 32]),
            stopping: tokio::sync::watch::channel(false).1,
            connections: Arc::default(),
        }
    }

    /// Whether there is more to do.
    async fn begin(work: impl Future) -> bool {
        let mut work = std::pin::pin!(work);
        std::future::poll_fn(|context| Poll::Ready(work.as_mut().poll(context).is_pending())).await
    }

    #[tokio::test]
    async fn an_end_is_announced_though_whoever_asked_is_gone_b6() {
        let folder = tempfile::tempdir().expect("a folder");
        let app = app(folder.path()).await;
        let who = SignedIn { host: HostId(1), session: TokenHash([0; 32]) };
        for everywhere in [false, true] {
            let mut ended = app.accounts.ended();
            // Begun, and dropped as the server does when the client hangs up.
            let begun = if everywhere {
                begin(sign_out_everywhere(State(app.clone()), who)).await
            } else {
                begin(sign_out(State(app.clone()), who)).await
            };
            assert!(begun, "it has not ended yet");
            let announced = timeout(Duration::from_secs(30), ended.changed()).await;
            assert!(matches!(announced, Ok(Ok(()))), "everywhere: {everywhere}");
        }
    }
}
