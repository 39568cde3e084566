//! Workloads as data: who publishes, who watches whom, in how many rooms, at which rates.

use std::time::Duration;

use incamera_conference::wire::Source;
use serde::{Deserialize, Serialize};

use super::frames::Rate;
use super::leg::Seat;
use super::system::{Layer, Plan, seen_by};

/// An Opus packet every 20 ms.
pub(super) const SOUND_INTERVAL: Duration = Duration::from_millis(20);
/// Receivers of a room that open and check what they get: the first, the last, and some between.
const SAMPLES: usize = 3;

/// A kind of meeting.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Workload {
    /// As on the command line.
    pub name: String,
    /// For the report.
    pub title: String,
    /// Rooms at the same time.
    pub rooms: usize,
    /// People in each.
    pub people: usize,
    /// The first of them publish.
    pub publishers: usize,
    /// What those do.
    pub publisher: Plan,
    /// What the others do.
    pub audience: Plan,
    /// Whether all receivers read and answer with feedback. Else the kernel drops media unread.
    pub feedback: bool,
    /// How it is measured.
    pub course: Course,
}

/// How a workload is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Course {
    /// All systems are up, and each is visited in turn, several times.
    Cycles,
    /// The audience comes while the publishers send, as fast as it can.
    Storm,
    /// One system after the other, alone: one room sends, then two, and so on, until packets are lost.
    Climb,
    /// One system after the other, alone: all come, some send for a moment, all leave; and again, many times.
    Soak,
}

/// At which rates cameras and screens are encoded. Without feedback a server has nothing to go by but its first guess of
/// a receiver's bandwidth: the middle layer fits into 800 kbit/s beside a voice, key frames included.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Streams;

impl Streams {
    /// Of a video; sound has none, for it has one size.
    pub fn rate(self, source: Source, layer: Layer) -> Option<Rate> {
        let (bits, frames, variation) = match (source, layer) {
            (Source::Microphone | Source::ScreenAudio, _) => return None,
            (Source::Camera, Layer::Quarter) => (120_000, 30, 0.3),
            (Source::Camera, Layer::Half) => (400_000, 30, 0.3),
            (Source::Camera, Layer::Full) => (1_500_000, 30, 0.3),
            (Source::Screen, _) => (2_500_000, 30, 0.6),
        };
        Some(Rate { bits, frames, variation })
    }
}

/// When in its interval a source sends, as a share of it: all over the interval, as those of people who do not know of
/// each other.
pub(super) fn phase(seat: Seat, source: usize) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let number = seat.room * 101 + seat.participant * 7 + source;
    (number as f64 * GOLDEN).fract()
}

impl Workload {
    /// All that are known.
    pub fn all() -> Vec<Self> {
        let nobody = Plan::default();
        let listener = |hears, sees, layer| Plan { hears, sees, layer, ..nobody };
        let speaker = |hears, sees, layer| Plan { audio: true, camera: true, hears, sees, layer, ..nobody };
        let webinar = |people: usize| Self {
            name: format!("webinar-{people}"),
            title: format!("Webinar, 1 → {}", people - 1),
            rooms: 1,
            people,
            publishers: 1,
            publisher: speaker(0, 0, Layer::Half),
            audience: listener(1, 1, Layer::Half),
            feedback: false,
            course: Course::Cycles,
        };
        let rooms = |rooms, people: usize, layer| Self {
            name: format!("rooms-{rooms}x{people}"),
            title: match rooms {
                1 => format!("A room of {people}, all see all"),
                _ => format!("{rooms} rooms of {people}, all see all"),
            },
            rooms,
            people,
            publishers: people,
            publisher: speaker(people - 1, people - 1, layer),
            audience: nobody,
            feedback: true,
            course: Course::Cycles,
        };
        let audio = Self {
            name: "audio-100".into(),
            title: "Sound alone, 3 → 100".into(),
            rooms: 1,
            people: 100,
            publishers: 3,
            publisher: Plan { audio: true, hears: 3, ..nobody },
            audience: listener(3, 0, Layer::Quarter),
            feedback: false,
            course: Course::Cycles,
        };
        let screen = Self {
            name: "screen-30".into(),
            title: "A shared screen with motion, 1 → 29".into(),
            rooms: 1,
            people: 30,
            publishers: 1,
            publisher: Plan { audio: true, screen: true, ..nobody },
            audience: listener(1, 1, Layer::Full),
            feedback: true,
            course: Course::Cycles,
        };
        let tiles = Self {
            name: "tiles-49".into(),
            title: "49 cameras, each sees 9".into(),
            rooms: 1,
            people: 49,
            publishers: 49,
            publisher: Plan { audio: false, ..speaker(0, 9, Layer::Quarter) },
            audience: nobody,
            feedback: true,
            course: Course::Cycles,
        };
        let with_feedback = |workload: Self| Self {
            name: format!("{}-feedback", workload.name),
            title: format!("{}, with feedback", workload.title),
            feedback: true,
            ..workload
        };
        let mut all = vec![webinar(100), webinar(300)];
        all.push(with_feedback(webinar(100)));
        all.extend([rooms(5, 5, Layer::Half), rooms(1, 10, Layer::Quarter)]);
        all.extend([audio.clone(), with_feedback(audio), screen, tiles]);
        all.push(Self {
            name: "storm-100".into(),
            title: "A hundred come at once".into(),
            feedback: true,
            course: Course::Storm,
            ..webinar(100)
        });
        all.push(Self {
            name: "climb".into(),
            title: "As many webinars, 1 → 99, as one core carries".into(),
            rooms: 24,
            course: Course::Climb,
            ..webinar(100)
        });
        all.push(Self {
            name: "soak".into(),
            title: "A webinar, 1 → 99, again and again".into(),
            course: Course::Soak,
            ..webinar(100)
        });
        // Beside one meeting of a hundred it tells what a meeting takes.
        all.push(Self {
            name: "alone".into(),
            title: "A hundred meetings of one listener, again and again".into(),
            rooms: 100,
            people: 1,
            publishers: 0,
            publisher: nobody,
            course: Course::Soak,
            ..webinar(100)
        });
        all.push(Self {
            name: "climb-smoke".into(),
            title: "Two small rooms".into(),
            rooms: 2,
            people: 4,
            course: Course::Climb,
            ..webinar(4)
        });
        all.push(Self {
            name: "soak-smoke".into(),
            title: "A small room, again and again".into(),
            course: Course::Soak,
            ..webinar(4)
        });
        all.push(Self {
            name: "smoke".into(),
            title: "A small room".into(),
            people: 4,
            publisher: speaker(0, 0, Layer::Quarter),
            audience: listener(1, 1, Layer::Quarter),
            ..webinar(4)
        });
        all
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|workload| workload.name == name)
    }

    /// What a participant does.
    pub fn plan(&self, participant: usize) -> Plan {
        let plan = if participant < self.publishers { self.publisher } else { self.audience };
        Plan { sampled: self.is_sampled(participant), ..plan }
    }

    /// Whether somebody looks at what this participant gets: spread over the audience, for servers send to those first
    /// who came first.
    fn is_sampled(&self, participant: usize) -> bool {
        let first = if self.audience == Plan::default() { 0 } else { self.publishers };
        let last = self.people - 1;
        let samples = SAMPLES.min(self.people - first);
        (0..samples).any(|sample| {
            let place = first + (last - first) * sample / (samples - 1).max(1);
            place == participant
        })
    }

    /// Who receives the streams of a publisher's source: how many of each layer.
    pub fn fan_out(&self, publisher: usize, source: Source) -> [u64; 3] {
        let mut fan_out = [0; 3];
        for participant in (0..self.people).filter(|other| *other != publisher) {
            if let Some(layer) = self.receives(participant, publisher, source) {
                fan_out[layer as usize] += 1;
            }
        }
        fan_out
    }

    /// The layer that a participant gets of a publisher's source, if it gets it.
    pub fn receives(&self, participant: usize, publisher: usize, source: Source) -> Option<Layer> {
        let plan = self.plan(participant);
        let publishers: Vec<usize> = (0..self.publishers).collect();
        let layer = match source {
            Source::Microphone | Source::ScreenAudio => {
                seen_by(participant, &publishers, plan.hears).contains(&publisher).then_some(Layer::Full)
            }
            Source::Camera => {
                seen_by(participant, &publishers, plan.sees).contains(&publisher).then_some(plan.layer)
            }
            Source::Screen => {
                seen_by(participant, &publishers, plan.sees).contains(&publisher).then_some(Layer::Full)
            }
        };
        layer.filter(|_| publisher != participant)
    }
}

impl Plan {
    /// What it publishes.
    pub fn sources(&self) -> Vec<Source> {
        let sources =
            [(self.audio, Source::Microphone), (self.camera, Source::Camera), (self.screen, Source::Screen)];
        sources.into_iter().filter(|(on, _)| *on).map(|(_, source)| source).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webinars_speaker_is_received_by_everybody_else_in_one_layer() {
        let workload = Workload::named("webinar-100").expect("it is known");
        assert_eq!(workload.fan_out(0, Source::Camera), [0, 99, 0]);
        assert_eq!(workload.fan_out(0, Source::Microphone), [0, 0, 99]);
        assert_eq!((0..100).filter(|person| workload.plan(*person).sampled).count(), SAMPLES);
        assert!(workload.plan(1).sampled && workload.plan(99).sampled);
    }

    #[test]
    fn in_a_room_all_receive_all_others() {
        let workload = Workload::named("rooms-5x5").expect("it is known");
        for publisher in 0..5 {
            assert_eq!(workload.fan_out(publisher, Source::Camera).iter().sum::<u64>(), 4);
            assert_eq!(workload.fan_out(publisher, Source::Microphone).iter().sum::<u64>(), 4);
        }
        let tiles = Workload::named("tiles-49").expect("it is known");
        assert_eq!(tiles.fan_out(7, Source::Camera), [9, 0, 0]);
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<String> = Workload::all().into_iter().map(|workload| workload.name).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
