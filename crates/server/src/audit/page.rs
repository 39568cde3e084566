//! What the page comes with (P4, K2): headers that keep a browser to it, nothing from elsewhere, and that it is the page of
//! this program.

use axum::http::HeaderMap;

use super::{Outcome, Site};
use crate::verify::compare::{Answer, Body, Difference, shown};
use crate::verify::fetch::Fetcher;
use crate::verify::manifest::Manifest;
use crate::verify::references::references;
use crate::verify::{Check, Trouble, Trust};

/// Bytes of the page's document.
const DOCUMENT: usize = 256 * 1024;
/// How long browsers must remember that there is nothing but https, in seconds: half a year.
const REMEMBERED: u64 = 180 * 86_400;
/// Findings of one point, at most.
const TOLD: usize = 10;
/// What a source of the policy may be that is not the page's own origin: it leads nowhere.
const OWN: [&str; 3] = ["'self'", "'none'", "'wasm-unsafe-eval'"];
/// What may stand in the policy beside these: made by the page itself, and no script.
const MADE: [&str; 3] = ["data:", "blob:", "mediastream:"];
/// Where a script would come in by what the page made.
const SCRIPTS: [&str; 6] =
    ["default-src", "script-src", "script-src-elem", "script-src-attr", "worker-src", "object-src"];
/// Directives without sources.
const SOURCELESS: [&str; 4] =
    ["require-trusted-types-for", "trusted-types", "upgrade-insecure-requests", "sandbox"];
/// Headers by which a browser loads or reports something that no policy names, or remembers whoever came.
const TALKATIVE: [&str; 6] = ["link", "refresh", "report-to", "reporting-endpoints", "nel", "set-cookie"];
/// Headers with one value that is right.
const EXACT: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// The page's document, as whoever opens the address gets it.
pub(super) async fn document(site: &Site) -> Result<Answer, String> {
    let mut fetcher =
        Fetcher::new(&site.target(), Trust::Anybody, site.limits()).map_err(|trouble| trouble.to_string())?;
    let answer = fetcher.get("/", &[("accept", "text/html")], DOCUMENT).await;
    match answer.map_err(|trouble| trouble.to_string())? {
        Ok(answer) => Ok(answer),
        Err(difference) => Err(difference.to_string()),
    }
}

/// Whether the headers keep browsers to what a meeting needs.
pub(super) fn headers(answer: &Answer) -> Outcome {
    let mut found = Vec::new();
    for (name, right) in EXACT {
        match values(&answer.headers, name).as_slice() {
            [only] if only.eq_ignore_ascii_case(right) => {}
            [] => found.push(format!("the header {name} is missing")),
            others => found.push(format!("the header {name} is “{}”", shown(&others.join(", ")))),
        }
    }
    let remembered = values(&answer.headers, "strict-transport-security");
    if !matches!(remembered.as_slice(), [only] if max_age(only) >= Some(REMEMBERED)) {
        found.push(
            "browsers do not remember that there is nothing but https (strict-transport-security)".to_owned(),
        );
    }
    if values(&answer.headers, "permissions-policy").is_empty() {
        found.push("the header permissions-policy is missing".to_owned());
    }
    Outcome::judged(found, "Browsers are told all that keeps others out of the page.")
}

/// Whether no request can leave for another origin: by the policy that the browser enforces, and by what the document names.
pub(super) fn own_origin(answer: &Answer) -> Outcome {
    let policies = values(&answer.headers, "content-security-policy");
    let mut found = Vec::new();
    if policies.is_empty() {
        found.push("browsers are told no policy (content-security-policy)".to_owned());
    }
    // Each of several is enforced, so that one that is strict would do; ours sends one.
    found.extend(policies.iter().flat_map(|policy| loose(policy)));
    for name in TALKATIVE {
        let values = values(&answer.headers, name);
        found.extend(values.iter().map(|value| format!("the page has the header {name}: {}", shown(value))));
    }
    let mut named = 0;
    match &answer.body {
        Body::Whole(bytes) => {
            let hints = references("text/html", "/", bytes);
            named = hints.addresses.len();
            let leads_away = |address: &&String| !address.starts_with('/') || address.starts_with("//");
            let away = hints.addresses.iter().filter(leads_away);
            found.extend(away.map(|address| format!("the page names {}", shown(address))));
            found.extend(
                hints.inline.iter().map(|script| format!("the page has a script in it: {}", shown(script))),
            );
        }
        _ => found.push("the page did not come to its end".to_owned()),
    }
    found.truncate(TOLD);
    Outcome::judged(
        found,
        format!(
            "The browser refuses every request to another address, and none of the {named} that the page names is one."
        ),
    )
}

/// What in a policy lets a request out, or a foreign script in (CSP Level 3).
fn loose(policy: &str) -> Vec<String> {
    let directives: Vec<(String, Vec<&str>)> = policy
        .split(';')
        .filter_map(|directive| {
            let mut words = directive.split_ascii_whitespace();
            Some((words.next()?.to_ascii_lowercase(), words.collect()))
        })
        .collect();
    let mut found = Vec::new();
    for needed in ["default-src", "base-uri", "form-action", "frame-ancestors"] {
        if !directives.iter().any(|(name, _)| name == needed) {
            found.push(format!("the policy says nothing of {needed}"));
        }
    }
    for (name, sources) in directives.iter().filter(|(name, _)| !SOURCELESS.contains(&name.as_str())) {
        let is_fit = |source: &&str| {
            OWN.contains(source) || MADE.contains(source) && !SCRIPTS.contains(&name.as_str())
        };
        // A directive that reports names addresses too.
        found.extend(
            sources
                .iter()
                .filter(|source| !is_fit(source))
                .map(|source| format!("the policy lets the page use {} ({})", shown(source), shown(name))),
        );
    }
    found
}

fn values(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers.get_all(name).iter();
    values.map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned()).collect()
}

/// Of Strict-Transport-Security, in seconds (RFC 6797, section 6.1.1).
fn max_age(value: &str) -> Option<u64> {
    let parts = value.split(';').map(str::trim);
    let ages = parts.filter_map(|part| part.split_once('='));
    ages.filter(|(name, _)| name.trim().eq_ignore_ascii_case("max-age"))
        .find_map(|(_, age)| age.trim().trim_matches('"').parse().ok())
}

/// Whether every byte and every header of the page is that of this program; unless the service is still the former version.
pub(super) async fn unchanged(site: &Site, is_changing: bool) -> Outcome {
    if is_changing {
        return Outcome::Unknown(
            "a new version waits until nobody meets. Look again when it runs".to_owned(),
        );
    }
    let manifest = Manifest::built_in();
    let check = Check { target: site.target(), trust: Trust::Anybody, manifest, patience: site.limits() };
    match check.run().await {
        Ok(report) if report.holds() => Outcome::Holds(Some(format!(
            "{} files were fetched and compared, each byte of them.",
            report.files
        ))),
        Ok(report) => {
            let found = report.found.iter().map(|(difference, places)| of_one(difference, places.keys()));
            Outcome::FallsShort(found.take(TOLD).collect())
        }
        Err(trouble) => Outcome::Unknown(untold(&trouble)),
    }
}

fn of_one<'a>(difference: &Difference, mut places: impl Iterator<Item = &'a String>) -> String {
    format!("{}: {difference}", places.next().map_or("", String::as_str)).replace('\n', " ")
}

fn untold(trouble: &Trouble) -> String {
    format!("nothing could be compared: {trouble}")
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;
    use crate::http::headers::{CONTENT_SECURITY_POLICY, HEADERS};

    const DOCUMENT: &str =
        "<!doctype html><script type=module src=/assets/a.js></script><link rel=icon href=/icon.svg>";

    fn ours() -> Answer {
        let headers = HEADERS.into_iter().map(|(name, value)| (name, value.parse().expect("a value")));
        let body = Body::Whole(DOCUMENT.into());
        Answer { status: StatusCode::OK, headers: headers.collect(), early: None, body }
    }

    fn found(outcome: Outcome) -> Vec<String> {
        outcome.found().to_vec()
    }

    #[test]
    fn our_own_page_holds_p4() {
        assert_eq!(found(headers(&ours())), [""; 0]);
        assert_eq!(found(own_origin(&ours())), [""; 0]);
    }

    #[test]
    fn each_header_is_missed_p4() {
        for (name, _) in HEADERS {
            // Two more are for what browsers let a page measure, and do not keep anybody out.
            if name == "cross-origin-embedder-policy" {
                continue;
            }
            let mut answer = ours();
            answer.headers.remove(&name);
            let told = [found(headers(&answer)), found(own_origin(&answer))].concat();
            assert_eq!(told.len(), 1, "{name}: {told:?}");
        }
        for weak in ["max-age=60", "max-age=none", "includeSubDomains"] {
            let mut answer = ours();
            answer.headers.insert("strict-transport-security", weak.parse().expect("a value"));
            assert_eq!(found(headers(&answer)).len(), 1, "{weak}");
        }
        let mut answer = ours();
        answer.headers.append("referrer-policy", "unsafe-url".parse().expect("a value"));
        assert_eq!(found(headers(&answer)).len(), 1, "one of two is wrong");
    }

    #[test]
    fn a_foreign_origin_in_the_policy_is_found_p4() {
        for (from, to) in [
            ("connect-src 'self'", "connect-src 'self' https://evil.example"),
            ("connect-src 'self'", "connect-src 'self' wss:"),
            ("img-src 'self'", "img-src *"),
            ("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
            ("script-src 'self'", "script-src 'self' 'unsafe-eval'"),
            ("script-src 'self'", "script-src 'self' data:"),
            ("default-src 'none'; ", ""),
            ("frame-ancestors 'none'; ", ""),
            ("form-action 'none'", "form-action https://evil.example"),
            ("base-uri 'none'", "base-uri evil.example"),
            ("default-src", "report-uri https://evil.example/tell; default-src"),
        ] {
            assert!(CONTENT_SECURITY_POLICY.contains(from), "{from}");
            let mut answer = ours();
            let policy = CONTENT_SECURITY_POLICY.replacen(from, to, 1);
            answer.headers.insert("content-security-policy", policy.parse().expect("a value"));
            assert_eq!(found(own_origin(&answer)).len(), 1, "{to}");
        }
    }

    #[test]
    fn a_page_that_names_another_origin_or_reports_is_found_p4() {
        for more in [
            "<script src=https://evil.example/a.js></script>",
            "<img src=//evil.example/pixel>",
            "<script>steal()</script>",
            "<meta http-equiv=refresh content='0;url=//evil.example'>",
        ] {
            let answer = Answer { body: Body::Whole(format!("{DOCUMENT}{more}").into()), ..ours() };
            assert_eq!(found(own_origin(&answer)).len(), 1, "{more}");
        }
        for name in TALKATIVE {
            let mut answer = ours();
            answer.headers.insert(name, "https://evil.example".parse().expect("a value"));
            assert_eq!(found(own_origin(&answer)).len(), 1, "{name}");
        }
        let cut = Answer { body: Body::CutOff(3), ..ours() };
        assert_eq!(found(own_origin(&cut)).len(), 1);
    }
}
