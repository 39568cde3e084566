//! Which server: what people type or paste.

use std::fmt;
use std::net::SocketAddr;

use axum::http::uri::Authority;
use incamera_conference::ids::MeetingId;

use super::Trouble;

const PORT: u16 = 443;

/// A server, by the name that its certificate must have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    host: String,
    port: u16,
}

/// A server, and a meeting there whose page is looked at, too.
#[derive(Debug)]
pub struct Target {
    /// Where it is.
    pub origin: Origin,
    /// Where it is reached, if not where its name leads.
    pub at: Option<SocketAddr>,
    /// Of a link that was pasted whole.
    pub meeting: Option<MeetingId>,
    /// Whether the text held a link's secret, which goes nowhere from here.
    pub held_secret: bool,
}

impl Target {
    /// A server of this name, reached at this address, whatever the name leads to.
    pub(crate) fn at(name: String, address: SocketAddr) -> Self {
        let origin = Origin { host: name.to_ascii_lowercase(), port: address.port() };
        Self { origin, at: Some(address), meeting: None, held_secret: false }
    }

    /// Reads `https://host`, `host:port`, or a link of a meeting.
    pub fn parse(text: &str) -> Result<Self, Trouble> {
        let (address, secret) =
            text.split_once('#').map_or((text, None), |(address, secret)| (address, Some(secret)));
        // What it says of a link must not show the secret.
        let wrong = || Trouble::Address(address.to_owned());
        let rest = match address.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => rest,
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("http") => return Err(Trouble::NotEncrypted),
            Some(_) => return Err(wrong()),
            None => address,
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let meeting = match path.strip_prefix("/m/") {
            Some(id) => Some(MeetingId::parse(id).map_err(|_| wrong())?),
            None if matches!(path, "" | "/" | "/enrol") => None,
            None => return Err(wrong()),
        };
        let authority: Authority = authority.parse().map_err(|_| wrong())?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        // What is in front of the host is a user's name, and what is behind it must be a port.
        let behind = authority.as_str().strip_prefix(authority.host()).ok_or_else(wrong)?;
        let port = match behind.strip_prefix(':') {
            Some(port) => port.parse().map_err(|_| wrong())?,
            None if behind.is_empty() => PORT,
            None => return Err(wrong()),
        };
        if host.is_empty() {
            return Err(wrong());
        }
        let origin = Origin { host, port };
        Ok(Self { origin, at: None, meeting, held_secret: secret.is_some_and(|secret| !secret.is_empty()) })
    }
}

impl Origin {
    /// A name or an address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// As a browser says it in a request.
    pub fn host_header(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == PORT { host } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.host_header())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_paste_is_understood() {
        for (text, shown) in [
            ("https://meet.example.org", "https://meet.example.org"),
            ("Meet.Example.org", "https://meet.example.org"),
            ("HTTPS://meet.example.org:443/", "https://meet.example.org"),
            ("meet.example.org:8443/enrol", "https://meet.example.org:8443"),
            ("https://192.0.2.1:8443", "https://192.0.2.1:8443"),
            ("https://[2001:db8::1]:8443/", "https://[2001:db8::1]:8443"),
        ] {
            let target = Target::parse(text).expect(text);
            assert_eq!(target.origin.to_string(), shown, "{text}");
            assert!(target.meeting.is_none() && !target.held_secret);
        }
        assert_eq!(Target::parse("https://[2001:db8::1]").expect("an address").origin.host(), "2001:db8::1");
    }

    #[test]
    fn a_link_is_its_server_and_its_meeting_and_its_secret_goes_nowhere_s2() {
        let link = "https://meet.example.org/m/abcdefgh234567ab#secretsecret.hosthash";
        let target = Target::parse(link).expect("a link");
        assert_eq!(target.meeting.as_ref().map(MeetingId::as_str), Some("abcdefgh234567ab"));
        assert!(target.held_secret);
        assert!(!format!("{target:?}").contains("secretsecret"));
        let wrong = Target::parse("https://meet.example.org/else#secretsecret").expect_err("no page of ours");
        assert!(!wrong.to_string().contains("secretsecret"), "{wrong}");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "https://",
            "ftp://x",
            "https://a@b",
            "https://x/m/short",
            "https://x:99999",
            "https://x:",
            "https://:443",
            "https://x?y",
            "x y",
            "é",
        ] {
            assert!(matches!(Target::parse(text), Err(Trouble::Address(_))), "{text}");
        }
        assert!(matches!(Target::parse("http://meet.example.org"), Err(Trouble::NotEncrypted)));
    }
}
