//! `incamera certificate`.

use anyhow::Context;
use clap::Subcommand;

use super::Renewal;
use crate::clock::day;
use crate::config::Config;
use crate::tls::Files;

/// The certificate that browsers are shown.
#[derive(Debug, Subcommand)]
pub enum Certificate {
    /// Order a certificate, or renew it when it is time. Meant to be run by a timer
    ///
    /// The server must be running, and be reached at port 443 by all names of the configuration. By running this you agree
    /// to the terms of service of the authority, Let's Encrypt unless the configuration names another.
    Renew {
        /// Although it is not time yet
        #[arg(long)]
        now: bool,
    },
    /// Say for which names there is a certificate, and how long it is good
    Show,
}

fn elsewhere(config: &Config) -> String {
    let from =
        config.certificate.as_ref().map_or_else(String::new, |files| files.chain.display().to_string());
    format!(
        "The certificate comes from {from}; nothing is ordered. Whoever puts it there renews it.\n\
         After `incamera setup` a new one is shown within six hours, or at once by `sudo systemctl start incamera-certificate.service`."
    )
}

impl Certificate {
    /// Does it. Returns what to print.
    pub fn run(self, config: &Config) -> anyhow::Result<String> {
        match self {
            Self::Renew { now } => {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .context("cannot start the runtime")?;
                Ok(match runtime.block_on(super::renew(config, now))? {
                    Renewal::NotDue(ends) => {
                        format!("The certificate is good until {}. It is not time yet.", day(ends))
                    }
                    Renewal::Renewed(ends) => {
                        format!("There is a new certificate, good until {}.", day(ends))
                    }
                    Renewal::Elsewhere => elsewhere(config),
                })
            }
            Self::Show => {
                let files = Files::shown(&config.state, config.certificate.as_ref());
                if !files.chain.exists() {
                    return Ok(
                        "Nobody vouches for this server yet: it shows a certificate that it made itself, and browsers warn."
                            .to_owned(),
                    );
                }
                let pair = files.read()?;
                Ok(format!("{}\nGood until {}.", pair.names.join("\n"), day(pair.life.ends)))
            }
        }
    }
}
