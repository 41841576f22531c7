//! Any sentinel.conf is refused, or it becomes a YAML whose only mistakes are names that the YAML forbids, and can be run
//! from: rewritten, it says what it said, and a second time nothing is changed.

use std::path::Path;

use pikafo::config;
use pikafo::config::outside::Nowhere;
use pikafo::config::sentinel_conf::SentinelConf;
use pikafo::config::sentinel_write::rewrite;
use pikafo::config::stock;
use secrecy::ExposeSecret as _;
use secrecy::SecretString;

pub(crate) fn body(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let origin = Path::new("fuzz.conf");
    let Ok((conf, _)) = stock::read(&text, origin) else {
        return;
    };
    let again = rewrite(&text, &conf);
    let (read, _) = stock::read(&again, origin).unwrap_or_else(|problems| {
        panic!("it cannot read what it wrote:\n{problems}\n{again}");
    });
    assert_eq!(meaning(&read), meaning(&conf), "{again}");
    assert_eq!(rewrite(&again, &read), again, "it never comes to rest");
    if conf.masters.is_empty() {
        return;
    }
    let yaml = config::write::yaml(&config::import::translate(&conf, None).draft);
    if let Err(problems) = config::parse(&yaml, Path::new("fuzz.yaml"), &Nowhere) {
        for problem in &problems.list {
            let readable = !problem.text.contains("is not YAML");
            assert!(readable, "{problem}\n{yaml}");
        }
    }
}

/// All that a Sentinel's file says, secrets among it; not in which order.
fn meaning(conf: &SentinelConf) -> String {
    let bare =
        |secret: &Option<SecretString>| secret.as_ref().map(|s| s.expose_secret().to_owned());
    let mut masters: Vec<String> = conf
        .masters
        .iter()
        .map(|master| format!("{master:?} {:?}", bare(&master.auth_pass)))
        .collect();
    masters.sort();
    let (pass, own) = (bare(&conf.sentinel_pass), bare(&conf.requirepass));
    format!(
        "{:?} {pass:?} {own:?} {:?} {:?} {:?} {masters:#?}",
        conf.heritage(),
        (&conf.announce_ip, conf.announce_port, &conf.sentinel_user),
        (conf.resolve_hostnames, conf.announce_hostnames),
        (conf.deny_scripts_reconfig, &conf.server.loglevel),
    )
}
