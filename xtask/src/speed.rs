//! How many instructions it takes to forward a packet (B9). Instructions are counted, since times say little on a machine
//! that others use, too.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{machine, run, tree};

/// The example of the testkit that is counted.
pub(crate) const PROGRAM: &str = "forwarding";
/// Receivers of one publisher, and for how long it sends in the shorter and the longer run, in seconds.
const RECEIVERS: &str = "20";
const SHORTER: &str = "1";
const LONGER: &str = "3";
/// Instructions for each forwarded packet, in the profile that the tests are built with, on a processor as valgrind
/// plays it (AES-NI, AVX2). About 7,750 when it was set, 4,000 of them AES-GCM. Lower it with what makes it lower.
const MOST: u64 = 8_300;
/// What is counted: all of the SFU's own turns, and nothing of the participants around it. Each must be a function of its
/// own in the program: what a compiler has put into its caller is not found.
const COUNTED: [&str; 3] = [
    "incamera_media::sfu::Sfu::handle_datagram",
    "incamera_testkit::world::World::send_batch",
    "incamera_media::sfu::Sfu::handle_timeout",
];

/// Counts, and compares with the bound. The program must have been built.
pub(crate) fn check() -> Result<()> {
    machine::require_valgrind()?;
    let (few, short) = count(SHORTER)?;
    let (many, long) = count(LONGER)?;
    // What both have in common is the making of connections.
    let packets = many.checked_sub(few).filter(|packets| *packets > 1_000).context("too few packets")?;
    let each = long.saturating_sub(short) / packets;
    println!("        {each} instructions for each forwarded packet; at most {MOST}");
    ensure!(
        each <= MOST,
        "To forward a packet takes {each} instructions; the bound is {MOST} (xtask/src/speed.rs). Where they go: \
         callgrind_annotate {}",
        profile(LONGER).display()
    );
    Ok(())
}

/// Packets that were forwarded, and instructions, of a run of so many seconds.
fn count(seconds: &str) -> Result<(u64, u64)> {
    let mut command = Command::new("valgrind");
    command.arg("--tool=callgrind").arg("--collect-atstart=no");
    command.arg(format!("--callgrind-out-file={}", profile(seconds).display()));
    for name in COUNTED {
        command.arg(format!("--toggle-collect={name}"));
    }
    command.arg(tree::program("debug", &format!("examples/{PROGRAM}"))).args([RECEIVERS, seconds]);
    let printed = run::quietly(&mut command)?;
    let profiled = std::fs::read_to_string(profile(seconds)).context("no profile")?;
    for name in COUNTED {
        ensure!(profiled.contains(name), "{name} is not in the profile: the count would be too low.");
    }
    let packets = printed.lines().find_map(|line| line.trim().parse().ok());
    let collected = printed.lines().find_map(|line| line.split_once("Collected :"));
    let instructions = collected.and_then(|(_, number)| number.trim().parse().ok());
    Ok((packets.context("no number of packets")?, instructions.context("no number of instructions")?))
}

fn profile(seconds: &str) -> std::path::PathBuf {
    tree::target().join(format!("forwarding-{seconds}.callgrind"))
}
