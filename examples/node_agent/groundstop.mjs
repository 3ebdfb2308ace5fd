// An agent on the bus in one file: submit intents, hear their outcomes, withdraw. docs/reference/conformance.md is the contract.
import { createHash, randomBytes } from "node:crypto";
import { connect, headers, nkeyAuthenticator, nkeys } from "@nats-io/transport-node";

const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;
const LOG = "$JS.API.DIRECT.GET.EVENTS";
const WRONG_LAST_SEQUENCE = 10071;
const ANSWER_MS = 5000;

export class Refused extends Error {
  constructor(code, message) {
    super(message ?? code);
    this.code = code;
  }
}

export class Agent {
  static async open({ servers, seed, tenant = "default", agent }) {
    const name = `client ${tenant}/${agent}`;
    const options = { servers, name, maxReconnectAttempts: -1, reconnectTimeWait: 200 };
    if (seed) {
      const key = new TextEncoder().encode(seed.trim().split("\n").at(-1)); // lines before it are for people
      options.authenticator = nkeyAuthenticator(key);
      // Answers come to inboxes that only this identity may hear.
      options.inboxPrefix = `_INBOX.${nkeys.fromSeed(key).getPublicKey().slice(1, 21)}`;
    }
    return new Agent(await connect(options), tenant, agent);
  }

  constructor(nc, tenant, agent) {
    Object.assign(this, { nc, tenant, agent, outcomes: new Map(), waiting: new Map() });
    nc.subscribe(`gs.outcome.${tenant}.${agent}.>`, { callback: (_, message) => this.#heard(message.json()) });
  }

  // Propose a tool call; answers its sequence in the intake. The same call under the same id again is harmless.
  async submit({ tool, arguments: args = {}, intent = uuid7(), task = intent, ...more }) {
    for (const token of [this.tenant, this.agent, intent, task]) {
      if (!TOKEN.test(token)) throw new Refused("invalid_subject", `${token} must match ${TOKEN}`);
    }
    const trace = traceOf(intent);
    const fact = {
      id: intent, at: new Date().toISOString(), cause: "", trace, actor: this.agent,
      tenant: this.tenant, agent: this.agent, intent, task, step: 0, tool, tool_version: "1", arguments: args,
      confidence: null, reasoning: "", assumptions: [], user: "", deadline: null, ...more,
    };
    const inLog = `intent.submitted.${this.tenant}.${this.agent}.${intent}`;
    if (await this.#isThere(inLog, fact)) return 0;
    const subject = `gs.intake.agent.${this.tenant}.${this.agent}.${inLog}`;
    const reply = await this.nc.request(subject, JSON.stringify(fact), { timeout: ANSWER_MS, headers: headersOf(fact) });
    const ack = reply.json();
    if (!ack.error) return ack.seq;
    if (ack.error.err_code !== WRONG_LAST_SEQUENCE) throw new Refused("refused", ack.error.description);
    const until = Date.now() + ANSWER_MS;
    while (!(await this.#isThere(inLog, fact))) {
      if (Date.now() > until) throw new Refused("unavailable", "another submission of this id is waiting");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return 0;
  }

  // Whether the log has an intent of this id already; it must be the same call.
  async #isThere(subject, fact) {
    const first = await this.#newest(`gs.${subject}`);
    const call = ({ tool, tool_version, arguments: args }) => canonical([tool, tool_version, args]);
    if (first && call(first) !== call(fact)) throw new Refused("duplicate_id_other_content");
    return first !== undefined;
  }

  // The newest fact on a subject of our own; undefined without one.
  async #newest(subject) {
    const reply = await this.nc.request(`${LOG}.${subject}`, undefined, { timeout: ANSWER_MS });
    return reply.headers?.has("Nats-Subject") ? reply.json() : undefined;
  }

  // What became of an intent: heard, or found in the log when it passed while nobody listened.
  async outcome(intent) {
    const found = this.outcomes.get(intent) ?? (await this.#stored(intent)) ?? this.outcomes.get(intent);
    if (found) return found;
    return await new Promise((resolve) => this.waiting.set(intent, resolve));
  }

  async #stored(intent) {
    return await this.#newest(`gs.outcome.${this.tenant}.${this.agent}.${intent}.*`);
  }

  #heard(outcome) {
    this.outcomes.set(outcome.intent, outcome);
    this.waiting.get(outcome.intent)?.(outcome);
    this.waiting.delete(outcome.intent);
  }

  // Take a proposal back.
  async withdraw(intent, note = "") {
    const body = JSON.stringify({ case: intent, note });
    const reply = await this.nc.request(`gs.cmd.agent.${this.tenant}.${this.agent}.case.withdraw`, body, { timeout: ANSWER_MS });
    const answer = reply.json();
    if (answer.error) throw new Refused(answer.error.code, answer.error.message);
    return answer;
  }
}

function headersOf(fact) {
  const found = headers();
  found.set("Nats-Expected-Last-Subject-Sequence", "0");
  found.set("ce-specversion", "1.0");
  found.set("ce-id", fact.id);
  found.set("ce-source", `groundstop/${fact.actor}`);
  found.set("ce-type", "groundstop.intent.submitted.v1");
  found.set("ce-time", fact.at);
  found.set("content-type", "application/json");
  found.set("traceparent", fact.trace);
  return found;
}

// RFC 9562, version 7: sorts by the time of its creation.
export function uuid7(now = Date.now()) {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function traceOf(intent) {
  const plain = intent.replaceAll("-", "").toLowerCase();
  const trace = /^[0-9a-f]{32}$/.test(plain) ? plain : createHash("sha256").update(intent).digest("hex").slice(0, 32);
  return `00-${trace}-${trace.slice(-16)}-01`;
}

// Enough to compare two JSON values: keys in order.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}
