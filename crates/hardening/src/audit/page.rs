//! The report as one page: no script, no request, one picture that tells the whole state, and good on paper.

use std::fmt::Write as _;

use time::OffsetDateTime;

use super::threats::State;
use super::{Audit, Count, Threat};

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c1b1a;--paper:#fff;--quiet:#5c5955;--line:#dedad4;--good:#2f6b4f;--open:#8a6100;--bad:#a3301f}\
@media(prefers-color-scheme:dark){:root{--ink:#eceae6;--paper:#191817;--quiet:#a8a49e;--line:#3a3734;--good:#7cc4a0;--open:#e0b44c;--bad:#f08a78}}\
body{font:17px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:46rem;margin:0 auto;padding:2.5rem 1.25rem;\
overflow-wrap:anywhere}\
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}h2{font-size:1.15rem;margin:2.5rem 0 .5rem}\
p{margin:.25rem 0}.quiet{color:var(--quiet)}\
.whole{display:flex;gap:1.5rem;align-items:center;margin:2rem 0}.whole svg{width:8.5rem;flex:none}\
.whole p{font-size:1.2rem}\
ul{list-style:none;padding:0;margin:0}li{border-top:1px solid var(--line);padding:.7rem 0;break-inside:avoid}\
li>b{font-weight:600}.state{float:right;margin-left:1rem;font-weight:600}\
.holds{color:var(--good)}.open{color:var(--open)}.falls-short{color:var(--bad)}.elsewhere,.out-of-scope,.not-applicable{color:var(--quiet)}\
code{font-size:.92em}\
@media print{body{padding:0;font-size:11pt}}";

impl Audit {
    /// One file that needs no other.
    #[must_use]
    pub fn html(&self) -> String {
        let mut page = String::new();
        // Writing into a string does not fail.
        let _ = self.write_page(&mut page);
        page
    }

    fn write_page(&self, page: &mut String) -> std::fmt::Result {
        write!(
            page,
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>How this machine stands</title>\n\
             <style>{STYLE}</style>\n<h1>How this machine stands</h1>\n<p class=\"quiet\">Measured on {}, for the {}.</p>\n",
            date(self.taken),
            escape(self.benchmark)
        )?;
        writeln!(
            page,
            "<div class=\"whole\">{}<p>{}</p></div>",
            ring(self.count()),
            escape(&self.sentence())
        )?;
        page.push_str("<h2>What somebody might do, and what is there against it</h2>\n<ul>\n");
        for threat in &self.threats {
            writeln!(
                page,
                "<li><span class=\"state {}\">{}</span><b>{}</b><p class=\"quiet\">{} <span>({})</span></p>{}</li>",
                class(threat.state),
                threat.state.words(),
                escape(threat.threat),
                escape(threat.answer),
                threat.id,
                proofs(threat)
            )?;
        }
        page.push_str("</ul>\n<h2>Each point</h2>\n<ul>\n");
        for control in &self.controls {
            let state = serde_json::to_value(&control.verdict).ok();
            let class = state.as_ref().and_then(|state| state["verdict"].as_str()).unwrap_or_default();
            let class = if ["postponed", "unknown"].contains(&class) { "open" } else { class };
            writeln!(
                page,
                "<li><span class=\"state {class}\">{}</span><b>{}</b><p class=\"quiet\">{}</p>",
                control.verdict,
                escape(control.title),
                escape(control.why)
            )?;
            for found in control.found() {
                writeln!(page, "<p>{}</p>", escape(found))?;
            }
            if let Some(what) = control.advice() {
                writeln!(page, "<p><code>{}</code></p>", escape(what))?;
            }
            page.push_str("</li>\n");
        }
        page.push_str("</ul>\n<h2>What is recommended, and left</h2>\n<ul>\n");
        for exception in &self.exceptions {
            writeln!(
                page,
                "<li><b>{}</b><p class=\"quiet\">{}</p><p class=\"quiet\">({})</p></li>",
                escape(exception.title),
                escape(exception.why),
                exception.numbers.join(", ")
            )?;
        }
        page.push_str("</ul>\n");
        Ok(())
    }
}

fn class(state: State) -> &'static str {
    match state {
        State::Holds => "holds",
        State::Open => "open",
        State::FallsShort => "falls-short",
        State::Elsewhere => "elsewhere",
        State::OutOfScope => "out-of-scope",
        State::NotApplicable => "not-applicable",
    }
}

/// Which tests prove a row that no machine can show.
fn proofs(threat: &Threat) -> String {
    if threat.proven_by.is_empty() {
        return String::new();
    }
    let files: Vec<_> =
        threat.proven_by.iter().map(|file| format!("<code>{}</code>", escape(file))).collect();
    let what = if threat.state == State::Elsewhere { "it" } else { "what is not measured here" };
    format!("<p class=\"quiet\">Tests of the program prove {what}: {}</p>", files.join(", "))
}

/// A ring whose parts are as long as their share, with the share that holds in its middle.
fn ring(count: Count) -> String {
    let all = (count.holds + count.falls_short + count.open).max(1);
    let share = |part: usize| part as f64 * 100.0 / all as f64;
    let mut from = 0.0;
    let mut arcs = String::new();
    for (part, color) in [(count.holds, "good"), (count.open, "open"), (count.falls_short, "bad")] {
        // Writing into a string does not fail.
        let _ = write!(
            arcs,
            "<circle cx=\"21\" cy=\"21\" r=\"15.915\" fill=\"none\" stroke=\"var(--{color})\" stroke-width=\"5\" \
             stroke-dasharray=\"{:.2} {:.2}\" stroke-dashoffset=\"{:.2}\"/>",
            share(part),
            100.0 - share(part),
            // A quarter back: at the top.
            25.0 - from
        );
        from += share(part);
    }
    format!(
        "<svg viewBox=\"0 0 42 42\" role=\"img\" aria-label=\"{} of {all} points hold\">{arcs}\
         <g text-anchor=\"middle\" fill=\"currentColor\"><text x=\"21\" y=\"22.5\" font-size=\"9\" font-weight=\"600\">{}</text>\
         <text x=\"21\" y=\"28\" font-size=\"4\">of {all}</text></g></svg>",
        count.holds, count.holds
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The day in UTC.
fn date(seconds: u64) -> String {
    let time =
        i64::try_from(seconds).ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    time.map_or_else(|| "a day that nobody knows".to_owned(), |time| time.date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The length of each arc and of the gap behind it, and where it begins.
    fn arcs(count: Count) -> Vec<[f64; 3]> {
        let number = |circle: &str, name: &str| -> Vec<f64> {
            let (_, value) = circle.split_once(&format!("{name}=\"")).unwrap();
            let value = value.split_once('"').unwrap().0;
            value.split(' ').map(|number| number.parse().unwrap()).collect()
        };
        let of = |circle: &str| {
            let (dashes, offset) = (number(circle, "stroke-dasharray"), number(circle, "stroke-dashoffset"));
            [dashes[0], dashes[1], 25.0 - offset[0]]
        };
        ring(count).split("<circle").skip(1).map(of).collect()
    }

    #[test]
    fn the_ring_is_whole_and_its_parts_follow_each_other() {
        let arcs = arcs(Count { holds: 151, falls_short: 30, open: 19, not_applicable: 7 });
        let mut from = 0.0;
        for [length, gap, begins] in arcs {
            assert!((begins - from).abs() < 0.01 && (length + gap - 100.0).abs() < 0.01);
            from += length;
        }
        assert!((from - 100.0).abs() < 0.01, "{from}");
    }

    #[test]
    fn days_are_named() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(1_709_164_800), "2024-02-29");
        assert_eq!(date(u64::MAX), "a day that nobody knows");
    }
}
