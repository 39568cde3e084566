//! The WebSocket edge: what arrives is bounded, read once, and handed to the meeting's shard.

mod edge;
mod hello;
mod message;

use std::convert::Infallible;

use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;
use governor::{DefaultDirectRateLimiter, RateLimiter};
use incamera_conference::ids::{ConnectionId, MeetingId};
use incamera_conference::limits::{MESSAGE, MESSAGE_INSIDE};
use incamera_conference::private::Private;
use incamera_conference::wire::{ClientMessage, Refusal, ServerMessage};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::app::{App, Client};
use crate::bytes::TokenHash;
use crate::http::extract;
use crate::limits;
use crate::shard::{Command, Inbox, Seat, ShardHandle, TooSlow};
use edge::{Edge, End};

/// `GET /api/ws`
pub async fn upgrade(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    socket: WebSocketUpgrade,
) -> Response {
    let cookie = extract::session(&headers);
    // The library has one bound for the whole life of a connection; what a stranger may say is bounded again below.
    let socket = socket
        .read_buffer_size(limits::READ_BUFFER)
        .max_message_size(MESSAGE_INSIDE)
        .max_frame_size(MESSAGE_INSIDE);
    socket.on_upgrade(move |socket| async move {
        let mut edge = Edge::new(socket);
        let end = serve(&mut edge, &app, &client, cookie).await;
        edge.close(end).await;
    })
}

async fn serve(edge: &mut Edge, app: &App, client: &Client, cookie: Option<TokenHash>) -> End {
    let mut stopping = app.stopping.clone();
    let arrival = tokio::select! {
        arrival = hello::receive(edge, app, client, cookie) => arrival,
        _ = stopping.wait_for(|stopping| *stopping) => return End::Refused(Refusal::Stopping),
        () = client.place.gives_way() => return End::Lost,
    };
    let hello::Received { arrival, inbox, sign_in } = match arrival {
        Ok(received) => received,
        Err(end) => return end,
    };
    let connection = arrival.connection;
    let meeting = arrival.hello.meeting.clone();
    let Some(seat) = app.shards.seat(&meeting, arrival.founding.is_some()) else {
        return End::Refused(Refusal::Full);
    };
    let shard = app.shards.of(&seat).clone();
    shard.send(Command::Arrive(Box::new(arrival))).await;
    let session = Session { connection, shard, _seat: seat, meeting, client: client.clone() };
    let end = converse(edge, app, &session, sign_in, inbox).await;
    session.shard.send(Command::Gone { connection }).await;
    end
}

/// A connection that said hello.
struct Session {
    connection: ConnectionId,
    shard: ShardHandle,
    /// For as long as it stands, the meeting stays where it is.
    _seat: Seat,
    meeting: MeetingId,
    client: Client,
}

impl Session {
    /// What the meeting's answer says about whoever is here.
    fn note(&self, app: &App, answer: &ServerMessage) {
        match answer {
            ServerMessage::Welcome(_) | ServerMessage::Waiting { .. } => self.client.place.is_known(),
            ServerMessage::Refused { reason: Refusal::NotAdmitted } => {
                app.gatekeeper.not_admitted(&self.meeting, self.client.source);
            }
            _ => {}
        }
    }
}

/// The sign-in that makes a connection the owner's.
struct OwnerSignIn {
    session: TokenHash,
    /// Changes when sign-ins ended. It is older than the look at the store that found this one alive: none ends
    /// between the two without being noticed.
    ended: watch::Receiver<u64>,
}

impl OwnerSignIn {
    /// Resolves when it has ended.
    async fn ended(mut self, app: &App) {
        while self.ended.changed().await.is_ok() {
            let host = loop {
                match app.accounts.session(self.session).await {
                    Ok(host) => break host,
                    // While the store does not answer, nobody is signed out by that.
                    Err(_) => tokio::time::sleep(limits::SECOND_LOOK).await,
                }
            };
            if host.is_none() {
                return;
            }
        }
    }
}

async fn converse(
    edge: &mut Edge,
    app: &App,
    session: &Session,
    sign_in: Option<OwnerSignIn>,
    inbox: Inbox,
) -> End {
    let Inbox { mut messages, cut } = inbox;
    let cut = async {
        match cut.await {
            Ok(too_slow) => too_slow,
            // The shard let go of the connection in good order: the queue says so.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::pin!(cut);
    // One future for the whole conversation: a look at the store that has begun is brought to its end.
    let signed_out = async {
        if let Some(sign_in) = sign_in {
            sign_in.ended(app).await;
            session.shard.send(Command::SignedOut { connection: session.connection }).await;
        }
        // What follows from it comes by the queue.
        std::future::pending::<Infallible>().await
    };
    tokio::pin!(signed_out);
    let mut pace = Pace::new(app);
    let mut longest = MESSAGE;
    let mut silence = Instant::now() + limits::SILENCE;
    // Of credentials for the relay, for those who are in.
    let mut renewal: Option<Instant> = None;
    let mut warnings = app.doors.warnings();
    loop {
        let due = edge.due();
        tokio::select! {
            message = messages.recv() => match message {
                Some(message) => {
                    session.note(app, &message.message);
                    match &message.message {
                        ServerMessage::Welcome(_) => {
                            longest = MESSAGE_INSIDE;
                            // First, for the page connects its media when it is welcome.
                            if !edge.send(&app.relays.issue()).await {
                                return End::Lost;
                            }
                            renewal = Some(Instant::now() + limits::RELAY_RENEWAL);
                        }
                        ServerMessage::Waiting { .. } => (longest, renewal) = (MESSAGE, None),
                        _ => {}
                    }
                    let delivered = tokio::select! {
                        delivered = edge.pass_on(&message) => delivered,
                        TooSlow = &mut cut => return End::Refused(Refusal::TooSlow),
                    };
                    if !delivered {
                        return End::Lost;
                    }
                }
                None => return End::Said,
            },
            received = edge.receive() => {
                silence = Instant::now() + limits::SILENCE;
                let text = match received {
                    Some(Ok(Message::Text(text))) => text,
                    // The library answers pings; nobody has a use for binary frames.
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => match pace.count() {
                        Ok(()) => continue,
                        Err(flooding) => return flooding,
                    },
                    Some(Ok(Message::Binary(_))) => Utf8Bytes::from_static(""),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return End::Lost,
                };
                #[cfg(debug_assertions)]
                crate::leak::keep(&text);
                match pace.judge(message::parse(&text, longest)) {
                    Verdict::Hand(ClientMessage::Ping) => {
                        if !edge.send(&ServerMessage::Pong).await {
                            return End::Lost;
                        }
                    }
                    Verdict::Hand(message) => {
                        session.shard.send(Command::Say { connection: session.connection, message }).await;
                    }
                    Verdict::Answer(answer) => {
                        if !edge.send(&answer).await {
                            return End::Lost;
                        }
                    }
                    Verdict::Flooding => return End::Refused(Refusal::Flooding),
                }
            }
            () = async { tokio::time::sleep_until(due.unwrap_or(silence)).await }, if due.is_some() => {
                let delivered = tokio::select! {
                    delivered = edge.catch_up() => delivered,
                    TooSlow = &mut cut => return End::Refused(Refusal::TooSlow),
                };
                if !delivered {
                    return End::Lost;
                }
            }
            () = tokio::time::sleep_until(silence) => return End::Lost,
            () = async { tokio::time::sleep_until(renewal.unwrap_or(silence)).await }, if renewal.is_some() => {
                if !edge.send(&app.relays.issue()).await {
                    return End::Lost;
                }
                renewal = Some(Instant::now() + limits::RELAY_RENEWAL);
            }
            closing = warnings.next(), if renewal.is_some() => {
                if !edge.send(&closing).await {
                    return End::Lost;
                }
            }
            never = &mut signed_out => match never {},
        }
    }
}

/// What to do with a message.
enum Verdict {
    /// It goes to the shard.
    Hand(ClientMessage),
    /// It does not; this is why.
    Answer(ServerMessage),
    /// It was one too many.
    Flooding,
}

/// How much one connection may say.
struct Pace {
    messages: DefaultDirectRateLimiter,
    unreadable: u32,
}

impl Pace {
    fn new(app: &App) -> Self {
        Self { messages: RateLimiter::direct(app.messages), unreadable: 0 }
    }

    fn count(&self) -> Result<(), End> {
        self.messages.check().map_err(|_| End::Refused(Refusal::Flooding))
    }

    fn judge(&mut self, parsed: Result<ClientMessage, message::Unreadable>) -> Verdict {
        if self.messages.check().is_err() {
            return Verdict::Flooding;
        }
        match parsed {
            Ok(ClientMessage::Hello(_)) => self.unreadable("there is one hello in a connection".into()),
            Ok(message) => Verdict::Hand(message),
            Err(message::Unreadable(detail)) => self.unreadable(detail),
        }
    }

    fn unreadable(&mut self, detail: Private) -> Verdict {
        self.unreadable += 1;
        if self.unreadable >= limits::UNREADABLE {
            return Verdict::Flooding;
        }
        Verdict::Answer(ServerMessage::Unreadable { detail })
    }
}
