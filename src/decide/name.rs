//! Names: addresses, nodes, clusters.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// Where a server listens: `host:port`, `[v6]:port`. The host is kept as written, in lower case.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Addr {
    host: String,
    port: u16,
}

impl Addr {
    /// The address of a host that somebody else names, if it is one that reads back as it prints; without brackets.
    /// What is not must not get into the state, which could not be read again.
    pub fn of(host: &str, port: u16) -> Result<Self, AddrError> {
        Self::new(host, port).to_string().parse()
    }

    /// `host` without brackets, which is known to be one.
    pub fn new(host: &str, port: u16) -> Self {
        Self {
            host: host.to_ascii_lowercase(),
            port,
        }
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The same host at another port; `None` past 65535.
    pub fn shifted(&self, by: u16) -> Option<Self> {
        Some(Self {
            host: self.host.clone(),
            port: self.port.checked_add(by)?,
        })
    }

    /// True when the host is an IP address. Pika does not link to a host name, so only such an
    /// address may be sent in SLAVEOF.
    pub fn is_ip(&self) -> bool {
        self.host.parse::<std::net::IpAddr>().is_ok()
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Why a text is not an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AddrError {
    #[error("no port; write host:port")]
    NoPort,
    #[error("no host; write host:port")]
    NoHost,
    #[error("the port is not a number from 1 to 65535")]
    BadPort,
    #[error("an IPv6 address needs brackets: [::1]:9221")]
    BareV6,
    #[error("the host has a character that no host name has")]
    BadHost,
}

impl FromStr for Addr {
    type Err = AddrError;

    fn from_str(text: &str) -> Result<Self, AddrError> {
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (host, tail) = rest.split_once(']').ok_or(AddrError::BadHost)?;
            if host.parse::<std::net::Ipv6Addr>().is_err() {
                return Err(AddrError::BadHost);
            }
            (host, tail.strip_prefix(':').ok_or(AddrError::NoPort)?)
        } else {
            let (host, port) = text.rsplit_once(':').ok_or(AddrError::NoPort)?;
            if host.contains(':') {
                return Err(AddrError::BareV6);
            }
            (host, port)
        };
        if host.is_empty() {
            return Err(AddrError::NoHost);
        }
        if !host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'))
        {
            return Err(AddrError::BadHost);
        }
        if !port.bytes().all(|b| b.is_ascii_digit()) {
            return Err(AddrError::BadPort);
        }
        match port.parse() {
            Ok(0) | Err(_) => Err(AddrError::BadPort),
            Ok(port) => Ok(Self::new(host, port)),
        }
    }
}

impl TryFrom<String> for Addr {
    type Error = AddrError;

    fn try_from(text: String) -> Result<Self, AddrError> {
        text.parse()
    }
}

impl From<Addr> for String {
    fn from(addr: Addr) -> Self {
        addr.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_and_print_alike() {
        for text in ["10.0.0.1:9221", "[::1]:6379", "db-1.example:1"] {
            assert_eq!(text.parse::<Addr>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_host_of_somebody_else_must_read_back() {
        for host in ["10.0.0.1", "::1", "db-1.Example"] {
            assert_eq!(Addr::of(host, 1), Ok(Addr::new(host, 1)));
        }
        for host in ["", "a b", "a\nb", "::\u{1}", "a:b", "[::1]", "é"] {
            assert!(Addr::of(host, 1).is_err(), "{host:?}");
        }
        assert!(Addr::of("10.0.0.1", 0).is_err());
    }

    #[test]
    fn wrong_addresses_say_what_is_wrong() {
        for (text, error) in [
            ("10.0.0.1", AddrError::NoPort),
            (":9221", AddrError::NoHost),
            ("a:0", AddrError::BadPort),
            ("a:65536", AddrError::BadPort),
            ("a:+1", AddrError::BadPort),
            ("::1:6379", AddrError::BareV6),
            ("a b:1", AddrError::BadHost),
            ("[zz]:1", AddrError::BadHost),
        ] {
            assert_eq!(text.parse::<Addr>(), Err(error), "{text}");
        }
    }
}
