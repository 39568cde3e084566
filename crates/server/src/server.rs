//! The whole server in one process: what `incamera serve` starts, and what tests start many of.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use incamera_conference::ids::{MeetingId, Nonce};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::accounts::Accounts;
use crate::app::{App, Reach};
use crate::bytes::{self, EnrolmentToken};
use crate::clock::UnixTime;
use crate::config::Config;
use crate::doors::Doors;
use crate::files::{self, Readers, remove_if_there};
use crate::folder::{Hold, Occupied};
use crate::hours::{self, Sign};
use crate::listener::Listener;
use crate::net::Sockets;
use crate::rate::Gatekeeper;
use crate::relay::{RelayConnection, Relays};
use crate::shard::{self, LiveMeetings, ShardThreads, Shards};
use crate::store::{Db, FILE, Store, StoreError, StoreThread};
use crate::tls::{Served, Voucher};
use crate::{backup, descriptors, http, net, tls};

/// How often to look for what another process changed, such as `incamera host remove`.
const FOREIGN_CHANGES: Duration = Duration::from_secs(1);
/// How often to look for meetings that were made, never took place, and are not to be kept, and for sign-ins that
/// expired.
const LEFTOVERS: Duration = Duration::from_secs(24 * 3600);
/// How often to look whether the last meeting has ended.
const REST: Duration = Duration::from_secs(1);

/// Where the state folder tells the command line by which address the server was last started.
pub const URL_FILE: &str = "address";

/// Where in the state folder the first host's one-time address is put when what is printed is kept by others.
pub const FIRST_HOST_FILE: &str = "first-host";

/// Signs of life of a running server.
#[derive(Clone)]
pub struct Pulse {
    shards: Shards,
    store: Store,
    live: LiveMeetings,
    doors: Doors,
}

impl Pulse {
    /// Resolves when every thread that meetings need has answered; never, when one of them does not.
    pub async fn beat(&self) {
        self.shards.answer().await;
        if let Err(error) = self.store.call(|db| db.host_count()).await {
            tracing::error!("the store does not answer: {error}");
            std::future::pending::<()>().await;
        }
    }

    /// Resolves when nobody is in a meeting.
    pub async fn rest(&self) {
        while self.is_busy() {
            tokio::time::sleep(REST).await;
        }
    }

    /// Resolves when it is closed, by the opening hours, and nobody is in a meeting (T6).
    pub async fn closed(&self) {
        while self.is_busy() || !self.doors.may_end() {
            tokio::time::sleep(REST).await;
        }
    }

    fn is_busy(&self) -> bool {
        self.live.all().iter().any(|meeting| self.live.has_people(meeting))
    }
}

/// In the state folder: the database as it was when the server ended so that another version can begin.
pub const BEFORE_CHANGE: &str = "before-change.db";

/// A running server.
pub struct Server {
    address: SocketAddr,
    url: String,
    enrolment: Option<EnrolmentToken>,
    certificate: Arc<Served>,
    state: PathBuf,
    /// Given back when everything has stopped.
    _hold: Hold,
    stop: watch::Sender<bool>,
    listener: JoinHandle<()>,
    chores: Vec<JoinHandle<()>>,
    shards: Shards,
    shard_threads: ShardThreads,
    live: LiveMeetings,
    doors: Doors,
    store: Store,
    store_thread: StoreThread,
}

impl Server {
    /// Opens the store, binds the sockets, and serves from then on.
    pub async fn start(config: &Config) -> anyhow::Result<Self> {
        let state = open(config)?;
        let shards = config.shards.unwrap_or_else(one_per_core).max(1);
        Self::start_with(config, state, net::bind(config.listen, shards)?).await
    }

    /// As [`Self::start`], with sockets that somebody else bound: one shard for each UDP socket.
    pub async fn start_on(config: &Config, sockets: Sockets) -> anyhow::Result<Self> {
        let state = open(config)?;
        Self::start_with(config, state, sockets).await
    }

    async fn start_with(config: &Config, (hold, db): (Hold, Db), sockets: Sockets) -> anyhow::Result<Self> {
        #[cfg(debug_assertions)]
        crate::leak::begin(&config.state);
        let address = sockets.address;
        let own = own_addresses(address);
        let names = tls::own_names(&config.names, &[own.as_slice(), &config.public_addresses].concat());
        let certificate = Served::new(&config.state, config.certificate.as_ref(), &names)?;
        let tls = tls::server_config(Arc::clone(&certificate))?;

        let host = config.names.first().map_or("localhost", String::as_str);
        let url = url(host, address.port());
        std::fs::write(config.state.join(URL_FILE), &url).with_context(|| state_advice(config))?;

        let (store, store_thread) = Store::start(db).context("cannot start the store's thread")?;
        let accounts =
            Accounts::new(store.clone(), config.password_cost, &config.names, address.port()).await?;
        let enrolment = accounts.first_enrolment().await?;
        let first_host_file = config.state.join(FIRST_HOST_FILE);
        remove_if_there(&first_host_file).with_context(|| state_advice(config))?;
        let live = LiveMeetings::default();
        let relays = Relays::new();
        let (shards, shard_threads) = shard::start(sockets.udp, &store, &live, &relays, config.rates.offers)?;
        let reach = Reach { port: address.port(), addresses: config.public_addresses.clone(), own };
        let reach = Arc::new(reach);
        let relay =
            RelayConnection { relays: relays.clone(), shards: shards.clone(), reach: Arc::clone(&reach) };
        let gatekeeper = Arc::new(Gatekeeper::new(&config.rates, descriptors::make_room(config.connections)));
        let (stop, stopping) = watch::channel(false);
        let present = config.sign.as_deref().and_then(Sign::read).map(Arc::new);
        let (told, signs) = watch::channel(present);
        let doors = Doors::new(signs);
        let app = App {
            accounts,
            store: store.clone(),
            gatekeeper: Arc::clone(&gatekeeper),
            shards: shards.clone(),
            live: live.clone(),
            page: config.page.clone().map(Arc::new),
            relays,
            reach,
            doors: doors.clone(),
            state: Arc::new(config.state.clone()),
            audited: config.audited.clone().map(Arc::new),
            certificate: Arc::clone(&certificate),
            messages: config.rates.messages.quota(),
            instance: Nonce(bytes::random()),
            stopping: stopping.clone(),
            connections: Arc::new(AtomicU64::new(0)),
        };
        let mut chores = vec![
            tokio::spawn(Arc::clone(&gatekeeper).sweep()),
            tokio::spawn(Arc::clone(&certificate).follow()),
            tokio::spawn(follow_foreign_changes(app.clone())),
            tokio::spawn(forget_leftovers(app.clone(), config.leftovers, config.state.join(BEFORE_CHANGE))),
            tokio::spawn(forget_former_state(config.state.clone())),
            tokio::spawn(forget_first_enrolment(app.clone(), first_host_file)),
        ];
        chores.extend(config.sign.clone().map(|sign| tokio::spawn(hours::follow(sign, told))));
        let tcp = TcpListener::from_std(sockets.tcp).context("cannot use the TCP socket")?;
        let listener = Listener { tcp, tls, gatekeeper, router: http::router(app), relay, stopping };
        Ok(Self {
            address,
            url,
            enrolment,
            certificate,
            state: config.state.clone(),
            _hold: hold,
            stop,
            listener: tokio::spawn(listener.run()),
            chores,
            shards,
            shard_threads,
            live,
            doors,
            store,
            store_thread,
        })
    }

    /// Where it listens, for TCP and UDP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to type into a browser on this machine.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether browsers will warn, because nobody vouches for the certificate.
    pub fn vouches_for_itself(&self) -> bool {
        self.certificate.state(UnixTime::now()).0 == Voucher::Itself
    }

    /// The one-time address for the first host's account; `None` once there is a host.
    pub fn first_enrolment(&self) -> Option<String> {
        self.enrolment.map(|token| enrolment_url(&self.url, &token))
    }

    /// Puts that address into a file that only this user can read; it is deleted when the address was used, and at
    /// the next start. Returns where it is.
    pub fn file_first_enrolment(&self) -> io::Result<Option<PathBuf>> {
        let Some(address) = self.first_enrolment() else { return Ok(None) };
        let path = self.state.join(FIRST_HOST_FILE);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        writeln!(options.open(&path)?, "{address}")?;
        Ok(Some(path))
    }

    /// Whether it is still at work, for whoever watches over it.
    pub fn pulse(&self) -> Pulse {
        Pulse {
            shards: self.shards.clone(),
            store: self.store.clone(),
            live: self.live.clone(),
            doors: self.doors.clone(),
        }
    }

    /// Resolves when something broke that cannot be mended while running.
    pub async fn failed(&mut self) {
        self.shard_threads.failed().await;
    }

    /// As [`Self::stop`], and leaves the database as it is then beside it, for the way back from another version (T5).
    ///
    /// # Errors
    /// Where it cannot be written.
    pub async fn make_room(self) -> anyhow::Result<()> {
        let state = self.state.clone();
        self.stop().await;
        let database = std::fs::read(state.join(FILE)).context("cannot read the database")?;
        files::replace(&state.join(BEFORE_CHANGE), &database, Readers::Owner)
            .context("cannot copy the database")
    }

    /// Tells everybody, closes all connections and the store.
    pub async fn stop(self) {
        let Self { stop, listener, chores, shards, shard_threads, store_thread, .. } = self;
        let _ = stop.send(true);
        shards.stop().await;
        // It waits for its connections, or gives up on them.
        let _ = listener.await;
        for chore in chores {
            chore.abort();
        }
        let threads = tokio::task::spawn_blocking(move || {
            shard_threads.join();
            store_thread.close();
        });
        let _ = threads.await;
    }
}

/// The address of a server for people.
pub fn url(host: &str, port: u16) -> String {
    match port {
        443 => format!("https://{host}"),
        port => format!("https://{host}:{port}"),
    }
}

/// The address at which a one-time token is used. The fragment is not sent anywhere.
pub fn enrolment_url(base: &str, token: &EnrolmentToken) -> String {
    format!("{base}/enrol#{}", token.to_text())
}

/// The state folder, for this server alone, and the database in it.
fn open(config: &Config) -> anyhow::Result<(Hold, Db)> {
    let hold = match Hold::take(&config.state) {
        Err(error @ Occupied::InUse(_)) => {
            return Err(error).context(
                "cannot start a second server on the same state folder: stop the first one, or name another folder with \
                 --state FOLDER",
            );
        }
        outcome => outcome.with_context(|| state_advice(config))?,
    };
    let db = Db::open(&config.state).with_context(|| state_advice(config))?;
    Ok((hold, db))
}

fn state_advice(config: &Config) -> String {
    format!(
        "cannot use the state folder {}: make it writable for this user, or choose another with --state FOLDER",
        config.state.display()
    )
}

fn one_per_core() -> u8 {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u8::try_from(cores).unwrap_or(u8::MAX)
}

/// Beside the loopback, where we listen on all addresses.
fn own_addresses(listen: SocketAddr) -> Vec<IpAddr> {
    if listen.ip().is_unspecified() { net::outward_addresses() } else { Vec::new() }
}

/// Another process may have removed a host: then sign-ins have ended and meetings are gone.
async fn follow_foreign_changes(app: App) {
    let mut ticks = tokio::time::interval(FOREIGN_CHANGES);
    let mut version = None;
    loop {
        ticks.tick().await;
        let Ok(present) = app.store.call(|db| db.foreign_version()).await else { continue };
        if version.replace(present).is_some_and(|version| version != present) {
            app.accounts.announce_ended();
            app.withdraw_deleted().await;
            publish_openings(&app).await;
        }
    }
}

/// A meeting that is not kept is deleted when it is over. Those that a crash left behind go when nobody came back
/// soon after the start; those that never took place, within two days. No date of any of them is written down.
async fn forget_leftovers(app: App, first: Duration, former: PathBuf) {
    let mut seen = passing(&app).await.unwrap_or_default();
    publish_openings(&app).await;
    tokio::time::sleep(first).await;
    // Whoever changed the version has long taken what it needs.
    if let Err(error) = remove_if_there(&former) {
        tracing::error!("a copy of the database was not deleted: {error}");
    }
    loop {
        let live: HashSet<_> = app.live.all().into_iter().collect();
        for meeting in seen.drain().filter(|meeting| !live.contains(meeting)) {
            if let Err(error) = app.store.call(move |db| db.forget_meeting(&meeting)).await {
                tracing::error!("a leftover meeting was not deleted: {error}");
            }
        }
        if let Err(error) = app.store.call(|db| db.forget_expired_sessions(UnixTime::now())).await {
            tracing::error!("expired sign-ins were not deleted: {error}");
        }
        publish_openings(&app).await;
        seen = passing(&app).await.unwrap_or_default();
        tokio::time::sleep(LEFTOVERS).await;
    }
}

/// What the last restore set aside goes after a week.
async fn forget_former_state(state: PathBuf) {
    let mut days = tokio::time::interval(LEFTOVERS);
    loop {
        days.tick().await;
        let state = state.clone();
        let forgotten =
            tokio::task::spawn_blocking(move || backup::place::forget_old(&state, SystemTime::now())).await;
        if let Ok(Err(error)) = forgotten {
            tracing::error!("what the last restore set aside was not deleted: {error}");
        }
    }
}

/// Once there is a host, the first one's one-time address is no use, and no business of anybody.
async fn forget_first_enrolment(app: App, path: PathBuf) {
    let mut ended = app.accounts.ended();
    while !matches!(app.store.call(|db| db.host_count()).await, Ok(1..)) {
        // Announced by an enrolment, too.
        if ended.changed().await.is_err() {
            return;
        }
    }
    if let Err(error) = remove_if_there(&path) {
        tracing::error!("the first host's one-time address was not deleted: {error}");
    }
}

/// Those that are over, and those of hosts who are gone, are told no more.
async fn publish_openings(app: &App) {
    if let Err(error) = app.publish_openings().await {
        tracing::error!("what hosts planned outside of the hours was not written: {error}");
    }
}

async fn passing(app: &App) -> Result<HashSet<MeetingId>, StoreError> {
    Ok(app.store.call(|db| db.passing_meetings()).await?.into_iter().collect())
}
