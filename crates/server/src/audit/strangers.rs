//! What somebody can do here who never signed in (D1, D2, S1): they try.

use std::net::Ipv4Addr;

use axum::http::{Method, StatusCode};
use hyper::body::Bytes;
use serde_json::json;

use super::{Outcome, Site};
use crate::bytes;
use crate::limits;
use crate::verify::compare::Answer;
use crate::verify::fetch::Fetcher;
use crate::verify::{Trouble, Trust};

/// Bytes of an answer.
const ANSWER: usize = 64 * 1024;
/// How often a one-time address is guessed, before there must have been a word. More than is allowed at once.
const GUESSES: usize = 60;
const JSON: (&str, &str) = ("content-type", "application/json");

/// A stranger, who speaks as the page does.
struct Stranger {
    fetcher: Fetcher,
    origin: String,
}

impl Stranger {
    fn new(site: &Site) -> Result<Self, Trouble> {
        let target = site.target();
        let origin = format!("https://{}", target.origin.host_header());
        Ok(Self { fetcher: Fetcher::new(&target, Trust::Anybody, site.limits())?, origin })
    }

    /// One who comes from an address that nobody else on this machine has: what they may not do any more, others still may.
    /// All of 127.0.0.0/8 is the machine itself (RFC 1122, section 3.2.1.3).
    fn apart(site: &Site) -> Result<Self, Trouble> {
        let at = (Ipv4Addr::LOCALHOST, site.at.port()).into();
        let Self { fetcher, origin } = Self::new(&Site { at, ..site.clone() })?;
        let [one, two, three] = bytes::random();
        Ok(Self { fetcher: fetcher.coming_from(Ipv4Addr::new(127, one, two, three)), origin })
    }

    async fn ask(&mut self, method: Method, path: &str, body: Bytes) -> Result<Answer, String> {
        let headers = [JSON, ("origin", self.origin.as_str())];
        let answer = self.fetcher.ask(method, path, &headers, body, ANSWER).await;
        answer.map_err(|trouble| trouble.to_string())?.map_err(|difference| difference.to_string())
    }
}

/// Nobody begins a meeting, or sees one, who did not sign in.
pub(super) async fn meetings(site: &Site) -> Outcome {
    let tried = async {
        let mut stranger = Stranger::new(site).map_err(|trouble| trouble.to_string())?;
        let mut found = Vec::new();
        for (method, path, what) in [
            (Method::POST, "/api/meetings", "a meeting"),
            (Method::GET, "/api/meetings", "the list of meetings"),
            (Method::GET, "/api/account", "an account"),
            (Method::POST, "/api/openings", "a time at which it is open"),
        ] {
            let answer = stranger.ask(method, path, Bytes::from_static(b"{}")).await?;
            if answer.status != StatusCode::UNAUTHORIZED {
                found.push(format!(
                    "who did not sign in asked for {what}, and was answered {}",
                    answer.status.as_u16()
                ));
            }
        }
        Ok::<_, String>(found)
    };
    match tried.await {
        Ok(found) => Outcome::judged(
            found,
            "Tried without signing in: to begin a meeting, to see them, to see an account.",
        ),
        Err(why) => Outcome::Unknown(why),
    }
}

/// Who guesses, and who sends too much, is stopped.
pub(super) async fn limited(site: &Site) -> Outcome {
    let tried = async {
        match Stranger::apart(site) {
            Ok(apart) => too_much(apart).await,
            Err(trouble) => Err(trouble.to_string()),
        }
    };
    let tried = match tried.await {
        // Not every system has such addresses; then others from this machine wait as well.
        Err(_) => match Stranger::new(site) {
            Ok(stranger) => too_much(stranger).await,
            Err(trouble) => Err(trouble.to_string()),
        },
        done => done,
    };
    match tried {
        Ok((found, stopped)) => Outcome::judged(
            found,
            format!(
                "Of {GUESSES} guesses only {} were let through, and a request that is too large was refused.",
                stopped.unwrap_or(0)
            ),
        ),
        Err(why) => Outcome::Unknown(why),
    }
}

/// What was wrong when somebody sent too much and guessed, and after how many guesses they were stopped.
async fn too_much(mut stranger: Stranger) -> Result<(Vec<String>, Option<usize>), String> {
    let mut found = Vec::new();
    let large = Bytes::from(vec![b' '; limits::BODY + 1]);
    let answer = stranger.ask(Method::POST, "/api/sign-in/salt", large).await?;
    if !answer.status.is_client_error() {
        found.push(format!("a request of {} bytes was taken", limits::BODY + 1));
    }
    let stopped = guess(&mut stranger).await?;
    if stopped.is_none() {
        found.push(format!("one-time addresses were guessed {GUESSES} times, and nobody stopped it"));
    }
    Ok((found, stopped))
}

/// After how many guesses it was stopped.
async fn guess(stranger: &mut Stranger) -> Result<Option<usize>, String> {
    for count in 0..GUESSES {
        let token = bytes::EnrolmentToken(bytes::random()).to_text();
        let body = json!({ "token": token }).to_string();
        let answer = stranger.ask(Method::POST, "/api/enrolment", body.into()).await?;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return Ok(Some(count));
        }
    }
    Ok(None)
}
