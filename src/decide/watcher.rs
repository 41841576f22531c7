//! Watchers: who they are, and what they tell each other on Sentinel's wire.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

use super::name::Addr;

/// A watcher's identity: 40 hex digits, drawn once and kept for ever. Cheap to clone.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(Arc<str>);

impl Id {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not 40 hex digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a watcher's id is 40 hex digits")]
pub struct BadId;

impl FromStr for Id {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        if text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            Ok(Self(text.into()))
        } else {
            Err(BadId)
        }
    }
}

impl TryFrom<String> for Id {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0.as_ref().to_owned()
    }
}

/// A hello: the one message that watchers send each other unasked, on the channel [`CHANNEL`] of every
/// node and directly. Eight fields, comma-separated: `ip,port,id,current_epoch,name,master_ip,master_port,
/// config_epoch`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Hello {
    /// Where the sender can be dialled.
    pub addr: Addr,
    pub id: Id,
    pub current_epoch: u64,
    /// The cluster, by the name that all watchers share.
    pub cluster: String,
    pub master: Addr,
    pub config_epoch: u64,
}

/// The channel of hellos.
pub const CHANNEL: &str = "__sentinel__:hello";

impl fmt::Display for Hello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{},{},{},{},{},{},{},{}",
            self.addr.host(),
            self.addr.port(),
            self.id,
            self.current_epoch,
            self.cluster,
            self.master.host(),
            self.master.port(),
            self.config_epoch
        )
    }
}

/// A message that is no hello; stock watchers ignore it without a word.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a hello of eight fields")]
pub struct BadHello;

impl FromStr for Hello {
    type Err = BadHello;

    fn from_str(text: &str) -> Result<Self, BadHello> {
        let mut fields = text.split(',');
        let mut next = || fields.next().ok_or(BadHello);
        let (host, port, id) = (next()?, next()?, next()?);
        let (current_epoch, cluster) = (next()?, next()?);
        let (master_host, master_port, config_epoch) = (next()?, next()?, next()?);
        if fields.next().is_some() || cluster.is_empty() {
            return Err(BadHello);
        }
        Ok(Self {
            addr: addr(host, port)?,
            id: id.parse().map_err(|_id: BadId| BadHello)?,
            current_epoch: number(current_epoch)?,
            cluster: cluster.to_owned(),
            master: addr(master_host, master_port)?,
            config_epoch: number(config_epoch)?,
        })
    }
}

fn addr(host: &str, port: &str) -> Result<Addr, BadHello> {
    let port = port
        .parse()
        .map_err(|_text: std::num::ParseIntError| BadHello)?;
    Addr::of(host, port).map_err(|_odd| BadHello)
}

/// Epochs are unsigned 64 bit on the wire; one past what anybody could count to is an attack or an accident.
fn number(text: &str) -> Result<u64, BadHello> {
    let number = text
        .parse()
        .map_err(|_text: std::num::ParseIntError| BadHello)?;
    if number > FARTHEST_EPOCH {
        Err(BadHello)
    } else {
        Ok(number)
    }
}

/// Stock prints epochs as signed numbers in places.
const FARTHEST_EPOCH: u64 = 1 << 62;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn a_hello_reads_and_prints_alike() {
        let text = format!("10.0.0.9,26379,{ID},7,orders,10.0.0.1,6379,6");
        let hello: Hello = text.parse().unwrap();
        assert_eq!(hello.to_string(), text);
        assert_eq!((hello.current_epoch, hello.config_epoch), (7, 6));
    }

    #[test]
    fn anything_but_eight_sound_fields_is_no_hello() {
        for text in [
            "",
            "a,1,b",
            &format!("10.0.0.9,26379,{ID},7,orders,10.0.0.1,6379,6,extra"),
            &format!("10.0.0.9,0,{ID},7,orders,10.0.0.1,6379,6"),
            &format!("10.0.0.9,26379,{ID},x,orders,10.0.0.1,6379,6"),
            &format!("10.0.0.9,26379,{ID},7,,10.0.0.1,6379,6"),
            &format!("10.0.0.9,26379,{ID},18446744073709551615,o,10.0.0.1,6379,6"),
            // A watcher remembers the other's address, and would not read its own state again.
            &format!("a b,26379,{ID},7,orders,10.0.0.1,6379,6"),
            &format!("10.0.0.9,26379,{ID},7,orders,::\u{1},6379,6"),
            "10.0.0.9,26379,short,7,orders,10.0.0.1,6379,6",
        ] {
            assert_eq!(text.parse::<Hello>(), Err(BadHello), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[0-9a-f,.:x-]{0,120}") {
            let _parsed = text.parse::<Hello>().is_ok();
        }
    }
}
