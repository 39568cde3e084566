//! The command line.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::accounts::AccountName;
use crate::acme::command::Certificate;
use crate::backup::command::{Backup, Restore, occupied, require_state};
use crate::bytes::{self, EnrolmentToken};
use crate::clock::UnixTime;
use crate::config::{CONFIG_FILE, Config, ConfigFile};
use crate::data::command::Data;
use crate::folder::Hold;
#[cfg(target_os = "linux")]
use crate::hours;
use crate::server::{Server, URL_FILE, enrolment_url, url};
use crate::store::{Db, Purpose};
#[cfg(target_os = "linux")]
use crate::{hardening, setup};
use crate::{limits, logging, papers, systemd, verify};

/// Private and secure video meetings from a server of your own.
#[derive(Debug, Parser)]
#[command(name = "incamera", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server. Needs no configuration
    Serve,
    /// Make this machine a server: asks, looks, and says what it will do before it does it
    #[cfg(target_os = "linux")]
    Setup(setup::Setup),
    /// Say whether everything is as it should be on this machine, and what to do where it is not
    #[cfg(target_os = "linux")]
    Doctor,
    /// Say when the server is open, or open and close it by hand
    #[cfg(target_os = "linux")]
    Hours {
        #[command(subcommand)]
        command: Option<hours::command::Hours>,
    },
    /// Take the server off this machine, with everything that it kept
    #[cfg(target_os = "linux")]
    Uninstall(setup::Uninstall),
    /// From the former version of the package to the one that is installed, or back. The package's script starts it
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Change {
        /// The former version
        former: String,
    },
    /// Close this machine as far as meetings and your own way in allow; can be taken back
    ///
    /// Shows what it would change, asks, writes down what was there before, and changes it. What may lock you out is put back
    /// by itself unless you come in anew by ssh and say that you could.
    #[cfg(target_os = "linux")]
    Harden(hardening::Harden),
    /// Measure this machine against what somebody might do, and say in plain words how it stands
    #[cfg(target_os = "linux")]
    Audit(hardening::Audit),
    /// Say who may host meetings. Works while the server runs
    #[command(subcommand)]
    Host(HostCommand),
    /// Order the certificate that browsers are shown, or look at it
    #[command(subcommand)]
    Certificate(Certificate),
    /// Put all that this server is into one encrypted file. Works while the server runs
    ///
    /// Hosts, kept meetings, certificates and the configuration file; no sign-ins, no one-time addresses, and nothing of
    /// meetings that are not kept. It is encrypted with age (age-encryption.org): to a passphrase, which is asked for, or to
    /// public keys.
    Backup(Backup),
    /// Make this the server of a backup. The server must not run
    ///
    /// Everything in the backup is looked at before anything is changed. What was there before is set aside for a week.
    Restore(Restore),
    /// Print everything that this server keeps about anybody
    ///
    /// Each file of the state folder, and each row of the database, in words. What is secret or sealed is named with its
    /// size, and not shown.
    Data(Data),
    /// Say whether a server serves the page of this release, unchanged. For any machine but the server
    ///
    /// Fetches the page as different browsers would, and compares every byte, and every header, with the page in this
    /// program, or with a manifest. Ends with 0: unchanged, 1: changed, 2: nothing could be compared.
    Verify(verify::command::Verify),
    /// Print the manifest of the page in this program: what each of its addresses serves
    Manifest(verify::command::Show),
    /// Write the manual pages and what shells complete into a folder. For whoever makes a package
    #[command(hide = true)]
    Papers {
        /// The folder
        folder: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum HostCommand {
    /// Print a one-time address at which a person makes a host account
    Add {
        /// The account's name
        name: String,
    },
    /// Show all hosts
    List,
    /// Delete a host with all their meetings
    Remove {
        /// The account's name
        name: String,
    },
    /// Print a one-time address at which a host chooses a new password. Passkeys are removed when it is used
    Reset {
        /// The account's name
        name: String,
    },
    /// Remove all passkeys of a host who lost them, and sign the host out: the password alone signs in again
    RemovePasskeys {
        /// The account's name
        name: String,
    },
}

#[derive(Debug, Args)]
struct Settings {
    /// A configuration file in TOML [default: /etc/incamera/incamera.toml, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder for all that is kept [default: ./incamera-state]
    #[arg(long, global = true, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// The address for TCP and UDP; port 0 takes any that is free [default: [::]:8443]
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// An address at which this machine is reached beside its own; may be repeated
    #[arg(long = "public-address", global = true, value_name = "IP")]
    public_addresses: Vec<IpAddr>,
    /// A name at which this machine is reached; may be repeated
    #[arg(long = "name", global = true, value_name = "NAME")]
    names: Vec<String>,
    /// Threads for media [default: one per core]
    #[arg(long, global = true, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=64))]
    shards: Option<u8>,
    /// Serve the page from this folder, for work on the page
    #[cfg(debug_assertions)]
    #[arg(long, global = true, value_name = "FOLDER")]
    page: Option<PathBuf>,
}

impl Settings {
    fn into_config(self) -> anyhow::Result<Config> {
        let mut config = Config::default();
        let installed = Some(PathBuf::from(CONFIG_FILE)).filter(|path| path.exists());
        if let Some(path) = self.config.or(installed) {
            ConfigFile::read(&path)?.apply(&mut config);
            config.file = Some(path);
        }
        config.state = self.state.unwrap_or(config.state);
        config.listen = self.listen.unwrap_or(config.listen);
        config.shards = self.shards.or(config.shards);
        if !self.public_addresses.is_empty() {
            config.public_addresses = self.public_addresses;
        }
        if !self.names.is_empty() {
            config.names = self.names;
        }
        #[cfg(debug_assertions)]
        {
            config.page = self.page;
        }
        Ok(config)
    }
}

/// The exit status of a server that ended because nobody meets, so that another version can begin, or because it is
/// closed (sysexits(3): EX_TEMPFAIL). The unit says that it is not started by itself then.
const MADE_ROOM: u8 = 75;

/// Does what the command line says.
pub fn run() -> anyhow::Result<ExitCode> {
    let Arguments { command, settings } = Arguments::parse();
    let config = config_for(&command, settings)?;
    #[cfg(target_os = "linux")]
    {
        let network = match command {
            Command::Host(_) | Command::Data(_) => Some(setup::Network::None),
            Command::Certificate(_) => Some(setup::Network::Outward),
            _ => None,
        };
        if let Some(network) = network
            && let Some(code) = setup::as_the_service(&config, network)?
        {
            return Ok(code);
        }
    }
    match command {
        Command::Serve => return serve(&config),
        #[cfg(target_os = "linux")]
        Command::Hours { command } => {
            logging::start();
            let told = hours::command::run(command, &config)?;
            if !told.is_empty() {
                say(&told)?;
            }
        }
        #[cfg(target_os = "linux")]
        Command::Setup(setup) => setup.run(&mut io::stdin().lock(), &mut io::stdout().lock())?,
        #[cfg(target_os = "linux")]
        Command::Harden(harden) => {
            return harden.run(&config, &mut io::stdin().lock(), &mut io::stdout().lock());
        }
        #[cfg(target_os = "linux")]
        Command::Audit(audit) => return audit.run(&config, &mut io::stdout().lock()),
        #[cfg(target_os = "linux")]
        Command::Doctor => return setup::doctor(&config, &mut io::stdout().lock()),
        #[cfg(target_os = "linux")]
        Command::Change { former } => {
            logging::start();
            setup::change(&former, &config)?;
        }
        #[cfg(target_os = "linux")]
        Command::Uninstall(options) => {
            setup::uninstall(&options, &mut io::stdin().lock(), &mut io::stdout().lock())?
        }
        Command::Host(command) => host(&config, command)?,
        Command::Backup(backup) => {
            let (text, to_stdout) = backup.run(&config)?;
            if to_stdout { eprintln!("{text}") } else { say(&text)? }
        }
        Command::Restore(restore) => say(&restore.run(&config)?)?,
        Command::Data(data) => put(&data.run(&config)?)?,
        Command::Certificate(command) => say(&command.run(&config)?)?,
        Command::Manifest(show) => put(&show.text())?,
        Command::Papers { folder } => papers::write(Arguments::command(), &folder)?,
        Command::Verify(verify) => return verified(verify),
    }
    Ok(ExitCode::SUCCESS)
}

/// The configuration. What takes back a lock-out works whatever is in it, and so does what takes the server off.
fn config_for(command: &Command, settings: Settings) -> anyhow::Result<Config> {
    match settings.into_config() {
        #[cfg(target_os = "linux")]
        Err(_) if matches!(command, Command::Harden(_) | Command::Uninstall(_)) => Ok(Config::default()),
        config => config,
    }
}

fn verified(verify: verify::command::Verify) -> anyhow::Result<ExitCode> {
    let (text, code) = verify.run();
    match text {
        Ok(text) => put(&text)?,
        Err(error) => eprintln!("incamera: nothing was compared: {error:#}"),
    }
    Ok(code)
}

fn serve(config: &Config) -> anyhow::Result<ExitCode> {
    logging::start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let outcome = runtime.block_on(run_server(config));
    if let Err(error) = &outcome {
        systemd::has_failed(&format!("{error:#}"));
    }
    // A request that is still at work is given up; the store is closed already.
    runtime.shutdown_background();
    outcome
}

async fn run_server(config: &Config) -> anyhow::Result<ExitCode> {
    // Before anything is printed: whoever reads the address may stop us at once.
    let mut signals = Signals::listen()?;
    let mut outdated = Outdated::listen()?;
    let mut server = match systemd::sockets()? {
        Some(sockets) => Server::start_on(config, sockets).await?,
        None => Server::start(config).await?,
    };
    announce(&server)?;
    systemd::is_ready();
    let pulse = server.pulse();
    let watched = tokio::spawn(systemd::reassure(pulse.clone()));
    let end = tokio::select! {
        () = signals.received() => End::Asked,
        () = server.failed() => End::Broken,
        () = async { outdated.wait().await; pulse.rest().await } => End::Outdated,
        () = pulse.closed() => End::Closed,
    };
    systemd::is_stopping();
    watched.abort();
    tell("incamera is stopping.");
    if end == End::Outdated {
        server.make_room().await?;
        return Ok(ExitCode::from(MADE_ROOM));
    }
    server.stop().await;
    if end == End::Closed {
        return Ok(ExitCode::from(MADE_ROOM));
    }
    if end == End::Broken {
        bail!("a media thread broke down; the lines above say why");
    }
    Ok(ExitCode::SUCCESS)
}

/// Why a server ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Asked,
    Broken,
    /// There is another version, and nobody meets.
    Outdated,
    /// It is closed, by the opening hours, and nobody meets.
    Closed,
}

/// The lines after `Open:` and `First host:` stay as they are: other programs read the addresses off them. Where a
/// service manager writes down what is printed, more people than the owner can read it: there the one-time address goes
/// into a file.
fn announce(server: &Server) -> anyhow::Result<()> {
    let mut text =
        format!("incamera is running. To stop it, press Ctrl-C.\n\nOpen:        {}/\n", server.url());
    let filed = if systemd::started_us() || systemd::keeps_what_is_printed() {
        server.file_first_enrolment().context("cannot write the first host's address")?
    } else {
        None
    };
    if let Some(path) = filed {
        text.push_str(&format!(
            "First host:  the one-time address for the first host account is in the file {}\n",
            path.display()
        ));
    } else if let Some(address) = server.first_enrolment() {
        text.push_str(&format!(
            "First host:  {address}\n\n\
             Open the second address to make the first host account. It works once, for 24 hours. Keep it to yourself.\n"
        ));
    }
    if server.vouches_for_itself() {
        text.push_str(
            "\nThe browser will warn, because nobody vouches for the certificate of a server that was just started.\n\
             On this machine it is safe to go on.",
        );
    }
    tell(&text);
    Ok(())
}

/// For a server that runs on when nobody reads what it prints.
fn tell(text: &str) {
    if let Err(error) = say(text) {
        tracing::warn!("nobody reads what is printed: {error}");
    }
}

fn say(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// As it stands.
fn put(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    #[cfg(not(unix))]
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    async fn received(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn received(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// There is a new version of the program: as soon as nobody meets this one ends, and whoever watches over it starts the
/// new one.
struct Outdated {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Outdated {
    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { signal: signal(SignalKind::user_defined1())? })
    }

    #[cfg(not(unix))]
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    async fn wait(&mut self) {
        self.signal.recv().await;
    }

    #[cfg(not(unix))]
    async fn wait(&mut self) {
        std::future::pending().await
    }
}

const NO_HOST: &str = "there is no host of this name; `incamera host list` shows all";

fn host(config: &Config, command: HostCommand) -> anyhow::Result<()> {
    require_state(config)?;
    Hold::pass_by(&config.state).map_err(occupied)?;
    let mut db = Db::open(&config.state)?;
    let now = UnixTime::now();
    let text = match command {
        HostCommand::Add { name } => add(&mut db, config, &name, now)?,
        HostCommand::List => list(&db, now)?,
        HostCommand::Remove { name } => {
            let was_host = db.remove_host(&name)?;
            if !db.remove_invitation(&name)? && !was_host {
                bail!(NO_HOST);
            }
            "Removed, with all meetings and sign-ins.".to_owned()
        }
        HostCommand::Reset { name } => {
            let Some(host) = db.host_by_name(&name)? else { bail!(NO_HOST) };
            let address = one_time_address(&mut db, config, &Purpose::Reset(host.id), now)?;
            format!(
                "{address}\n\nHand this address to {}. It works once, for 24 hours, to choose a new password.\n\
                 With the recovery code the meetings are kept; without it, the host begins afresh.\n\
                 Passkeys of the account are removed when the address is used.",
                &*host.name
            )
        }
        HostCommand::RemovePasskeys { name } => match db.remove_passkeys(&name)? {
            None => bail!(NO_HOST),
            Some(0) => "There was no passkey. The password alone signs in.".to_owned(),
            Some(number) => format!(
                "Removed: {number}. The host is signed out everywhere, and the password alone signs in again.\n\
                 Meetings and their links stay as they are."
            ),
        },
    };
    db.close()?;
    say(&text)
}

fn add(db: &mut Db, config: &Config, name: &str, now: UnixTime) -> anyhow::Result<String> {
    let Some(name) = AccountName::parse(name) else {
        bail!("a name has 1 to {} characters", limits::ACCOUNT_NAME);
    };
    if db.host_by_name(name.as_str())?.is_some() {
        bail!("there is a host of this name already; for a new password, use `incamera host reset`");
    }
    if db.host_count()? as usize + db.invited_names(now)?.len() >= limits::HOSTS as usize {
        bail!("there are {} hosts already", limits::HOSTS);
    }
    let address = one_time_address(db, config, &Purpose::New(name.as_str().into()), now)?;
    Ok(format!(
        "{address}\n\nHand this address to {}. It works once, for 24 hours, to make the account.",
        name.as_str()
    ))
}

fn list(db: &Db, now: UnixTime) -> anyhow::Result<String> {
    let mut lines = db.host_names()?;
    lines.extend(
        db.invited_names(now)?.into_iter().map(|name| format!("{name} (has not made the account yet)")),
    );
    if lines.is_empty() {
        return Ok("There is no host yet. `sudo incamera setup` prints the address for the first one; where the server was started \
                   by hand, `incamera serve` did."
            .to_owned());
    }
    Ok(lines.join("\n"))
}

fn one_time_address(
    db: &mut Db,
    config: &Config,
    purpose: &Purpose,
    now: UnixTime,
) -> anyhow::Result<String> {
    let token = EnrolmentToken(bytes::random());
    db.add_enrolment(token.hash(), purpose, now)?;
    let configured = || {
        let host = config.names.first().map_or("localhost", String::as_str);
        url(host, config.listen.port())
    };
    let base = std::fs::read_to_string(config.state.join(URL_FILE)).unwrap_or_else(|_| configured());
    Ok(enrolment_url(&base, &token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_broken_configuration_keeps_neither_a_lock_out_nor_the_server_t4_a1() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "nonsense = = 1").expect("written");
        let reads = |words: &[&str]| {
            let line = [&["incamera", "--config", file.path().to_str().expect("a path")], words].concat();
            let Arguments { command, settings } = Arguments::try_parse_from(line).expect("valid");
            config_for(&command, settings).is_ok()
        };
        assert!(reads(&["harden", "--undo-unconfirmed"]));
        assert!(reads(&["uninstall"]));
        assert!(!reads(&["serve"]));
    }

    #[test]
    fn flags_replace_the_defaults() {
        let line =
            ["incamera", "serve", "--listen", "127.0.0.1:0", "--state", "x", "--public-address", "192.0.2.1"];
        let config = Arguments::try_parse_from(line).expect("valid").settings.into_config().expect("valid");
        assert_eq!(config.listen.port(), 0);
        assert_eq!(config.state, PathBuf::from("x"));
        assert_eq!(config.public_addresses.len(), 1);
    }
}
