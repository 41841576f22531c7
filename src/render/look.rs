//! How text should look where it will be shown.

/// Decided by `ui`, followed by every renderer.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one decision about one stream"
)]
pub struct Look {
    pub colour: bool,
    /// Somebody looks at it; otherwise no borders and no truncation.
    pub terminal: bool,
    /// No characters beyond ASCII.
    pub ascii: bool,
    /// Tables have a header.
    pub header: bool,
    /// Columns of the terminal, where there is one.
    pub width: Option<u16>,
}

/// A colour with a meaning. The words beside it say the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tone {
    Plain,
    Faint,
    Good,
    Warning,
    Bad,
}

impl Look {
    /// `text` in the colour of `tone`, or as it is.
    pub fn paint(&self, text: &str, tone: Tone) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Faint => "2",
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Bad => "1;31",
        };
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// `fancy`, or `plain` where only ASCII may be used.
    pub fn glyph(&self, fancy: &'static str, plain: &'static str) -> &'static str {
        if self.ascii { plain } else { fancy }
    }
}
