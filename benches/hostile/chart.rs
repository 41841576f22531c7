//! Histograms of a night as SVG: a column for each measure, a row for each thing that happened.

use std::fmt::Write as _;

use super::event::Event;
use super::event::Night;

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 84.0;
const GAP: f64 = 34.0;
const LEFT: f64 = 96.0;
const TOP: f64 = 84.0;
const BINS: usize = 30;

/// One measure: its title, its unit, and its value where an event has one.
type Measure = (&'static str, &'static str, fn(&Event) -> Option<f64>);

const MEASURES: [Measure; 3] = [
    (
        "Detection, from the fault to the leader's plan",
        "ms",
        |event| event.detection_ms,
    ),
    (
        "Blackout, the longest time without a write",
        "ms",
        |event| Some(event.blackout_ms),
    ),
    ("Loss, acknowledged and gone", "bytes", |event| {
        Some(f64::from(
            u32::try_from(event.lost_bytes).unwrap_or(u32::MAX),
        ))
    }),
];

const ROWS: [(&str, &str); 4] = [
    ("killed", "#2f6db3"),
    ("frozen", "#7a4fa3"),
    ("isolated", "#c0702a"),
    ("switchover", "#3c8a4f"),
];

pub(super) fn of(night: &Night) -> String {
    let rows: Vec<_> = ROWS
        .iter()
        .filter(|(what, _)| night.events.iter().any(|event| event.what == *what))
        .collect();
    let columns = number(MEASURES.len());
    let width = LEFT + columns * (WIDTH + GAP);
    let height = TOP + number(rows.len()) * (HEIGHT + GAP) + 8.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"11\" fill=\"#222\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let title = format!(
        "{}: {} events in one sitting, seed {}, {} writes acknowledged",
        night.server,
        night.events.len(),
        night.seed,
        night.acknowledged
    );
    text(
        &mut svg,
        12.0,
        24.0,
        "start",
        &title,
        "font-size=\"15\" font-weight=\"bold\"",
    );
    for (column, (title, unit, value)) in MEASURES.iter().enumerate() {
        let x = LEFT + number(column) * (WIDTH + GAP);
        text(
            &mut svg,
            x,
            TOP - 26.0,
            "start",
            &format!("{title} ({unit})"),
            "font-weight=\"bold\"",
        );
        for (row, (what, colour)) in rows.iter().enumerate() {
            let y = TOP + number(row) * (HEIGHT + GAP);
            let events = night.events.iter().filter(|event| event.what == *what);
            let values: Vec<f64> = events.filter_map(value).collect();
            if column == 0 {
                text(
                    &mut svg,
                    12.0,
                    y + HEIGHT / 2.0,
                    "start",
                    what,
                    "font-weight=\"bold\"",
                );
                let count = night
                    .events
                    .iter()
                    .filter(|event| event.what == *what)
                    .count();
                text(
                    &mut svg,
                    12.0,
                    y + HEIGHT / 2.0 + 14.0,
                    "start",
                    &count.to_string(),
                    "fill=\"#777\"",
                );
            }
            histogram(&mut svg, x, y, &values, colour);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Bars of equal width from nothing to the greatest value, with a scale of its own; median, 99th and greatest in words.
fn histogram(svg: &mut String, x: f64, y: f64, values: &[f64], colour: &str) {
    let base = y + HEIGHT;
    line(svg, x, base, x + WIDTH, base);
    if values.is_empty() {
        return text(
            svg,
            x + WIDTH / 2.0,
            y + HEIGHT / 2.0,
            "middle",
            "does not apply",
            "fill=\"#999\"",
        );
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |part: usize| sorted[(sorted.len() - 1) * part / 100];
    let (most, end) = (at(100), round_up(at(100)));
    let mut counts = [0_usize; BINS];
    for value in &sorted {
        let place = (0..BINS)
            .rev()
            .find(|bin| *value >= end * number(*bin) / number(BINS));
        counts[place.unwrap_or(0)] += 1;
    }
    let tallest = counts.iter().copied().max().unwrap_or(1).max(1);
    let step = WIDTH / number(BINS);
    for (bin, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = (HEIGHT - 14.0) * number(*count) / number(tallest);
        writeln!(
            svg,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>",
            x + number(bin) * step,
            base - height,
            step - 1.0
        )
        .expect("a string has room");
    }
    text(svg, x, base + 13.0, "start", "0", "fill=\"#777\"");
    text(
        svg,
        x + WIDTH,
        base + 13.0,
        "end",
        &format!("{end:.0}"),
        "fill=\"#777\"",
    );
    let words = format!("median {:.0}, 99 % {:.0}, most {most:.0}", at(50), at(99));
    text(
        svg,
        x + WIDTH / 2.0,
        base + 13.0,
        "middle",
        &words,
        "fill=\"#444\"",
    );
    text(
        svg,
        x - 4.0,
        base - (HEIGHT - 14.0) + 4.0,
        "end",
        &tallest.to_string(),
        "fill=\"#777\"",
    );
}

/// To one or two leading digits; at least ten.
fn round_up(value: f64) -> f64 {
    let mut unit = 10.0;
    while value > unit * 20.0 {
        unit *= 10.0;
    }
    (value / unit).ceil().max(1.0) * unit
}

fn line(svg: &mut String, x1: f64, y1: f64, x2: f64, y2: f64) {
    writeln!(
        svg,
        "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"#999\"/>"
    )
    .expect("a string has room");
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str, style: &str) {
    writeln!(
        svg,
        "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" {style}>{words}</text>"
    )
    .expect("a string has room");
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("a small number"))
}
