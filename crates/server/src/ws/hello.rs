//! The first message of a connection: who it is, and whether there is anything for it to enter.

use std::time::Instant;

use axum::extract::ws::Message;
use ed25519_dalek::{Signature, VerifyingKey};
use incamera_conference::effect::{Origin, Standing};
use incamera_conference::ids::{AdmissionHash, MeetingId, Nonce};
use incamera_conference::limits::MESSAGE;
use incamera_conference::wire::{self, ClientMessage, Hello, Refusal, ServerMessage, VERSION};
use serde::Deserialize;
use tokio::time::timeout;

use super::{Edge, End, OwnerSignIn, message};
use crate::app::{App, Client};
use crate::bytes::{self, TokenHash};
use crate::clock::UnixTime;
use crate::http::extract::SignedIn;
use crate::limits;
use crate::shard::{Arrival, Inbox, Outbox};
use crate::store::StoredMeeting;

/// What comes of a hello.
pub(super) struct Received {
    pub(super) arrival: Arrival,
    pub(super) inbox: Inbox,
    /// On which an owner's standing rests.
    pub(super) sign_in: Option<OwnerSignIn>,
}

/// Sends the challenge and waits for the hello. The cookie is looked up only then: a sign-in that ended while the
/// connection waited counts for nothing.
pub(super) async fn receive(
    edge: &mut Edge,
    app: &App,
    client: &Client,
    cookie: Option<TokenHash>,
) -> Result<Received, End> {
    let nonce = Nonce(bytes::random());
    let challenge = ServerMessage::Challenge { version: VERSION, nonce, instance: app.instance };
    if !edge.send(&challenge).await {
        return Err(End::Lost);
    }
    let first = timeout(limits::HELLO, edge.receive()).await;
    let text = match first {
        Ok(Some(Ok(Message::Text(text)))) => text,
        Ok(Some(Ok(_))) | Err(_) => return Err(End::Refused(Refusal::Unproven)),
        Ok(Some(Err(_)) | None) => return Err(End::Lost),
    };
    #[cfg(debug_assertions)]
    crate::leak::keep(&text);
    app.gatekeeper.hello(client.source).map_err(|_| End::Refused(Refusal::Flooding))?;
    let hello = read(&text, &nonce).map_err(End::Refused)?;
    let ended = app.accounts.ended();
    let read = Instant::now();
    let (stored, signed_in) = look_up(app, hello.meeting.clone(), cookie).await;
    let standing = standing(stored.as_ref(), signed_in);
    if standing == Standing::Guest {
        app.gatekeeper.knock(&hello.meeting, client.source).map_err(|_| End::Refused(Refusal::Flooding))?;
    }
    let owner = signed_in.filter(|_| standing == Standing::Owner);
    let sign_in = owner.map(|owner| OwnerSignIn { session: owner.session, ended });
    let founding = may_found(stored.as_ref(), standing, &hello);
    // Said to those alone who could come in: to a stranger nothing tells whether anybody meets.
    if founding && !app.doors.let_begin() && !app.live.has_people(&hello.meeting) {
        return Err(End::Refused(Refusal::Closed));
    }
    let founding = stored.filter(|_| founding).map(|stored| Box::new(stored.founding));
    let (outbox, inbox) = Outbox::new();
    let connection = app.next_connection();
    let candidates = app.reach.candidates(client.local);
    let origin = Origin(client.source.widest());
    let arrival = Arrival { connection, standing, origin, hello, founding, read, outbox, candidates };
    Ok(Received { arrival, inbox, sign_in })
}

async fn look_up(
    app: &App,
    meeting: MeetingId,
    cookie: Option<TokenHash>,
) -> (Option<StoredMeeting>, Option<SignedIn>) {
    let found = app.store.call(move |db| {
        let host = cookie.map(|session| db.session_host(session, UnixTime::now())).transpose()?.flatten();
        let signed_in = host.zip(cookie).map(|(host, session)| SignedIn { host, session });
        Ok((db.meeting(&meeting)?, signed_in))
    });
    // A store that fails is told apart from nothing: there is no way in in either case.
    found.await.unwrap_or_else(|error| {
        tracing::error!("the store failed: {error}");
        (None, None)
    })
}

/// The version alone, which every version of the vocabulary has at the same place.
#[derive(Deserialize)]
struct AnyHello {
    version: u32,
}

fn read(text: &str, nonce: &Nonce) -> Result<Box<Hello>, Refusal> {
    match message::parse(text, MESSAGE) {
        Ok(ClientMessage::Hello(hello)) if hello.version != VERSION => Err(Refusal::Outdated),
        Ok(ClientMessage::Hello(hello)) if is_proven(&hello, nonce) => Ok(hello),
        Ok(_) => Err(Refusal::Unproven),
        Err(_) => match serde_json::from_str::<AnyHello>(text) {
            Ok(AnyHello { version }) if version != VERSION => Err(Refusal::Outdated),
            _ => Err(Refusal::Unproven),
        },
    }
}

fn is_proven(hello: &Hello, nonce: &Nonce) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(&hello.identity.0) else { return false };
    let text = wire::proof_text(&hello.meeting, nonce);
    key.verify_strict(&text, &Signature::from_bytes(&hello.proof.0)).is_ok()
}

fn standing(stored: Option<&StoredMeeting>, signed_in: Option<SignedIn>) -> Standing {
    match (stored, signed_in) {
        (Some(stored), Some(signed_in)) if stored.owner == signed_in.host => Standing::Owner,
        _ => Standing::Guest,
    }
}

/// Whether this hello may bring the meeting to life. The token is compared with something in any case, so that an
/// unknown meeting costs what a known one does.
fn may_found(stored: Option<&StoredMeeting>, standing: Standing, hello: &Hello) -> bool {
    let admission = stored.map_or(AdmissionHash([0; 32]), |stored| stored.founding.admission);
    let admits = hello.token.as_ref().is_some_and(|token| admission.admits(token));
    stored.is_some() && (admits || standing == Standing::Owner)
}

#[cfg(test)]
mod tests {
    use incamera_conference::effect::Founding;
    use incamera_conference::ids::{AdmissionToken, HostKey, IdentityKey, Signature};
    use incamera_conference::sealed::{SealedName, SealedTitle};
    use incamera_conference::settings::MeetingSettings;

    use super::*;
    use crate::bytes::SealedRecord;
    use crate::store::HostId;

    const TOKEN: AdmissionToken = AdmissionToken([1; 32]);

    fn stored() -> StoredMeeting {
        StoredMeeting {
            owner: HostId(1),
            kept: true,
            founding: Founding {
                id: MeetingId::parse("aaaaaaaaaaaaaaaa").expect("valid"),
                host_key: HostKey([0; 32]),
                admission: TOKEN.hash(),
                title: SealedTitle::new(Vec::new()).expect("short"),
                settings: MeetingSettings::default(),
            },
            record: SealedRecord::new(Vec::new()).expect("short"),
        }
    }

    fn hello(token: Option<AdmissionToken>) -> Hello {
        Hello {
            version: VERSION,
            meeting: MeetingId::parse("aaaaaaaaaaaaaaaa").expect("valid"),
            token,
            identity: IdentityKey([0; 32]),
            proof: Signature([0; 64]),
            name: SealedName::new(Vec::new()).expect("short"),
            held: None,
            group: None,
        }
    }

    #[test]
    fn a_stranger_cannot_bring_a_meeting_to_life_d1() {
        let (meeting, wrong) = (stored(), AdmissionToken([2; 32]));
        assert!(may_found(Some(&meeting), Standing::Guest, &hello(Some(TOKEN))));
        assert!(may_found(Some(&meeting), Standing::Owner, &hello(None)));
        assert!(!may_found(Some(&meeting), Standing::Guest, &hello(Some(wrong))));
        assert!(!may_found(Some(&meeting), Standing::Guest, &hello(None)));
        assert!(!may_found(None, Standing::Guest, &hello(Some(TOKEN))));
    }

    #[test]
    fn only_the_owner_s_sign_in_makes_an_owner_s1() {
        let sign_in = |host| Some(SignedIn { host: HostId(host), session: TokenHash([0; 32]) });
        assert_eq!(standing(Some(&stored()), sign_in(1)), Standing::Owner);
        assert_eq!(standing(Some(&stored()), sign_in(2)), Standing::Guest);
        assert_eq!(standing(Some(&stored()), None), Standing::Guest);
        assert_eq!(standing(None, sign_in(1)), Standing::Guest);
    }
}
