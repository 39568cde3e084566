//! `/api/openings`: stretches outside of the opening hours for which a host wants the doors open (T6).

use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::app::App;
use crate::clock::UnixTime;
use crate::hours::Span;
use crate::hours::openings::{self, OF_HOST};
use crate::http::api::{ProblemCode, TimeSpan};
use crate::http::extract::{JsonBody, SignedIn};
use crate::http::problem::Failure;
use crate::http::to_its_end;
use crate::store::{NewRow, OpeningId};

/// `POST /api/openings`
pub async fn create(
    State(app): State<App>,
    who: SignedIn,
    JsonBody(TimeSpan { from, until }): JsonBody<TimeSpan>,
) -> Result<StatusCode, Failure> {
    let (now, span) = (UnixTime::now(), Span { from: UnixTime(from), until: UnixTime(until) });
    if !openings::is_fit(span, now) {
        return Err(Failure::because(
            ProblemCode::BadRequest,
            "The doors can be opened within the next 60 days, for 12 hours at a time.",
        ));
    }
    to_its_end(async move {
        match app.store.call(move |db| db.add_opening(who.host, span, now)).await? {
            NewRow::Made => app.publish_openings().await.map(|()| StatusCode::CREATED).map_err(Failure::from),
            _ => Err(Failure::because(
                ProblemCode::TooMany,
                format!("There are {OF_HOST} of them already. Delete one that you do not need."),
            )),
        }
    })
    .await
}

/// `DELETE /api/openings/{id}`
pub async fn delete(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<i64>,
) -> Result<StatusCode, Failure> {
    to_its_end(async move {
        if !app.store.call(move |db| db.remove_opening(who.host, OpeningId(id))).await? {
            return Err(Failure::new(ProblemCode::NotFound));
        }
        app.publish_openings().await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
