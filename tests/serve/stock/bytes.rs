//! Requests byte by byte: broken, inline, empty.

use super::scene::Pair;
use crate::serve::wire::Wire;

/// What is not RESP is refused in the same words, and the connection ends.
#[tokio::test]
async fn broken_requests_meet_the_same_end() {
    let pair = Pair::on("").await;
    let ports = [pair.stock.addr().port(), pair.own.addr().port()];
    let long_line = [b"a".repeat(70_000).as_slice(), b"\r\n"].concat();
    let long_count = [b"*1\r\n$".as_slice(), &b"1".repeat(70_000)].concat();
    for broken in [
        b"*3\r\n:1\r\n".as_slice(),
        b"*x\r\n",
        b"*1\r\n$-1\r\n",
        b"*1\r\n$x\r\n",
        b"*1\r\n$999999999999\r\n",
        b"SENTINEL \"a\r\n",
        &long_line[..66_000],
        &long_count,
    ] {
        let mut ends = Vec::new();
        for port in ports {
            let mut wire = Wire::open(port).await;
            wire.send(broken).await;
            ends.push((wire.try_next().await, wire.try_next().await));
        }
        let head = String::from_utf8_lossy(&broken[..broken.len().min(20)]).into_owned();
        assert!(
            ends[0].0.is_some() && ends[0].1.is_none(),
            "{head:?}: {ends:?}"
        );
        assert_eq!(ends[0], ends[1], "{head:?}");
    }
    for odd in [
        b"\r\n\r\nPING\r\n".as_slice(),
        b"*-1\r\nPING\r\n",
        b"*0\r\nPING\r\n",
        b"*1\r\n$0\r\n\r\n",
        b"*1\r\n$4\r\nPINGxx",
    ] {
        let mut answers = Vec::new();
        for port in ports {
            let mut wire = Wire::open(port).await;
            wire.send(odd).await;
            answers.push(wire.next().await);
        }
        assert_eq!(answers[0], answers[1], "{odd:?}");
    }
}

/// Inline requests are split as a line of a configuration is.
#[tokio::test]
async fn lines_are_split_alike() {
    let pair = Pair::on("").await;
    let ports = [pair.stock.addr().port(), pair.own.addr().port()];
    for line in [
        r#"PING "a\x41\n""#,
        r#"PING "\q\"\xzz""#,
        r"PING 'a\'b'",
        r"PING 'a\nb'",
        r#"PING "a"b"#,
        r#"PING a"b c""#,
        r#"PING "a" "b""#,
        r#"PING """#,
        "PING ''",
        "PING 'a",
        r#"PING "a\"#,
        "  PING   x  ",
        "\tPING\t x",
        "PING é",
        "sentinel myid x",
        "SENTINEL get-master-addr-by-name \"no such\"",
    ] {
        let mut answers = Vec::new();
        for port in ports {
            let mut wire = Wire::open(port).await;
            wire.send(format!("{line}\r\n").as_bytes()).await;
            answers.push(wire.next().await);
        }
        assert_eq!(answers[1], answers[0], "{line:?}");
    }
}

/// What is answered, and in which order, to several requests at once.
#[tokio::test]
async fn requests_in_a_row_are_answered_alike() {
    let pair = Pair::on("").await;
    let ports = [pair.stock.addr().port(), pair.own.addr().port()];
    for lines in [
        &["CLIENT REPLY SKIP", "PING a", "PING b"][..],
        &["CLIENT REPLY SKIP", "CLIENT REPLY SKIP", "PING a", "PING b"],
        &[
            "CLIENT REPLY OFF",
            "PING a",
            "CLIENT REPLY SKIP",
            "PING b",
            "CLIENT REPLY ON",
            "PING c",
        ],
        &[
            "CLIENT REPLY OFF",
            "GET a",
            "HELLO 3",
            "CLIENT REPLY ON",
            "ROLE",
        ],
        // Which of several it leaves first is chance there.
        &["SUBSCRIBE a", "PING", "UNSUBSCRIBE", "PING"],
        &[
            "HELLO 3 SETNAME x",
            "SUBSCRIBE a",
            "ROLE",
            "UNSUBSCRIBE a",
            "CLIENT GETNAME",
        ],
        &[
            "SUBSCRIBE a",
            "HELLO 3",
            "UNSUBSCRIBE a",
            "HELLO 3 SETNAME y",
            "ACL WHOAMI",
        ],
        &["FOO", "PING a", "\"", "PING b"],
    ] {
        let mut answers = Vec::new();
        for port in ports {
            let mut wire = Wire::open(port).await;
            let text = format!("{}\r\nPING done\r\n", lines.join("\r\n"));
            wire.send(text.as_bytes()).await;
            let mut all = Vec::new();
            while let Some(seen) = wire.try_next().await {
                let last = seen.items.last().unwrap_or(&seen).text == "done";
                // Each tells its own version.
                all.push(if seen.items.len() < 8 {
                    seen.to_string()
                } else {
                    String::new()
                });
                if last {
                    break;
                }
            }
            answers.push(all);
        }
        assert_eq!(answers[1], answers[0], "{lines:?}");
    }
}
