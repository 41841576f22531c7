//! Any text is a configuration or a list of problems whose places are in the text.

use std::path::Path;

use pikafo::config::outside::Nowhere;

pub(crate) fn body(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(problems) = pikafo::config::parse(&text, Path::new("fuzz.yaml"), &Nowhere) {
        assert!(!problems.list.is_empty(), "an error without a problem");
        let report = problems.to_string();
        let odd = |c: char| c.is_control() && c != '\n';
        assert!(!report.contains(odd), "{report:?}");
        let lines = problems.list.len() + usize::from(problems.more > 0);
        assert_eq!(report.lines().count(), lines, "{report}");
    }
}
