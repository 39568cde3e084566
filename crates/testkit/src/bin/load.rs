//! The load tool; see `incamera_testkit::load`.

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    incamera_testkit::load::command::run()
}

#[cfg(not(target_os = "linux"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("the load tool reads what only Linux tells")
}
