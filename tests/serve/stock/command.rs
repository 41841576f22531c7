//! COMMAND: what commands there are.

use std::collections::BTreeMap;

use super::alike::Like;
use super::alike::Like::All;
use super::alike::Like::Kind;
use super::alike::Like::Names;
use super::alike::Like::Types;
use super::scene::Pair;
use super::scene::Scene;
use crate::serve::wire::Seen;

const QUESTIONS: &[(&str, Like)] = &[
    ("COMMAND COUNT", Kind),
    ("COMMAND COUNT x", All),
    ("COMMAND LIST", Names),
    ("COMMAND LIST x", All),
    ("COMMAND LIST FILTERBY", All),
    ("COMMAND LIST FILTERBY PATTERN", All),
    ("COMMAND LIST FILTERBY FOO x", All),
    ("COMMAND LIST FILTERBY PATTERN sentinel|m*", Names),
    ("COMMAND LIST FILTERBY pattern P*", Names),
    ("COMMAND LIST FILTERBY ACLCAT pubsub", Names),
    ("COMMAND LIST FILTERBY ACLCAT PUBSUB", Names),
    ("COMMAND LIST FILTERBY ACLCAT nope", Names),
    ("COMMAND LIST FILTERBY MODULE x", All),
    ("COMMAND LIST FILTERBY MODULE x y", All),
    ("COMMAND FOO", All),
    ("COMMAND HELP", Types),
    ("COMMAND HELP x", All),
    ("COMMAND GETKEYS", All),
    ("COMMAND GETKEYS get a", All),
    ("COMMAND GETKEYS ping", All),
    ("COMMAND GETKEYS sentinel", All),
    ("COMMAND GETKEYS sentinel masters", All),
    ("COMMAND GETKEYS sentinel foo", All),
    ("COMMAND GETKEYS publish a b", All),
    ("COMMAND GETKEYS publish a", All),
    ("COMMAND GETKEYSANDFLAGS ping", All),
    ("COMMAND GETKEYSANDFLAGS publish a b", All),
    ("COMMAND INFO nope", All),
    ("COMMAND INFO ping", All),
    ("COMMAND INFO PING nope", All),
    ("COMMAND INFO auth", All),
    ("COMMAND INFO hello", All),
    ("COMMAND INFO info", All),
    ("COMMAND INFO role", All),
    ("COMMAND INFO publish", All),
    ("COMMAND INFO subscribe", All),
    ("COMMAND INFO psubscribe", All),
    ("COMMAND INFO unsubscribe", All),
    ("COMMAND INFO punsubscribe", All),
    ("COMMAND INFO shutdown", All),
    ("COMMAND INFO acl", Types),
    ("COMMAND INFO acl|whoami", All),
    ("COMMAND INFO ACL|CAT", All),
    ("COMMAND INFO client", Types),
    ("COMMAND INFO command", Types),
    ("COMMAND INFO sentinel", Types),
    ("COMMAND INFO sentinel|masters", All),
    ("COMMAND INFO sentinel|nope", All),
    ("COMMAND INFO ping|x", All),
    ("COMMAND DOCS nope", All),
    ("COMMAND INFO", Names),
    ("COMMAND", Names),
];

#[tokio::test]
async fn what_is_asked_of_commands() {
    Scene::new().await.ask_both(QUESTIONS).await;
}

/// Arity, flags, keys, categories, tips of each.
#[tokio::test]
async fn every_command_is_described_as_stock_describes_it() {
    let pair = Pair::on("").await;
    let mut talk = pair.talk().await;
    for greeting in ["HELLO 2", "HELLO 3"] {
        talk.stock.ask(greeting).await;
        talk.own.ask(greeting).await;
        let (mut theirs, mut ours) = (BTreeMap::new(), BTreeMap::new());
        described(talk.stock.ask("COMMAND INFO").await, &mut theirs);
        described(talk.own.ask("COMMAND INFO").await, &mut ours);
        theirs.retain(|name, told| ours.get(name) != Some(told));
        // It takes Valkey's COORDINATED.
        let other: Vec<&str> = theirs.keys().map(String::as_str).collect();
        assert_eq!(other, ["sentinel|failover"], "{theirs:?}");
    }
}

/// The words are pikafo's own. What is missing is the history and the arguments, which no client of a Sentinel is known to
/// read, and how long each takes.
#[tokio::test]
async fn every_command_is_documented() {
    let pair = Pair::on("").await;
    let mut talk = pair.talk().await;
    let (mut theirs, mut ours) = (BTreeMap::new(), BTreeMap::new());
    documented(&talk.stock.ask("COMMAND DOCS").await, &mut theirs);
    documented(&talk.own.ask("COMMAND DOCS").await, &mut ours);
    for (name, told) in theirs {
        assert_eq!(ours.get(&name), Some(&told), "{name}");
    }
}

/// Each without its subcommands, and those beside it.
fn described(list: Seen, all: &mut BTreeMap<String, Seen>) {
    for mut command in list.items {
        let parts = command.items.pop().expect("its parts");
        described(parts, all);
        all.insert(command.items[0].text.clone(), command);
    }
}

/// Since when, and of which group, each is.
fn documented(list: &Seen, all: &mut BTreeMap<String, Vec<String>>) {
    for pair in list.items.chunks(2) {
        let mut told = vec![pair[1].items[0].text.clone()];
        for field in pair[1].items.chunks(2) {
            match field[0].text.as_str() {
                "since" | "group" => told.push(field[1].text.clone()),
                "subcommands" => documented(&field[1], all),
                _ => {}
            }
        }
        all.insert(pair[0].text.clone(), told);
    }
}
