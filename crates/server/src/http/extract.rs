//! What a request carries, read once.

use std::convert::Infallible;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use serde::de::DeserializeOwned;

use crate::app::{App, Client};
use crate::bytes::{SessionToken, TokenHash};
use crate::http::api::ProblemCode;
use crate::http::problem::Failure;
use crate::limits;
use crate::store::HostId;

/// The cookie's name. The prefix makes browsers insist on `Secure`, on `Path=/` and on no `Domain`.
const COOKIE: &str = "__Host-incamera";

/// A JSON body of bounded size.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request<Body>, _: &App) -> Result<Self, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_json = kind
            .is_some_and(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json"));
        if !is_json {
            return Err(Failure::because(
                ProblemCode::BadRequest,
                "The request must be of type application/json.",
            ));
        }
        let bytes = to_bytes(request.into_body(), limits::BODY).await.map_err(|_| {
            Failure::because(ProblemCode::BadRequest, "The request is too large or broke off.")
        })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            Failure::because(ProblemCode::BadRequest, format!("The request could not be read: {error}."))
        })
    }
}

/// By which name the page was loaded, with the port where it is not the usual one. The guard has compared it with the
/// origin.
pub struct Authority(pub String);

impl FromRequestParts<App> for Authority {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        Ok(Self(host.unwrap_or_default().to_owned()))
    }
}

/// A sign-in that is good: the proof that whoever asks is this host (S1, D1).
#[derive(Clone, Copy)]
pub struct SignedIn {
    /// Who.
    pub host: HostId,
    /// By which sign-in.
    pub session: TokenHash,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let signed_in = signed_in(&parts.headers, app).await?;
        let signed_in = signed_in.ok_or_else(|| Failure::new(ProblemCode::SignedOut))?;
        let Ok(client) = Client::from_request_parts(parts, app).await;
        client.place.is_known();
        Ok(signed_in)
    }
}

/// Who is signed in, if anybody is.
pub async fn signed_in(headers: &HeaderMap, app: &App) -> Result<Option<SignedIn>, Failure> {
    let Some(session) = session(headers) else { return Ok(None) };
    let host = app.accounts.session(session).await?;
    Ok(host.map(|host| SignedIn { host, session }))
}

/// The sign-in that the cookie speaks of, which need not exist.
pub fn session(headers: &HeaderMap) -> Option<TokenHash> {
    cookie(headers).map(|token| token.hash())
}

fn cookie(headers: &HeaderMap) -> Option<SessionToken> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .and_then(|(_, value)| SessionToken::parse(value).ok())
}

/// The header that hands the cookie out; with `None`, the one that takes it back.
pub fn set_cookie(token: Option<SessionToken>) -> HeaderValue {
    let life = token.map_or(0, |_| limits::SESSION_LIFE.as_secs());
    let value = token.map(|token| token.to_text()).unwrap_or_default();
    let text = format!("{COOKIE}={value}; Path=/; Max-Age={life}; Secure; HttpOnly; SameSite=Strict");
    let mut value = HeaderValue::from_str(&text).expect("base64url and our own text");
    value.set_sensitive(true);
    value
}

/// Whether the request was made by a page of ours: its origin is the host that it asks.
pub fn is_own_origin(headers: &HeaderMap) -> bool {
    let one = |name| {
        let mut values = headers.get_all(name).iter();
        let first = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(first)
    };
    let (Some(origin), Some(host)) = (one(header::ORIGIN), one(header::HOST)) else { return false };
    origin.strip_prefix("https://").is_some_and(|origin| origin.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn only_our_own_pages_may_ask() {
        let own = |pairs: &[_]| is_own_origin(&headers(pairs));
        assert!(own(&[("host", "localhost:8443"), ("origin", "https://localhost:8443")]));
        assert!(!own(&[("host", "localhost:8443")]));
        assert!(!own(&[("host", "localhost:8443"), ("origin", "null")]));
        assert!(!own(&[("host", "localhost:8443"), ("origin", "http://localhost:8443")]));
        assert!(!own(&[("host", "localhost:8443"), ("origin", "https://localhost")]));
        assert!(!own(&[("host", "a.example"), ("origin", "https://b.example")]));
        assert!(!own(&[
            ("host", "a.example"),
            ("origin", "https://a.example"),
            ("origin", "https://b.example")
        ]));
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let token = SessionToken([7; 32]);
        let text: &'static str = format!("a=b; __Host-incamera={}; c=d", token.to_text()).leak();
        assert_eq!(cookie(&headers(&[("cookie", text)])), Some(token));
        assert_eq!(cookie(&headers(&[("cookie", "__Host-incamera=short")])), None);
        assert_eq!(cookie(&headers(&[("cookie", "x__Host-incamera=")])), None);
    }
}
