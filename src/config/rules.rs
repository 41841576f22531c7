//! When to act and within what limits: detection, failover, switchover, fences, hooks.

use std::time::Duration;

use super::complaint::Complaint;
use super::leaf::Span;
use super::model;
use super::raw;
use super::resolve::Resolver;
use super::resolve::value;
use super::scalar::show_duration;
use super::shape::Spot;

impl Resolver<'_> {
    pub(super) fn detect(&mut self, raw: raw::Detect, watch: &model::Watch) -> model::Detect {
        let usual = model::Detect::default();
        let down_after = self.positive(raw.down_after, usual.down_after);
        if let Some(Spot {
            value: Span(refused),
            place,
        }) = &raw.refused_after
            && *refused > down_after
        {
            let text = format!(
                "refused_after {} is longer than down_after {}",
                show_duration(*refused),
                show_duration(down_after)
            );
            self.error(
                Complaint::at(place, text)
                    .hint("a refused connection is stronger evidence than silence"),
            );
        }
        let refused_after = self.positive(raw.refused_after, usual.refused_after.min(down_after));
        let watchers = u32::try_from(watch.peers.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        let quorum = match raw.quorum {
            None => watchers / 2 + 1,
            Some(quorum) => {
                let many = quorum.value;
                if many == 0 {
                    self.error(
                        Complaint::at(&quorum.place, "no watcher would have to agree")
                            .hint("a quorum is 1 or more"),
                    );
                } else if watchers > 1 && many > watchers {
                    let text = format!("{many} watchers cannot agree, only {watchers} are named");
                    let hint = format!(
                        "this watcher and watch.peers are {watchers}; a majority is {}",
                        watchers / 2 + 1
                    );
                    self.error(Complaint::at(&quorum.place, text).hint(hint));
                }
                many
            }
        };
        let replicas_must_agree = value(raw.replicas_must_agree, usual.replicas_must_agree);
        model::Detect {
            down_after,
            refused_after,
            quorum,
            replicas_must_agree,
        }
    }

    pub(super) fn failover(&mut self, raw: raw::Failover) -> model::Failover {
        let usual = model::Failover::default();
        if let Some(Spot { value: 0, place }) = &raw.parallel_syncs {
            self.error(
                Complaint::at(place, "no replica could ever be moved").hint("write 1 or more"),
            );
        }
        model::Failover {
            automatic: value(raw.automatic, usual.automatic),
            max_loss: raw.max_loss.map_or(usual.max_loss, |spot| spot.value.0),
            timeout: self.positive(raw.timeout, usual.timeout),
            parallel_syncs: value(raw.parallel_syncs, usual.parallel_syncs),
            block_for: raw.block_for.map_or(usual.block_for, |spot| spot.value.0),
            zones: value(raw.zones, usual.zones),
        }
    }

    pub(super) fn switchover(&mut self, raw: raw::Switchover) -> model::Switchover {
        let usual = model::Switchover::default();
        model::Switchover {
            catch_up: raw.catch_up.map_or(usual.catch_up, |spot| spot.value.0),
            max_blackout: self.positive(raw.max_blackout, usual.max_blackout),
        }
    }

    pub(super) fn fence(&mut self, raw: raw::Fence) -> model::Fence {
        let usual = model::Fence::default();
        let hook_timeout = self.positive(raw.hook_timeout, usual.hook_timeout);
        model::Fence {
            hook: raw.hook.map(|path| self.program(&path)),
            hook_timeout,
        }
    }

    pub(super) fn hook(&mut self, raw: Spot<raw::Hook>) -> Option<model::Hook> {
        let Spot { value: hook, place } = raw;
        if hook.on.is_none() && !self.complaints.about(&place, "on") {
            self.error(
                Complaint::at(&place, "on is missing")
                    .hint("name the events to run it for: on: [switched]"),
            );
        }
        if hook.run.is_none() && !self.complaints.about(&place, "run") {
            self.error(Complaint::at(&place, "run is missing").hint("name the program to run"));
        }
        if let Some(Spot {
            value: events,
            place,
        }) = &hook.on
            && events.is_empty()
            && !self.complaints.has_within(place)
        {
            self.error(Complaint::at(place, "no event is named").hint("write on: [switched]"));
        }
        let timeout = self.positive(hook.timeout, Duration::from_secs(30));
        let mut on: Vec<_> = hook
            .on?
            .value
            .into_iter()
            .map(|event| event.value)
            .collect();
        on.sort_unstable();
        on.dedup();
        Some(model::Hook {
            on,
            run: self.program(&hook.run?),
            timeout,
            required: value(hook.required, false),
        })
    }

    /// A duration that must not be zero.
    fn positive(&mut self, raw: Option<Spot<Span>>, usual: Duration) -> Duration {
        match raw {
            None => usual,
            Some(Spot {
                value: Span(span),
                place,
            }) => {
                if span.is_zero() {
                    self.error(Complaint::at(&place, "must be longer than zero"));
                }
                span
            }
        }
    }
}
