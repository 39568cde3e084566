//! Meetings that hosts made. While one takes place, nothing is written but a new admission hash after a new link.

use incamera_conference::effect::Founding;
use incamera_conference::ids::{AdmissionHash, HostKey, MeetingId};
use incamera_conference::sealed::SealedTitle;
use incamera_conference::settings::MeetingSettings;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};

use super::hosts::oversized;
use super::{Db, HostId, StoreError};
use crate::bytes::SealedRecord;
use crate::limits;

/// A meeting as it is stored.
#[derive(Clone, Debug)]
pub struct StoredMeeting {
    /// Whose.
    pub owner: HostId,
    /// `false`: deleted when it is over.
    pub kept: bool,
    /// What its state machine is made of.
    pub founding: Founding,
    /// The host's own notes.
    pub record: SealedRecord,
}

/// What became of the wish for a new meeting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NewRow {
    /// It is there.
    Made,
    /// The id exists: with random ids, somebody repeats a request.
    Exists,
    /// The host has [`limits::MEETINGS`] already.
    TooMany,
}

const SELECT: &str = "SELECT meeting.id, meeting.host, meeting.kept, meeting.settings, meeting.admission,
    meeting.title, meeting.record, host.host_key FROM meeting JOIN host ON host.id = meeting.host";

impl Db {
    /// Makes a meeting.
    pub fn add_meeting(&mut self, meeting: &StoredMeeting) -> Result<NewRow, StoreError> {
        let transaction =
            self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let owner = meeting.owner.0;
        let sql = "SELECT count(*) FROM meeting WHERE host = ?1";
        let present: u32 = transaction.query_row(sql, [owner], |row| row.get(0))?;
        if present >= limits::MEETINGS {
            return Ok(NewRow::TooMany);
        }
        let founding = &meeting.founding;
        let made = transaction.execute(
            "INSERT INTO meeting (id, host, kept, settings, admission, title, record)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING",
            params![
                founding.id.as_str(),
                owner,
                meeting.kept,
                settings_text(&founding.settings),
                founding.admission.0,
                founding.title.as_bytes(),
                meeting.record.as_bytes(),
            ],
        )?;
        transaction.commit()?;
        Ok(if made == 1 { NewRow::Made } else { NewRow::Exists })
    }

    /// The meeting of this id.
    pub fn meeting(&self, id: &MeetingId) -> Result<Option<StoredMeeting>, StoreError> {
        let sql = format!("{SELECT} WHERE meeting.id = ?1");
        Ok(self.connection.query_row(&sql, [id.as_str()], read).optional()?)
    }

    /// The meetings of a host, the oldest first.
    pub fn meetings(&self, owner: HostId) -> Result<Vec<StoredMeeting>, StoreError> {
        let sql = format!("{SELECT} WHERE meeting.host = ?1 ORDER BY meeting.number");
        let mut statement = self.connection.prepare(&sql)?;
        let meetings = statement.query_map([owner.0], read)?.collect::<Result<_, _>>()?;
        Ok(meetings)
    }

    /// Replaces what is given. `false`: this host has no such meeting.
    pub fn update_meeting(
        &mut self,
        owner: HostId,
        id: &MeetingId,
        settings: Option<&MeetingSettings>,
        record: Option<&SealedRecord>,
    ) -> Result<bool, StoreError> {
        let updated = self.connection.execute(
            "UPDATE meeting SET settings = coalesce(?3, settings), record = coalesce(?4, record)
             WHERE id = ?1 AND host = ?2",
            params![id.as_str(), owner.0, settings.map(settings_text), record.map(SealedRecord::as_bytes)],
        )?;
        Ok(updated > 0)
    }

    /// After a new link. `false`: the meeting is gone.
    pub fn set_admission(
        &mut self,
        id: &MeetingId,
        admission: &AdmissionHash,
        title: &SealedTitle,
    ) -> Result<bool, StoreError> {
        let updated = self.connection.execute(
            "UPDATE meeting SET admission = ?2, title = ?3 WHERE id = ?1",
            params![id.as_str(), admission.0, title.as_bytes()],
        )?;
        Ok(updated > 0)
    }

    /// Deletes a meeting of this host. `false`: there is none.
    pub fn remove_meeting(&mut self, owner: HostId, id: &MeetingId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM meeting WHERE id = ?1 AND host = ?2";
        Ok(self.connection.execute(sql, params![id.as_str(), owner.0])? > 0)
    }

    /// Deletes a meeting that is over, unless it is kept.
    pub fn forget_meeting(&mut self, id: &MeetingId) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM meeting WHERE id = ?1 AND NOT kept", [id.as_str()])?;
        Ok(())
    }

    /// Every meeting that is not to be kept.
    pub fn passing_meetings(&self) -> Result<Vec<MeetingId>, StoreError> {
        let mut statement = self.connection.prepare("SELECT id FROM meeting WHERE NOT kept")?;
        let ids = statement.query_map((), |row| meeting_id(row, 0))?.collect::<Result<_, _>>()?;
        Ok(ids)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredMeeting> {
    let settings: String = row.get(3)?;
    let settings = serde_json::from_str(&settings)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(3, Type::Text, error.into()))?;
    Ok(StoredMeeting {
        owner: HostId(row.get(1)?),
        kept: row.get(2)?,
        founding: Founding {
            id: meeting_id(row, 0)?,
            host_key: HostKey(row.get(7)?),
            admission: AdmissionHash(row.get(4)?),
            title: SealedTitle::new(row.get(5)?).ok_or_else(|| oversized(5))?,
            settings,
        },
        record: SealedRecord::new(row.get(6)?).ok_or_else(|| oversized(6))?,
    })
}

fn meeting_id(row: &Row<'_>, column: usize) -> rusqlite::Result<MeetingId> {
    let text: String = row.get(column)?;
    MeetingId::parse(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

fn settings_text(settings: &MeetingSettings) -> String {
    // Nine booleans: nothing can fail.
    serde_json::to_string(settings).expect("settings are plain data")
}
