//! The commands, by name.

use super::Command;
use super::kind;
use super::kind::Kind;

const fn command(
    name: &'static str,
    arity: i8,
    since: &'static str,
    kind: &'static Kind,
    summary: &'static str,
    subs: &'static [Command],
) -> Command {
    Command {
        name,
        arity,
        since,
        kind,
        summary,
        subs,
    }
}

/// A subcommand for administrators.
const fn admin(
    name: &'static str,
    arity: i8,
    since: &'static str,
    summary: &'static str,
) -> Command {
    command(name, arity, since, &kind::ADMIN, summary, &[])
}

/// A subcommand of ACL for administrators.
const fn users(
    name: &'static str,
    arity: i8,
    since: &'static str,
    summary: &'static str,
) -> Command {
    command(name, arity, since, &kind::USERS, summary, &[])
}

/// A subcommand of ACL for everybody.
const fn rules(
    name: &'static str,
    arity: i8,
    since: &'static str,
    summary: &'static str,
) -> Command {
    command(name, arity, since, &kind::RULES, summary, &[])
}

/// A subcommand about the connection itself.
const fn own(name: &'static str, arity: i8, since: &'static str, summary: &'static str) -> Command {
    command(name, arity, since, &kind::OWN, summary, &[])
}

/// A subcommand about other connections.
const fn others(
    name: &'static str,
    arity: i8,
    since: &'static str,
    summary: &'static str,
) -> Command {
    command(name, arity, since, &kind::OTHERS, summary, &[])
}

/// A subcommand about commands.
const fn commands(
    name: &'static str,
    arity: i8,
    since: &'static str,
    summary: &'static str,
) -> Command {
    command(name, arity, since, &kind::COMMANDS, summary, &[])
}

const fn any(name: &'static str, arity: i8, since: &'static str, summary: &'static str) -> Command {
    command(name, arity, since, &kind::ANY, summary, &[])
}

pub(super) const TABLE: &[Command] = &[
    command(
        "acl",
        -2,
        "6.0.0",
        &kind::CONTAINER,
        "A container for Access List Control commands.",
        ACL,
    ),
    command(
        "auth",
        -2,
        "1.0.0",
        &kind::LOGIN,
        "Authenticates the connection.",
        &[],
    ),
    command(
        "client",
        -2,
        "2.4.0",
        &kind::CONTAINER,
        "A container for client connection commands.",
        CLIENT,
    ),
    command(
        "command",
        -1,
        "2.8.13",
        &kind::COMMANDS,
        "Returns detailed information about all commands.",
        COMMAND,
    ),
    command(
        "echo",
        2,
        "1.0.0",
        &kind::QUICK,
        "Returns the given string.",
        &[],
    ),
    command(
        "hello",
        -1,
        "6.0.0",
        &kind::LOGIN,
        "Handshakes with the server.",
        &[],
    ),
    command(
        "info",
        -1,
        "1.0.0",
        &kind::INFO,
        "Returns information and statistics about the server.",
        &[],
    ),
    command(
        "pikafo",
        -2,
        "0.1.0",
        &kind::ADMIN,
        "A container for pikafo's own commands.",
        PIKAFO,
    ),
    command(
        "ping",
        -1,
        "1.0.0",
        &kind::QUICK,
        "Returns the server's liveliness response.",
        &[],
    ),
    command(
        "psubscribe",
        -2,
        "2.0.0",
        &kind::PUBSUB,
        "Listens for events whose channel fits one of the patterns.",
        &[],
    ),
    command(
        "publish",
        3,
        "2.0.0",
        &kind::PUBLISH,
        "Takes another watcher's hello.",
        &[],
    ),
    command(
        "punsubscribe",
        -1,
        "2.0.0",
        &kind::PUBSUB,
        "Stops listening by patterns.",
        &[],
    ),
    command(
        "quit",
        -1,
        "1.0.0",
        &kind::LOGIN,
        "Closes the connection.",
        &[],
    ),
    command(
        "reset",
        1,
        "6.2.0",
        &kind::LOGIN,
        "Resets the connection.",
        &[],
    ),
    command(
        "role",
        1,
        "2.8.12",
        &kind::ROLE,
        "Returns the role: sentinel, and the clusters that are watched.",
        &[],
    ),
    command(
        "sentinel",
        -2,
        "2.8.4",
        &kind::ADMIN,
        "A container for Sentinel commands.",
        SENTINEL,
    ),
    command(
        "shutdown",
        -1,
        "1.0.0",
        &kind::SHUTDOWN,
        "Ends the process in good order.",
        &[],
    ),
    command(
        "subscribe",
        -2,
        "2.0.0",
        &kind::PUBSUB,
        "Listens for events by their names.",
        &[],
    ),
    command(
        "unsubscribe",
        -1,
        "2.0.0",
        &kind::PUBSUB,
        "Stops listening.",
        &[],
    ),
];

pub(super) const ACL: &[Command] = &[
    rules(
        "cat",
        -2,
        "6.0.0",
        "Lists the ACL categories, or the commands inside one.",
    ),
    users("deluser", -3, "6.0.0", "Takes users away."),
    users(
        "dryrun",
        -4,
        "7.0.0",
        "Simulates the execution of a command by a user.",
    ),
    rules("genpass", -2, "6.0.0", "Generates a password."),
    users("getuser", 3, "6.0.0", "Lists the ACL rules of a user."),
    any(
        "help",
        2,
        "6.0.0",
        "Returns helpful text about the different subcommands.",
    ),
    users("list", 2, "6.0.0", "Dumps the users in ACL file format."),
    users("load", 2, "6.0.0", "Reads the ACL file again."),
    users("log", -2, "6.0.0", "Lists who was refused what."),
    users("save", 2, "6.0.0", "Writes the ACL file."),
    users("setuser", -3, "6.0.0", "Makes a user, or changes one."),
    users("users", 2, "6.0.0", "Lists all users."),
    rules(
        "whoami",
        2,
        "6.0.0",
        "Returns the user of the current connection.",
    ),
];

pub(super) const CLIENT: &[Command] = &[
    own(
        "caching",
        3,
        "6.0.0",
        "Tells of the keys of the next command: there are none.",
    ),
    own("getname", 2, "2.6.9", "Returns the name of the connection."),
    own(
        "getredir",
        2,
        "6.0.0",
        "Returns who is told of keys in this one's place.",
    ),
    commands(
        "help",
        2,
        "5.0.0",
        "Returns helpful text about the different subcommands.",
    ),
    own(
        "id",
        2,
        "5.0.0",
        "Returns the unique client ID of the connection.",
    ),
    own(
        "info",
        2,
        "6.2.0",
        "Returns information about the connection.",
    ),
    others("kill", -3, "2.4.0", "Terminates open connections."),
    others("list", -2, "2.4.0", "Lists open connections."),
    others(
        "no-evict",
        3,
        "7.0.0",
        "Has no effect: clients are not evicted.",
    ),
    own(
        "no-touch",
        3,
        "7.2.0",
        "Tells of keys that change: there are none.",
    ),
    others("pause", -3, "2.9.50", "Lets the requests of clients wait."),
    own(
        "reply",
        3,
        "3.2.0",
        "Instructs the server whether to reply to commands.",
    ),
    own(
        "setinfo",
        4,
        "7.2.0",
        "Sets information specific to the client or connection.",
    ),
    own("setname", 3, "2.6.9", "Sets the connection name."),
    own(
        "tracking",
        -3,
        "6.0.0",
        "Tells of keys that change: there are none.",
    ),
    own(
        "trackinginfo",
        2,
        "6.2.0",
        "Returns how the connection is told of keys.",
    ),
    others(
        "unblock",
        -3,
        "5.0.0",
        "Unblocks a client: none is ever blocked.",
    ),
    others("unpause", 2, "6.2.0", "Ends a pause."),
];

pub(super) const COMMAND: &[Command] = &[
    commands("count", 2, "2.8.13", "Returns a count of commands."),
    commands(
        "docs",
        -2,
        "7.0.0",
        "Returns documentary information about commands.",
    ),
    commands(
        "getkeys",
        -4,
        "2.8.13",
        "Extracts the key names from a command: none has any.",
    ),
    commands(
        "getkeysandflags",
        -4,
        "7.0.0",
        "Extracts the key names and access flags from a command: none has any.",
    ),
    commands(
        "help",
        2,
        "5.0.0",
        "Returns helpful text about the different subcommands.",
    ),
    commands(
        "info",
        -2,
        "2.8.13",
        "Returns information about one, multiple or all commands.",
    ),
    commands("list", -2, "7.0.0", "Returns a list of command names."),
];

pub(super) const SENTINEL: &[Command] = &[
    admin(
        "ckquorum",
        3,
        "2.8.4",
        "Checks whether enough watchers are there to fail over.",
    ),
    admin(
        "config",
        -3,
        "6.2.0",
        "Configures what holds for all masters.",
    ),
    admin(
        "debug",
        -2,
        "7.0.0",
        "Lists or updates the timing parameters.",
    ),
    admin(
        "failover",
        -3,
        "2.8.4",
        "Fails over without asking the other watchers.",
    ),
    admin("flushconfig", 2, "2.8.4", "Rewrites the configuration."),
    admin(
        "get-master-addr-by-name",
        3,
        "2.8.4",
        "Returns the address of a master.",
    ),
    admin(
        "get-primary-addr-by-name",
        3,
        "8.0.0",
        "Returns the address of a master.",
    ),
    any(
        "help",
        2,
        "6.2.0",
        "Returns helpful text about the different subcommands.",
    ),
    admin(
        "info-cache",
        -3,
        "3.2.0",
        "Returns the last INFO replies of a master and its replicas.",
    ),
    admin(
        "is-master-down-by-addr",
        6,
        "2.8.4",
        "Tells whether a master is down, and votes.",
    ),
    admin(
        "is-primary-down-by-addr",
        6,
        "8.0.0",
        "Tells whether a master is down, and votes.",
    ),
    admin("master", 3, "2.8.4", "Returns the state of a master."),
    admin(
        "masters",
        2,
        "2.8.4",
        "Returns the masters and their states.",
    ),
    admin("monitor", 6, "2.8.4", "Begins to watch a master."),
    admin("myid", 2, "6.2.0", "Returns the watcher's ID."),
    admin(
        "pending-scripts",
        2,
        "2.8.4",
        "Returns the scripts that run or wait.",
    ),
    admin(
        "primaries",
        2,
        "8.0.0",
        "Returns the masters and their states.",
    ),
    admin("primary", 3, "8.0.0", "Returns the state of a master."),
    admin("remove", 3, "2.8.4", "Stops watching a master."),
    admin("replicas", 3, "5.0.0", "Returns the replicas of a master."),
    admin(
        "reset",
        3,
        "2.8.4",
        "Forgets what is known of the masters whose names fit a pattern.",
    ),
    admin(
        "sentinels",
        3,
        "2.8.4",
        "Returns the other watchers of a master.",
    ),
    admin("set", -5, "2.8.4", "Changes the settings of a master."),
    admin(
        "simulate-failure",
        -3,
        "3.2.0",
        "Rehearses crashes in a failover.",
    ),
    admin("slaves", 3, "2.8.0", "Returns the replicas of a master."),
];

pub(super) const PIKAFO: &[Command] = &[
    admin(
        "fences",
        3,
        "0.1.0",
        "Returns a cluster's fences, and who stands apart, as JSON.",
    ),
    admin(
        "help",
        2,
        "0.1.0",
        "Returns helpful text about the different subcommands.",
    ),
    admin(
        "history",
        4,
        "0.1.0",
        "Returns the newest entries of a cluster's history as JSON.",
    ),
    admin("interrupt", 3, "0.1.0", "Stops the operation under way."),
    admin(
        "left",
        4,
        "0.1.0",
        "Tells whom somebody who acts alone leaves fenced.",
    ),
    admin(
        "operate",
        4,
        "0.1.0",
        "Carries out an operation and tells its progress.",
    ),
    admin("pause", 4, "0.1.0", "Holds automatic failover."),
    admin(
        "remember",
        3,
        "0.1.0",
        "Returns a cluster's promotions as JSON.",
    ),
    admin("resume", -3, "0.1.0", "Releases automatic failover."),
    admin(
        "standback",
        4,
        "0.1.0",
        "Starts no automatic failover for some milliseconds.",
    ),
    admin(
        "status",
        -2,
        "0.1.0",
        "Returns what is believed of one or all clusters as JSON.",
    ),
    any("version", 2, "0.1.0", "Returns pikafo's version."),
];
