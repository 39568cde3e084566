//! What a server is started with.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use incamera_conference::limits::HANDBACK_WINDOW;
use serde::Deserialize;

use crate::accounts::Cost;
use crate::acme::Authority;
use crate::audited;
use crate::hours;
use crate::limits;
use crate::rate::Rates;
use crate::tls::Files;

/// Where the configuration of an installed server is.
pub const CONFIG_FILE: &str = "/etc/incamera/incamera.toml";
/// The port, where none is named.
pub const PORT: u16 = 8443;

/// Everything that a server is started with. The default needs no configuration at all.
#[derive(Clone, Debug)]
pub struct Config {
    /// The configuration file that all this was read from.
    pub file: Option<PathBuf>,
    /// The address for TCP and UDP. Port 0: any that is free for both.
    pub listen: SocketAddr,
    /// The folder for all that is kept.
    pub state: PathBuf,
    /// Addresses at which this machine is reached beside its own, such as that of a router in front of it.
    pub public_addresses: Vec<IpAddr>,
    /// Names at which this machine is reached; they go into the certificate and into printed addresses.
    pub names: Vec<String>,
    /// A certificate from elsewhere. Without one, that which was ordered is shown, or else one that the server makes.
    pub certificate: Option<Files>,
    /// From whom certificates are ordered.
    pub authority: Authority,
    /// When the server is open; `None`: always.
    pub hours: Option<hours::Settings>,
    /// Where root's helper says when it is open; `None`: there are no hours.
    pub sign: Option<PathBuf>,
    /// Where the weekly audit leaves its result; `None`: there is none.
    pub audited: Option<PathBuf>,
    /// Threads for media; `None`: one per core.
    pub shards: Option<u8>,
    /// A folder to serve the page from, instead of the embedded one. For work on the page; debug builds only.
    pub page: Option<PathBuf>,
    /// What one guess of a password costs.
    pub password_cost: Cost,
    /// Who may do how much.
    pub rates: Rates,
    /// Connections at the same time, as far as there are file descriptors.
    pub connections: usize,
    /// How long after the start those of an interrupted meeting that is not kept may come back, before it is deleted.
    pub leftovers: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            file: None,
            listen: SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), PORT),
            state: PathBuf::from("incamera-state"),
            public_addresses: Vec::new(),
            names: Vec::new(),
            certificate: None,
            authority: Authority::default(),
            hours: None,
            sign: None,
            audited: None,
            shards: None,
            page: None,
            password_cost: Cost::default(),
            rates: Rates::default(),
            connections: limits::CONNECTIONS,
            leftovers: HANDBACK_WINDOW,
        }
    }
}

/// The configuration file: each line replaces a default, and is replaced by a flag of the command line.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConfigFile {
    /// As [`Config::listen`].
    pub listen: Option<SocketAddr>,
    /// As [`Config::state`].
    pub state: Option<PathBuf>,
    /// As [`Config::public_addresses`].
    pub public_addresses: Option<Vec<IpAddr>>,
    /// As [`Config::names`].
    pub names: Option<Vec<String>>,
    /// The certificate chain of [`Config::certificate`].
    pub certificate: Option<PathBuf>,
    /// The key of [`Config::certificate`], where it is not in the same file.
    pub certificate_key: Option<PathBuf>,
    /// As [`Config::authority`].
    pub authority: Option<AuthorityTable>,
    /// As [`Config::hours`].
    pub hours: Option<hours::Settings>,
    /// As [`Config::shards`].
    pub shards: Option<u8>,
}

/// As [`Authority`].
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AuthorityTable {
    /// As [`Authority::directory`].
    pub directory: Option<String>,
    /// As [`Authority::email`].
    pub email: Option<String>,
    /// As [`Authority::root`].
    pub root: Option<PathBuf>,
    /// As [`Authority::profile`].
    pub profile: Option<String>,
}

impl ConfigFile {
    /// Reads a file in TOML.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration file {}", path.display()))?;
        toml::from_str(&text)
            .with_context(|| {
                format!(
                    "the configuration file {} is not right. Put right the line that is named, or move the file out of the way",
                    path.display()
                )
            })
    }

    /// Replaces what the file names.
    pub fn apply(self, config: &mut Config) {
        let Self {
            listen,
            state,
            public_addresses,
            names,
            certificate,
            certificate_key: key,
            authority,
            hours,
            shards,
        } = self;
        config.listen = listen.unwrap_or(config.listen);
        config.state = state.unwrap_or_else(|| std::mem::take(&mut config.state));
        config.public_addresses = public_addresses.unwrap_or_default();
        config.names = names.unwrap_or_default();
        config.certificate = certificate.map(|chain| Files { chain, key });
        let AuthorityTable { directory, email, root, profile } = authority.unwrap_or_default();
        let directory = directory.unwrap_or_else(|| std::mem::take(&mut config.authority.directory));
        config.authority = Authority { directory, email, root, profile };
        config.sign = hours.as_ref().map(|_| PathBuf::from(hours::SIGN));
        config.hours = hours;
        config.audited = Some(PathBuf::from(audited::LAST));
        config.shards = shards.or(config.shards);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// People copy it as it stands.
    #[test]
    fn the_configuration_in_the_book_is_right() {
        let book = include_str!("../../../docs/book/setup.md");
        let (_, example) = book.split_once("```\nnames = ").expect("it is there");
        let (example, _) = example.split_once("```").expect("it ends");
        let file: ConfigFile = toml::from_str(&format!("names = {example}")).expect("valid");
        assert_eq!(file.state, Some(PathBuf::from("/var/lib/incamera")));
        assert!(file.names.is_some() && file.public_addresses.is_some() && file.authority.is_some());
    }

    #[test]
    fn a_file_replaces_what_it_names_and_nothing_else() {
        let file: ConfigFile =
            toml::from_str("listen = \"127.0.0.1:1\"\nnames = [\"meet.example.org\"]").expect("valid");
        let mut config = Config::default();
        file.apply(&mut config);
        assert_eq!(config.listen, "127.0.0.1:1".parse().expect("an address"));
        assert_eq!(config.names, ["meet.example.org"]);
        assert_eq!(config.state, Config::default().state);
    }

    #[test]
    fn a_misspelt_line_is_an_error() {
        assert!(toml::from_str::<ConfigFile>("lisen = \"127.0.0.1:1\"").is_err());
    }
}
