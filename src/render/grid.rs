//! Rows and columns. On a terminal the header is underlined and wide cells wrap; elsewhere there are no
//! lines and nothing is cut, so that `awk` and `grep` have an easy life.

use comfy_table::Attribute;
use comfy_table::Cell as Painted;
use comfy_table::CellAlignment;
use comfy_table::Color;
use comfy_table::ContentArrangement;
use comfy_table::ContentLineStyle;
use comfy_table::LineStyle;
use comfy_table::Table;
use comfy_table::TableStyle;

use super::look::Look;
use super::look::Tone;

/// A cell: its text and what its colour means.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cell {
    pub text: String,
    pub tone: Tone,
    /// Aligned to the right, as numbers are.
    pub right: bool,
}

impl Cell {
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self {
            text: text.into(),
            tone,
            right: false,
        }
    }

    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(text, Tone::Plain)
    }

    pub fn number(text: impl Into<String>, tone: Tone) -> Self {
        Self {
            text: text.into(),
            tone,
            right: true,
        }
    }
}

/// Lays out rows below a header; every row has as many cells as the header.
pub fn grid(header: &[&str], rows: Vec<Vec<Cell>>, look: &Look) -> String {
    let mut table = Table::new();
    table.load_style(style(look));
    table.force_no_tty();
    if look.colour {
        table.enforce_styling();
    }
    if let Some(width) = look.width {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
    } else {
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    if look.header {
        table.set_header(
            header
                .iter()
                .map(|title| Painted::new(title).add_attribute(Attribute::Bold)),
        );
    }
    for row in rows {
        table.add_row(row.into_iter().map(paint));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

fn style(look: &Look) -> TableStyle {
    let bare = TableStyle::new()
        .header_lines(ContentLineStyle::none())
        .content_lines(ContentLineStyle::none());
    if look.terminal && look.header {
        bare.header_separator(LineStyle::none().fill(if look.ascii { '-' } else { '─' }))
    } else {
        bare
    }
}

fn paint(cell: Cell) -> Painted {
    let painted = Painted::new_owned(cell.text);
    let painted = if cell.right {
        painted.set_alignment(CellAlignment::Right)
    } else {
        painted
    };
    match cell.tone {
        Tone::Plain => painted,
        Tone::Faint => painted.add_attribute(Attribute::Dim),
        Tone::Good => painted.fg(Color::Green),
        Tone::Warning => painted.fg(Color::Yellow),
        Tone::Bad => painted.fg(Color::Red).add_attribute(Attribute::Bold),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<Cell>> {
        vec![
            vec![Cell::plain("a"), Cell::number("1 B", Tone::Plain)],
            vec![
                Cell::new("bb", Tone::Bad),
                Cell::number("1023 B", Tone::Plain),
            ],
        ]
    }

    #[test]
    fn off_a_terminal_there_are_no_lines_and_no_colour() {
        let look = Look {
            header: true,
            ..Look::default()
        };
        insta::assert_snapshot!(grid(&["NODE", "LAG"], rows(), &look), @r"
        NODE  LAG
        a        1 B
        bb    1023 B
        ");
    }

    #[test]
    fn on_a_terminal_the_header_is_underlined() {
        let look = Look {
            header: true,
            terminal: true,
            width: Some(80),
            ..Look::default()
        };
        insta::assert_snapshot!(grid(&["NODE", "LAG"], rows(), &look), @r"
        NODE  LAG
        ──────────────
        a        1 B
        bb    1023 B
        ");
    }

    #[test]
    fn colour_is_as_told_and_not_as_guessed() {
        let look = Look {
            colour: true,
            ..Look::default()
        };
        assert!(grid(&["NODE", "LAG"], rows(), &look).contains("\x1b["));
        assert!(!grid(&["NODE", "LAG"], rows(), &Look::default()).contains('\x1b'));
    }
}
