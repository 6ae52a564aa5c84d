// Statements in xAPI 1.0.3 of what a learner does in a lesson, made from messages of protocol 2 (docs/embedding.md).
//
// For a page that holds the lab in a frame and keeps results in a learning record store:
//
//   import { translator } from "./lms/xapi.js";
//   const translate = translator({ lesson: "kill-the-leader", actor, activityId, lang: "en" });
//   addEventListener("message", ({ source, data }) => {
//     if (source === frame.contentWindow && data.quorumLab) translate(data.quorumLab).forEach(send);
//   });
//
// Promises: `initialized` comes first, `passed` and `completed` once each, and nothing fails but an exam. Leaves out:
// sending them (`lrs.js`), and what cmi5 asks for beyond xAPI (`cmi5.js`).

import { Record } from "./record.js";

export const VERSION = "1.0.3";

const VERBS = {
  initialized: "http://adlnet.gov/expapi/verbs/initialized",
  answered: "http://adlnet.gov/expapi/verbs/answered",
  progressed: "http://adlnet.gov/expapi/verbs/progressed",
  passed: "http://adlnet.gov/expapi/verbs/passed",
  failed: "http://adlnet.gov/expapi/verbs/failed",
  completed: "http://adlnet.gov/expapi/verbs/completed",
  terminated: "http://adlnet.gov/expapi/verbs/terminated",
};
const PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress";

// A random name of the fourth kind. `crypto.randomUUID` exists only where the page came over HTTPS.
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export function duration(seconds) {
  return `PT${Math.max(0, seconds).toFixed(2)}S`;
}

function score(raw) {
  return { scaled: raw / 100, raw, min: 0, max: 100 };
}

// Makes the statements of a session. `setting`: `actor`, `activityId`, `lang`, and if there are any `name`,
// `registration` and `context(verb)`, which completes a statement's context. `sent` are the verbs of earlier sessions.
export class Reporter {
  constructor(setting, record, sent = []) {
    this.setting = setting;
    this.record = record;
    this.sent = new Set(sent);
    this.goalsMet = record.best.goalsMet;
    this.open = new Map();
  }

  statement(verb, more = {}) {
    const { actor, activityId, name, lang, registration, context } = this.setting;
    const definition = name ? { definition: { name: { [lang]: name } } } : {};
    const made = {
      id: uuid(),
      timestamp: new Date().toISOString(),
      actor,
      verb: { id: VERBS[verb], display: { en: verb } },
      object: { objectType: "Activity", id: activityId, ...definition },
      ...more,
    };
    const about = { ...(registration ? { registration } : {}), ...(context ? context(verb) : {}) };
    return Object.keys(about).length > 0 ? { ...made, context: about } : made;
  }

  initialized() {
    return this.statement("initialized");
  }

  terminated(seconds) {
    return this.statement("terminated", { result: { duration: duration(seconds) } });
  }

  // What the record has and nobody has reported.
  changes(seconds) {
    const { best, goals } = this.record;
    const made = this.#settled(best.outcome !== "incomplete").map((answer) => this.#answered(answer));
    if (best.goalsMet > this.goalsMet) {
      this.goalsMet = best.goalsMet;
      made.push(this.#progressed(best, goals));
    }
    for (const verb of this.#due(best.outcome)) {
      this.sent.add(verb);
      made.push(this.#ended(verb, best.raw, seconds));
    }
    return made;
  }

  // A prediction is stated when the run has settled it, with its last choice; what is open at the end is stated then.
  #settled(ended) {
    const settled = [];
    for (const answer of this.record.takeFresh()) {
      if (answer.right === null) this.open.set(answer.name, answer);
      else {
        this.open.delete(answer.name);
        settled.push(answer);
      }
    }
    if (!ended) return settled;
    const rest = [...this.open.values()];
    this.open.clear();
    return [...settled, ...rest];
  }

  #due(outcome) {
    const ends = { passed: ["passed", "completed"], failed: ["failed", "completed"], completed: ["completed"] };
    return (ends[outcome] || []).filter((verb) => !this.sent.has(verb));
  }

  #ended(verb, raw, seconds) {
    const took = { duration: duration(seconds) };
    if (verb === "completed") return this.statement(verb, { result: { completion: true, ...took } });
    return this.statement(verb, { result: { success: verb === "passed", score: score(raw ?? 0), ...took } });
  }

  #progressed(best, goals) {
    const percent = goals > 0 ? Math.round((100 * Math.min(best.goalsMet, goals)) / goals) : 0;
    const result = { extensions: { [PROGRESS]: Math.max(1, percent) } };
    if (best.raw !== null) result.score = score(best.raw);
    return this.statement("progressed", { result });
  }

  #answered(answer) {
    const { activityId } = this.setting;
    const result = { response: answer.choice, duration: duration(answer.seconds) };
    if (answer.right !== null) result.success = answer.right;
    const definition = { type: "http://adlnet.gov/expapi/activities/cmi.interaction", interactionType: "choice" };
    const mark = activityId.includes("#") ? "/" : "#";
    const object = { objectType: "Activity", id: `${activityId}${mark}${answer.name}`, definition };
    return this.statement("answered", { object, result, timestamp: answer.at.toISOString() });
  }
}

// A function from a message to the statements that it gives. `translate.end()` gives the last one.
export function translator({ lesson, mastery = 60, ...setting }) {
  const record = new Record(lesson, mastery);
  const reporter = new Reporter(setting, record);
  const seconds = () => performance.now() / 1000;
  let started = null;
  const translate = (message) => {
    if (!message || message.v !== 2 || message.lesson !== lesson) return [];
    const first = started === null ? [reporter.initialized()] : [];
    started ??= seconds();
    record.take(message, seconds() - started);
    return [...first, ...reporter.changes(seconds() - started)];
  };
  translate.end = () => (started === null ? [] : [reporter.terminated(seconds() - started)]);
  return translate;
}
