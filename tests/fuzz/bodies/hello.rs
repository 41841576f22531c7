//! A hello is read or it is none; what is read is written alike, and nothing in it could break a message or a file.

use pikafo::decide::name::Addr;
use pikafo::decide::watcher::Hello;
use pikafo::decide::watcher::Id;

pub(crate) fn body(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(hello) = text.parse::<Hello>() {
        assert_eq!(hello.to_string().parse(), Ok(hello.clone()), "{text}");
        assert!(!hello.cluster.contains(','), "{hello:?}");
        assert!(hello.addr.port() != 0 && hello.master.port() != 0);
        assert!(hello.current_epoch <= 1 << 62 && hello.config_epoch <= 1 << 62);
        // It goes into the state file and into the record.
        let json = serde_json::to_string(&hello).expect("a hello can be written");
        let read: Hello = serde_json::from_str(&json).expect("and read");
        assert_eq!(read, hello);
    }
    if let Ok(id) = text.parse::<Id>() {
        assert_eq!(id.as_str(), text);
    }
    if let Ok(addr) = text.parse::<Addr>() {
        assert_eq!(addr.to_string().parse(), Ok(addr.clone()), "{addr:?}");
    }
}
