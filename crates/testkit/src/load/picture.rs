//! Bars with their spread, as SVG that can be read on light and on dark.

use std::fmt::Write as _;

use super::statistics::Quartiles;

/// Bars that belong together.
pub(super) struct Group {
    pub(super) title: String,
    pub(super) bars: Vec<Bar>,
}

/// One bar.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) value: Quartiles,
}

const WIDTH: f64 = 860.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 70.0;
const BAR: f64 = 16.0;
const STEP: f64 = 24.0;
const TITLE: f64 = 34.0;

const STYLE: &str = "<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.group { font-weight: 600 }
.value { font-size: 12px }
.axis { stroke: #8b949e; stroke-width: 1 }
.one { stroke: #8b949e; stroke-dasharray: 4 3 }
.spread { stroke: #1f2328; stroke-width: 1.5 }
.ours { fill: #1a7f64 }
.floor { fill: #9aa4ae }
.peer { fill: #6c7fc4 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .spread { stroke: #e6edf3 }
  .ours { fill: #3fb68f }
  .floor { fill: #6e7781 }
  .peer { fill: #8796d9 }
}
</style>
";

/// Draws groups of bars from zero on, one below the other.
pub(super) fn draw(title: &str, groups: &[Group]) -> String {
    let bars = || groups.iter().flat_map(|group| &group.bars);
    let most = bars().map(|bar| bar.value.high).fold(1.0, f64::max);
    let scale = (WIDTH - LEFT - RIGHT) / most;
    let height = 50.0 + groups.len() as f64 * TITLE + bars().count() as f64 * STEP + 20.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n\
         <title>{}</title>\n{STYLE}<text class=\"title\" x=\"10\" y=\"26\">{}</text>\n",
        escaped(title),
        escaped(title)
    );
    let mut y = 44.0;
    for group in groups {
        y += TITLE;
        let _ = writeln!(
            svg,
            "<text class=\"group\" x=\"10\" y=\"{:.1}\">{}</text>",
            y - 12.0,
            escaped(&group.title)
        );
        let top = y - 4.0;
        for bar in &group.bars {
            draw_bar(&mut svg, bar, y, scale);
            y += STEP;
        }
        let one = LEFT + scale;
        let bottom = y - 4.0;
        let _ = writeln!(svg, "<path class=\"axis\" d=\"M{LEFT} {top:.1}V{bottom:.1}\"/>");
        let _ = writeln!(svg, "<path class=\"one\" d=\"M{one:.1} {top:.1}V{bottom:.1}\"/>");
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_bar(svg: &mut String, bar: &Bar, y: f64, scale: f64) {
    let Quartiles { low, median, high } = bar.value;
    let class = match bar.name.as_str() {
        "incamera" => "ours",
        name if name.starts_with("floor") => "floor",
        _ => "peer",
    };
    let [low, middle, high] = [low, median, high].map(|value| LEFT + value * scale);
    let (text, centre) = (y + BAR - 4.0, y + BAR / 2.0);
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{text:.1}\" text-anchor=\"end\">{}</text>\n\
         <rect class=\"{class}\" x=\"{LEFT}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{BAR}\" rx=\"2\"/>\n\
         <path class=\"spread\" d=\"M{low:.1} {centre:.1}H{high:.1}\"/>\n\
         <text class=\"value\" x=\"{:.1}\" y=\"{text:.1}\">{median:.2}</text>",
        LEFT - 8.0,
        escaped(&bar.name),
        middle - LEFT,
        high + 8.0,
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_median() {
        let value = Quartiles { low: 1.9, median: 2.0, high: 2.5 };
        let bars = vec![Bar { name: "a<b".into(), value }];
        let svg = draw("Costs", &[Group { title: "Webinar".into(), bars }]);
        let whole = WIDTH - LEFT - RIGHT;
        assert!(svg.contains(&format!("width=\"{:.1}\"", whole * 2.0 / 2.5)), "{svg}");
        assert!(svg.contains(">a&lt;b<") && svg.contains(">2.00<"));
        assert!(svg.contains("prefers-color-scheme: dark"));
    }
}
