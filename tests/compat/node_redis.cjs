// node-redis with a sentinel. The contract is in mod.rs.
"use strict";

const { createSentinel } = require(process.env.LIBRARY);

const [label, name, ...ports] = process.argv.slice(2);
process.stdin.on("end", () => process.exit(0)).resume();
const sentinel = createSentinel({
  name,
  sentinelRootNodes: ports.map((port) => ({ host: "127.0.0.1", port: Number(port) })),
});
sentinel.on("error", (error) => console.log(`error ${error}`));

async function write() {
  await sentinel.connect();
  for (let number = 1; ; number += 1) {
    try {
      await sentinel.set(`compat:${label}`, String(number));
      console.log(`ok ${number}`);
    } catch (error) {
      console.log(`error ${error}`);
    }
    await new Promise((done) => setTimeout(done, 10));
  }
}

write();
