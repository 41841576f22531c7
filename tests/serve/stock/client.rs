//! CLIENT: the connection itself, and the others.

use std::collections::BTreeMap;

use super::alike::Like;
use super::alike::Like::All;
use super::alike::Like::Kind;
use super::alike::Like::Types;
use super::scene::Pair;
use super::scene::Scene;

/// SETINFO and NO-TOUCH are missing, which 7.2 has and 7.0 has not.
const QUESTIONS: &[(&str, Like)] = &[
    ("CLIENT", All),
    ("CLIENT FOO", All),
    ("CLIENT \"\"", All),
    ("CLIENT ID", Kind),
    ("CLIENT ID x", All),
    ("CLIENT GETNAME", All),
    ("CLIENT GETNAME x", All),
    ("CLIENT SETNAME", All),
    ("CLIENT SETNAME me", All),
    ("CLIENT SETNAME a␣b", All),
    ("CLIENT SETNAME a b", All),
    ("CLIENT GETNAME", All),
    ("CLIENT SETNAME \"\"", All),
    ("CLIENT GETNAME", All),
    ("CLIENT INFO", Kind),
    ("CLIENT INFO x", All),
    ("CLIENT LIST", Kind),
    ("CLIENT LIST TYPE", All),
    ("CLIENT LIST TYPE foo", All),
    ("CLIENT LIST TYPE normal", Kind),
    ("CLIENT LIST TYPE pubsub", All),
    ("CLIENT LIST TYPE master", All),
    ("CLIENT LIST TYPE replica", All),
    ("CLIENT LIST TYPE slave", All),
    ("CLIENT LIST TYPE normal x", All),
    ("CLIENT LIST ID", All),
    ("CLIENT LIST ID x", All),
    ("CLIENT LIST ID 0", All),
    ("CLIENT LIST ID -1", All),
    ("CLIENT LIST ID 999999", All),
    ("CLIENT LIST ID 999999 999998", All),
    ("CLIENT LIST ID 999999 x", All),
    ("CLIENT LIST FOO", All),
    ("CLIENT LIST FOO BAR", All),
    ("CLIENT KILL", All),
    ("CLIENT KILL x", All),
    ("CLIENT KILL 1.2.3.4:5", All),
    ("CLIENT KILL 1.2.3.4:5 x", All),
    ("CLIENT KILL ID", All),
    ("CLIENT KILL ID 999999", All),
    ("CLIENT KILL ID 0", All),
    ("CLIENT KILL ID -1", All),
    ("CLIENT KILL ID x", All),
    ("CLIENT KILL TYPE foo", All),
    ("CLIENT KILL TYPE", All),
    ("CLIENT KILL TYPE master", All),
    ("CLIENT KILL TYPE replica", All),
    ("CLIENT KILL USER nope", All),
    ("CLIENT KILL USER default SKIPME foo", All),
    ("CLIENT KILL SKIPME", All),
    ("CLIENT KILL SKIPME yes", All),
    ("CLIENT KILL SKIPME foo", All),
    ("CLIENT KILL ADDR 1.2.3.4:5", All),
    ("CLIENT KILL LADDR 1.2.3.4:5", All),
    ("CLIENT KILL ADDR 1.2.3.4:5 LADDR 1.2.3.4:5", All),
    ("CLIENT KILL ADDR 1.2.3.4:5 LADDR", All),
    ("CLIENT KILL FOO bar", All),
    ("CLIENT KILL ID 999999 SKIPME yes ID 999998", All),
    ("CLIENT KILL MAXAGE 1", All),
    ("CLIENT NO-EVICT", All),
    ("CLIENT NO-EVICT on", All),
    ("CLIENT NO-EVICT OFF", All),
    ("CLIENT NO-EVICT foo", All),
    ("CLIENT REPLY", All),
    ("CLIENT REPLY foo", All),
    ("CLIENT REPLY on", All),
    ("CLIENT REPLY on x", All),
    ("CLIENT UNPAUSE", All),
    ("CLIENT UNPAUSE x", All),
    ("CLIENT PAUSE", All),
    ("CLIENT PAUSE x", All),
    ("CLIENT PAUSE -1", All),
    ("CLIENT PAUSE 1 FOO", All),
    ("CLIENT PAUSE 1 WRITE x", All),
    ("CLIENT PAUSE 0", All),
    ("CLIENT PAUSE 0 WRITE", All),
    ("CLIENT PAUSE 0 ALL", All),
    ("CLIENT PAUSE 99999999999999999999", All),
    ("CLIENT PAUSE 1.5", All),
    ("CLIENT PAUSE 1 all", All),
    ("CLIENT TRACKINGINFO", All),
    ("CLIENT TRACKINGINFO x", All),
    ("CLIENT TRACKING", All),
    ("CLIENT TRACKING foo", All),
    ("CLIENT TRACKING off", All),
    ("CLIENT TRACKING on foo", All),
    ("CLIENT TRACKING on REDIRECT", All),
    ("CLIENT TRACKING on REDIRECT 999999", All),
    ("CLIENT TRACKING on REDIRECT x", All),
    ("CLIENT TRACKING on REDIRECT 0", All),
    ("CLIENT TRACKING on PREFIX a", All),
    ("CLIENT TRACKING on BCAST PREFIX a PREFIX b", All),
    ("CLIENT TRACKINGINFO", All),
    ("CLIENT INFO", Kind),
    ("CLIENT TRACKING on BCAST PREFIX ab", All),
    ("CLIENT TRACKING on", All),
    ("CLIENT TRACKING off", All),
    ("CLIENT TRACKING on BCAST OPTIN", All),
    ("CLIENT TRACKING on OPTIN OPTOUT", All),
    ("CLIENT TRACKING on OPTIN", All),
    ("CLIENT TRACKING on OPTOUT", All),
    ("CLIENT TRACKINGINFO", All),
    ("CLIENT CACHING yes", All),
    ("CLIENT CACHING no", All),
    ("CLIENT CACHING foo", All),
    ("CLIENT TRACKINGINFO", All),
    ("CLIENT TRACKING off", All),
    ("CLIENT TRACKING on OPTOUT NOLOOP", All),
    ("CLIENT CACHING yes", All),
    ("CLIENT CACHING no", All),
    ("CLIENT TRACKINGINFO", All),
    ("CLIENT GETREDIR", All),
    ("CLIENT TRACKING off", All),
    ("CLIENT TRACKINGINFO", All),
    ("CLIENT TRACKING on", All),
    ("CLIENT TRACKINGINFO", All),
    ("CLIENT GETREDIR", All),
    ("CLIENT TRACKING off", All),
    ("CLIENT TRACKING on NOLOOP", All),
    ("CLIENT TRACKINGINFO", All),
    ("CLIENT TRACKING off x", All),
    ("CLIENT TRACKING off", All),
    ("CLIENT GETREDIR", All),
    ("CLIENT GETREDIR x", All),
    ("CLIENT CACHING", All),
    ("CLIENT CACHING foo", All),
    ("CLIENT CACHING yes", All),
    ("CLIENT UNBLOCK", All),
    ("CLIENT UNBLOCK 5", All),
    ("CLIENT UNBLOCK x", All),
    ("CLIENT UNBLOCK 5 ERROR", All),
    ("CLIENT UNBLOCK 5 timeout", All),
    ("CLIENT UNBLOCK 5 FOO", All),
    ("CLIENT UNBLOCK x FOO", All),
    ("CLIENT UNBLOCK 5 ERROR x", All),
    ("CLIENT MAINT_NOTIFICATIONS ON", All),
    ("CLIENT KILL HELP", All),
    ("CLIENT HELP", Types),
    ("CLIENT HELP x", All),
];

/// Fields of CLIENT INFO that are the same where the same was done; the others are sizes of buffers that pikafo does not
/// have, and names of files.
const SAME: &[&str] = &[
    "name", "flags", "db", "sub", "psub", "ssub", "multi", "events", "cmd", "user", "redir", "resp",
];

#[tokio::test]
async fn what_clients_ask_of_connections() {
    Scene::new().await.ask_both(QUESTIONS).await;
}

#[tokio::test]
async fn a_connection_is_told_field_by_field() {
    let scene = Scene::new().await;
    let mut talk = scene.talk().await;
    for (line, count) in [
        ("PING", 1),
        ("CLIENT SETNAME me", 1),
        ("CLIENT NO-EVICT on", 1),
        ("CLIENT TRACKING on BCAST", 1),
        ("HELLO 3", 1),
        ("SUBSCRIBE a b", 2),
        ("PSUBSCRIBE c*", 1),
    ] {
        let mut told = Vec::new();
        for wire in [&mut talk.stock, &mut talk.own] {
            wire.ask(line).await;
            for _ in 1..count {
                wire.next().await;
            }
            let text = wire.ask("CLIENT INFO").await.text;
            let fields = text.trim_end().split(' ').filter_map(|f| f.split_once('='));
            let fields: Vec<(String, String)> = fields
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            told.push(fields);
        }
        let names = |at: usize| told[at].iter().map(|(name, _)| name).collect::<Vec<_>>();
        // 7.2 has two more.
        assert!(names(1).starts_with(&names(0)), "{line}: {told:?}");
        let values = |at: usize| {
            let same = told[at]
                .iter()
                .filter(|(name, _)| SAME.contains(&name.as_str()));
            same.cloned().collect::<BTreeMap<String, String>>()
        };
        assert_eq!(values(1), values(0), "{line}");
    }
}

/// Whoever is meant is cut off, and as many are told.
#[tokio::test]
async fn others_are_killed_alike() {
    let pair = Pair::on("").await;
    for (prepare, kill, told) in [
        ("PING", "CLIENT KILL $addr", "+OK"),
        ("PING", "CLIENT KILL ID $id", ":1"),
        ("PING", "CLIENT KILL ADDR $addr SKIPME no", ":1"),
        ("PING", "CLIENT KILL ID $id ADDR 1.2.3.4:5", ":0"),
        ("SUBSCRIBE a", "CLIENT KILL TYPE pubsub", ":1"),
        ("SUBSCRIBE a", "CLIENT KILL TYPE normal ID $id", ":0"),
        ("AUTH bob x", "CLIENT KILL USER bob", ":1"),
        ("AUTH bob x", "ACL DELUSER bob", ":1"),
    ] {
        let (mut killers, mut victims) = (pair.talk().await, pair.talk().await);
        for (killer, victim) in [
            (&mut killers.stock, &mut victims.stock),
            (&mut killers.own, &mut victims.own),
        ] {
            killer.ask("ACL SETUSER bob on >x allchannels +@all").await;
            let info = victim.ask("CLIENT INFO").await.text;
            let field = |name: &str| {
                let mut fields = info.split(' ').filter_map(|field| field.split_once('='));
                let found = fields.find(|(known, _)| *known == name);
                found.expect("it is told").1.to_owned()
            };
            victim.ask(prepare).await;
            let line = kill
                .replace("$addr", &field("addr"))
                .replace("$id", &field("id"));
            assert_eq!(killer.say(&line).await, told, "{line}");
            if told == ":0" {
                assert_ne!(victim.ask("PING").await.kind, '-', "{line}");
            } else {
                assert_eq!(victim.try_next().await, None, "{line}");
            }
        }
    }
}
