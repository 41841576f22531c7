//! Connections: logging in, listening, being listed and killed.

use pikafo::decide::engine::action::Reply;
use pikafo::serve::auth::Logins;
use pikafo::serve::hall::Limits;
use pikafo::serve::user::User;

use super::desk::ME;
use super::desk::TestDesk;
use super::desk::serve;
use super::wire::Wire;
use crate::live::until::until;

#[tokio::test]
async fn who_has_not_logged_in_learns_nothing() {
    let desk = TestDesk::new();
    desk.world().logins = logins("secret");
    desk.world().logins.set("ops", User::with_password("other"));
    let served = serve(&desk, Limits::default()).await;
    let mut wire = Wire::open(served.port).await;
    let no = "-NOAUTH Authentication required.";
    for line in [
        "PING",
        "SENTINEL MYID",
        "SENTINEL MASTERS",
        "PIKAFO STATUS",
        "PIKAFO OPERATE orders {}",
        "SUBSCRIBE a",
        "INFO",
        "ROLE",
        "CLIENT LIST",
        "ACL LIST",
        "COMMAND COUNT",
        "SHUTDOWN",
        "ECHO a",
    ] {
        assert_eq!(wire.say(line).await, no, "{line}");
    }
    let hello = format!("10.0.0.8,26379,{ME},7,orders,10.0.0.1,6379,6");
    let published = wire
        .say(&format!("PUBLISH __sentinel__:hello {hello}"))
        .await;
    assert_eq!(published, no);
    for (line, begins) in [
        ("HELLO 3", "-NOAUTH HELLO must be called with"),
        ("AUTH wrong", "-WRONGPASS "),
        ("AUTH ops secret", "-WRONGPASS "),
        ("HELLO 3 AUTH ops secret", "-WRONGPASS "),
        ("PING", no),
        ("AUTH ops other", "+OK"),
        ("ACL WHOAMI", "ops"),
        ("RESET", "+RESET"),
        ("PING", no),
        ("AUTH secret", "+OK"),
        ("PING", "+PONG"),
        ("ACL GETUSER default", "*[flags *[on] passwords *[2bb80d53"),
    ] {
        let said = wire.say(line).await;
        assert!(said.starts_with(begins), "{line}: {said}");
    }
    assert_eq!(desk.world().done, [""; 0]);
}

#[tokio::test]
async fn a_greeting_logs_in_names_and_chooses_the_protocol() {
    let desk = TestDesk::new();
    desk.world().logins = logins("secret");
    let served = serve(&desk, Limits::default()).await;
    let mut wire = Wire::open(served.port).await;
    let said = wire.say("HELLO 3 AUTH default secret SETNAME me").await;
    assert_eq!(
        said,
        "%[server redis version 7.2.6 proto :3 id :1 mode sentinel modules *[]]"
    );
    assert_eq!(wire.say("CLIENT GETNAME").await, "me");
    assert_eq!(
        wire.say("HELLO 4").await,
        "-NOPROTO unsupported protocol version"
    );
    assert_eq!(wire.say("CLIENT SETINFO LIB-NAME redis-py").await, "+OK");
    let info = wire.ask("CLIENT INFO").await;
    assert_eq!(info.kind, '=');
    for part in [
        "name=me",
        "user=default",
        "resp=3",
        "lib-name=redis-py",
        "flags=N",
    ] {
        assert!(info.text.contains(part), "{part} in {info}");
    }
    let refused = wire.ask_words(&["CLIENT", "SETNAME", "a b"]).await;
    assert_eq!(refused.kind, '-');
}

#[tokio::test]
async fn events_reach_those_who_listen_and_nobody_else() {
    let desk = TestDesk::new();
    let served = serve(&desk, Limits::default()).await;
    let mut named = Wire::open(served.port).await;
    let mut patterned = Wire::open(served.port).await;
    let mut silent = Wire::open(served.port).await;
    assert_eq!(
        named.say("SUBSCRIBE +switch-master").await,
        "*[subscribe +switch-master :1]"
    );
    patterned.ask("HELLO 3").await;
    assert_eq!(
        patterned.say("PSUBSCRIBE [-+]sdown +*").await,
        ">[psubscribe [-+]sdown :1]"
    );
    assert_eq!(patterned.next().await.to_string(), ">[psubscribe +* :2]");
    assert_eq!(silent.say("SUBSCRIBE other").await, "*[subscribe other :1]");

    desk.emit("-sdown", "master orders 10.0.0.1 6379");
    desk.emit("+switch-master", "orders 10.0.0.1 6379 10.0.0.2 6379");
    assert_eq!(
        named.next().await.to_string(),
        "*[message +switch-master orders 10.0.0.1 6379 10.0.0.2 6379]"
    );
    assert_eq!(
        patterned.next().await.to_string(),
        ">[pmessage [-+]sdown -sdown master orders 10.0.0.1 6379]"
    );
    assert_eq!(
        patterned.next().await.to_string(),
        ">[pmessage +* +switch-master orders 10.0.0.1 6379 10.0.0.2 6379]"
    );
    // In RESP3 a subscriber may go on asking.
    assert_eq!(patterned.say("SENTINEL MYID").await, ME);
    // What was not meant for it did not come before this.
    assert_eq!(silent.say("PING").await, "*[pong ]");
}

#[tokio::test]
async fn a_subscriber_of_resp2_may_ask_little_else() {
    let desk = TestDesk::new();
    let served = serve(&desk, Limits::default()).await;
    let mut wire = Wire::open(served.port).await;
    wire.ask("SUBSCRIBE a").await;
    assert_eq!(
        wire.say("SENTINEL MYID").await,
        "-ERR Can't execute 'sentinel|myid': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are \
         allowed in this context"
    );
    assert_eq!(wire.say("PING hi").await, "*[pong hi]");
    assert_eq!(wire.say("UNSUBSCRIBE").await, "*[unsubscribe a :0]");
    assert_eq!(wire.say("SENTINEL MYID").await, ME);
    assert_eq!(wire.say("UNSUBSCRIBE").await, "*[unsubscribe n-1 :0]");
    // Who listens no more costs nothing.
    until(async || desk.listeners(), |listeners| *listeners == 0).await;
}

#[tokio::test]
async fn requests_are_answered_in_their_order_however_they_come() {
    let desk = TestDesk::new();
    desk.world().answers = vec![Reply::Done];
    let served = serve(&desk, Limits::default()).await;
    let mut wire = Wire::open(served.port).await;
    // The second has to be done by the shell; the third waits for it.
    wire.send(b"PING\r\nSENTINEL FAILOVER orders\r\n*2\r\n$4\r\nECHO\r\n$1\r\na\r\nSENTINEL \"myid\"\r\nQUIT\r\n")
        .await;
    for answer in ["+PONG", "+OK", "a", ME, "+OK"] {
        assert_eq!(wire.next().await.to_string(), answer);
    }
    assert_eq!(wire.try_next().await, None);
}

#[tokio::test]
async fn replies_can_be_switched_off() {
    let desk = TestDesk::new();
    let served = serve(&desk, Limits::default()).await;
    let mut wire = Wire::open(served.port).await;
    wire.send(b"CLIENT REPLY off\r\nECHO a\r\nCLIENT REPLY skip\r\nECHO b\r\nCLIENT REPLY on\r\n")
        .await;
    wire.send(b"CLIENT REPLY skip\r\nECHO c\r\nECHO d\r\n")
        .await;
    assert_eq!(wire.next().await.to_string(), "+OK");
    assert_eq!(wire.next().await.to_string(), "d");
}

#[tokio::test]
async fn clients_are_listed_and_killed() {
    let desk = TestDesk::new();
    let served = serve(&desk, Limits::default()).await;
    let mut killer = Wire::open(served.port).await;
    let mut listener = Wire::open(served.port).await;
    let mut other = Wire::open(served.port).await;
    killer.ask("PING").await;
    listener.ask("SUBSCRIBE a").await;
    other.ask("CLIENT SETNAME other").await;
    let list = killer.ask("CLIENT LIST").await.text;
    assert_eq!(list.lines().count(), 3, "{list}");
    let listed = killer.ask("CLIENT LIST TYPE pubsub").await.text;
    assert!(
        listed.contains("sub=1") && listed.lines().count() == 1,
        "{listed}"
    );
    assert_eq!(killer.say("CLIENT KILL TYPE pubsub").await, ":1");
    assert_eq!(listener.try_next().await, None);
    let id = other.ask("CLIENT ID").await.text;
    assert_eq!(killer.say(&format!("CLIENT KILL ID {id}")).await, ":1");
    assert_eq!(other.try_next().await, None);
    // Itself it may kill only if it says so, and is told first.
    assert_eq!(killer.say("CLIENT KILL TYPE normal").await, ":0");
    assert_eq!(killer.say("CLIENT KILL TYPE normal SKIPME no").await, ":1");
    assert_eq!(killer.try_next().await, None);
}

#[tokio::test]
async fn clients_wait_while_they_are_paused_and_watchers_do_not() {
    let desk = TestDesk::new();
    let served = serve(&desk, Limits::default()).await;
    let mut waiting = Wire::open(served.port).await;
    let mut other = Wire::open(served.port).await;
    // Both are read before anything is answered.
    waiting
        .send(b"CLIENT PAUSE 3600000\r\nSUBSCRIBE +sdown\r\n")
        .await;
    assert_eq!(waiting.next().await.to_string(), "+OK");
    assert_eq!(desk.listeners(), 0);
    for (line, answer) in [
        ("PING", "+PONG"),
        ("PUBLISH __sentinel__:hello x", ":1"),
        ("SENTINEL IS-MASTER-DOWN-BY-ADDR x 0 0 *", "*[:0 * :0]"),
        ("PIKAFO VERSION", env!("CARGO_PKG_VERSION")),
        (
            "GET a",
            "-ERR unknown command 'GET', with args beginning with: 'a' ",
        ),
        // Nobody writes, so nobody waits, and nobody is let go sooner.
        ("CLIENT PAUSE 1 WRITE", "+OK"),
    ] {
        assert_eq!(other.say(line).await, answer, "{line}");
    }
    assert_eq!(desk.listeners(), 0);
    assert_eq!(other.say("CLIENT UNPAUSE").await, "+OK");
    assert_eq!(waiting.next().await.to_string(), "*[subscribe +sdown :1]");
    // It ends by itself, too.
    assert_eq!(other.say("CLIENT PAUSE 20").await, "+OK");
    assert_eq!(other.say("ECHO a").await, "a");
}

#[tokio::test]
async fn shutdown_tells_the_shell_and_closes() {
    let desk = TestDesk::new();
    let served = serve(&desk, Limits::default()).await;
    let mut wire = Wire::open(served.port).await;
    assert_eq!(wire.say("SHUTDOWN soon").await, "-ERR syntax error");
    wire.send(b"SHUTDOWN NOSAVE\r\n").await;
    assert_eq!(wire.try_next().await, None);
    assert_eq!(desk.world().done, ["shutdown"]);
}

#[tokio::test]
async fn whoever_is_connected_is_let_go_when_the_server_ends() {
    let desk = TestDesk::new();
    let served = serve(&desk, Limits::default()).await;
    let mut waiting = Wire::open(served.port).await;
    let mut idle = Wire::open(served.port).await;
    idle.ask("PING").await;
    // The engine never answers this one.
    waiting.send(b"SENTINEL FAILOVER orders\r\n").await;
    until(async || desk.world().done.len(), |asked| *asked == 1).await;
    drop(served);
    assert_eq!(idle.try_next().await, None);
    assert_eq!(waiting.try_next().await, None);
}

/// The default user needs this password.
fn logins(password: &str) -> Logins {
    Logins::new(Some(&password.to_owned().into()))
}
