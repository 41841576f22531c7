//! redis-rs's own sentinel client, used as its manual says.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::Duration;

use pikafo::decide::name::Addr;
use redis::Connection;
use redis::RedisResult;
use redis::sentinel::SentinelClient;
use redis::sentinel::SentinelServerType;

use super::client::Client;
use super::client::Said;
use crate::watch::kit::fleet::NAME;

const LABEL: &str = "redis-rs";
const PACE: Duration = Duration::from_millis(10);
const ANSWER: Duration = Duration::from_millis(500);

pub(crate) fn start(watchers: &[Addr]) -> Client {
    let urls: Vec<_> = watchers
        .iter()
        .map(|watcher| format!("redis://{watcher}"))
        .collect();
    Client::thread(LABEL, move |over, said| write(urls, over, said))
}

fn write(urls: Vec<String>, over: &AtomicBool, said: &Mutex<Said>) {
    let mut client =
        SentinelClient::build(urls, NAME.to_owned(), None, SentinelServerType::Master).unwrap();
    let mut connection: Option<Connection> = None;
    for number in 1_u64.. {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let line = match set(&mut client, &mut connection, number) {
            Ok(()) => format!("ok {number}"),
            Err(error) => {
                connection = None;
                format!("error {error}")
            }
        };
        said.lock().unwrap().hear(&line);
        sleep(PACE);
    }
}

fn set(
    client: &mut SentinelClient,
    connection: &mut Option<Connection>,
    number: u64,
) -> RedisResult<()> {
    let open = match connection {
        Some(open) => open,
        None => connection.insert(client.get_connection()?),
    };
    open.set_read_timeout(Some(ANSWER))?;
    let key = format!("compat:{LABEL}");
    redis::cmd("SET").arg(key).arg(number).exec(open)
}
