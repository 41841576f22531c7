//! What another watcher can be asked, in words, and what its answer says.

use redis::Value;

use crate::decide::engine::Event;
use crate::decide::engine::action::Pause;
use crate::decide::name::Addr;
use crate::decide::view::Promotion;
use crate::decide::watcher::Id;
use crate::host::clock;
use crate::node::reply;
use crate::node::sentinel;

/// What a watcher can be asked.
#[derive(Clone, Debug)]
pub(super) enum Question {
    Ballot {
        cluster: String,
        master: Addr,
        epoch: u64,
        candidate: Option<Id>,
    },
    Remember {
        cluster: String,
    },
    Fences {
        cluster: String,
    },
    Pause {
        cluster: String,
        pause: Option<Pause>,
        said_ms: i64,
    },
}

impl Question {
    pub(super) fn words(&self) -> Vec<String> {
        let words: Vec<&str> = match self {
            Self::Ballot {
                master,
                epoch,
                candidate,
                ..
            } => {
                let candidate = candidate.as_ref().map_or("*", Id::as_str);
                return sentinel::is_master_down(master, *epoch, candidate).to_vec();
            }
            Self::Remember { cluster } => vec!["PIKAFO", "REMEMBER", cluster],
            Self::Fences { cluster } => vec!["PIKAFO", "FENCES", cluster],
            Self::Pause {
                cluster,
                pause: Some(pause),
                ..
            } => {
                let left = |until: i64| until.saturating_sub(clock::wall().as_millisecond()).max(0);
                let pause = serde_json::json!({
                    "for_ms": pause.until_ms.map(left),
                    "by": pause.by,
                    "reason": pause.reason,
                    "at_ms": pause.at_ms,
                });
                return ["PIKAFO", "PAUSE", cluster, &pause.to_string()]
                    .map(str::to_owned)
                    .to_vec();
            }
            Self::Pause {
                cluster,
                pause: None,
                said_ms,
            } => {
                return ["PIKAFO", "RESUME", cluster, "", &said_ms.to_string()]
                    .map(str::to_owned)
                    .to_vec();
            }
        };
        words.into_iter().map(str::to_owned).collect()
    }

    /// What an answer says; nothing where it has another shape, as Sentinel does.
    pub(super) fn understood(self, peer: &Id, answer: &Value, asked_us: u64) -> Option<Event> {
        match self {
            Self::Ballot { cluster, .. } => {
                let ballot = sentinel::ballot(answer)?;
                Some(Event::Ballot {
                    cluster,
                    peer: peer.clone(),
                    down: ballot.down,
                    leader: ballot.leader.parse().ok(),
                    leader_epoch: ballot.epoch,
                    asked_us,
                })
            }
            Self::Remember { cluster } => {
                let text = reply::text(answer)?;
                let promotions: Vec<Promotion> = serde_json::from_str(&text).ok()?;
                Some(Event::Learned {
                    cluster,
                    peer: peer.clone(),
                    promotions,
                })
            }
            Self::Fences { cluster } => {
                let told = serde_json::from_str(&reply::text(answer)?).ok()?;
                Some(Event::Told {
                    cluster,
                    peer: peer.clone(),
                    told,
                    asked_us,
                })
            }
            Self::Pause { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::engine::told::Told;
    use crate::decide::order::FenceHow;
    use crate::decide::order::UserRules;
    use crate::decide::position::Position;
    use crate::decide::view::Sample;

    /// Its end, by the clock of whoever says it, as the other one is told of it.
    fn left(until_ms: Option<i64>) -> serde_json::Value {
        let pause = Pause {
            until_ms,
            by: "ann".to_owned(),
            reason: None,
            at_ms: 7,
        };
        let question = Question::Pause {
            cluster: "orders".to_owned(),
            pause: Some(pause),
            said_ms: 7,
        };
        let words = question.words();
        let told: serde_json::Value = serde_json::from_str(&words[3]).unwrap();
        assert_eq!((&told["at_ms"], &told["by"]), (&7.into(), &"ann".into()));
        told["for_ms"].clone()
    }

    /// What an answer to the question about fences says.
    fn fences(answer: &Value) -> Option<Told> {
        let cluster = "orders".to_owned();
        let question = Question::Fences { cluster };
        assert_eq!(question.words(), ["PIKAFO", "FENCES", "orders"]);
        let peer = "8".repeat(40).parse().unwrap();
        let event = question.understood(&peer, answer, 7)?;
        let Event::Told { told, asked_us, .. } = event else {
            panic!("{event:?}");
        };
        assert_eq!(asked_us, 7);
        Some(*told)
    }

    #[test]
    fn fences_are_told_as_they_are() {
        let addr: Addr = "10.0.0.2:9221".parse().unwrap();
        let users = vec![UserRules {
            name: "default".to_owned(),
            rules: vec!["+@all".to_owned()],
        }];
        let told = Told {
            fences: [(addr.clone(), FenceHow::Acl { users })].into(),
            apart: [(addr.clone(), "diverged".to_owned())].into(),
            gaps: [(addr.clone(), "it lacks something".to_owned())].into(),
            busy: [addr.clone()].into(),
            aside: true,
            samples: vec![Sample {
                node: addr,
                at_ms: 5,
                took_ms: 1,
                as_replica: false,
                position: Position::Redis { repl: 7 },
            }],
            history: Some("94e8".to_owned()),
            clock_ms: 9,
        };
        let json = |told: &Told| Value::BulkString(serde_json::to_vec(told).unwrap());
        assert_eq!(fences(&json(&told)), Some(told));
        let bulk = |text: &str| Value::BulkString(text.into());
        // A later one says more, an earlier one less.
        assert_eq!(fences(&bulk("{}")), Some(Told::default()));
        let later = r#"{"busy":[],"since":{"10.0.0.2:9221":5}}"#;
        assert_eq!(fences(&bulk(later)), Some(Told::default()));
        // It has forgotten the cluster, or has no such question.
        assert_eq!(fences(&bulk("null")), None);
        assert_eq!(fences(&Value::Array(Vec::new())), None);
    }

    #[test]
    fn a_pause_is_passed_on_with_what_is_left_of_it() {
        assert_eq!(left(None), serde_json::Value::Null);
        assert_eq!(left(Some(0)), 0, "it is over");
        let now_ms = clock::wall().as_millisecond();
        let hour = left(Some(now_ms + 3_600_000)).as_i64().unwrap();
        assert!((3_000_000..=3_600_000).contains(&hour), "{hour}");
    }
}
