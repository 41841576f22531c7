//! INFO: the same sections, and in each the same lines in the same order.

use super::alike::Like;
use super::alike::Like::All;
use super::alike::Like::Kind;
use super::scene::Scene;

const QUESTIONS: &[(&str, Like)] = &[
    ("INFO nope", All),
    ("INFO \"\"", All),
    ("INFO sentinel", All),
    ("INFO SENTINEL", All),
    ("INFO sentinel sentinel", All),
    ("INFO sentinel nope", All),
    ("INFO server", Kind),
    ("INFO clients", Kind),
    ("INFO stats", Kind),
    ("INFO cpu", Kind),
    ("INFO memory", All),
    ("INFO persistence", All),
    ("INFO replication", All),
    ("INFO keyspace", All),
    ("INFO commandstats", All),
    ("INFO errorstats", All),
    ("INFO latencystats", All),
    ("INFO cluster", All),
    ("INFO modules", All),
    ("INFO default", Kind),
    ("INFO all", Kind),
    ("INFO everything", Kind),
    ("INFO", Kind),
    ("INFO cpu sentinel", Kind),
    ("INFO sentinel cpu", Kind),
];

/// Lines of later versions, and pikafo's own.
const OURS: &[&str] = &[
    "pikafo_version",
    "pubsub_clients",
    "client_output_buffer_limit_disconnections",
];

#[tokio::test]
async fn what_is_asked_of_the_process() {
    let scene = Scene::new().await;
    scene.ask_both(QUESTIONS).await;
    let mut talk = scene.talk().await;
    for line in [
        "INFO",
        "INFO cpu sentinel",
        "INFO sentinel cpu",
        "INFO stats",
    ] {
        let mut names = Vec::new();
        for wire in [&mut talk.stock, &mut talk.own] {
            let text = wire.ask(line).await.text;
            let lines = text
                .lines()
                .map(|line| line.split(':').next().unwrap().to_owned());
            names.push(
                lines
                    .filter(|name| !OURS.contains(&name.as_str()))
                    .collect::<Vec<_>>(),
            );
        }
        assert_eq!(names[1], names[0], "{line}");
    }
    // What each says of itself is of the same kind, number for number.
    let mut kinds = Vec::new();
    for wire in [&mut talk.stock, &mut talk.own] {
        let text = wire.ask("INFO stats").await.text;
        let values = text.lines().filter_map(|line| line.split_once(':'));
        let values = values.filter(|(name, _)| !OURS.contains(name));
        kinds.push(
            values
                .map(|(_, value)| value.contains('.'))
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(kinds[1], kinds[0]);
}
