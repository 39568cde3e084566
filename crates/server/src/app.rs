//! What every request can reach.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use governor::Quota;
use incamera_conference::ids::{ConnectionId, Nonce};
use tokio::sync::watch;

use crate::accounts::Accounts;
use crate::clock::UnixTime;
use crate::doors::Doors;
use crate::hours::openings;
use crate::places::Place;
use crate::rate::{Gatekeeper, SourceKey};
use crate::relay::Relays;
use crate::shard::{LiveMeetings, Shards};
use crate::store::{Store, StoreError};
use crate::tls::Served;

/// Shared by all connections.
#[derive(Clone)]
pub struct App {
    /// Host accounts.
    pub accounts: Accounts,
    /// The database's thread.
    pub store: Store,
    /// Rates and numbers.
    pub gatekeeper: Arc<Gatekeeper>,
    /// Where meetings live.
    pub shards: Shards,
    /// Which do.
    pub live: LiveMeetings,
    /// A page folder instead of the embedded page.
    pub page: Option<Arc<PathBuf>>,
    /// For those whose network lets no UDP through.
    pub relays: Relays,
    /// How a page reaches our UDP port.
    pub reach: Arc<Reach>,
    /// The opening hours.
    pub doors: Doors,
    /// The folder of all that is kept.
    pub state: Arc<PathBuf>,
    /// Where the weekly audit leaves its result.
    pub audited: Option<Arc<PathBuf>>,
    /// What TLS shows.
    pub certificate: Arc<Served>,
    /// Of one WebSocket's messages.
    pub messages: Quota,
    /// Drawn once at the start.
    pub instance: Nonce,
    /// `true` once the server stops.
    pub stopping: watch::Receiver<bool>,
    /// Numbers connections.
    pub connections: Arc<AtomicU64>,
}

impl App {
    /// A number that no connection has had.
    pub fn next_connection(&self) -> ConnectionId {
        ConnectionId(self.connections.fetch_add(1, Ordering::Relaxed))
    }

    /// Leaves for root's helper what hosts planned outside of the hours.
    ///
    /// # Errors
    /// Where it cannot be read or written.
    pub async fn publish_openings(&self) -> Result<(), StoreError> {
        let state = Arc::clone(&self.state);
        self.store
            .call(move |db| {
                let spans = db.all_openings(UnixTime::now())?;
                let path = state.join(openings::OPENINGS);
                // Where there never was one, there is nothing to take back.
                if spans.is_empty() && !path.exists() {
                    return Ok(());
                }
                openings::write(&state, &spans).map_err(|error| StoreError::File { path, error })
            })
            .await
    }

    /// Ends the meetings that are alive though their rows are gone, as after another process removed a host.
    pub async fn withdraw_deleted(&self) {
        for meeting in self.live.all() {
            let id = meeting.clone();
            let stored = self.store.call(move |db| db.meeting(&id)).await;
            if matches!(stored, Ok(None)) {
                self.shards.withdraw(meeting).await;
            }
        }
    }
}

/// How a page reaches our UDP port.
#[derive(Clone, Debug)]
pub struct Reach {
    /// The port, the same as for TCP.
    pub port: u16,
    /// Beside the address by which the page itself came.
    pub addresses: Vec<IpAddr>,
    /// This machine's own, offered to pages on this machine: a browser may keep its media off the loopback.
    pub own: Vec<IpAddr>,
}

impl Reach {
    /// The ICE candidates for a page that reached us at `local`.
    pub fn candidates(&self, local: IpAddr) -> Vec<SocketAddr> {
        let own = if local.is_loopback() { self.own.as_slice() } else { &[] };
        let mut candidates = Vec::new();
        for address in std::iter::once(&local).chain(own).chain(&self.addresses) {
            let candidate = SocketAddr::new(*address, self.port);
            if !candidates.contains(&candidate) {
                candidates.push(candidate);
            }
        }
        candidates
    }
}

/// Who is at the other end of a TCP connection, as far as anybody here knows.
#[derive(Clone)]
pub struct Client {
    /// The source, unrecognisable.
    pub source: SourceKey,
    /// Our own address by which they came.
    pub local: IpAddr,
    /// Kept for as long as the connection is open.
    pub place: Arc<Place>,
}

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        // The listener puts it into every request.
        Ok(parts.extensions.get::<Self>().expect("requests come by the listener").clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_offered_the_address_by_which_it_came() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let reach = Reach { port: 7, addresses: vec![ip("203.0.113.1")], own: vec![ip("192.0.2.5")] };
        let outside = reach.candidates(ip("192.0.2.5"));
        assert_eq!(outside, [SocketAddr::new(ip("192.0.2.5"), 7), SocketAddr::new(ip("203.0.113.1"), 7)]);
        let same_machine = reach.candidates(ip("127.0.0.1"));
        assert_eq!(same_machine.len(), 3);
        assert_eq!(same_machine[0], SocketAddr::new(ip("127.0.0.1"), 7));
    }
}
