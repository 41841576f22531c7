//! Why a node could not be asked: from what the network says to a kind and words for people.

use std::fmt::Display;
use std::io;
use std::time::Duration;

pub use crate::decide::facts::Fault;
pub use crate::decide::facts::FaultKind;
use crate::decide::name::Addr;

/// Dialling failed.
pub(super) fn from_dial(addr: &Addr, error: &io::Error) -> Fault {
    use io::ErrorKind as Kind;
    let kind = error.kind();
    if kind == Kind::ConnectionRefused {
        Fault::new(
            FaultKind::Refused,
            format!("{addr} refused the connection: nothing listens there"),
        )
    } else if kind == Kind::TimedOut {
        Fault::new(
            FaultKind::Timeout,
            format!("{addr} did not take the connection in time"),
        )
    } else if matches!(kind, Kind::ConnectionReset | Kind::ConnectionAborted) {
        Fault::new(
            FaultKind::Dropped,
            format!("{addr} dropped the connection while it was being made"),
        )
    } else {
        Fault::new(FaultKind::Unreachable, format!("no way to {addr}: {error}"))
    }
}

/// The connection was made and then broke.
pub(super) fn from_broken(addr: &Addr, error: &io::Error) -> Fault {
    match tls_cause(error) {
        Some(cause) => from_tls(addr, cause),
        None => Fault::new(
            FaultKind::Dropped,
            format!("{addr} dropped the connection: {error}"),
        ),
    }
}

/// The TLS handshake failed.
pub(super) fn from_handshake(addr: &Addr, error: &io::Error) -> Fault {
    if let Some(cause) = tls_cause(error) {
        return from_tls(addr, cause);
    }
    let text = format!(
        "{addr} closed the connection during the TLS handshake; does it speak TLS? ({error})"
    );
    Fault::new(FaultKind::Tls, text)
}

/// The connection could not be made in time.
pub(super) fn connect_timeout(addr: &Addr, waited: Duration) -> Fault {
    Fault::new(
        FaultKind::Timeout,
        format!(
            "{addr} did not take the connection within {}",
            millis(waited)
        ),
    )
}

/// The connection was made, and `what` was not answered in time.
pub(super) fn hung(addr: &Addr, what: impl Display, waited: Duration, half: bool) -> Fault {
    let answer = if half {
        "answered only a part of it"
    } else {
        "did not answer"
    };
    let text = format!(
        "{addr} took the connection but {answer} within {} ({what})",
        millis(waited)
    );
    Fault::new(FaultKind::Hung, text)
}

/// The peer's first bytes are no RESP.
pub(super) fn not_resp(addr: &Addr, head: &[u8]) -> Fault {
    let what = match head {
        [b'H', b'T', b'T', b'P', b'/', ..] => "speaks HTTP, not the Redis protocol",
        [0x14..=0x17, 0x03, ..] => "speaks TLS; set tls: for this cluster",
        [b'S', b'S', b'H', b'-', ..] => "speaks SSH, not the Redis protocol",
        _ => "does not speak the Redis protocol",
    };
    Fault::new(FaultKind::NotResp, format!("{addr} {what}"))
}

/// What a server's error reply means. The text is the server's own, without the leading dash, or says that there was none.
pub(super) fn from_reply(text: String) -> Fault {
    if text.trim().is_empty() {
        return Fault::new(FaultKind::Error, "an error reply without a word");
    }
    let auth = text.starts_with("WRONGPASS")
        || text.contains("NOAUTH ")
        || text.ends_with("invalid password")
        || text.contains("invalid username-password pair");
    Fault::new(
        if auth {
            FaultKind::Auth
        } else {
            FaultKind::Error
        },
        text,
    )
}

fn from_tls(addr: &Addr, cause: &rustls::Error) -> Fault {
    let text = if matches!(cause, rustls::Error::InvalidMessage(_)) {
        format!("{addr} does not speak TLS ({cause})")
    } else {
        format!("TLS with {addr} failed: {cause}")
    };
    Fault::new(FaultKind::Tls, text)
}

fn tls_cause(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn millis(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_follows_the_servers_words() {
        for (text, kind) in [
            ("ERR NOAUTH Authentication required.", FaultKind::Auth),
            ("NOAUTH Authentication required.", FaultKind::Auth),
            ("ERR invalid password", FaultKind::Auth),
            (
                "WRONGPASS invalid username-password pair or user is disabled.",
                FaultKind::Auth,
            ),
            (
                "ERR already master of others, invalid usage",
                FaultKind::Error,
            ),
            (
                "NOPERM this user has no permissions to run the 'set' command",
                FaultKind::Error,
            ),
        ] {
            assert_eq!(from_reply(text.to_owned()), Fault::new(kind, text));
        }
        let silent = from_reply(String::new());
        assert_eq!(silent.kind, FaultKind::Error);
        assert!(!silent.text.is_empty());
    }

    #[test]
    fn strangers_are_called_by_their_name() {
        let addr = Addr::new("10.0.0.1", 80);
        assert!(not_resp(&addr, b"HTTP/1.1 400").text.contains("HTTP"));
        assert!(
            not_resp(&addr, &[0x15, 0x03, 0x03, 0, 2])
                .text
                .contains("speaks TLS")
        );
        assert!(not_resp(&addr, b"").text.contains("does not speak"));
    }
}
