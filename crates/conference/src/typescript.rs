//! The wire vocabulary as TypeScript, for `web/src/generated/protocol.ts`.
//!
//! All numbers on the wire are 32-bit or smaller, so that each is a plain `number` in the page.

use ts_rs::{Config, TS};

use crate::{ids, limits, sealed, settings, wire};

/// The whole text of the page's protocol module.
pub fn render() -> String {
    let mut module = Module::new("incamera-conference");
    module.constant("VERSION", "The number of this vocabulary.", u64::from(wire::VERSION));
    module.constant("PARTICIPANTS", "People in one meeting at the same time.", size(limits::PARTICIPANTS));
    module.constant("KNOCKS", "People waiting in one lobby.", size(limits::KNOCKS));
    module.constant("VIDEO_SLOTS", "Videos that one page can watch at a time.", size(limits::VIDEO_SLOTS));
    module.constant(
        "AUDIO_SLOTS",
        "Sounds of a meeting that are on at the same time.",
        size(limits::AUDIO_SLOTS),
    );
    module.constant(
        "MAX_MESSAGE",
        "Bytes of one signalling message of somebody who is not in.",
        size(limits::MESSAGE),
    );
    module.constant(
        "MAX_MESSAGE_INSIDE",
        "Bytes of one signalling message of somebody who is in.",
        size(limits::MESSAGE_INSIDE),
    );
    module.constant("MAX_SDP", "Bytes of a session description.", size(limits::SDP));
    module.constant("MAX_HELD_TEXT", "Bytes of a state to hold.", size(limits::HELD_TEXT));
    module.constant("MAX_SEALED_NAME", "Bytes of a sealed name.", size(sealed::SealedName::MAX));
    module.constant("MAX_SEALED_TITLE", "Bytes of a sealed title.", size(sealed::SealedTitle::MAX));
    module.constant("MAX_SEALED_BODY", "Bytes of a sealed body.", size(sealed::SealedBody::MAX));
    module.constant("MAX_SEALED_LINK", "Bytes of a sealed link.", size(sealed::SealedLink::MAX));
    module.constant(
        "MAX_GROUP_BYTES",
        "Bytes of a message of the group itself.",
        size(sealed::GroupBytes::MAX),
    );
    module.constant("MAX_SEALED_INFO", "Bytes of a group's sealed state.", size(sealed::SealedInfo::MAX));
    module.constant("MAX_SEALED_PACKAGE", "Bytes of a sealed key package.", size(sealed::SealedPackage::MAX));
    module.constant("ADDED_AT_ONCE", "People whom one commit adds.", size(limits::ADDED_AT_ONCE));

    module.add::<ids::ParticipantId>();
    module.add::<ids::KnockId>();
    module.add::<ids::RequestId>();
    module.add::<ids::MeetingId>();
    module.add::<ids::AdmissionToken>();
    module.add::<ids::AdmissionHash>();
    module.add::<ids::IdentityKey>();
    module.add::<ids::Signature>();
    module.add::<ids::HostKey>();
    module.add::<ids::Nonce>();

    module.add::<sealed::SealedName>();
    module.add::<sealed::SealedTitle>();
    module.add::<sealed::SealedBody>();
    module.add::<sealed::SealedLink>();
    module.add::<sealed::GroupBytes>();
    module.add::<sealed::SealedInfo>();
    module.add::<sealed::SealedPackage>();

    module.add::<settings::Role>();
    module.add::<settings::MeetingSettings>();
    let usual = serde_json::to_string(&settings::MeetingSettings::default()).expect("settings are JSON");
    let doc = "/** What a meeting begins with where its host chooses nothing else. */";
    module.line(&format!("{doc}\nexport const USUAL_SETTINGS: MeetingSettings = {usual};"));

    module.add::<wire::ClientMessage>();
    module.add::<wire::Hello>();
    module.add::<wire::Source>();
    module.add::<wire::SourceSection>();
    module.add::<wire::Watch>();
    module.add::<wire::TileSize>();
    module.add::<wire::Act>();
    module.add::<wire::Rotation>();
    module.add::<wire::HeldState>();
    module.add::<wire::HeldContent>();
    module.add::<wire::HeldPerson>();
    module.add::<wire::Quality>();
    module.add::<wire::ServerMessage>();
    module.add::<wire::Welcome>();
    module.add::<wire::Participant>();
    module.add::<wire::Knock>();
    module.add::<wire::Slot>();
    module.add::<wire::Refusal>();
    module.add::<wire::WaitingFor>();
    module.add::<wire::Departure>();
    module.add::<wire::Denial>();
    module.add::<wire::GroupMessage>();
    module.add::<wire::GroupWelcome>();
    module.add::<wire::GroupEvent>();
    module.add::<wire::PersonToAdd>();
    module.finish()
}

/// One generated TypeScript file: a header, constants, and exported types in the order of their adding.
pub struct Module {
    text: String,
    config: Config,
}

impl Module {
    /// Begins a file whose header names the crate that it was generated from.
    pub fn new(source: &str) -> Self {
        let text = format!("// Generated from the crate {source} by `cargo xtask generate`. Do not edit.\n");
        Self { text, config: Config::new() }
    }

    /// Adds a line verbatim, such as an import of a type that another generated file exports.
    pub fn line(&mut self, line: &str) {
        self.text.push('\n');
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Adds a number.
    pub fn constant(&mut self, name: &str, doc: &str, value: u64) {
        self.line(&format!("/** {doc} */\nexport const {name} = {value};"));
    }

    /// Adds a type with its documentation.
    pub fn add<T: TS>(&mut self) {
        self.text.push('\n');
        self.text.push_str(&T::docs().unwrap_or_default());
        self.text.push_str("export ");
        self.text.push_str(&T::decl(&self.config));
        self.text.push('\n');
    }

    /// The text.
    pub fn finish(self) -> String {
        // ts-rs leaves a blank before the line break after some variants.
        let mut text: String = self.text.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        text.truncate(text.trim_end().len() + 1);
        text
    }
}

fn size(bound: usize) -> u64 {
    bound as u64
}

#[cfg(test)]
mod tests {
    /// Set to write the file instead of comparing it.
    const WRITE: &str = "INCAMERA_WRITE_GENERATED";

    #[test]
    fn the_generated_file_is_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/src/generated/protocol.ts");
        let fresh = super::render();
        if std::env::var_os(WRITE).is_some() {
            std::fs::write(path, &fresh).expect("the file can be written");
        }
        let present = std::fs::read_to_string(path).unwrap_or_default();
        assert!(present == fresh, "{path} is stale: run `cargo xtask generate`");
    }
}
