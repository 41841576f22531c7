//! What cannot be the same on two machines.

/// Masks what cannot be the same on two machines.
pub(super) fn mask(reply: &str) -> Vec<String> {
    let mut lines: Vec<String> = reply
        .trim_end_matches('\n')
        .lines()
        .map(mask_line)
        .collect();
    // TIME.
    if lines.len() == 5
        && lines[0] == "*2"
        && lines[1] == "$10"
        && lines[2].bytes().all(|b| b.is_ascii_digit())
    {
        lines = vec!["a time".to_owned()];
    }
    lines
}

fn mask_line(line: &str) -> String {
    let hex = |text: &str| {
        matches!(text.len(), 40 | 50) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if line.starts_with('$')
        && line.len() > 1
        && line[1..]
            .parse::<u32>()
            .is_ok_and(|length| length > 3 && length != 10)
    {
        return "$#".to_owned();
    }
    if hex(line) {
        return "id".to_owned();
    }
    if let Some((name, id)) = line.split_once(':')
        && hex(id.trim())
    {
        return format!("{name}:{}id", if id.starts_with(' ') { " " } else { "" });
    }
    if line.starts_with("addr=") {
        return "addr=…".to_owned();
    }
    match line.split_once("conn_fd=") {
        Some((head, tail)) => format!(
            "{head}conn_fd=#{}",
            tail.trim_start_matches(|c: char| c.is_ascii_digit())
        ),
        None => line.to_owned(),
    }
}

/// Names of fields, without their figures.
pub(super) fn names(reply: &str) -> Vec<String> {
    let counted = [
        "SET", "INFO", "CONFIG", "PING", "set", "info", "config", "mset", "MSET", "SLAVEOF",
        "slaveof", "dbsize", "DBSIZE",
    ];
    reply
        .trim_end_matches('\n')
        .lines()
        .filter(|line| !line.starts_with('$') && !line.contains(".L0."))
        .map(|line| {
            let end = line.find(|c: char| {
                c == ':' || c == '=' || c.is_ascii_digit() && line.starts_with(' ')
            });
            line[..end.unwrap_or(line.len())].to_owned()
        })
        .filter(|name| !counted.contains(&name.as_str()))
        .collect()
}
