//! HTTP: the page, and the API of accounts and meetings.

pub mod accounts;
pub mod api;
pub mod extract;
pub mod headers;
pub mod meetings;
pub mod openings;
pub mod page;
pub mod passkeys;
pub mod problem;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};

use crate::app::{App, Client};
use crate::http::api::ProblemCode;
use crate::http::problem::Failure;
use crate::{limits, ws};

/// Where the WebSocket is.
const WEBSOCKET: &str = "/api/ws";

/// All routes.
pub fn router(app: App) -> Router {
    let api = Router::new()
        .route("/api/enrolment", post(accounts::enrolment))
        .route("/api/enrol", post(accounts::enrol))
        .route("/api/sign-in/salt", post(accounts::salt))
        .route("/api/sign-in", post(accounts::sign_in))
        .route("/api/sign-out", post(accounts::sign_out))
        .route("/api/sign-out-everywhere", post(accounts::sign_out_everywhere))
        .route("/api/account", get(accounts::account))
        .route("/api/account/password", post(accounts::password))
        .route("/api/sign-in/passkey", post(passkeys::sign_in))
        .route("/api/sign-in/passkey/challenge", post(passkeys::challenge))
        .route("/api/account/passkeys", get(passkeys::list).post(passkeys::add))
        .route("/api/account/passkeys/challenge", post(passkeys::new_challenge))
        .route("/api/account/passkeys/remove", post(passkeys::remove))
        .route("/api/account/passkeys/both", post(passkeys::ask_both))
        .route("/api/meetings", get(meetings::list).post(meetings::create))
        .route("/api/meetings/{id}", put(meetings::update).delete(meetings::delete))
        .route("/api/openings", post(openings::create))
        .route("/api/openings/{id}", delete(openings::delete))
        .route(WEBSOCKET, get(ws::upgrade));
    let page =
        page::ADDRESSES.iter().fold(Router::new(), |router, address| router.route(address, get(page::index)));
    let page = page.fallback(get(page::file));
    api.merge(page)
        .method_not_allowed_fallback(|| async { Failure::new(ProblemCode::NotFound) })
        .layer(middleware::from_fn_with_state(app.clone(), guard))
        .layer(middleware::map_response(headers::harden))
        .with_state(app)
}

/// Does what must not be left half done: it goes on when the client hangs up or the time is over.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    // A panic has been reported already.
    tokio::spawn(work).await.unwrap_or_else(|_| Err(Failure::new(ProblemCode::Internal)))
}

/// What every request must pass: its source's allowance, our own origin where it could change something, and time.
async fn guard(State(app): State<App>, client: Client, request: Request, next: Next) -> Response {
    client.place.has_asked();
    if let Err(slow_down) = app.gatekeeper.request(client.source) {
        return Failure::from(slow_down).into_response();
    }
    let only_reads =
        matches!(*request.method(), Method::GET | Method::HEAD) && request.uri().path() != WEBSOCKET;
    if !only_reads && !extract::is_own_origin(request.headers()) {
        return Failure::new(ProblemCode::WrongOrigin).into_response();
    }
    match tokio::time::timeout(limits::REQUEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Failure::because(ProblemCode::BadRequest, "The request took too long.").into_response(),
    }
}
