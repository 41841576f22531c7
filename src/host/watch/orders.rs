//! Orders of the engine, and the journal without which nothing is begun.

use tokio_util::sync::CancellationToken;

use super::charge::Written;
use super::hands::Hands;
use crate::decide::engine::Event;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::host::crew::Crew;
use crate::host::crew::Term;

impl Hands {
    pub(super) fn journal(
        &mut self,
        cluster: String,
        plan: &str,
        record: &crate::decide::record::Record,
    ) -> Option<Event> {
        let charge = self.clusters.get_mut(&cluster)?;
        match charge.append(plan, record) {
            Written::Yes => {
                self.recorded += 1;
                crate::host::operate::test_point(self.recorded);
                None
            }
            Written::Not => Some(Event::JournalLost { cluster }),
            Written::Later => None,
        }
    }

    /// Tries once more to write the journals that could not be written; gives the clusters whose is whole again.
    pub(super) async fn mend_journals(&mut self) -> Vec<String> {
        let mut mended = Vec::new();
        for (name, charge) in &mut self.clusters {
            if charge.mend().await {
                mended.push(name.clone());
            }
        }
        mended
    }

    pub(super) async fn order(
        &mut self,
        cluster: String,
        operation: String,
        ask: crate::decide::conduct::Ask,
        node: Addr,
        order: Order,
        term: Term,
    ) -> Option<Event> {
        let charge = self.clusters.get_mut(&cluster)?;
        if order.acts() && !charge.sync().await {
            let cluster = cluster.clone();
            self.shared
                .inbox
                .send(Event::JournalLost { cluster })
                .unwrap_or_default();
        }
        if charge.forbids(&order) {
            let text = "the journal cannot be written, so nothing is begun";
            let result = Err(Fault::new(FaultKind::Error, text));
            return Some(Event::Answer {
                cluster,
                operation,
                ask,
                result,
            });
        }
        if charge
            .crew
            .as_ref()
            .is_none_or(|(id, _, _)| *id != operation)
        {
            let nodes = charge.keepers.keys().cloned();
            let made = Crew::new(
                &charge.cluster,
                nodes,
                charge.aliases.clone(),
                &self.config.watch,
                &self.post.net,
            );
            match made {
                Ok(crew) => {
                    charge.crew = Some((operation.clone(), crew, CancellationToken::new()));
                }
                Err(fault) => {
                    return Some(Event::Answer {
                        cluster,
                        operation,
                        ask,
                        result: Err(fault),
                    });
                }
            }
        }
        let (_, crew, stop) = charge.crew.as_ref()?;
        let (crew, stop, inbox) = (crew.clone(), stop.clone(), self.shared.inbox.clone());
        tokio::spawn(async move {
            let asked = crew.ask_in(&node, &order, term);
            let Some(result) = stop.run_until_cancelled(asked).await else {
                return;
            };
            let answer = Event::Answer {
                cluster,
                operation,
                ask,
                result,
            };
            // Nobody listens once the supervisor ends.
            inbox.send(answer).unwrap_or_default();
        });
        None
    }
}
