//! One WebSocket: how words leave, and how it ends.

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::SinkExt as _;
use incamera_conference::wire::{Refusal, ServerMessage};
use tokio::time::{Instant, timeout};

use crate::limits;
use crate::shard::Outgoing;

/// How a connection ended.
pub(super) enum End {
    /// With this as the last word from the edge.
    Refused(Refusal),
    /// The meeting has had the last word.
    Said,
    /// The other end is gone, or does not listen.
    Lost,
}

/// The socket.
pub(super) struct Edge {
    socket: WebSocket,
    /// Before this, what can wait does.
    pause: Instant,
    /// Whether something waits for the end of the pause.
    is_behind: bool,
}

impl Edge {
    pub(super) fn new(socket: WebSocket) -> Self {
        Self { socket, pause: Instant::now(), is_behind: false }
    }

    /// The next message from the other end. It can be dropped without losing anything.
    pub(super) async fn receive(&mut self) -> Option<Result<Message, axum::Error>> {
        self.socket.recv().await
    }

    /// `false`: it could not be delivered in time.
    pub(super) async fn send(&mut self, message: &ServerMessage) -> bool {
        // Our own types: strings, numbers, and maps of them.
        let text = serde_json::to_string(message).expect("a message can be written as JSON");
        self.send_text(text.into()).await
    }

    /// A word from the meeting. Where a crowd comes or goes, each hears of several at once: else the cost of telling them
    /// would grow with the square of their number. All words keep their order.
    pub(super) async fn pass_on(&mut self, word: &Outgoing) -> bool {
        if !can_wait(&word.message) {
            return self.send_text(word.text.clone()).await;
        }
        let now = Instant::now();
        if now < self.pause {
            self.is_behind = true;
            return delivered(self.socket.feed(Message::Text(word.text.clone()))).await;
        }
        self.pause = now + limits::GATHERING;
        self.send_text(word.text.clone()).await
    }

    /// When [`Self::catch_up`] has something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        self.is_behind.then_some(self.pause)
    }

    /// Sends what has waited.
    pub(super) async fn catch_up(&mut self) -> bool {
        self.is_behind = false;
        self.pause = Instant::now() + limits::GATHERING;
        delivered(self.socket.flush()).await
    }

    async fn send_text(&mut self, text: Utf8Bytes) -> bool {
        self.is_behind = false;
        delivered(self.socket.send(Message::Text(text))).await
    }

    pub(super) async fn close(mut self, end: End) {
        let farewell = async {
            match end {
                End::Refused(reason) => {
                    self.send(&ServerMessage::Refused { reason }).await;
                }
                End::Said => {}
                End::Lost => return,
            }
            let frame = CloseFrame {
                code: axum::extract::ws::close_code::NORMAL,
                reason: Utf8Bytes::from_static(""),
            };
            let _ = self.socket.send(Message::Close(Some(frame))).await;
            // Until the other end has closed, too: else what was sent last may be lost with the connection.
            while let Some(Ok(_)) = self.socket.recv().await {}
        };
        let _ = timeout(limits::FAREWELL, farewell).await;
    }
}

/// Whether a word tells of others what nobody acts on at once: that they came, went, or changed. The server enforces what such
/// a word says before it is said.
fn can_wait(message: &ServerMessage) -> bool {
    matches!(message, ServerMessage::Participant { .. } | ServerMessage::Left { .. })
}

async fn delivered(sending: impl Future<Output = Result<(), axum::Error>>) -> bool {
    matches!(timeout(limits::DELIVERY, sending).await, Ok(Ok(())))
}
