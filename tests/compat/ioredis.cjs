// ioredis with sentinels. The contract is in mod.rs.
"use strict";

const Redis = require(process.env.LIBRARY);

const [label, name, ...ports] = process.argv.slice(2);
process.stdin.on("end", () => process.exit(0)).resume();
const redis = new Redis({
  name,
  sentinels: ports.map((port) => ({ host: "127.0.0.1", port: Number(port) })),
  failoverDetector: label.endsWith("-detector"),
});
redis.on("error", (error) => console.log(`error ${error}`));

async function write() {
  for (let number = 1; ; number += 1) {
    try {
      await redis.set(`compat:${label}`, number);
      console.log(`ok ${number}`);
    } catch (error) {
      console.log(`error ${error}`);
    }
    await new Promise((done) => setTimeout(done, 10));
  }
}

write();
