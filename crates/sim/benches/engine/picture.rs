//! Curves as a picture: one small chart each, with its figures as text.

use std::fmt::Write as _;

/// A curve over numbers of rows.
pub(crate) struct Curve {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) values: Vec<(u64, f64)>,
}

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 170.0;
const MARGIN: f64 = 30.0;

/// Draws the curves in a row: both axes are logarithmic, and each chart covers a factor of at least ten.
pub(crate) fn draw(curves: &[Curve]) -> String {
    let width = WIDTH * curves.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {HEIGHT}\" role=\"img\" \
         font-family=\"system-ui, sans-serif\" font-size=\"11\">\n<title>A lone engine from 1,000 rows on</title>\n<desc>"
    );
    for curve in curves {
        let values: Vec<String> =
            curve.values.iter().map(|(rows, value)| format!("{rows} rows {value:.3}")).collect();
        let _ = write!(svg, "{} in {}: {}. ", curve.name, curve.unit, values.join(", "));
    }
    let _ = writeln!(svg, "</desc>\n<rect width=\"{width}\" height=\"{HEIGHT}\" fill=\"#fff\"/>");
    for (number, curve) in curves.iter().enumerate() {
        chart(&mut svg, curve, number as f64 * WIDTH);
    }
    svg.push_str("</svg>\n");
    svg
}

fn chart(svg: &mut String, curve: &Curve, left: f64) {
    let logs: Vec<(f64, f64)> =
        curve.values.iter().map(|(rows, value)| ((*rows as f64).log10(), value.max(1e-9).log10())).collect();
    let low = logs.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
    let high = logs.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
    let middle = f64::midpoint(low, high);
    let half = f64::midpoint(0.0, high - low).max(0.5);
    let first = logs.first().map_or(3.0, |(rows, _)| *rows);
    let last = logs.last().map_or(6.0, |(rows, _)| *rows).max(first + 1.0);
    let place = |(rows, value): (f64, f64)| {
        let x = left + MARGIN + (rows - first) / (last - first) * (WIDTH - 2.5 * MARGIN);
        let y = HEIGHT - MARGIN - (value - middle + half) / (2.0 * half) * (HEIGHT - 3.0 * MARGIN);
        (x, y)
    };
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"18\" font-weight=\"600\">{}, {}</text>",
        left + MARGIN,
        curve.name,
        curve.unit
    );
    let points: Vec<String> =
        logs.iter().map(|log| place(*log)).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#1a5fb4\" stroke-width=\"2\"/>",
        points.join(" ")
    );
    for (log, (rows, value)) in logs.iter().zip(&curve.values) {
        let (x, y) = place(*log);
        let short = if *value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") };
        let label = match rows {
            1_000_000.. => format!("{} M", rows / 1_000_000),
            1_000.. => format!("{} k", rows / 1_000),
            _ => rows.to_string(),
        };
        let _ = writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"#1a5fb4\"/>\n\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{short}</text>\n\
             <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\">{label}</text>",
            y - 7.0,
            HEIGHT - 10.0
        );
    }
}
