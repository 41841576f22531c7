//! The lines of a Redis configuration file: words, quotes, comments.

/// One line that says something.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Directive {
    /// From 1.
    pub(super) number: usize,
    /// At least one.
    pub(super) words: Vec<String>,
}

impl Directive {
    /// The n-th word, or nothing.
    pub(super) fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", String::as_str)
    }

    /// Whether the first word is `name`, in any case.
    pub(super) fn is(&self, name: &str) -> bool {
        self.word(0).eq_ignore_ascii_case(name)
    }
}

/// The lines that are neither blank nor comments; the number of a line whose quotes are not balanced.
pub(super) fn directives(text: &str) -> impl Iterator<Item = Result<Directive, usize>> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let number = index + 1;
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        Some(
            words(line)
                .map(|words| Directive { number, words })
                .ok_or(number),
        )
    })
}

/// Splits a line as Redis does: `"…"` knows escapes, `'…'` knows only `\'`, and a closing quote ends
/// its word. `None` when a quote is not closed or text follows it directly.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let mut word = Vec::new();
        let chars = rest.char_indices().peekable();
        let mut end = rest.len();
        for (at, c) in chars {
            match c {
                c if c.is_whitespace() => {
                    end = at;
                    break;
                }
                '"' | '\'' => {
                    let (text, after) = quoted(rest.get(at + 1..)?, c)?;
                    word.extend_from_slice(&text);
                    if after.chars().next().is_some_and(|c| !c.is_whitespace()) {
                        return None;
                    }
                    end = rest.len() - after.len();
                    break;
                }
                c => word.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        words.push(String::from_utf8_lossy(&word).into_owned());
        rest = rest.get(end..)?.trim_start();
    }
    Some(words)
}

/// What stands between quotes, and what follows them. Escapes may make any byte.
fn quoted(text: &str, quote: char) -> Option<(Vec<u8>, &str)> {
    let mut bytes = Vec::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Some((bytes, text.get(at + 1..)?)),
            '\\' if quote == '\'' => {
                if text.get(at + 1..)?.starts_with('\'') {
                    chars.next();
                    bytes.push(b'\'');
                } else {
                    bytes.push(b'\\');
                }
            }
            '\\' => {
                let hex = text
                    .get(at + 1..at + 4)
                    .and_then(|hex| hex.strip_prefix('x'))
                    .filter(|hex| !hex.starts_with('+'));
                if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                    bytes.push(byte);
                    chars.nth(2);
                } else {
                    match chars.next()?.1 {
                        'n' => bytes.push(b'\n'),
                        'r' => bytes.push(b'\r'),
                        't' => bytes.push(b'\t'),
                        'b' => bytes.push(8),
                        'a' => bytes.push(7),
                        c => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    }
                }
            }
            c => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_split_as_redis_splits_them() {
        for (line, expected) in [
            ("a b  c\t", Some(vec!["a", "b", "c"])),
            (r#"a "b c" 'd e'"#, Some(vec!["a", "b c", "d e"])),
            (r#""\x41\n\"" '\'\n'"#, Some(vec!["A\n\"", "'\\n"])),
            (r#"a """#, Some(vec!["a", ""])),
            (r"a#b # c", Some(vec!["a#b", "#", "c"])),
            (r#"a "b"#, None),
            (r#""a"b"#, None),
            (r#"a "b\"#, None),
        ] {
            let expected: Option<Vec<String>> =
                expected.map(|words| words.into_iter().map(str::to_owned).collect());
            assert_eq!(words(line), expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in "[ \"'\\\\x0-9a-fé]{0,20}") {
            let _words = words(&line);
        }
    }
}
