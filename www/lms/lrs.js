// A learning record store over the network: statements in order, documents of the state resource.
//
// Promises: statements arrive in the order in which they were handed over, each once; while the network is gone they
// wait. What waits when the page is left goes in one request that outlives the page. Leaves out: what they say.

import { VERSION } from "./xapi.js";

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30000;
const PATIENCE_MS = 20000;
// Bodies that outlive the page may have 64 KiB together (Fetch, `keepalive`).
const KEEPALIVE_BYTES = 60000;

function bytes(text) {
  return new TextEncoder().encode(text).length;
}

export class Lrs {
  // `heard`: called with what has become of requests: `waiting`, `working`, `over`, `lost`.
  constructor({ endpoint, token, agent, activityId, registration }, heard) {
    this.endpoint = endpoint.endsWith("/") ? endpoint : `${endpoint}/`;
    this.headers = { Authorization: `Basic ${token}`, "X-Experience-API-Version": VERSION };
    this.about = { activityId, agent: JSON.stringify(agent), registration };
    this.heard = heard;
    this.queue = [];
    this.sending = false;
    // Whether the first of the queue is on its way, and does not wait for the network.
    this.flying = false;
    this.over = false;
    // Requests that have failed and will be sent again.
    this.waiting = 0;
    // The document that waits to be stored.
    this.document = null;
    this.storing = false;
  }

  fetch(path, init = {}) {
    const headers = { ...this.headers, ...(init.body ? { "Content-Type": "application/json" } : {}) };
    return fetch(this.endpoint + path, { ...init, headers, credentials: "omit", cache: "no-store" });
  }

  // Asks until there is an answer. A server that is overloaded or broken is asked again as well.
  async patient(path, init, flying = () => {}) {
    let waits = false;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        flying(true);
        const answer = await this.fetch(path, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
        if (answer.status < 500 && answer.status !== 429) {
          if (waits) this.waiting -= 1;
          if (this.waiting === 0) this.heard("working");
          return answer;
        }
      } catch (_) {
        // No network, or no answer in time.
      } finally {
        flying(false);
      }
      if (!waits) this.waiting += 1;
      waits = true;
      this.heard("waiting");
      await new Promise((go) => setTimeout(go, pause));
    }
  }

  statePath(stateId) {
    return `activities/state?${new URLSearchParams({ ...this.about, stateId })}`;
  }

  // A document of the state resource; null where there is none.
  async read(path) {
    const answer = await this.patient(path);
    return answer.ok ? answer.json().catch(() => null) : null;
  }

  state(stateId) {
    return this.read(this.statePath(stateId));
  }

  profile(profileId) {
    return this.read(`agents/profile?${new URLSearchParams({ agent: this.about.agent, profileId })}`);
  }

  push(...statements) {
    this.queue.push(...statements);
    this.run();
  }

  async run() {
    if (this.sending || this.over) return;
    this.sending = true;
    while (this.queue.length > 0 && !this.over) {
      const [statement] = this.queue;
      const body = JSON.stringify(statement);
      const init = { method: "POST", body, keepalive: bytes(body) < KEEPALIVE_BYTES };
      const answer = await this.patient("statements", init, (flying) => { this.flying = flying; });
      // The page was left meanwhile, and what waited has gone with it.
      if (this.over) break;
      this.queue.shift();
      if (answer.status === 401 || answer.status === 403) this.end("over");
      // 409: it was there already, and only the answer to it had been lost.
      else if (!answer.ok && answer.status !== 409) this.heard("lost");
    }
    this.sending = false;
  }

  end(why) {
    this.over = true;
    this.heard(why);
  }

  // Stores a document. Of several that wait, the last counts.
  async store(stateId, value) {
    this.document = JSON.stringify(value);
    if (this.storing) return;
    this.storing = true;
    while (this.document !== null && !this.over) {
      const body = this.document;
      this.document = null;
      const answer = await this.patient(this.statePath(stateId), { method: "PUT", body });
      if (!answer.ok) this.heard("lost");
    }
    this.storing = false;
  }

  // The page is left: the document, and in one request everything that waits and these last statements. What is on its
  // way already arrives by itself.
  leave(stateId, value, last) {
    if (this.over) return;
    this.over = true;
    const waiting = [...this.queue.slice(this.flying ? 1 : 0), ...last];
    const statements = JSON.stringify(waiting);
    const document = value === null ? "" : JSON.stringify(value);
    const send = (path, method, body) => this.fetch(path, { method, body, keepalive: true }).catch(() => {});
    const fits = bytes(document) + bytes(statements) < KEEPALIVE_BYTES;
    if (document && fits) send(this.statePath(stateId), "PUT", document);
    send("statements", "POST", statements);
  }
}
