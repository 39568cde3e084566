//! People meet.

use std::time::Duration;

use incamera_conference::wire::Source;
use incamera_testkit::World;

#[test]
fn three_people_see_and_hear_each_other() {
    let mut world = World::meeting(1, 3);
    world.run(Duration::from_secs(5));
    for person in 0..3 {
        assert!(world.people[person].page.is_connected());
        for other in (0..3).filter(|other| *other != person) {
            let (audio, video) =
                (world.count(person, other, Source::Microphone), world.count(person, other, Source::Camera));
            println!("{person} from {other}: {audio} {video}");
            assert!(audio > 200, "{person} hears {other}: {audio}");
            assert!(video > 100, "{person} sees {other}: {video}");
        }
    }
}
