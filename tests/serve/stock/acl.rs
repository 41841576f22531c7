//! ACL: users, what each may do, and who was refused.

use std::collections::BTreeSet;

use super::alike::Like;
use super::alike::Like::All;
use super::alike::Like::Kind;
use super::alike::Like::Names;
use super::alike::Like::Types;
use super::alike::compare;
use super::scene::Pair;
use super::scene::Scene;
use crate::serve::wire::Seen;

/// A bracket inside a selector is missing: stock forgets what stood before it.
///
/// What commands a user may give, 7.0 tells by categories that come to the same, 7.2 and pikafo as it was said. So rules
/// that 7.0 would tell otherwise are not among these.
const QUESTIONS: &[(&str, Like)] = &[
    ("ACL", All),
    ("ACL FOO", All),
    ("ACL WHOAMI", All),
    ("ACL WHOAMI x", All),
    ("ACL USERS", All),
    ("ACL USERS x", All),
    ("ACL LIST", All),
    ("ACL LIST x", All),
    ("ACL GETUSER", All),
    ("ACL GETUSER default", All),
    ("ACL GETUSER nope", All),
    ("ACL GETUSER a b", All),
    ("ACL CAT", All),
    ("ACL CAT connection", Names),
    ("ACL CAT CONNECTION", Names),
    ("ACL CAT foo", All),
    ("ACL CAT foo bar", All),
    ("ACL CAT admin", Names),
    ("ACL CAT dangerous", Names),
    ("ACL CAT slow", Names),
    ("ACL CAT fast", Names),
    ("ACL CAT pubsub", Names),
    ("ACL CAT read", Names),
    ("ACL LOG RESET", All),
    ("ACL LOG", Kind),
    ("ACL LOG reset", All),
    ("ACL LOG x", All),
    ("ACL LOG -1", All),
    ("ACL LOG 0", All),
    ("ACL LOG 1", All),
    ("ACL LOG 1 2", All),
    ("ACL DRYRUN", All),
    ("ACL DRYRUN default", All),
    ("ACL DRYRUN default ping", All),
    ("ACL DRYRUN default ping a b c", All),
    ("ACL DRYRUN nope ping", All),
    ("ACL DRYRUN default nope", All),
    ("ACL DRYRUN default sentinel", All),
    ("ACL DRYRUN default sentinel nope", All),
    ("ACL DRYRUN default get a", All),
    ("ACL HELP", Types),
    ("ACL HELP x", All),
    ("ACL SAVE", All),
    ("ACL SAVE x", All),
    ("ACL LOAD", All),
    ("ACL LOAD x", All),
    ("ACL GENPASS x", All),
    ("ACL GENPASS 0", All),
    ("ACL GENPASS -1", All),
    ("ACL GENPASS 4097", All),
    ("ACL GENPASS 1 2", All),
    ("ACL SETUSER", All),
    ("ACL SETUSER bob", All),
    ("ACL GETUSER bob", All),
    ("ACL LIST", All),
    ("ACL SETUSER a␣b", All),
    ("ACL SETUSER \"\"", All),
    ("ACL DELUSER \"\"", All),
    ("ACL SETUSER bob reset >x +foo", All),
    ("ACL SETUSER bob +@foo", All),
    ("ACL SETUSER bob +sentinel|foo", All),
    ("ACL SETUSER bob -sentinel|foo", All),
    ("ACL SETUSER bob +ping|foo", All),
    ("ACL SETUSER bob -ping|foo", All),
    ("ACL SETUSER bob +sentinel|masters|x", All),
    ("ACL SETUSER bob +", All),
    ("ACL SETUSER bob -", All),
    ("ACL SETUSER bob +|", All),
    ("ACL SETUSER bob +sentinel|", All),
    ("ACL SETUSER bob #zz", All),
    ("ACL SETUSER bob !zz", All),
    ("ACL SETUSER bob <zz", All),
    ("ACL SETUSER bob &* &x", All),
    ("ACL SETUSER bob ~* ~x", All),
    ("ACL SETUSER bob allkeys ~x", All),
    ("ACL SETUSER bob foo", All),
    ("ACL SETUSER bob \"\"", All),
    ("ACL SETUSER bob a␣b", All),
    ("ACL SETUSER bob >a␣b", All),
    ("ACL SETUSER bob ~a␣b", All),
    ("ACL SETUSER bob &a␣b", All),
    ("ACL SETUSER bob ~", All),
    ("ACL SETUSER bob &", All),
    ("ACL SETUSER bob %", All),
    ("ACL SETUSER bob %R~", All),
    ("ACL SETUSER bob %X~a", All),
    ("ACL SETUSER bob %RW~a %R~b %W~c", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob resetkeys %~a", All),
    ("ACL SETUSER bob %RR~a", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob reset ~a ~a %R~a %W~a", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob >", All),
    ("ACL SETUSER bob <", All),
    ("ACL GETUSER bob", All),
    (
        "ACL SETUSER bob reset on >x ~a* &+s* +ping +SENTINEL|masters -sentinel",
        All,
    ),
    ("ACL LIST", All),
    ("ACL GETUSER bob", All),
    (
        "ACL SETUSER bob allcommands -sentinel|set allchannels nopass",
        All,
    ),
    ("ACL GETUSER bob", All),
    ("ACL LIST", All),
    (
        "ACL SETUSER bob -@all +sentinel|master +ping resetchannels &b off",
        All,
    ),
    ("ACL USERS", All),
    ("AUTH bob x", All),
    ("ACL DRYRUN bob sentinel masters", All),
    ("ACL DRYRUN bob sentinel master x", All),
    ("ACL DRYRUN bob sentinel master", All),
    ("ACL DRYRUN bob get", All),
    ("ACL DRYRUN bob subscribe b", All),
    ("ACL DRYRUN bob subscribe c", All),
    ("ACL DRYRUN bob acl whoami", All),
    ("ACL SETUSER bob reset +@all +ping", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob reset -ping", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob reset +@pubsub -publish +publish", All),
    ("ACL GETUSER bob", All),
    (
        "ACL SETUSER bob reset +sentinel|masters +sentinel|master -sentinel|masters",
        All,
    ),
    ("ACL GETUSER bob", All),
    (
        "ACL SETUSER bob reset sanitize-payload skip-sanitize-payload",
        All,
    ),
    ("ACL GETUSER bob", All),
    (
        "ACL SETUSER bob SANITIZE-PAYLOAD ON NoPass ALLKEYS AllChannels AllCommands",
        All,
    ),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob reset (+ping ~a)", All),
    ("ACL GETUSER bob", All),
    ("ACL LIST", All),
    (
        "ACL SETUSER bob (+sentinel|masters &x) (~b %R~c +@pubsub resetchannels)",
        All,
    ),
    ("ACL GETUSER bob", All),
    ("ACL LIST", All),
    ("ACL DRYRUN bob ping", All),
    ("ACL DRYRUN bob sentinel masters", All),
    ("ACL DRYRUN bob sentinel myid", All),
    ("ACL DRYRUN bob subscribe x", All),
    ("ACL DRYRUN bob subscribe y", All),
    ("ACL SETUSER bob (+ping", All),
    ("ACL SETUSER bob (+ping +publish", All),
    ("ACL SETUSER bob (+foo)", All),
    ("ACL SETUSER bob ()", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob (on)", All),
    ("ACL SETUSER bob (>x)", All),
    ("ACL SETUSER bob (reset)", All),
    ("ACL SETUSER bob (nopass)", All),
    ("ACL SETUSER bob ((+ping))", All),
    ("ACL SETUSER bob +ping)", All),
    ("ACL SETUSER bob )", All),
    ("ACL SETUSER bob (+ping␣~z)", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob (+ping ~q &r )", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob clearselectors", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob reset", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob (allcommands allkeys allchannels)", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob (-@all +ping resetkeys resetchannels)", All),
    ("ACL GETUSER bob", All),
    ("ACL LIST", All),
    ("ACL DELUSER default", All),
    ("ACL DELUSER bob nope", All),
    ("ACL DELUSER bob", All),
    ("ACL DELUSER", All),
    ("ACL LOG", Kind),
    ("ACL SETUSER bob +ping|foo -ping", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob reset +ping|foo +ping|bar", All),
    ("ACL GETUSER bob", All),
    ("ACL LIST", All),
    ("ACL DRYRUN bob ping foo", All),
    ("ACL DRYRUN bob ping FOO", All),
    ("ACL DRYRUN bob ping x", All),
    ("ACL DRYRUN bob ping", All),
    ("ACL SETUSER bob +ping|", All),
    ("ACL SETUSER bob +foo|bar", All),
    ("ACL SETUSER bob +sentinel|foo|bar", All),
    ("ACL SETUSER bob +subscribe|x|y", All),
    ("ACL SETUSER bob -sentinel|", All),
    ("ACL SETUSER bob %r~lower %R~* ~*", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob resetkeys %R~* ~x", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob ( +ping )", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob (␣+ping␣)", All),
    ("ACL SETUSER bob (~a b)", All),
    ("ACL SETUSER bob (+ping␣␣~a)", All),
    ("ACL GETUSER bob", All),
    ("ACL SETUSER bob (clearselectors)", All),
    ("ACL DELUSER bob", All),
];

#[tokio::test]
async fn users_are_made_and_told() {
    Scene::new().await.ask_both(QUESTIONS).await;
}

/// A user who may do little may do as little here, and the log tells of what it was refused.
#[tokio::test]
async fn what_stock_forbids_is_forbidden() {
    let scene = Scene::new().await;
    let mut differing = Vec::new();
    for rules in [
        "-@all +ping +sentinel|master",
        "+@all -@dangerous",
        "+@all -@admin allchannels",
        "-@all +@connection +@pubsub &a*",
        "-@all +@slow -@connection",
        "-@all +sentinel -sentinel|set",
        "-@all +ping|hi +publish &b",
        "&a (+ping) (+subscribe &b) (+psubscribe +publish &a*)",
    ] {
        let mut talk = scene.talk().await;
        talk.ask_one("ACL LOG RESET", All, &mut differing).await;
        let set = format!("ACL SETUSER bob reset on >x {rules}");
        let mut found = Vec::new();
        for line in [
            set.as_str(),
            "AUTH bob y",
            "AUTH bob x",
            "PING",
            "PING hi",
            "ACL WHOAMI",
            "ACL USERS",
            "CLIENT GETNAME",
            "CLIENT LIST TYPE replica",
            "COMMAND COUNT x",
            "ROLE a",
            "ROLE",
            "ROLE",
            "INFO nope",
            "SENTINEL MASTER orders",
            "SENTINEL MASTER",
            "SENTINEL SET orders quorum 9",
            "SENTINEL FOO",
            "GET a",
            "SHUTDOWN foo",
            "PUBLISH b b",
            "PUBLISH a b",
            "SUBSCRIBE b",
            "PSUBSCRIBE a",
            "SUBSCRIBE a1",
            "PSUBSCRIBE a*",
            "UNSUBSCRIBE a1",
        ] {
            talk.ask_one(line, All, &mut found).await;
        }
        let mut other = scene.talk().await;
        for greeting in ["HELLO 2", "HELLO 3"] {
            other.stock.ask(greeting).await;
            other.own.ask(greeting).await;
            let mut logs = Vec::new();
            for wire in [&mut other.stock, &mut other.own] {
                let log = wire.ask("ACL LOG 50").await;
                logs.push(log);
            }
            // 7.2 has three fields more.
            let stock = logs.remove(0);
            let fields = stock.items.first().map_or(0, |entry| entry.items.len());
            let mut own = logs.remove(0);
            for entry in &mut own.items {
                entry.items.truncate(fields);
            }
            compare("ACL LOG", All, &[stock], &[own], &mut found);
        }
        differing.extend(found.into_iter().map(|text| format!("{rules}, {text}")));
    }
    assert!(differing.is_empty(), "\n{}", differing.join("\n"));
}

#[tokio::test]
async fn every_command_is_in_stocks_categories() {
    let pair = Pair::on("").await;
    let mut talk = pair.talk().await;
    let names = |seen: Seen| {
        let names = seen.items.into_iter().map(|item| item.text);
        names.collect::<BTreeSet<String>>()
    };
    let all = names(talk.stock.ask("COMMAND LIST").await);
    for category in names(talk.stock.ask("ACL CAT").await) {
        let line = format!("ACL CAT {category}");
        let mut own = names(talk.own.ask(&line).await);
        own.retain(|name| all.contains(name));
        assert_eq!(own, names(talk.stock.ask(&line).await), "{category}");
    }
}

#[tokio::test]
async fn passwords_are_as_long_and_never_the_same() {
    let pair = Pair::on("").await;
    let mut talk = pair.talk().await;
    for bits in ["", " 1", " 4", " 5", " 256", " 4096"] {
        let line = format!("ACL GENPASS{bits}");
        let stock = talk.stock.ask(&line).await;
        let own = talk.own.ask(&line).await;
        let hex = |c: char| c.is_ascii_hexdigit() && !c.is_ascii_uppercase();
        assert!(
            own.kind == '$' && own.text.chars().all(hex),
            "{line}: {own}"
        );
        assert_eq!(own.text.len(), stock.text.len(), "{line}");
        if own.text.len() >= 64 {
            assert_ne!(own.text, talk.own.ask(&line).await.text);
        }
    }
}
