// The agent as the conformance kit asks it: groundstop conformance --role agent -- node agent.mjs
import { readFileSync } from "node:fs";
import { Agent, Refused } from "./groundstop.mjs";

const seedFile = process.env.GROUNDSTOP_NATS_SEED_FILE;
const agent = await Agent.open({
  servers: process.env.GROUNDSTOP_NATS_URL ?? "nats://127.0.0.1:4222",
  seed: seedFile && readFileSync(seedFile, "utf8").trim().split("\n").pop(), // before it are comments
  agent: "node-agent",
});

const doing = {
  hello: async () => ({ tenant: agent.tenant, agent: agent.agent }),
  submit: async ({ do: _, ...call }) => ({ seq: await agent.submit(call) }),
  outcome: async ({ intent }) => await agent.outcome(intent),
  withdraw: async ({ intent, note }) => await agent.withdraw(intent, note),
};

for await (const message of agent.nc.subscribe("gs.conformance.agent")) {
  const asked = message.json();
  doing[asked.do](asked)
    .catch((error) => ({ error: error instanceof Refused ? error.code : String(error) }))
    .then((answer) => message.respond(JSON.stringify(answer)));
}
