//! Between session descriptions, which `str0m` negotiates with, and the parameters that mediasoup takes and gives
//! instead.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What of a media section an answer repeats as it was offered.
const REPEATED: [&str; 7] = ["m=", "c=", "a=mid:", "a=extmap:", "a=rtpmap:", "a=rtcp-fb:", "a=fmtp:"];

/// The server's side of a connection.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Transport {
    ice_parameters: IceParameters,
    candidate: Candidate,
    fingerprint: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IceParameters {
    username_fragment: String,
    password: String,
}

#[derive(Debug, Deserialize)]
struct Candidate {
    foundation: String,
    priority: u32,
    ip: String,
    port: u16,
}

impl Transport {
    /// Accepts all of an offer that sends.
    pub(super) fn answer(&self, offer: &str) -> String {
        let mut answer = session(sections(offer).flat_map(|section| value(section, "a=mid:")));
        for section in sections(offer) {
            for line in section.lines() {
                match line {
                    "a=sendonly" => self.describe(&mut answer, "active", "recvonly"),
                    line if line.starts_with("a=rid:") || line.starts_with("a=simulcast:") => {
                        answer += &(line.replace("send", "recv") + "\r\n");
                    }
                    line if REPEATED.iter().any(|repeated| line.starts_with(repeated)) => {
                        answer += &(line.to_owned() + "\r\n");
                    }
                    _ => {}
                }
            }
        }
        answer
    }

    /// Offers what these consumers send.
    pub(super) fn offer(&self, consumers: &[Consumer]) -> String {
        let mut offer =
            session(consumers.iter().filter_map(|consumer| consumer.rtp_parameters.mid.as_deref()));
        for Consumer { kind, rtp_parameters } in consumers {
            rtp_parameters.describe(kind, &mut offer);
            self.describe(&mut offer, "active", "sendonly");
        }
        offer
    }

    fn describe(&self, sdp: &mut String, setup: &str, direction: &str) {
        let Self { ice_parameters: IceParameters { username_fragment, password }, .. } = self;
        let Self { candidate: Candidate { foundation, priority, ip, port }, fingerprint, .. } = self;
        for line in [
            format!("ice-ufrag:{username_fragment}"),
            format!("ice-pwd:{password}"),
            format!("fingerprint:sha-256 {fingerprint}"),
            format!("setup:{setup}"),
            format!("candidate:{foundation} 1 udp {priority} {ip} {port} typ host"),
            direction.into(),
            "rtcp-mux".into(),
        ] {
            attribute(sdp, &line);
        }
    }
}

/// What the server sends to a receiver.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Consumer {
    kind: String,
    rtp_parameters: RtpParameters,
}

/// A media section as mediasoup has it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RtpParameters {
    mid: Option<String>,
    codecs: Vec<Codec>,
    header_extensions: Vec<HeaderExtension>,
    encodings: Vec<Encoding>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Codec {
    mime_type: String,
    payload_type: u8,
    clock_rate: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    channels: Option<u8>,
    parameters: BTreeMap<String, Value>,
    rtcp_feedback: Vec<Feedback>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Feedback {
    r#type: String,
    #[serde(default)]
    parameter: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct HeaderExtension {
    uri: String,
    id: u8,
}

/// Of a source that has no layers by its numbers, else by the identifier of the layer.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct Encoding {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ssrc: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rtx: Option<Retransmissions>,
}

/// Where retransmissions are sent.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Retransmissions {
    pub(super) ssrc: u32,
}

impl RtpParameters {
    /// Those of the offered section with this identifier.
    pub(super) fn offered(offer: &str, mid: &str, encodings: Vec<Encoding>) -> Option<Self> {
        let section = sections(offer).find(|section| value(section, "a=mid:").any(|of| of == mid))?;
        let kind = section.strip_prefix("m=")?.split(' ').next()?;
        let codec = |map: &str| {
            let (payload_type, name) = map.split_once(' ')?;
            let mut parts = name.split('/');
            let name = parts.next()?;
            let (feedback, parameters) =
                (format!("a=rtcp-fb:{payload_type} "), format!("a=fmtp:{payload_type} "));
            let feedback = value(section, &feedback).map(|feedback| {
                let (r#type, parameter) = feedback.split_once(' ').unwrap_or((feedback, ""));
                Feedback { r#type: r#type.into(), parameter: parameter.into() }
            });
            let parameters = value(section, &parameters).flat_map(|line| line.split(';')).filter_map(|one| {
                let (key, value) = one.split_once('=')?;
                Some((key.trim().to_owned(), value.parse::<i64>().map_or_else(|_| value.into(), Value::from)))
            });
            Some(Codec {
                mime_type: format!("{kind}/{name}"),
                payload_type: payload_type.parse().ok()?,
                clock_rate: parts.next()?.parse().ok()?,
                channels: parts.next().and_then(|channels| channels.parse().ok()),
                parameters: parameters.collect(),
                rtcp_feedback: feedback.collect(),
            })
        };
        let extension = |map: &str| {
            let (id, uri) = map.split_once(' ')?;
            Some(HeaderExtension { uri: uri.into(), id: id.parse().ok()? })
        };
        Some(Self {
            mid: Some(mid.into()),
            codecs: value(section, "a=rtpmap:").filter_map(codec).collect(),
            header_extensions: value(section, "a=extmap:").filter_map(extension).collect(),
            encodings,
        })
    }

    fn describe(&self, kind: &str, sdp: &mut String) {
        let types: Vec<_> = self.codecs.iter().map(|codec| codec.payload_type.to_string()).collect();
        write!(sdp, "m={kind} 9 UDP/TLS/RTP/SAVPF {}\r\nc=IN IP4 0.0.0.0\r\n", types.join(" "))
            .expect("a string");
        attribute(sdp, &format!("mid:{}", self.mid.as_deref().unwrap_or_default()));
        for HeaderExtension { uri, id } in &self.header_extensions {
            attribute(sdp, &format!("extmap:{id} {uri}"));
        }
        for codec in &self.codecs {
            let Codec { mime_type, payload_type, clock_rate, .. } = codec;
            let name = mime_type.split('/').next_back().unwrap_or_default();
            let channels = codec.channels.map(|channels| format!("/{channels}")).unwrap_or_default();
            attribute(sdp, &format!("rtpmap:{payload_type} {name}/{clock_rate}{channels}"));
            for Feedback { r#type, parameter } in &codec.rtcp_feedback {
                attribute(sdp, format!("rtcp-fb:{payload_type} {type} {parameter}").trim_end());
            }
            let parameters: Vec<_> =
                codec.parameters.iter().map(|(key, value)| format!("{key}={value}")).collect();
            if !parameters.is_empty() {
                attribute(sdp, &format!("fmtp:{payload_type} {}", parameters.join(";")));
            }
        }
        for encoding in &self.encodings {
            let retransmissions = encoding.rtx.as_ref().map(|rtx| rtx.ssrc);
            if let (Some(ssrc), Some(rtx)) = (encoding.ssrc, retransmissions) {
                attribute(sdp, &format!("ssrc-group:FID {ssrc} {rtx}"));
            }
            for ssrc in encoding.ssrc.into_iter().chain(retransmissions) {
                attribute(sdp, &format!("ssrc:{ssrc} cname:mediasoup"));
            }
        }
    }
}

fn session<'a>(mids: impl Iterator<Item = &'a str>) -> String {
    let bundle = mids.fold(String::new(), |bundle, mid| bundle + " " + mid);
    format!("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE{bundle}\r\na=ice-lite\r\n")
}

fn attribute(sdp: &mut String, line: &str) {
    write!(sdp, "a={line}\r\n").expect("a string");
}

/// The media sections.
fn sections(sdp: &str) -> impl Iterator<Item = &str> {
    let starts = sdp.match_indices("m=").filter(|(at, _)| sdp[..*at].ends_with('\n')).map(|(at, _)| at);
    let starts: Vec<usize> = starts.chain([sdp.len()]).collect();
    let bounds: Vec<(usize, usize)> = starts.windows(2).map(|pair| (pair[0], pair[1])).collect();
    bounds.into_iter().map(|(from, to)| &sdp[from..to])
}

/// What follows after this, in each line that begins with it.
fn value<'a>(section: &'a str, prefix: &str) -> impl Iterator<Item = &'a str> {
    section.lines().filter_map(move |line| line.strip_prefix(prefix))
}
