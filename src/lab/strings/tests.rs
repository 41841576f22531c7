use super::*;

const NOW: i64 = 1_000_000;

fn run_at(store: &mut Store, now: i64, line: &str) -> (Reply, Option<Bytes>) {
    let words: Vec<Bytes> = line
        .split(' ')
        .map(|word| Bytes::copy_from_slice(word.as_bytes()))
        .collect();
    let name = line.split(' ').next().unwrap().to_ascii_lowercase();
    let done = run(store, &name, &words, now, true).unwrap().unwrap();
    (done.reply, done.log)
}

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("db0")).unwrap();
    (dir, store)
}

#[test]
fn conditions_and_expiries_of_set_hold() {
    let (_dir, mut store) = store();
    let mut ask = |now, line| run_at(&mut store, now, line).0;
    assert_eq!(ask(NOW, "SET a 1 XX"), Reply::Nil);
    assert_eq!(ask(NOW, "SET a 1 NX PX 500"), Reply::ok());
    assert_eq!(ask(NOW, "SET a 2 NX"), Reply::Nil);
    assert_eq!(ask(NOW, "PTTL a"), Reply::Integer(500));
    assert_eq!(ask(NOW + 499, "GET a"), Reply::bulk("1"));
    assert_eq!(ask(NOW + 500, "GET a"), Reply::Nil);
    assert_eq!(ask(NOW + 500, "TTL a"), Reply::Integer(-2));
    assert_eq!(ask(NOW + 500, "INCR a"), Reply::Integer(1));
    assert_eq!(ask(NOW, "EXPIRE a 10"), Reply::Integer(1));
    assert_eq!(ask(NOW, "TTL a"), Reply::Integer(10));
    assert_eq!(
        ask(NOW, "SET a 1 EX 0"),
        Reply::error("ERR invalid expire time in 'set' command")
    );
}

#[test]
fn the_log_of_an_expiry_is_absolute() {
    let (_dir, mut store) = store();
    assert_eq!(
        run_at(&mut store, NOW, "SET a 1 EX 10").1,
        Some(pack(&["pksetexat", "a", "1010", "1"]))
    );
    assert_eq!(
        run_at(&mut store, NOW, "EXPIRE a 20").1,
        Some(pack(&["expireat", "a", "1020"]))
    );
    assert_eq!(
        run_at(&mut store, NOW, "INCR n").1,
        Some(pack(&["pksetexat", "n", "0", "1"]))
    );
    assert_eq!(
        run_at(&mut store, NOW, "DEL nothing").1,
        Some(pack(&["DEL", "nothing"]))
    );
    assert_eq!(run_at(&mut store, NOW, "GET a").1, None);
}
