//! As whom the page is fetched: a server may have another page for somebody else.
//!
//! What they say of themselves is what browsers say. A server that looks closer, such as at the order of what TLS
//! offers, still tells this program from a browser.

/// One who visits the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Visitor {
    /// For people.
    pub name: &'static str,
    /// What each of its requests says.
    pub always: &'static [(&'static str, &'static str)],
    /// Whether it says for what it wants a file, as browsers do.
    pub says_what_for: bool,
}

const ENCODINGS: (&str, &str) = ("accept-encoding", "gzip, deflate, br, zstd");

/// All of them. The last two are not offered anything compressed.
pub const VISITORS: [Visitor; 5] = [
    Visitor {
        name: "Chrome on Windows",
        always: &[
            ("sec-ch-ua", "\"Chromium\";v=\"146\", \"Google Chrome\";v=\"146\", \"Not.A/Brand\";v=\"24\""),
            ("sec-ch-ua-mobile", "?0"),
            ("sec-ch-ua-platform", "\"Windows\""),
            (
                "user-agent",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/146.0.0.0 Safari/537.36",
            ),
            ENCODINGS,
            ("accept-language", "en-US,en;q=0.9"),
        ],
        says_what_for: true,
    },
    Visitor {
        name: "Firefox on Linux",
        always: &[
            ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0"),
            ("accept-language", "de,en-US;q=0.7,en;q=0.3"),
            ENCODINGS,
        ],
        says_what_for: true,
    },
    Visitor {
        name: "Safari on an iPhone",
        always: &[
            (
                "user-agent",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/26.0 Mobile/15E148 Safari/604.1",
            ),
            ("accept-language", "fr-FR,fr;q=0.9"),
            ("accept-encoding", "gzip, deflate, br"),
        ],
        says_what_for: true,
    },
    Visitor {
        name: "Chrome on Android, uncompressed",
        always: &[
            (
                "user-agent",
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/146.0.0.0 Mobile Safari/537.36",
            ),
            ("accept-encoding", "identity"),
            ("accept-language", "en-GB,en;q=0.9"),
        ],
        says_what_for: true,
    },
    Visitor { name: "a visitor who says nothing", always: &[], says_what_for: false },
];

impl Visitor {
    /// The headers of a request for something of this media type.
    pub fn headers(&self, media: &str) -> Vec<(&'static str, &'static str)> {
        let mut headers = self.always.to_vec();
        if self.says_what_for {
            headers.extend(what_for(media));
        }
        headers
    }
}

fn what_for(media: &str) -> [(&'static str, &'static str); 4] {
    let (accept, mode, destination) = match media {
        _ if media.starts_with("text/html") => {
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "navigate", "document")
        }
        _ if media.starts_with("text/javascript") => ("*/*", "cors", "script"),
        _ if media.starts_with("text/css") => ("text/css,*/*;q=0.1", "no-cors", "style"),
        _ if media.starts_with("image/") => {
            ("image/avif,image/webp,image/svg+xml,*/*;q=0.8", "no-cors", "image")
        }
        _ => ("*/*", "cors", "empty"),
    };
    let site = if destination == "document" { "none" } else { "same-origin" };
    [("accept", accept), ("sec-fetch-site", site), ("sec-fetch-mode", mode), ("sec-fetch-dest", destination)]
}
