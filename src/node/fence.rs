//! Fences: made, proven, lifted to the exact former state.

use super::fault::Fault;
use super::fault::FaultKind;
use super::link::Link;
use super::observe;
use super::order::done;
use super::reply;
use crate::decide::facts::CLOSED_PORT;
use crate::decide::facts::Role;
use crate::decide::order::Answer;
use crate::decide::order::FenceHow;
use crate::decide::order::UserRules;

/// Makes the server refuse writes and reads back that it does.
pub(super) async fn put_up(link: &mut Link, how: &FenceHow) -> Result<Answer, Fault> {
    match how {
        FenceHow::Acl { users } => acl_on(link, users).await,
        FenceHow::Pause { ms } => {
            done(
                &link
                    .ask(&["CLIENT", "PAUSE", &ms.to_string(), "WRITE"])
                    .await?,
            )?;
            Ok(Answer::Done)
        }
        FenceHow::MinReplicas { .. } => {
            if config(link, "min-replicas-max-lag").await?.as_deref() == Some("0") {
                return Err(refused(
                    "min-replicas-max-lag is 0, so min-replicas-to-write does nothing",
                ));
            }
            set_config(link, "min-replicas-to-write", BEYOND_REACH).await?;
            // A transaction queued before would still run: EXEC is no write command before Redis 6.
            link.ask(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])
                .await?;
            Ok(Answer::Done)
        }
        FenceHow::Blacklist { .. } => {
            set_config(link, "userblacklist", BLACKLIST).await?;
            Ok(Answer::Done)
        }
        FenceHow::ClosedPort => {
            // A replica is read-only already, and must not be torn from its master.
            if observe::replication(link).await?.role == Role::Master {
                let port = CLOSED_PORT.to_string();
                done(&link.ask(&["SLAVEOF", LOOPBACK, &port]).await?)?;
                if observe::replication(link).await?.role == Role::Master {
                    return Err(refused("it took SLAVEOF and is a master all the same"));
                }
            }
            Ok(Answer::Done)
        }
        FenceHow::Detached => {
            if !observe::replication(link).await?.points_at_closed_port() {
                let port = CLOSED_PORT.to_string();
                done(&link.ask(&["SLAVEOF", LOOPBACK, &port]).await?)?;
            }
            Ok(Answer::Done)
        }
        FenceHow::Hook | FenceHow::Open => Err(not_here()),
    }
}

/// Lifts the fence, with the pause that it may have been laid over, and reads back that everything is as it was.
pub(super) async fn lift(link: &mut Link, how: &FenceHow) -> Result<Answer, Fault> {
    match how {
        FenceHow::Acl { users } => {
            let answer = acl_off(link, users).await?;
            pause_off(link).await?;
            Ok(answer)
        }
        FenceHow::Pause { .. } => {
            done(&link.ask(&["CLIENT", "UNPAUSE"]).await?)?;
            Ok(Answer::Done)
        }
        FenceHow::MinReplicas { former } => {
            set_config(link, "min-replicas-to-write", &former.to_string()).await?;
            pause_off(link).await?;
            Ok(Answer::Done)
        }
        FenceHow::Blacklist { former } => {
            set_config(link, "userblacklist", former).await?;
            Ok(Answer::Done)
        }
        FenceHow::ClosedPort | FenceHow::Detached => {
            if observe::replication(link).await?.points_at_closed_port() {
                done(&link.ask(&["SLAVEOF", "NO", "ONE"]).await?)?;
            }
            Ok(Answer::Done)
        }
        FenceHow::Hook | FenceHow::Open => Err(not_here()),
    }
}

/// The fence that a server has in its configuration, where it would stay over a restart if that were saved now; whoever
/// put it up. Pika saves no rules of users.
pub(super) async fn in_its_file(link: &mut Link) -> Result<Option<&'static str>, Fault> {
    let mut answers = link
        .ask_many(&[
            &["CONFIG", "GET", "userblacklist"],
            &["CONFIG", "GET", "min-slaves-to-write"],
            &["ACL", "LIST"],
        ])
        .await?
        .into_iter()
        .map(Result::ok);
    let mut next = || answers.next().flatten();
    let blacklist = next().and_then(|answer| reply::paired(&answer, "userblacklist"));
    if let Some(blacklist) = blacklist {
        return Ok((blacklist == BLACKLIST).then_some("userblacklist"));
    }
    let wanted = next().and_then(|answer| reply::paired(&answer, "min-slaves-to-write"));
    if wanted.as_deref() == Some(BEYOND_REACH) {
        return Ok(Some("min-replicas-to-write"));
    }
    let users = next()
        .map(|answer| reply::texts(&answer))
        .unwrap_or_default();
    let mut users = users.iter().filter_map(|line| AclLine::parse(line));
    let everybody = users.any(|line| line.name == "default" && line.fenced());
    Ok(everybody.then_some("ACL"))
}

/// A fence that pikafo's own writes do not show: it bars the users who are limited by it, and no administrator.
pub(super) async fn bars_limited_users(link: &mut Link) -> Result<bool, Fault> {
    let asked = link
        .ask_many(&[&["CONFIG", "GET", "userblacklist"]])
        .await?;
    // Where it may not be asked, or is unknown, nothing says so.
    let mut answers = asked.into_iter().filter_map(Result::ok);
    let blacklist = answers.find_map(|answer| reply::paired(&answer, "userblacklist"));
    Ok(blacklist.as_deref() == Some(BLACKLIST))
}

async fn acl_on(link: &mut Link, users: &[UserRules]) -> Result<Answer, Fault> {
    let before = acl_list(link).await?;
    if let Some(new) = before
        .iter()
        .find(|line| !users.iter().any(|u| u.name == line.name))
    {
        return Err(refused(format!(
            "ACL user {} appeared after the plan was made",
            new.name
        )));
    }
    let open: Vec<&AclLine> = before.iter().filter(|line| !line.fenced()).collect();
    let orders: Vec<[&str; 4]> = open
        .iter()
        .map(|l| ["ACL", "SETUSER", l.name.as_str(), NO_WRITES])
        .collect();
    let orders: Vec<&[&str]> = orders.iter().map(<[&str; 4]>::as_slice).collect();
    for reply in link.ask_many(&orders).await? {
        done(&reply?)?;
    }
    let after = acl_list(link).await?;
    for line in &after {
        // Redis 6 prints rules in a normal form: a user who could not write anyway looks the same after.
        let unchanged = before.iter().any(|b| b == line) && !line.everything();
        if !line.fenced() && !unchanged {
            return Err(refused(format!("ACL user {} may still write", line.name)));
        }
    }
    Ok(Answer::Note(format!("{} users", after.len())))
}

async fn acl_off(link: &mut Link, users: &[UserRules]) -> Result<Answer, Fault> {
    for line in acl_list(link).await? {
        let Some(former) = users.iter().find(|u| u.name == line.name) else {
            continue;
        };
        if !line.differs_by_a_fence(former) {
            continue;
        }
        let mut words = vec!["ACL", "SETUSER", line.name.as_str()];
        if former.rules == ["+@all"] {
            words.push("+@all");
        } else {
            // All in one command, so that there is no moment without a password or without rules.
            words.push("reset");
            words.extend(line.others.iter().map(String::as_str));
            words.extend(former.rules.iter().map(String::as_str));
        }
        done(&link.ask(&words).await?)?;
    }
    for line in acl_list(link).await? {
        if let Some(former) = users.iter().find(|u| u.name == line.name)
            && line.differs_by_a_fence(former)
        {
            let text = format!(
                "the rules of ACL user {} are `{}` and were `{}`",
                line.name,
                line.commands.join(" "),
                former.rules.join(" ")
            );
            return Err(refused(text));
        }
    }
    Ok(Answer::Done)
}

/// A fence that lasts may have been laid over a pause, whose owner has died: it would hold clients back after the fence is
/// gone. Who knows no pause refuses this.
async fn pause_off(link: &mut Link) -> Result<(), Fault> {
    link.ask_many(&[&["CLIENT", "UNPAUSE"]]).await.map(|_| ())
}

/// One line of ACL LIST: `user app on #3a… ~* &* +@all -@write`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AclLine {
    pub name: String,
    /// State, passwords (hashed), keys, channels, selectors: everything that is not about commands.
    others: Vec<String>,
    /// `+…`, `-…`, `allcommands`, `nocommands`, in order.
    pub commands: Vec<String>,
}

impl AclLine {
    /// Reads one line; `None` if it is none.
    pub fn parse(line: &str) -> Option<Self> {
        let mut tokens = tokens(line).into_iter();
        if tokens.next()?.as_str() != "user" {
            return None;
        }
        let name = tokens.next()?;
        let (commands, others) = tokens.partition(|t| {
            t.starts_with(['+', '-'])
                || t.eq_ignore_ascii_case("allcommands")
                || t.eq_ignore_ascii_case("nocommands")
        });
        Some(Self {
            name,
            others,
            commands,
        })
    }

    /// Its last word about commands takes writing away.
    pub fn fenced(&self) -> bool {
        self.commands.last().is_some_and(|rule| rule == NO_WRITES)
    }

    /// It is to be given its former rules back. Where nothing takes writing away, another has lifted the fence, and what differs
    /// is what a person has changed since.
    fn differs_by_a_fence(&self, former: &UserRules) -> bool {
        self.commands != former.rules && self.commands.iter().any(|rule| rule == NO_WRITES)
    }

    /// What is kept of it: no password, not even its hash.
    pub fn rules(&self) -> UserRules {
        UserRules {
            name: self.name.clone(),
            rules: self.commands.clone(),
        }
    }

    fn everything(&self) -> bool {
        self.commands
            .iter()
            .any(|rule| rule == "+@all" || rule.eq_ignore_ascii_case("allcommands"))
    }
}

/// Words, where a selector in parentheses is one word.
fn tokens(line: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut depth = 0usize;
    for word in line.split_whitespace() {
        match out.last_mut().filter(|_| depth > 0) {
            Some(last) => {
                last.push(' ');
                last.push_str(word);
            }
            None => out.push(word.to_owned()),
        }
        depth += word.matches('(').count();
        depth = depth.saturating_sub(word.matches(')').count());
    }
    out
}

async fn acl_list(link: &mut Link) -> Result<Vec<AclLine>, Fault> {
    let lines = reply::texts(&link.ask(&["ACL", "LIST"]).await?);
    lines
        .iter()
        .map(|line| {
            AclLine::parse(line)
                .ok_or_else(|| Fault::new(FaultKind::Protocol, "ACL LIST gave no user line"))
        })
        .collect()
}

async fn set_config(link: &mut Link, key: &str, value: &str) -> Result<(), Fault> {
    done(&link.ask(&["CONFIG", "SET", key, value]).await?)?;
    match config(link, key).await? {
        Some(read) if read == value => Ok(()),
        other => Err(refused(format!(
            "{key} was set to `{value}` and reads `{}`",
            other.unwrap_or_default()
        ))),
    }
}

async fn config(link: &mut Link, key: &str) -> Result<Option<String>, Fault> {
    Ok(reply::paired(
        &link.ask(&["CONFIG", "GET", key]).await?,
        key,
    ))
}

fn refused(text: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Error, text)
}

fn not_here() -> Fault {
    Fault::new(
        FaultKind::Protocol,
        "this fence is not the server's business",
    )
}

const NO_WRITES: &str = "-@write";
const LOOPBACK: &str = "127.0.0.1";
const BEYOND_REACH: &str = "1000000";

/// Every write command of Pika 3.1 to 3.5.2, and what a limited user could lift the fence with: `exec`
/// (else a queued transaction still runs), `config`, `slaveof`, `client`, `shutdown`. Publishing is left.
pub const BLACKLIST: &str = "append,bitop,bitset,blpop,brpop,clearcache,clearreplicationid,client,config,dbslaveof,\
decr,decrby,del,delvx,exec,expire,expireat,flushall,flushdb,geoadd,georadius,georadiusbymember,getset,hdel,\
hincrby,hincrbyfloat,hmset,hset,hsetnx,incr,incrby,incrbyfloat,linsert,lpop,lpush,lpushx,lrem,lset,ltrim,mset,\
msetnx,padding,persist,pexpire,pexpireat,pfadd,pfmerge,pkhdel,pkhset,pksetexat,psetex,rpop,rpoplpush,rpush,\
rpushx,sadd,sdiffstore,set,setbit,setex,setnx,setrange,setvx,shutdown,sinterstore,slaveof,smove,spop,srem,\
sunionstore,unlink,xadd,xdel,xgroup,xtrim,zadd,zincrby,zinterstore,zpopmax,zpopmin,zrem,zremrangebylex,\
zremrangebyrank,zremrangebyscore,zunionstore";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acl_line_keeps_selectors_whole_and_passwords_apart() {
        let line = AclLine::parse(
            "user app on #3a9f ~cached:* resetchannels -@all +get (~x +set) +@write -@write",
        )
        .unwrap();
        assert_eq!(line.commands, ["-@all", "+get", "+@write", "-@write"]);
        assert_eq!(
            line.others,
            ["on", "#3a9f", "~cached:*", "resetchannels", "(~x +set)"]
        );
        assert!(line.fenced());
        assert!(!format!("{:?}", line.rules()).contains("3a9f"));
    }

    #[test]
    fn what_a_person_changed_since_a_fence_was_lifted_stays() {
        let former = AclLine::parse("user app on ~* +@all").unwrap().rules();
        let differs = |line: &str| {
            let line = AclLine::parse(line).unwrap();
            line.differs_by_a_fence(&former)
        };
        assert!(differs("user app on ~* +@all -@write"));
        assert!(differs("user app on ~* +@all -@write +set"));
        assert!(!differs("user app on ~* +@all"));
        assert!(!differs("user app on ~* +@all -flushall"));
    }

    #[test]
    fn writing_given_back_later_in_the_line_is_no_fence() {
        assert!(
            !AclLine::parse("user default on nopass ~* &* +@all -@write +set")
                .unwrap()
                .fenced()
        );
        assert_eq!(AclLine::parse("default on"), None);
    }
}
