//! The plain shapes that replies come in. Redis' and Pika's replies stay within RESP2.

use redis::Value;

/// The text of a bulk or simple string; `None` for anything else, nil included.
/// Bytes that are no UTF-8 are replaced, never refused: hosts and error texts may hold anything.
pub fn text(value: &Value) -> Option<String> {
    if let Value::BulkString(bytes) = value {
        Some(String::from_utf8_lossy(bytes).into_owned())
    } else if let Value::SimpleString(text) = value {
        Some(text.clone())
    } else {
        is_ok(value).then(|| "OK".to_owned())
    }
}

/// The texts of an array; elements that are no text are left out. Empty for anything but an array.
pub fn texts(value: &Value) -> Vec<String> {
    let Value::Array(items) = value else {
        return Vec::new();
    };
    items.iter().filter_map(text).collect()
}

/// The value of `key` in a flat array of names and values, as CONFIG GET gives it. Names are matched
/// without regard to case.
pub fn paired(value: &Value, key: &str) -> Option<String> {
    let Value::Array(items) = value else {
        return None;
    };
    items.chunks_exact(2).find_map(|pair| match pair {
        [name, value] if text(name)?.eq_ignore_ascii_case(key) => text(value),
        _ => None,
    })
}

/// True for `+OK`.
pub fn is_ok(value: &Value) -> bool {
    matches!(value, Value::Okay)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn pairs_are_found_and_an_odd_tail_is_ignored() {
        let value = Value::Array(vec![bulk("Port"), bulk("9221"), bulk("dir")]);
        assert_eq!(paired(&value, "port").as_deref(), Some("9221"));
        assert_eq!(paired(&value, "dir"), None);
        assert_eq!(paired(&Value::Nil, "port"), None);
        assert_eq!(texts(&value), ["Port", "9221", "dir"]);
    }

    #[test]
    fn bytes_that_are_no_text_do_not_hurt() {
        assert_eq!(
            text(&Value::BulkString(vec![b'a', 0xff])).as_deref(),
            Some("a\u{fffd}")
        );
        assert_eq!(text(&Value::Nil), None);
        assert!(is_ok(&Value::Okay));
    }
}
