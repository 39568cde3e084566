//! The command line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};

use super::floor::{self, Trial, Way};
use super::run::{self, Pace, Results};
use super::stage::Places;
use super::workload::Workload;
use super::{kernel, report};

/// Measures what a packet costs a server, beside what it must cost.
#[derive(Debug, Parser)]
#[command(name = "load", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure systems under workloads, and write the results as JSON
    Run(Run),
    /// Write the document and the picture of results
    Report {
        /// What `run` wrote
        results: PathBuf,
        /// The folder for `performance.md` and `performance.svg`
        #[arg(long, default_value = "docs")]
        folder: PathBuf,
    },
    /// Measure the floor alone: receive once, encrypt and send for each receiver
    Floor(Floor),
    /// Show all workloads
    Workloads,
    /// Be the floor in a run
    #[command(hide = true)]
    FloorServe {
        /// How datagrams leave
        #[arg(long, value_enum)]
        send: Way,
    },
}

#[derive(Debug, Args)]
struct Run {
    /// What to measure: incamera, mediasoup, janus, janus-packaged, galene, galene-ports, floor, floor-sendmmsg, floor-gso
    #[arg(long, value_delimiter = ',', default_value = "incamera,floor,floor-sendmmsg,floor-gso")]
    systems: Vec<String>,
    /// Under what
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "webinar-100,webinar-100-feedback,rooms-5x5,rooms-1x10,audio-100,tiles-49,screen-30,\
                         webinar-300,storm-100"
    )]
    workloads: Vec<String>,
    /// The server's program
    #[arg(long, env = "LOAD_INCAMERA", value_name = "PROGRAM")]
    incamera: Option<PathBuf>,
    /// Where `peers/install` has put other SFUs
    #[arg(long, env = "INCAMERA_PEERS", value_name = "FOLDER", default_value = "target/peers")]
    peers: PathBuf,
    /// Visits of each system
    #[arg(long, default_value_t = 10)]
    cycles: usize,
    /// Milliseconds that are counted in a visit
    #[arg(long, default_value_t = 400)]
    window: u64,
    /// Milliseconds of sending before that
    #[arg(long, default_value_t = 1000)]
    settling: u64,
    /// Milliseconds of sending before the first cycle
    #[arg(long, default_value_t = 6000)]
    warming: u64,
    /// The core of the servers
    #[arg(long, default_value_t = 0)]
    server_core: usize,
    /// The core of the client
    #[arg(long, default_value_t = 1)]
    client_core: usize,
    /// Where the results go
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct Floor {
    /// Bytes of a packet
    #[arg(long, default_value_t = 1100)]
    size: usize,
    /// Receivers
    #[arg(long, default_value_t = 100)]
    fan_out: usize,
    /// Packets that come at once
    #[arg(long, default_value_t = 4)]
    burst: usize,
    /// Milliseconds for each way of sending
    #[arg(long, default_value_t = 2000)]
    time: u64,
    /// The core to run on
    #[arg(long, default_value_t = 0)]
    core: usize,
}

/// Does what the command line says.
pub fn run() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Run(arguments) => measure(arguments),
        Command::Report { results, folder } => write_report(&results, &folder),
        Command::Floor(arguments) => measure_floor(&arguments),
        Command::Workloads => {
            for workload in Workload::all() {
                eprintln!("{:24} {}", workload.name, workload.title);
            }
            Ok(())
        }
        Command::FloorServe { send } => floor::serve(send),
    }
}

fn measure(arguments: Run) -> anyhow::Result<()> {
    let mut workloads = Vec::new();
    for name in &arguments.workloads {
        let Some(workload) = Workload::named(name) else {
            bail!("there is no workload {name:?}; `load workloads` shows all");
        };
        workloads.push(workload);
    }
    let places = Places {
        server_core: arguments.server_core,
        client_core: arguments.client_core,
        incamera: arguments.incamera,
        peers: arguments.peers,
    };
    let pace = Pace {
        cycles: arguments.cycles,
        window: Duration::from_millis(arguments.window),
        settling: Duration::from_millis(arguments.settling),
        warming: Duration::from_millis(arguments.warming),
    };
    let results = run::run(&arguments.systems, &workloads, &places, pace)?;
    std::fs::write(&arguments.out, serde_json::to_string_pretty(&results)?)
        .with_context(|| format!("cannot write {}", arguments.out.display()))
}

fn write_report(results: &Path, folder: &Path) -> anyhow::Result<()> {
    let text =
        std::fs::read_to_string(results).with_context(|| format!("cannot read {}", results.display()))?;
    let results: Results = serde_json::from_str(&text).context("these are no results of `load run`")?;
    std::fs::write(folder.join("performance.md"), report::document(&results))?;
    std::fs::write(folder.join("performance.svg"), report::picture(&results))?;
    Ok(())
}

fn measure_floor(arguments: &Floor) -> anyhow::Result<()> {
    kernel::raise_file_limit();
    kernel::pin(arguments.core)?;
    let trial = Trial {
        size: arguments.size,
        fan_out: arguments.fan_out,
        burst: arguments.burst,
        time: Duration::from_millis(arguments.time),
    };
    eprintln!("{} bytes, {} receivers, bursts of {}", trial.size, trial.fan_out, trial.burst);
    let mut reference = None;
    for way in Way::ALL {
        let cost = trial.run(way)?;
        let multiple = cost.median / *reference.get_or_insert(cost.median);
        eprintln!(
            "{:9} {:6.0} ns a packet ({:.0}–{:.0}), {multiple:.2} × sendto",
            way.name(),
            cost.median,
            cost.low,
            cost.high
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
