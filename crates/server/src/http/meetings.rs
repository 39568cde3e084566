//! `/api/meetings`: a host's own meetings. Nobody else can cause one to exist (S1, D1).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use incamera_conference::effect::Founding;
use incamera_conference::ids::MeetingId;

use crate::app::App;
use crate::http::api::{MeetingRecord, NewMeeting, ProblemCode, UpdateMeeting};
use crate::http::extract::{JsonBody, SignedIn};
use crate::http::problem::Failure;
use crate::http::to_its_end;
use crate::limits;
use crate::store::{NewRow, StoredMeeting};

/// `GET /api/meetings`
pub async fn list(State(app): State<App>, who: SignedIn) -> Result<Json<Vec<MeetingRecord>>, Failure> {
    let meetings = app.store.call(move |db| db.meetings(who.host)).await?;
    Ok(Json(meetings.into_iter().map(|meeting| record(&app, meeting)).collect()))
}

/// `POST /api/meetings`
pub async fn create(
    State(app): State<App>,
    who: SignedIn,
    JsonBody(wish): JsonBody<NewMeeting>,
) -> Result<(StatusCode, Json<MeetingRecord>), Failure> {
    let host = app.accounts.host(who.host).await?.ok_or_else(|| Failure::new(ProblemCode::SignedOut))?;
    let meeting = StoredMeeting {
        owner: who.host,
        kept: wish.kept,
        founding: Founding {
            id: wish.id,
            host_key: host.host_key,
            admission: wish.admission,
            title: wish.title,
            settings: wish.settings,
        },
        record: wish.record,
    };
    let stored = meeting.clone();
    match app.store.call(move |db| db.add_meeting(&stored)).await? {
        NewRow::Made => Ok((StatusCode::CREATED, Json(record(&app, meeting)))),
        NewRow::Exists => {
            Err(Failure::because(ProblemCode::BadRequest, "There is a meeting of this id already."))
        }
        NewRow::TooMany => Err(Failure::because(
            ProblemCode::TooMany,
            format!("There are {} meetings already. Delete some that are over.", limits::MEETINGS),
        )),
    }
}

/// `PUT /api/meetings/{id}`
pub async fn update(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
    JsonBody(wish): JsonBody<UpdateMeeting>,
) -> Result<Json<MeetingRecord>, Failure> {
    let id = meeting_id(&id)?;
    let updated = app
        .store
        .call(move |db| {
            let UpdateMeeting { settings, record } = wish;
            if !db.update_meeting(who.host, &id, settings.as_ref(), record.as_ref())? {
                return Ok(None);
            }
            db.meeting(&id)
        })
        .await?;
    let meeting = updated.ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
    Ok(Json(record(&app, meeting)))
}

/// `DELETE /api/meetings/{id}`
pub async fn delete(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    let id = meeting_id(&id)?;
    to_its_end(async move {
        let removed = {
            let id = id.clone();
            app.store.call(move |db| db.remove_meeting(who.host, &id)).await?
        };
        if !removed {
            return Err(Failure::new(ProblemCode::NotFound));
        }
        app.shards.withdraw(id).await;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// An id that cannot exist is answered like one that does not.
fn meeting_id(text: &str) -> Result<MeetingId, Failure> {
    MeetingId::parse(text).map_err(|_| Failure::new(ProblemCode::NotFound))
}

fn record(app: &App, meeting: StoredMeeting) -> MeetingRecord {
    let StoredMeeting { kept, founding, record, .. } = meeting;
    let live = app.live.has_people(&founding.id);
    MeetingRecord { id: founding.id, kept, settings: founding.settings, title: founding.title, record, live }
}
