//! The picture of filtered searches: time over the share of rows that a filter allows, both axes logarithmic.

use std::fmt::Write;

/// Share in percent, µs, recall.
pub(super) type Point = (f64, f64, f64);
/// Name, then for the index and for a scan.
pub(super) type Curve = (&'static str, Vec<Point>, Vec<Point>);
/// The name of a curve, and its points.
type Line<'a> = (String, &'a [Point]);

/// The place of the curves.
const LEFT: f64 = 70.0;
const TOP: f64 = 50.0;
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 280.0;
/// Lines: colour and dashes. Each also has its name at its end.
const STYLES: [(&str, &str); 4] = [("#0b5fa5", ""), ("#0b5fa5", "7 4"), ("#8a4b08", ""), ("#8a4b08", "7 4")];

/// An SVG with its data in words (`desc`), so that a reader without the picture has the same.
pub(super) fn filtered(curves: &[Curve], rows: u32) -> String {
    let lines: Vec<Line<'_>> = curves
        .iter()
        .flat_map(|(name, index, scan)| {
            [(format!("index, {name}"), index.as_slice()), (format!("scan, {name}"), scan.as_slice())]
        })
        .collect();
    let title =
        format!("Filtered search of {rows} vectors of 128 dimensions for the ten nearest, HNSW, ef 64");
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 860 400\" role=\"img\" \
         aria-labelledby=\"t d\" font-family=\"sans-serif\" font-size=\"13\">\n<title id=\"t\">{title}</title>\n\
         <desc id=\"d\">{}</desc>\n<rect width=\"860\" height=\"400\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"28\" font-size=\"15\">{title}</text>\n",
        in_words(&lines)
    );
    for share in [0.1, 1.0, 10.0, 100.0] {
        let x = x_of(share);
        let _ = write!(
            svg,
            "<path d=\"M{x:.1} {TOP}V{:.1}\" stroke=\"#ccc\"/>\n<text x=\"{x:.1}\" y=\"{:.1}\" \
             text-anchor=\"middle\">{share} %</text>\n",
            TOP + HEIGHT,
            TOP + HEIGHT + 20.0
        );
    }
    for us in [10.0, 100.0, 1_000.0, 10_000.0] {
        let y = y_of(us);
        let _ = write!(
            svg,
            "<path d=\"M{LEFT} {y:.1}H{:.1}\" stroke=\"#ccc\"/>\n<text x=\"{:.1}\" y=\"{:.1}\" \
             text-anchor=\"end\">{us} µs</text>\n",
            LEFT + WIDTH,
            LEFT - 6.0,
            y + 4.0
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">rows that the filter allows</text>",
        LEFT + WIDTH / 2.0,
        TOP + HEIGHT + 42.0
    );
    for (((name, points), (colour, dashes)), number) in lines.iter().zip(STYLES).zip(0..) {
        let places: Vec<String> =
            points.iter().map(|(share, us, _)| format!("{:.1},{:.1}", x_of(*share), y_of(*us))).collect();
        let y = TOP + 20.0 + 24.0 * f64::from(number);
        let _ = write!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" \
             stroke-dasharray=\"{dashes}\"/>\n<path d=\"M640 {y:.1}h30\" stroke=\"{colour}\" stroke-width=\"2\" \
             stroke-dasharray=\"{dashes}\"/>\n<text x=\"676\" y=\"{:.1}\">{name}</text>\n",
            places.join(" "),
            y + 4.0
        );
    }
    svg + "</svg>\n"
}

fn in_words(lines: &[Line<'_>]) -> String {
    let line = |(name, points): &Line<'_>| {
        let point = |(share, us, recall): &Point| format!("{share} %: {us:.0} µs, recall {recall:.3}");
        format!("{name}: {}.", points.iter().map(point).collect::<Vec<_>>().join("; "))
    };
    lines.iter().map(line).collect::<Vec<_>>().join(" ")
}

/// 0.1 % to 100 %.
fn x_of(share: f64) -> f64 {
    LEFT + WIDTH * (share.log10() + 1.0) / 3.0
}

/// 10 µs to 10 ms.
fn y_of(us: f64) -> f64 {
    TOP + HEIGHT * (4.0 - us.max(10.0).log10()) / 3.0
}
