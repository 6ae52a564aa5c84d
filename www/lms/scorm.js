// Reports to an LMS by SCORM 1.2 or SCORM 2004.
//
// Promises: the session begins and ends once; an API that is missing, throws or refuses is said, and the lab goes on; a
// lesson never becomes failed by a score. Leaves out: the lab's frame (`host.js`).

import { start } from "./host.js";
import { better, percent } from "./record.js";

// Windows above this one in which the API is looked for.
const MOST_LEVELS = 10;

const DIALECTS = {
  scorm12: {
    api: "API",
    calls: {
      begin: "LMSInitialize",
      get: "LMSGetValue",
      set: "LMSSetValue",
      commit: "LMSCommit",
      end: "LMSFinish",
      error: "LMSGetLastError",
    },
    limit: 4096,
    mastery: "cmi.student_data.mastery_score",
    mode: "cmi.core.lesson_mode",
    percent: (mastery) => mastery,
  },
  scorm2004: {
    api: "API_1484_11",
    calls: {
      begin: "Initialize",
      get: "GetValue",
      set: "SetValue",
      commit: "Commit",
      end: "Terminate",
      error: "GetLastError",
    },
    limit: 64000,
    mastery: "cmi.scaled_passing_score",
    mode: "cmi.mode",
    percent,
  },
};

// The API in a window or one above it. A window of another origin may not be looked into, only passed.
function climb(from, name) {
  let at = from;
  for (let level = 0; at && level <= MOST_LEVELS; level++) {
    try {
      if (at[name]) return at[name];
    } catch (_) {
      // Of another origin.
    }
    if (at.parent === at) return null;
    at = at.parent;
  }
  return null;
}

function findApi(name) {
  return climb(window, name) || climb(window.opener, name) || climb(window.top.opener, name);
}

function two(number) {
  return String(number).padStart(2, "0");
}

// 0001:02:03.45, as SCORM 1.2 writes a span of time.
function span12(seconds) {
  const hundredths = Math.min(Math.round(seconds * 100), 9999 * 360000);
  const whole = Math.floor(hundredths / 100);
  const hours = String(Math.floor(whole / 3600)).padStart(4, "0");
  return `${hours}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}.${two(hundredths % 100)}`;
}

// PT1H2M3.45S, as ISO 8601 does.
function span2004(seconds) {
  const hundredths = Math.round(seconds * 100);
  const whole = Math.floor(hundredths / 100);
  return `PT${Math.floor(whole / 3600)}H${Math.floor(whole / 60) % 60}M${whole % 60}.${two(hundredths % 100)}S`;
}

function clock(at) {
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
}

class Scorm {
  constructor(page) {
    this.page = page;
    this.standard = page.settings.standard;
    this.dialect = DIALECTS[this.standard];
    this.isOpen = false;
    // What the LMS has, so that nothing is set twice.
    this.set = new Map();
    this.interactions = 0;
    // Where the open predictions of this session stand.
    this.places = new Map();
  }

  call(name, ...values) {
    try {
      return String(this.api[this.dialect.calls[name]](...values));
    } catch (_) {
      return "";
    }
  }

  get(name) {
    return this.call("get", name);
  }

  // Sets a value; whether the LMS has it.
  put(name, value) {
    const text = String(value);
    if (this.set.get(name) === text) return true;
    const taken = this.call("set", name, text) === "true";
    if (taken) this.set.set(name, text);
    return taken;
  }

  open() {
    this.api = findApi(this.dialect.api);
    if (!this.api) {
      this.page.say("no_lms");
      return null;
    }
    // 103: the LMS has begun the session itself.
    this.isOpen = this.call("begin", "") === "true" || this.call("error") === "103";
    if (!this.isOpen) {
      this.page.say("refused");
      return null;
    }
    const mode = this.get(this.dialect.mode);
    this.isReview = mode === "review" || mode === "browse";
    if (this.isReview) this.page.say("review");
    const mastery = this.get(this.dialect.mastery);
    this.overrules = mastery !== "" && Number.isFinite(Number(mastery));
    this.interactions = Number(this.get("cmi.interactions._count")) || 0;
    this.page.resume(this.get("cmi.suspend_data"));
    return {
      // None at all is often said as 0.
      mastery: this.overrules && Number(mastery) > 0 ? this.dialect.percent(Number(mastery)) : null,
      outcome: this.before(),
    };
  }

  // What the LMS has recorded of earlier sessions. It is not taken back.
  before() {
    if (this.standard === "scorm12") {
      const status = this.get("cmi.core.lesson_status");
      return ["passed", "completed"].includes(status) ? status : "incomplete";
    }
    const completed = this.get("cmi.completion_status") === "completed" ? "completed" : "incomplete";
    return better(this.get("cmi.success_status") === "passed" ? "passed" : "incomplete", completed);
  }

  commit() {
    if (!this.isOpen || this.isReview) return;
    this.answers();
    const taken = this.facts().map(([name, value]) => this.put(name, value)).every(Boolean);
    if (this.call("commit", "") === "true" && taken) this.page.unsay("refused");
    else this.page.say("refused");
  }

  facts() {
    const { best, goals } = this.page.record;
    const text = this.page.record.packed(this.dialect.limit);
    // An LMS with a mastery score of its own turns every lower score into a failure. It gets none before it is passed.
    const tells = best.raw !== null && (!this.overrules || best.outcome === "passed");
    const seconds = this.page.seconds();
    if (this.standard === "scorm12") {
      return [
        ...(tells ? [["cmi.core.score.min", 0], ["cmi.core.score.max", 100], ["cmi.core.score.raw", best.raw]] : []),
        ["cmi.core.lesson_status", best.outcome],
        ["cmi.core.session_time", span12(seconds)],
        ["cmi.core.exit", "suspend"],
        ["cmi.suspend_data", text],
      ];
    }
    const score = [
      ["cmi.score.min", 0],
      ["cmi.score.max", 100],
      ["cmi.score.raw", best.raw],
      ["cmi.score.scaled", best.raw / 100],
    ];
    const success = { passed: "passed", failed: "failed" }[best.outcome] || "unknown";
    return [
      ...(tells ? score : []),
      ["cmi.completion_status", best.outcome === "incomplete" ? "incomplete" : "completed"],
      ["cmi.success_status", success],
      ...(goals > 0 ? [["cmi.progress_measure", Math.min(1, best.goalsMet / goals)]] : []),
      ["cmi.session_time", span2004(seconds)],
      ["cmi.exit", "suspend"],
      ["cmi.suspend_data", text],
    ];
  }

  // Predictions and answers. Not every LMS has a place for them, and none is needed.
  answers() {
    for (const answer of this.page.record.takeFresh()) {
      // An open prediction that is changed or settled stands where it stood; one of another session is listed again.
      const place = this.places.get(answer.name) ?? this.interactions++;
      if (answer.right === null) this.places.set(answer.name, place);
      else this.places.delete(answer.name);
      const at = `cmi.interactions.${place}`;
      if (this.standard === "scorm12") this.answer12(at, answer);
      else this.answer2004(at, answer);
    }
  }

  answer12(at, answer) {
    this.put(`${at}.id`, answer.name);
    this.put(`${at}.time`, clock(answer.at));
    this.put(`${at}.type`, "choice");
    // Some LMSs take only letters as choices, as the standard's text has it; words are filled in.
    if (!this.put(`${at}.student_response`, answer.choice)) {
      this.put(`${at}.type`, "fill-in");
      this.put(`${at}.student_response`, answer.choice);
    }
    this.put(`${at}.result`, answer.right === null ? "neutral" : answer.right ? "correct" : "wrong");
    this.put(`${at}.latency`, span12(answer.seconds));
  }

  answer2004(at, answer) {
    // A time zone may stand only behind fractions of a second.
    this.put(`${at}.id`, answer.name);
    this.put(`${at}.type`, "choice");
    this.put(`${at}.timestamp`, answer.at.toISOString().replace(/\.\d+Z$/, ".0Z"));
    this.put(`${at}.learner_response`, answer.choice);
    this.put(`${at}.result`, answer.right === null ? "neutral" : answer.right ? "correct" : "incorrect");
    this.put(`${at}.latency`, span2004(answer.seconds));
  }

  close() {
    if (!this.isOpen) return;
    this.commit();
    this.isOpen = false;
    this.call("end", "");
  }
}

start((page) => new Scorm(page));
