//! One publisher and an audience in memory, for counting instructions: no socket, no clock.
//!
//! `forwarding RECEIVERS SECONDS` lets a meeting run for so long after all are connected, and prints how many packets
//! were forwarded. Run it under `valgrind --tool=callgrind` twice, with different times: the difference is forwarding,
//! without the making of connections.

use std::time::Duration;

use incamera_conference::wire::{Source, TileSize};
use incamera_testkit::{Options, World};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let (receivers, seconds) = (arguments.next().unwrap_or(20), arguments.next().unwrap_or(2));

    let mut world = World::new(1);
    let publisher = world.join(Options::default());
    for _ in 0..receivers {
        let sources = Vec::new();
        world.join(Options { sources, audio_slots: 4, video_slots: 4 });
    }
    world.run(Duration::from_secs(1));
    world.publish(publisher, Source::Microphone);
    world.publish(publisher, Source::Camera);
    for receiver in 1..world.people.len() {
        world.watch(receiver, &[(publisher, Source::Camera, TileSize::Large)]);
    }
    world.run(Duration::from_secs(4));
    world.swallows = true;
    world.run(Duration::from_secs(seconds));
    let forwarded = world.swallowed;
    #[expect(clippy::print_stdout, reason = "it is what this program is for")]
    {
        println!("{forwarded}");
    }
}
