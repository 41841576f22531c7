//! Stock's patterns: `*`, `?`, `[a-z]`, `[^a]`, and a backslash before what is meant as it stands.
//!
//! Patterns come from clients, so the work is bounded by the product of the two lengths: a star that did not fit
//! is tried further on, but never more than one star back.

/// Whether the whole of `text` is as `pattern` says.
pub fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    // What follows the last star, and the text from where it is tried.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        if let Some((b'*', rest)) = pattern.split_first() {
            retry = Some((rest, text));
            pattern = rest;
            continue;
        }
        match (pattern.is_empty(), text.split_first()) {
            (true, None) => return true,
            (false, Some((byte, tail))) => {
                if let Some(rest) = one(pattern, *byte) {
                    (pattern, text) = (rest, tail);
                    continue;
                }
            }
            (false, None) => return false,
            (true, Some(_)) => {}
        }
        let Some((after, from)) = retry else {
            return false;
        };
        let Some((_, further)) = from.split_first() else {
            return false;
        };
        retry = Some((after, further));
        (pattern, text) = (after, further);
    }
}

/// The pattern after its first item, if that item means `byte`.
fn one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    match pattern.split_first()? {
        (b'?', rest) => Some(rest),
        (b'[', rest) => class(rest, byte),
        (b'\\', rest) if !rest.is_empty() => {
            let (wanted, rest) = rest.split_first()?;
            (*wanted == byte).then_some(rest)
        }
        (wanted, rest) => (*wanted == byte).then_some(rest),
    }
}

/// The same for a class whose bracket has been read. One that is never closed reaches to the end.
fn class(inner: &[u8], byte: u8) -> Option<&[u8]> {
    let (inverted, mut inner) = match inner.strip_prefix(b"^") {
        Some(inner) => (true, inner),
        None => (false, inner),
    };
    let mut found = false;
    let rest = loop {
        match inner {
            [] => break inner,
            [b']', rest @ ..] => break rest,
            [b'\\', only, rest @ ..] => {
                found |= *only == byte;
                inner = rest;
            }
            [low, b'-', high, rest @ ..] => {
                let (low, high) = (low.min(high), low.max(high));
                found |= (*low..=*high).contains(&byte);
                inner = rest;
            }
            [only, rest @ ..] => {
                found |= *only == byte;
                inner = rest;
            }
        }
    };
    (found != inverted).then_some(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_to_stock() {
        for (pattern, text, fitting) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("**", "abc", true),
            ("+*", "+switch-master", true),
            ("*master", "+switch-master", true),
            ("[-+]sdown", "+sdown", true),
            ("[-+]sdown", "-sdown", true),
            ("[-+]sdown", "sdown", false),
            ("[^+]sdown", "-sdown", true),
            ("[a-c]", "b", true),
            ("[c-a]", "b", true),
            ("[a-c]", "d", false),
            ("[abc", "c", true),
            ("h?llo", "hello", true),
            ("h?llo", "hllo", false),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("a*b*c", "axxbxxc", true),
            ("a*b*c", "axxcxxb", false),
            ("A", "a", false),
        ] {
            let said = fits(pattern.as_bytes(), text.as_bytes());
            assert_eq!(said, fitting, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_are_no_burden() {
        // Backing up to every star would take longer than the age of the universe.
        let pattern = "a*".repeat(200) + "b";
        assert!(!fits(pattern.as_bytes(), "a".repeat(2000).as_bytes()));
    }

    proptest! {
        #[test]
        fn a_text_fits_itself_escaped_and_any_star(text in "[ -~]{0,20}", at in 0..20usize) {
            let escaped: String = text.chars().flat_map(|c| ['\\', c]).collect();
            prop_assert!(fits(escaped.as_bytes(), text.as_bytes()));
            let mut starred = text.as_bytes().iter().flat_map(|b| [b'\\', *b]).collect::<Vec<_>>();
            let at = (at * 2).min(starred.len());
            starred.insert(at, b'*');
            prop_assert!(fits(&starred, text.as_bytes()));
        }

        #[test]
        fn no_bytes_panic(pattern in any::<Vec<u8>>(), text in any::<Vec<u8>>()) {
            let _fitting = fits(&pattern, &text);
        }
    }
}
