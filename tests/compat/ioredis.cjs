// ioredis with sentinels. The contract is in mod.rs.
"use strict";

const Redis = require(process.env.LIBRARY);

const [label, name, ...ports] = process.argv.slice(2);
process.stdin.on("end", () => process.exit(0)).resume();
let redis;

function connect() {
  redis = new Redis({
    name,
    sentinels: ports.map((port) => ({ host: "127.0.0.1", port: Number(port) })),
    failoverDetector: label.endsWith("-detector"),
  });
  redis.on("error", (error) => console.log(`error ${error}`));
  // Its detector gives a client up for good if +switch-master arrives while that client dials, whoever sends it. An
  // application that lives through this at all begins anew.
  redis.on("end", connect);
}

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

connect();
write();
