//! What a request comes to: an answer at once, or something that the shell does first.

use std::sync::Arc;

use super::auth::Logins;
use super::desk::Answers;
use super::desk::CachedInfo;
use super::desk::Desk;
use super::desk::Done;
use super::desk::Failures;
use super::desk::Global;
use super::desk::Later;
use super::desk::Monitor;
use super::desk::Refusal;
use super::desk::Setting;
use super::desk::Timing;
use super::desk::Word;
use super::resp::Reply;
use crate::decide::engine::Request;
use crate::decide::engine::action;

/// What to do with a request that has been understood.
#[derive(Debug)]
pub enum Next {
    Reply(Reply),
    /// Have this done, then answer.
    Do(Errand),
    /// Put this to the engine and pass on all that it says.
    Follow(Request),
}

impl From<Reply> for Next {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

/// Something that the shell does.
#[derive(Debug)]
pub enum Errand {
    /// Ask the engine; `Done` is answered as `+OK`.
    Ask(Request),
    /// `SENTINEL RESET`: how many of them, though one vanishes meanwhile.
    Reset(Vec<String>),
    Monitor(Monitor),
    Remove(String),
    Set {
        cluster: String,
        settings: Vec<Setting>,
        /// What was wrong with the option after these.
        then: Option<Reply>,
    },
    SetGlobals(Vec<Global>),
    SetTiming {
        timing: Timing,
        then: Option<Reply>,
    },
    SimulateFailure {
        failures: Failures,
        then: Option<Reply>,
    },
    FlushConfig,
    /// `SENTINEL INFO-CACHE` of clusters that are known.
    InfoCache(Vec<String>),
    /// `ACL SETUSER`, `ACL DELUSER`.
    SetUsers {
        logins: Logins,
        then: Reply,
    },
    /// `ACL LOAD`.
    ReadUsers,
    /// `ACL SAVE`.
    WriteUsers,
    History {
        cluster: String,
        limit: usize,
    },
    StandBack {
        cluster: String,
        ms: u64,
    },
}

/// Has it done; what comes of it is the reply.
pub fn run(errand: Errand, desk: Arc<dyn Desk>) -> Later<'static, Reply> {
    Box::pin(async move {
        match errand {
            Errand::Ask(request) => asked(desk.submit(request)).await,
            Errand::Reset(clusters) => {
                let count = i64::try_from(clusters.len()).unwrap_or(i64::MAX);
                for cluster in clusters {
                    asked(desk.submit(Request::Reset { cluster })).await;
                }
                Reply::Integer(count)
            }
            Errand::Monitor(wanted) => done(desk.monitor(wanted).await),
            Errand::Remove(cluster) => done(desk.remove(cluster).await),
            Errand::Set {
                cluster,
                settings,
                then,
            } => match (desk.set(cluster, settings).await, then) {
                (Ok(()), Some(error)) => error,
                (set, _) => done(set),
            },
            Errand::SetGlobals(settings) => done(desk.set_globals(settings).await),
            Errand::SetTiming { timing, then } => {
                desk.set_timing(timing);
                then.unwrap_or_else(Reply::ok)
            }
            Errand::SimulateFailure { failures, then } => {
                desk.simulate_failure(failures);
                then.unwrap_or_else(Reply::ok)
            }
            Errand::FlushConfig => done(desk.flush_config().await),
            Errand::InfoCache(clusters) => {
                let mut told = Vec::new();
                for cluster in clusters {
                    let cached = desk.info_cache(cluster.clone()).await;
                    told.extend([Reply::bulk(&cluster), infos(cached)]);
                }
                Reply::Array(told)
            }
            Errand::SetUsers { logins, then } => {
                desk.set_users(logins);
                then
            }
            Errand::ReadUsers => done(desk.read_users().await),
            Errand::WriteUsers => done(desk.write_users().await),
            Errand::History { cluster, limit } => match desk.history(cluster, limit).await {
                Ok(json) => Reply::bulk(json),
                Err(Refusal(line)) => Reply::Error(line),
            },
            Errand::StandBack { cluster, ms } => done(desk.stand_back(cluster, ms).await),
        }
    })
}

fn infos(cached: Vec<CachedInfo>) -> Reply {
    let entries = cached.into_iter().map(|info| {
        Reply::Array(vec![
            Reply::Integer(i64::try_from(info.age_ms).unwrap_or(i64::MAX)),
            info.text
                .map_or(Reply::Nil, |text| Reply::bulk(text.as_bytes())),
        ])
    });
    Reply::Array(entries.collect())
}

fn done(done: Done) -> Reply {
    match done {
        Ok(()) => Reply::ok(),
        Err(Refusal(line)) => Reply::Error(line),
    }
}

/// Waits for the answer and lets progress pass.
async fn asked(mut answers: Answers) -> Reply {
    loop {
        match answers.recv().await {
            Some(Word::Show(_)) => {}
            Some(Word::Reply(reply)) => return told(reply),
            None => return stopping(),
        }
    }
}

/// The engine's answer in Sentinel's words.
fn told(reply: action::Reply) -> Reply {
    match reply {
        action::Reply::Done => Reply::ok(),
        action::Reply::Vote {
            down,
            leader,
            leader_epoch,
        } => vote(
            down,
            leader.as_ref().map_or("*", |id| id.as_str()),
            leader_epoch,
        ),
        action::Reply::Error { line } => Reply::Error(line),
        action::Reply::Refused { text, .. } => Reply::error(format!("ERR {text}")),
        action::Reply::Planned { .. } | action::Reply::Ended { .. } => Reply::ok(),
    }
}

/// The answer to `SENTINEL IS-MASTER-DOWN-BY-ADDR`; `*` where there is no leader.
pub fn vote(down: bool, leader: &str, leader_epoch: u64) -> Reply {
    Reply::Array(vec![
        Reply::Integer(i64::from(down)),
        Reply::bulk(leader),
        Reply::Integer(i64::try_from(leader_epoch).unwrap_or(i64::MAX)),
    ])
}

/// For whoever waits while the process ends.
pub fn stopping() -> Reply {
    Reply::error("ERR The watcher is stopping")
}
