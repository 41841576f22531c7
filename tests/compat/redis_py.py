"""redis-py's Sentinel. The contract is in mod.rs."""

import os
import sys
import threading
import time

from redis.sentinel import Sentinel


def end_with_input():
    sys.stdin.read()
    os._exit(0)


label, name, *ports = sys.argv[1:]
threading.Thread(target=end_with_input, daemon=True).start()
sentinel = Sentinel([("127.0.0.1", int(port)) for port in ports], socket_timeout=0.5)
master = sentinel.master_for(name, socket_timeout=0.5)
number = 0
while True:
    number += 1
    try:
        master.set(f"compat:{label}", number)
        print(f"ok {number}", flush=True)
    except Exception as error:
        print(f"error {type(error).__name__}: {error}", flush=True)
    time.sleep(0.01)
