//! Who may do how much (D2): rates and numbers per source, without keeping an address.
//!
//! A source is an IPv4 address or an IPv6 /64, hashed with a key that is drawn when the process starts. One IPv6
//! customer may have 65,536 of these: all of a /48 together have [`WIDE`] times the allowance of one. The tables
//! forget a source as soon as its allowance is full again, and have a bound; a new source that finds the table full
//! is refused until there is room. Places for connections are in [`crate::places`].

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use incamera_conference::ids::MeetingId;

use crate::allowance::Allowance;
use crate::places::{Place, Places};

/// How much more than one source's a whole network's allowance is.
pub const WIDE: u32 = 4;
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

    /// Of a whole network.
    fn widened(self) -> Self {
        Self { burst: self.burst.saturating_mul(WIDE), period: self.period / WIDE }
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
pub struct SourceKey {
    /// Of the IPv4 address or the IPv6 /64.
    pub(crate) own: u64,
    /// Of the IPv6 /48.
    pub(crate) network: Option<u64>,
}

impl SourceKey {
    /// The widest that probably is in one hand.
    pub(crate) fn widest(self) -> u64 {
        self.network.unwrap_or(self.own)
    }
}

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
    accounts_of_sources: FailuresOfSource,
    refused: FailuresOfSource,
    hellos: Table,
    places: Places,
}

impl Gatekeeper {
    /// Empty tables. `room`: how many connections may be open.
    pub fn new(rates: &Rates, room: usize) -> Self {
        Self {
            hasher: RandomState::new(),
            connections: Table::new(rates.connections),
            requests: Table::new(rates.requests),
            sign_ins: Table::new(rates.sign_ins),
            accounts: Failures::new(rates.account),
            accounts_of_sources: FailuresOfSource::new(rates.account_of_source),
            refused: FailuresOfSource::new(rates.refused),
            hellos: Table::new(rates.hellos),
            places: Places::new(room),
        }
    }

    /// The source that an address belongs to.
    pub fn source(&self, address: IpAddr) -> SourceKey {
        match address.to_canonical() {
            IpAddr::V4(address) => SourceKey { own: self.key(("v4", address)), network: None },
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                let network = Some(self.key(("v6", [a, b, c])));
                SourceKey { own: self.key(("v6", [a, b, c, d])), network }
            }
        }
    }

    fn key(&self, of: impl Hash) -> u64 {
        self.hasher.hash_one(of)
    }

    /// A new TCP connection. The place is given back when the answer is dropped.
    pub fn connect(&self, source: SourceKey) -> Option<Place> {
        self.connections.check(source).ok()?;
        self.places.take(source)
    }

    /// Resolves when no TCP connection is open.
    pub async fn emptied(&self) {
        self.places.emptied().await;
    }

    /// An HTTP request.
    pub fn request(&self, source: SourceKey) -> Result<(), SlowDown> {
        self.requests.check(source)
    }

    /// An attempt that a guesser would make often.
    pub fn sign_in(&self, source: SourceKey) -> Result<(), SlowDown> {
        self.sign_ins.check(source)
    }

    /// An attempt to sign in to the account of this name, whether it exists or not.
    pub fn account(&self, name: &str, source: SourceKey) -> Result<(), SlowDown> {
        let name = name_key(name);
        self.accounts_of_sources.check(source, |source| self.key(("account", &name, source)))?;
        self.accounts.check(self.key(("account", &name)))
    }

    /// It was one with a wrong password. Only these are counted: a host who knows the password spends nothing.
    pub fn wrong_password(&self, name: &str, source: SourceKey) {
        let name = name_key(name);
        self.accounts_of_sources.note(source, |source| self.key(("account", &name, source)));
        self.accounts.note(self.key(("account", &name)));
    }

    /// An attempt to enter this meeting by its link.
    pub fn knock(&self, meeting: &MeetingId, source: SourceKey) -> Result<(), SlowDown> {
        self.refused.check(source, |source| self.key((meeting, source)))
    }

    /// It was not with the link's token.
    pub fn not_admitted(&self, meeting: &MeetingId, source: SourceKey) {
        self.refused.note(source, |source| self.key((meeting, source)));
    }

    /// An attempt to enter a meeting.
    pub fn hello(&self, source: SourceKey) -> Result<(), SlowDown> {
        self.hellos.check(source)
    }

    /// Forgets those who did nothing of late, for as long as the process lives.
    pub async fn sweep(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(SWEEP);
        loop {
            ticks.tick().await;
            for table in [&self.connections, &self.requests, &self.sign_ins, &self.hellos] {
                table.sweep();
            }
            self.accounts.sweep();
            for table in [&self.accounts_of_sources, &self.refused] {
                table.sweep();
            }
        }
    }
}

/// By which the names of accounts are compared.
fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Allowances of sources, and of the networks that they are in.
struct Table {
    own: Keyed,
    networks: Keyed,
}

type Keyed = DefaultKeyedRateLimiter<u64>;

impl Table {
    fn new(rate: Rate) -> Self {
        let table = |rate: Rate| RateLimiter::dashmap(rate.quota());
        Self { own: table(rate), networks: table(rate.widened()) }
    }

    fn check(&self, source: SourceKey) -> Result<(), SlowDown> {
        check(&self.own, source.own)?;
        source.network.map_or(Ok(()), |network| check(&self.networks, network))
    }

    fn sweep(&self) {
        for table in [&self.own, &self.networks] {
            table.retain_recent();
            table.shrink_to_fit();
        }
    }
}

fn check(table: &Keyed, key: u64) -> Result<(), SlowDown> {
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

/// As [`Failures`], for sources and the networks that they are in.
struct FailuresOfSource {
    own: Failures,
    networks: Failures,
}

impl FailuresOfSource {
    fn new(rate: Rate) -> Self {
        Self { own: Failures::new(rate), networks: Failures::new(rate.widened()) }
    }

    /// `key`: what of the source it is about.
    fn check(&self, source: SourceKey, key: impl Fn(u64) -> u64) -> Result<(), SlowDown> {
        self.own.check(key(source.own))?;
        source.network.map_or(Ok(()), |network| self.networks.check(key(network)))
    }

    fn note(&self, source: SourceKey, key: impl Fn(u64) -> u64) {
        self.own.note(key(source.own));
        if let Some(network) = source.network {
            self.networks.note(key(network));
        }
    }

    fn sweep(&self) {
        self.own.sweep();
        self.networks.sweep();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn tight() -> Gatekeeper {
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
        Gatekeeper::new(&rates, 100)
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
    fn whoever_has_a_48_has_not_65536_allowances_d2() {
        let gatekeeper = tight();
        let meeting = MeetingId::parse("aaaaaaaaaaaaaaaa").expect("valid");
        let of = |network: &str, subnet: u32| source(&gatekeeper, &format!("2001:db8:{network}:{subnet}::1"));
        for subnet in 0..WIDE {
            assert!(gatekeeper.hello(of("1", subnet)).is_ok());
            assert!(gatekeeper.knock(&meeting, of("1", subnet)).is_ok());
            gatekeeper.not_admitted(&meeting, of("1", subnet));
            gatekeeper.wrong_password("Anna", of("1", subnet));
        }
        assert!(gatekeeper.hello(of("1", WIDE)).is_err());
        assert!(gatekeeper.knock(&meeting, of("1", WIDE)).is_err());
        assert!(gatekeeper.account("Anna", of("1", WIDE)).is_err());
        assert!(gatekeeper.hello(of("2", 0)).is_ok());
        assert!(gatekeeper.knock(&meeting, of("2", 0)).is_ok());
        assert!(gatekeeper.account("Anna", of("2", 0)).is_ok());
    }
}
