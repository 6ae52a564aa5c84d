// What a learner has reached in a lesson, from the messages of protocol 2 (docs/embedding.md), and its short text for
// an LMS to keep.
//
// Promises: what was reached is never taken back: a run that is begun again reports nothing lower. The text fits the
// LMS's limit; if the run does not fit, goals and score do. Leaves out: how an LMS is spoken to.

// Answers that are reported: an LMS that keeps little keeps their marks too.
const MOST_MARKS = 200;

// What a lesson can end as, the better the later.
const RANKS = ["incomplete", "failed", "completed", "passed"];

// The one rule of what a lesson has come to. Leaving early is incomplete, and a low score is no failure: only an exam
// can fail, and then the lab says so.
export function outcome({ done, raw, mastery, failed = false }) {
  if (done && raw !== null && raw >= mastery) return "passed";
  if (failed) return "failed";
  return done ? "completed" : "incomplete";
}

export function better(one, other) {
  return RANKS.indexOf(one) >= RANKS.indexOf(other) ? one : other;
}

// A score from 0 to 1 in percent, without what binary fractions add.
export function percent(scaled) {
  return Math.round(scaled * 1e6) / 1e4;
}

// A whole number from 0 on, or what is to stand in its place.
function count(value, otherwise) {
  return Number.isFinite(value) && value >= 0 ? Math.floor(value) : otherwise;
}

// Four characters that stand for a text: enough to know again an answer that was reported.
function mark(text) {
  let hash = 0x811c9dc5;
  for (const sign of text) hash = Math.imul(hash ^ sign.codePointAt(0), 0x01000193) >>> 0;
  return (hash >>> 8).toString(36).padStart(5, "0").slice(-4);
}

// Names as every standard takes them.
export function plain(text) {
  return String(text).replace(/[^A-Za-z0-9_.-]/g, "-").slice(0, 200) || "-";
}

export class Record {
  constructor(lesson, mastery) {
    this.lesson = lesson;
    this.mastery = mastery;
    this.best = { outcome: "incomplete", raw: null, goalsMet: 0 };
    this.goals = 0;
    // The saved run, as the lab handed it out.
    this.state = null;
    this.kept = true;
    // Answers that nobody has reported yet, and the marks of those that were.
    this.fresh = [];
    this.marks = new Set();
    // When the answers of this session were given, and after how long.
    this.given = new Map();
    this.begin();
  }

  // A run begins.
  begin() {
    this.run = { done: false, raw: null, failed: false };
    this.step = -1;
    this.stepSince = 0;
  }

  // Takes a message in, at a time in seconds of this session; what has come of it.
  take(message, now) {
    const before = { ...this.best };
    if (message.kind === "progress") this.#progress(message, now);
    // Score and completion come together: one of them without the other would decide too early.
    if (message.kind === "score") {
      this.run.raw = Number.isFinite(message.raw) ? Math.min(100, Math.max(0, message.raw)) : this.run.raw;
      this.run.done = message.completed === true;
      this.run.failed = message.passed === false;
    }
    if (message.kind !== "score") {
      this.goals = count(message.goals, this.goals);
      this.best.goalsMet = Math.max(this.best.goalsMet, count(message.goals_met, 0));
    }
    if (this.run.raw !== null) this.best.raw = Math.max(this.best.raw ?? 0, this.run.raw);
    this.best.outcome = better(this.best.outcome, outcome({ ...this.run, mastery: this.mastery }));
    return {
      goal: this.best.goalsMet > before.goalsMet,
      outcome: this.best.outcome !== before.outcome,
      any: this.fresh.length > 0 || this.best.raw !== before.raw,
    };
  }

  #progress(message, now) {
    const answers = Array.isArray(message.answers) ? message.answers : [];
    for (const answer of answers) {
      const type = answer.type === "prediction" ? "prediction" : "answer";
      const right = typeof answer.right === "boolean" ? answer.right : null;
      const name = `${type}.${plain(answer.id)}`;
      const choice = plain(answer.choice);
      // A prediction is open at first, and is reported once more when the run has settled it.
      const key = mark([name, choice, right].join(" "));
      if (this.marks.has(key) || this.marks.size >= MOST_MARKS) continue;
      this.marks.add(key);
      const seconds = Math.max(0, now - this.stepSince);
      const given = this.given.get(`${name} ${choice}`) || { at: new Date(), seconds };
      this.given.set(`${name} ${choice}`, given);
      this.fresh.push({ name, choice, right, ...given });
    }
    if (message.step !== this.step) {
      this.step = message.step;
      this.stepSince = now;
    }
  }

  takeFresh() {
    return this.fresh.splice(0);
  }

  // The text for the LMS, of at most this number of characters.
  packed(limit) {
    const { outcome, raw, goalsMet } = this.best;
    const facts = `q1;o=${outcome};s=${raw ?? "-"};g=${goalsMet}/${this.goals};a=${[...this.marks].join("")}`;
    const whole = this.state === null ? facts : `${facts};r=${this.state}`;
    this.kept = whole.length <= limit;
    return this.kept ? whole : facts;
  }

  // Takes in what an earlier session left; whether it could be read.
  resume(text) {
    const fields = /^q1;o=(\w+);s=(-|[\d.]+);g=(\d+)\/(\d+);a=((?:[0-9a-z]{4})*)(?:;r=([\w-]+))?$/.exec(text);
    if (!fields || !RANKS.includes(fields[1])) return false;
    const raw = fields[2] === "-" ? null : Math.min(100, Number(fields[2]));
    this.best = { outcome: fields[1], raw: Number.isNaN(raw) ? null : raw, goalsMet: Number(fields[3]) };
    this.goals = Number(fields[4]);
    this.marks = new Set(fields[5].match(/.{4}/g));
    this.state = fields[6] ?? null;
    return true;
  }
}
