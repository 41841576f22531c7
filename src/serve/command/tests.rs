use super::table::*;
use super::*;

fn error(line: &str) -> String {
    let words: Vec<Bytes> = line
        .split(' ')
        .map(|word| Bytes::copy_from_slice(word.as_bytes()))
        .collect();
    match find(&words) {
        Err(Reply::Error(text)) => text,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn what_is_unknown_or_too_short_is_refused_in_stocks_words() {
    for (line, text) in [
        (
            "GET a",
            "ERR unknown command 'GET', with args beginning with: 'a' ",
        ),
        (
            "get",
            "ERR unknown command 'get', with args beginning with: ",
        ),
        (
            "SENTINEL FOO",
            "ERR unknown subcommand 'FOO'. Try SENTINEL HELP.",
        ),
        (
            "SENTINEL",
            "ERR wrong number of arguments for 'sentinel' command",
        ),
        (
            "Sentinel Masters x",
            "ERR wrong number of arguments for 'sentinel|masters' command",
        ),
        (
            "CLIENT MAINT_NOTIFICATIONS on",
            "ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.",
        ),
        ("role a", "ERR wrong number of arguments for 'role' command"),
    ] {
        assert_eq!(error(line), text);
    }
}

#[test]
fn an_unknown_command_is_not_repeated_at_length() {
    let long = format!("{} {}", "F".repeat(1000), ["x"; 1000].join(" "));
    assert!(error(&long).len() < 600);
}

#[test]
fn the_table_is_in_order_and_every_name_is_lower_case() {
    for table in [TABLE, ACL, CLIENT, COMMAND, SENTINEL, PIKAFO] {
        let names: Vec<_> = table.iter().map(|command| command.name).collect();
        assert!(names.is_sorted(), "{names:?}");
        assert!(names.iter().all(|name| *name == name.to_ascii_lowercase()));
    }
}
