//! Any bytes at all, read as INFO: the parser may refuse them, and must neither panic nor invent.

use pikafo::node::info;

pub(crate) fn body(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let server = info::server(&text);
    if let Ok(server) = server {
        assert!(text.contains(&server.version), "{server:?}");
    }
    let failure = info::storage_failure(&text);
    assert!(failure.is_none_or(|words| text.contains(&words)), "{text}");
    let file = info::has_config_file(&text);
    assert!(file.is_none() || text.contains("config_file"), "{text}");
    let position = info::binlog_position(&text);
    if let Ok(facts) = info::replication(&text) {
        // Both readings of one text must agree.
        assert!(position.is_none() || facts.position == position, "{text}");
        assert!(facts.replicas.len() <= text.lines().count(), "{facts:?}");
        if let Some(master) = &facts.master {
            let said = text.to_ascii_lowercase();
            assert!(said.contains(master.host()), "{facts:?}");
            assert!(master.port() != 0, "{facts:?}");
        }
    }
}
