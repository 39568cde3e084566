//! Reading a message: once, into the exhaustive types of the wire, with the bounds that types cannot say.

use incamera_conference::limits::{SDP, VIDEO_SLOTS};
use incamera_conference::private::Private;
use incamera_conference::wire::{Act, ClientMessage, Source};

/// Characters of a media section's name.
const MID: usize = 16;

/// A message that could not be read, in a few words for a developer's console. The words come from the message, and
/// go nowhere but back to who sent it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) Private);

/// Reads a message of at most so many bytes.
pub(super) fn parse(text: &str, longest: usize) -> Result<ClientMessage, Unreadable> {
    if text.len() > longest {
        return Err(Unreadable("the message is too long".into()));
    }
    let message = serde_json::from_str(text).map_err(|error| Unreadable(error.to_string().into()))?;
    check(&message).map_err(|why| Unreadable(why.into()))?;
    Ok(message)
}

fn check(message: &ClientMessage) -> Result<(), &'static str> {
    match message {
        ClientMessage::Offer { sdp, sources, .. } => {
            if sdp.len() > SDP {
                return Err("the session description is too long");
            }
            if sources.len() > Source::ALL.len() {
                return Err("too many sources");
            }
            if sources.iter().any(|section| section.mid.is_empty() || section.mid.len() > MID) {
                return Err("a mid has 1 to 16 characters");
            }
        }
        ClientMessage::Watch { videos } => {
            if videos.len() > VIDEO_SLOTS {
                return Err("too many videos to watch");
            }
            if videos.iter().any(|watch| !watch.source.is_video()) {
                return Err("only a camera or a screen can be watched");
            }
        }
        ClientMessage::Act { act: Act::Hold { held }, .. } => {
            if held.text.len() > incamera_conference::limits::HELD_TEXT {
                return Err("the state to hold is too long");
            }
        }
        ClientMessage::Hello(_)
        | ClientMessage::Act { .. }
        | ClientMessage::Group { .. }
        | ClientMessage::Ping => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use incamera_conference::limits::MESSAGE_INSIDE;

    use super::*;

    #[test]
    fn what_exceeds_a_bound_is_not_read() {
        let watch = r#"{"participant":1,"source":"camera","size":"small"}"#;
        let most = [watch; VIDEO_SLOTS].join(",");
        let text = format!(r#"{{"type":"watch","videos":[{most}]}}"#);
        assert!(parse(&text, text.len()).is_ok());
        assert!(parse(&text, text.len() - 1).is_err());
        for bad in [
            format!(r#"{{"type":"watch","videos":[{most},{watch}]}}"#),
            r#"{"type":"watch","videos":[{"participant":1,"source":"microphone","size":"small"}]}"#.to_owned(),
            format!(r#"{{"type":"offer","request":1,"sdp":"{}","sources":[]}}"#, "v".repeat(SDP + 1)),
            r#"{"type":"offer","request":1,"sdp":"","sources":[{"mid":"","source":"camera"}]}"#.to_owned(),
            r#"{"type":"offer","request":1,"sdp":"","sources":[{"mid":"12345678901234567","source":"camera"}]}"#
                .to_owned(),
            r#"{"type":"watch","videos":[],"more":1}"#.to_owned(),
            r#"{"type":"unheard_of"}"#.to_owned(),
            "[]".to_owned(),
            String::new(),
        ] {
            assert!(parse(&bad, MESSAGE_INSIDE).is_err(), "{bad}");
        }
    }
}
