use super::*;
use crate::decide::plan::Act;
use crate::decide::plan::Budgets;
use crate::decide::plan::Facts;
use crate::decide::plan::Step as Planned;
use crate::decide::sample::addr;
use crate::render::look::Look;

fn plan(id: &str) -> Plan {
    let step = |act, text: &str| Planned {
        act,
        node: addr(1),
        within_ms: 1000,
        hard: true,
        text: text.to_owned(),
    };
    Plan {
        version: 1,
        id: id.to_owned(),
        kind: Kind::Promote,
        cluster: "orders".to_owned(),
        made_at: "2026-11-22T10:00:00Z".to_owned(),
        by: "ops@desk".to_owned(),
        reason: Some("disk".to_owned()),
        automatic: false,
        agreed: None,
        facts: Facts {
            master: Some(addr(1)),
            candidate: Some(addr(2)),
            nodes: Vec::new(),
            point: None,
            epoch: None,
            apart: false,
        },
        budgets: Budgets {
            max_blackout_ms: 2000,
            undo_ms: 5000,
        },
        loss: None,
        evidence: Vec::new(),
        notes: Vec::new(),
        steps: vec![
            step(Act::LastLook, "look at a"),
            step(Act::Promote, "promote b"),
        ],
    }
}

fn undone() -> Vec<Operation> {
    let records = [
        Record::Begin {
            plan: Box::new(plan("op1")),
        },
        Record::Before {
            step: 0,
            point: None,
        },
        Record::After {
            step: 0,
            ok: true,
            ms: 1.5,
            note: Some("it answers".into()),
            point: None,
            code: None,
        },
        Record::Before {
            step: 1,
            point: None,
        },
        Record::Resume {
            abort: true,
            by: "ops@desk".into(),
        },
        Record::UndoBefore { step: 0 },
        Record::UndoAfter {
            step: 0,
            ok: true,
            note: None,
        },
        Record::End {
            outcome: Outcome::Undone {
                why: "b was silent".into(),
            },
            blackout_ms: None,
            total_ms: 2500.0,
        },
        Record::Begin {
            plan: Box::new(plan("op2")),
        },
    ];
    let ids = ["op1"; 8].into_iter().chain(["op2"]);
    fold(
        records
            .iter()
            .zip(ids)
            .map(|(record, id)| ("2026-11-22T10:00:01Z", id, record)),
    )
}

#[test]
fn operations_are_listed() {
    let look = Look {
        header: true,
        ..Look::default()
    };
    insta::assert_snapshot!(table(&undone(), &look), @r"
    BEGAN                     ID   CLUSTER  WHAT     FROM           TO             BY        OUTCOME  BLACKOUT  TOTAL  REASON
    2026-11-22T10:00:01.000Z  op1  orders   promote  10.0.0.1:9221  10.0.0.2:9221  ops@desk  undone   -         2.5 s  disk
    2026-11-22T10:00:01.000Z  op2  orders   promote  10.0.0.1:9221  10.0.0.2:9221  ops@desk  open     -         -      disk
    ");
}

#[test]
fn an_operation_is_explained_step_by_step() {
    insta::assert_snapshot!(explain(&undone()[0], &Look::default()), @r"
    promote op1 of orders: undone
    asked for by ops@desk at 2026-11-22T10:00:01.000Z
    reason: disk
    why: b was silent
    from: 10.0.0.1:9221
    to: 10.0.0.2:9221
    total: 2.5 s
    aborted by ops@desk at 2026-11-22T10:00:01.000Z
      ✓ look at a: it answers (1.5 ms)
      … promote b
      ✓ undo: look at a
    ");
}
