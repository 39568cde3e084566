//! Who may do how much (D2): rates and numbers per source, without keeping an address.
//!
//! A source is an IPv4 address or an IPv6 /64, hashed with a key that is drawn when the process starts. The tables
//! forget a source as soon as its allowance is full again, and have a bound; a new source that finds the table full
//! is refused until there is room.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use incamera_conference::ids::MeetingId;
use tokio::sync::Notify;

use crate::allowance::Allowance;
use crate::limits;

/// Sources and accounts that one table knows at the same time.
const TABLE: usize = 65_536;
/// How often the tables forget those who did nothing of late.
const SWEEP: Duration = Duration::from_secs(60);

/// An allowance: `burst` at once, and one more every `period`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// How long it takes to regain one.
    pub period: Duration,
}

impl Rate {
    /// `burst` at once, and `per_minute` more each minute.
    pub const fn new(burst: u32, per_minute: u32) -> Self {
        Self { burst, period: Duration::from_micros(60_000_000 / per_minute as u64) }
    }

    /// As the limiters want it.
    pub(crate) fn quota(self) -> Quota {
        let burst = NonZeroU32::new(self.burst).unwrap_or(NonZeroU32::MIN);
        Quota::with_period(self.period.max(Duration::from_nanos(1)))
            .expect("a period that is not zero")
            .allow_burst(burst)
    }
}

/// All rates. A school class behind one address, reloading its pages at the same time, stays below each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rates {
    /// New TCP connections, hence TLS handshakes, of a source.
    pub connections: Rate,
    /// HTTP requests of a source.
    pub requests: Rate,
    /// Attempts of a source to sign in, to use a one-time address, or to change a password.
    pub sign_ins: Rate,
    /// Wrong passwords for one account, from wherever.
    pub account: Rate,
    /// Wrong passwords for one account from one source: nobody keeps a host out alone.
    pub account_of_source: Rate,
    /// Hellos of one source that one meeting refused: a link without its password is not guessed on.
    pub refused: Rate,
    /// Attempts of a source to enter a meeting.
    pub hellos: Rate,
    /// Messages of one WebSocket.
    pub messages: Rate,
    /// Offers of one participant, over all their connections.
    pub offers: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            connections: Rate::new(400, 600),
            requests: Rate::new(3000, 6000),
            sign_ins: Rate::new(30, 20),
            account: Rate::new(60, 60),
            account_of_source: Rate::new(10, 6),
            refused: Rate::new(10, 2),
            hellos: Rate::new(300, 300),
            messages: Rate::new(200, 1200),
            offers: Rate::new(6, 30),
        }
    }
}

/// A source, unrecognisable outside this process.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SourceKey(u64);

/// How long to wait before the next attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlowDown(pub Duration);

/// The tables, shared by everything at the edge.
pub struct Gatekeeper {
    hasher: RandomState,
    connections: Table,
    requests: Table,
    sign_ins: Table,
    accounts: Failures,
    accounts_of_sources: Failures,
    refused: Failures,
    hellos: Table,
    /// How many connections there is room for.
    room: usize,
    open: Mutex<Open>,
    emptied: Notify,
}

type Table = DefaultKeyedRateLimiter<u64>;

#[derive(Default)]
struct Open {
    total: usize,
    of_source: HashMap<SourceKey, usize>,
}

impl Gatekeeper {
    /// Empty tables. `room`: how many connections may be open.
    pub fn new(rates: &Rates, room: usize) -> Self {
        let table = |rate: Rate| RateLimiter::dashmap(rate.quota());
        Self {
            hasher: RandomState::new(),
            connections: table(rates.connections),
            requests: table(rates.requests),
            sign_ins: table(rates.sign_ins),
            accounts: Failures::new(rates.account),
            accounts_of_sources: Failures::new(rates.account_of_source),
            refused: Failures::new(rates.refused),
            hellos: table(rates.hellos),
            room,
            open: Mutex::default(),
            emptied: Notify::new(),
        }
    }

    /// The source that an address belongs to.
    pub fn source(&self, address: IpAddr) -> SourceKey {
        SourceKey(match address.to_canonical() {
            IpAddr::V4(address) => self.key(("v4", address)),
            IpAddr::V6(address) => self.key(("v6", prefix_64(address))),
        })
    }

    fn key(&self, of: impl Hash) -> u64 {
        self.hasher.hash_one(of)
    }

    /// A new TCP connection. The place is given back when the answer is dropped.
    pub fn connect(self: &Arc<Self>, source: SourceKey) -> Option<Place> {
        check(&self.connections, source.0).ok()?;
        let mut open = self.open();
        let of_source = open.of_source.get(&source).copied().unwrap_or(0);
        if open.total >= self.room || of_source >= limits::CONNECTIONS_PER_SOURCE {
            return None;
        }
        open.total += 1;
        open.of_source.insert(source, of_source + 1);
        Some(Place { gatekeeper: Arc::clone(self), source })
    }

    /// Resolves when no TCP connection is open.
    pub async fn emptied(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.open().total == 0 {
                return;
            }
            emptied.await;
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An HTTP request.
    pub fn request(&self, source: SourceKey) -> Result<(), SlowDown> {
        check(&self.requests, source.0)
    }

    /// An attempt that a guesser would make often.
    pub fn sign_in(&self, source: SourceKey) -> Result<(), SlowDown> {
        check(&self.sign_ins, source.0)
    }

    /// An attempt to sign in to the account of this name, whether it exists or not.
    pub fn account(&self, name: &str, source: SourceKey) -> Result<(), SlowDown> {
        let (account, of_source) = self.account_keys(name, source);
        self.accounts_of_sources.check(of_source)?;
        self.accounts.check(account)
    }

    /// It was one with a wrong password. Only these are counted: a host who knows the password spends nothing.
    pub fn wrong_password(&self, name: &str, source: SourceKey) {
        let (account, of_source) = self.account_keys(name, source);
        self.accounts_of_sources.note(of_source);
        self.accounts.note(account);
    }

    fn account_keys(&self, name: &str, source: SourceKey) -> (u64, u64) {
        let name = name.trim().to_lowercase();
        (self.key(("account", &name)), self.key(("account", &name, source)))
    }

    /// An attempt to enter this meeting by its link.
    pub fn knock(&self, meeting: &MeetingId, source: SourceKey) -> Result<(), SlowDown> {
        self.refused.check(self.key((meeting, source)))
    }

    /// It was not with the link's token.
    pub fn not_admitted(&self, meeting: &MeetingId, source: SourceKey) {
        self.refused.note(self.key((meeting, source)));
    }

    /// An attempt to enter a meeting.
    pub fn hello(&self, source: SourceKey) -> Result<(), SlowDown> {
        check(&self.hellos, source.0)
    }

    /// Forgets those who did nothing of late, for as long as the process lives.
    pub async fn sweep(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(SWEEP);
        loop {
            ticks.tick().await;
            for table in [&self.connections, &self.requests, &self.sign_ins, &self.hellos] {
                table.retain_recent();
                table.shrink_to_fit();
            }
            for table in [&self.accounts, &self.accounts_of_sources, &self.refused] {
                table.sweep();
            }
        }
    }
}

/// An allowance that is asked before an attempt, and spent when it failed.
struct Failures {
    rate: Rate,
    of: Mutex<HashMap<u64, Allowance>>,
}

impl Failures {
    fn new(rate: Rate) -> Self {
        Self { rate, of: Mutex::default() }
    }

    fn check(&self, key: u64) -> Result<(), SlowDown> {
        let now = Instant::now();
        let wait = self.lock().get(&key).map_or(Duration::ZERO, |allowance| allowance.wait(self.rate, now));
        if wait.is_zero() { Ok(()) } else { Err(SlowDown(wait.max(Duration::from_secs(1)))) }
    }

    /// While the table is full of others, who are swept soon, a new one is not counted: that is better than to keep
    /// out everybody.
    fn note(&self, key: u64) {
        let mut of = self.lock();
        if of.len() < TABLE || of.contains_key(&key) {
            of.entry(key).or_default().spend(self.rate, Instant::now());
        }
    }

    fn sweep(&self) {
        let now = Instant::now();
        let mut of = self.lock();
        of.retain(|_, allowance| !allowance.is_full(now));
        of.shrink_to_fit();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Allowance>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A TCP connection's place among those that are open.
pub struct Place {
    gatekeeper: Arc<Gatekeeper>,
    source: SourceKey,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.gatekeeper.open();
        open.total -= 1;
        if open.total == 0 {
            self.gatekeeper.emptied.notify_waiters();
        }
        if let Some(count) = open.of_source.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                open.of_source.remove(&self.source);
            }
        }
    }
}

fn check(table: &Table, key: u64) -> Result<(), SlowDown> {
    if table.len() >= TABLE {
        table.retain_recent();
        if table.len() >= TABLE {
            return Err(SlowDown(SWEEP));
        }
    }
    table.check_key(&key).map_err(|not_until| {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        SlowDown(wait.max(Duration::from_secs(1)))
    })
}

fn prefix_64(address: Ipv6Addr) -> [u16; 4] {
    let [a, b, c, d, ..] = address.segments();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tight() -> Arc<Gatekeeper> {
        let one = Rate { burst: 1, period: Duration::from_secs(3600) };
        let plenty = Rate::new(1_000_000, 1_000_000);
        let rates = Rates {
            connections: plenty,
            requests: one,
            sign_ins: one,
            account: plenty,
            account_of_source: one,
            refused: one,
            hellos: one,
            messages: one,
            offers: one,
        };
        Arc::new(Gatekeeper::new(&rates, limits::CONNECTIONS))
    }

    fn source(gatekeeper: &Gatekeeper, address: &str) -> SourceKey {
        gatekeeper.source(address.parse().expect("an address"))
    }

    #[test]
    fn ipv6_counts_by_64_and_ipv4_by_address_d2() {
        let gatekeeper = tight();
        let of = |address| source(&gatekeeper, address);
        assert!(of("2001:db8::1") == of("2001:db8::ffff:1"));
        assert!(of("2001:db8::1") != of("2001:db8:0:1::1"));
        assert!(of("192.0.2.1") != of("192.0.2.2"));
        assert!(of("192.0.2.1") == of("::ffff:192.0.2.1"));
        assert!(of("192.0.2.1") != source(&tight(), "192.0.2.1"), "the key is of this process");
    }

    #[test]
    fn one_source_spends_only_its_own_allowance_d2() {
        let gatekeeper = tight();
        let (a, b) = (source(&gatekeeper, "192.0.2.1"), source(&gatekeeper, "192.0.2.2"));
        assert!(gatekeeper.hello(a).is_ok());
        assert!(matches!(gatekeeper.hello(a), Err(SlowDown(wait)) if wait > Duration::from_secs(3000)));
        assert!(gatekeeper.hello(b).is_ok());
        assert!(gatekeeper.sign_in(a).is_ok(), "the tables are apart");
    }

    #[test]
    fn only_failures_are_counted_and_only_on_whoever_fails_d1_d2() {
        let gatekeeper = tight();
        let (a, b) = (source(&gatekeeper, "192.0.2.1"), source(&gatekeeper, "192.0.2.2"));
        for _ in 0..3 {
            assert!(gatekeeper.account("Anna", a).is_ok(), "the right password costs nothing");
        }
        gatekeeper.wrong_password("Anna", a);
        assert!(gatekeeper.account(" anna ", a).is_err());
        assert!(gatekeeper.account("Anna", b).is_ok(), "the host is not kept out");
        assert!(gatekeeper.account("Berta", a).is_ok());

        let [one, other] =
            ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"].map(|id| MeetingId::parse(id).expect("valid"));
        gatekeeper.not_admitted(&one, a);
        assert!(gatekeeper.knock(&one, a).is_err());
        assert!(gatekeeper.knock(&one, b).is_ok());
        assert!(gatekeeper.knock(&other, a).is_ok());
    }

    #[test]
    fn open_connections_are_counted_and_given_back_d2() {
        let gatekeeper = tight();
        let a = source(&gatekeeper, "192.0.2.1");
        let mut places: Vec<_> =
            (0..limits::CONNECTIONS_PER_SOURCE).map(|_| gatekeeper.connect(a).expect("room")).collect();
        assert!(gatekeeper.connect(a).is_none());
        assert!(gatekeeper.connect(source(&gatekeeper, "192.0.2.2")).is_some());
        places.pop();
        assert!(gatekeeper.connect(a).is_some());
        drop(places);
        assert!(gatekeeper.open().of_source.is_empty());
    }
}
