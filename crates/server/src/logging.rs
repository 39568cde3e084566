//! Logs are about the service, never about people (I3).
//!
//! Our own types do not print. Other crates' do: what they say about connections, requests and packets is capped
//! here, and no variable of the environment lifts the cap.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, FilterFn, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

/// Crates of ours, by the first part of a target.
const OURS: [&str; 5] =
    ["incamera", "incamera_conference", "incamera_media", "incamera_turn", "incamera_e2ee"];

/// A subscriber that writes lines for people. `directives` are those of `RUST_LOG`; `info` where there are none.
pub fn subscriber<W>(directives: Option<&str>, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let wanted = directives.and_then(|text| EnvFilter::try_new(text).ok());
    let wanted = wanted.unwrap_or_else(|| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_target(false);
    tracing_subscriber::registry().with(wanted).with(cap()).with(lines)
}

/// Logs to standard error from now on.
pub fn start() {
    let directives = std::env::var("RUST_LOG").ok();
    let subscriber = subscriber(directives.as_deref(), io::stderr);
    // A second start in the same process keeps the first subscriber.
    let _ = tracing::subscriber::set_global_default(subscriber);
    std::panic::set_hook(Box::new(report));
}

/// The place of a fault and nothing else: what a library says about it may hold what it worked on.
fn report(panic: &std::panic::PanicHookInfo<'_>) {
    match panic.location() {
        Some(place) => tracing::error!("a fault in the program at {place}"),
        None => tracing::error!("a fault in the program"),
    }
}

/// What may pass at all: our own crates. Others name addresses, and str0m and its kin also keys and session
/// descriptions.
fn cap() -> FilterFn<fn(&Metadata<'_>) -> bool> {
    let may_pass: fn(&Metadata<'_>) -> bool = |metadata| {
        let target = metadata.target();
        OURS.contains(&target.split("::").next().unwrap_or(target))
    };
    filter_fn(may_pass).with_max_level_hint(LevelFilter::TRACE)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("unpoisoned").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nothing_lifts_the_cap_on_other_crates_i3() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber(Some("trace,str0m=trace,hyper=trace"), move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::error!(target: "str0m::ice", "from 192.0.2.77");
            tracing::error!(target: "hyper::proto", "from 192.0.2.77");
            tracing::trace!(target: "incamera::shard", "a turn");
        });
        let text = String::from_utf8(lines.0.lock().expect("unpoisoned").clone()).expect("text");
        assert!(text.contains("a turn"), "{text}");
        assert!(!text.contains("192.0.2.77"), "{text}");
    }
}
