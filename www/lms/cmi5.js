// Reports to an LMS by cmi5, with statements in xAPI 1.0.3.
//
// Promises: the rules of cmi5 (“Quartz”, 1st edition): the token is fetched once; launch data and the learner's
// preferences are read before the first statement; `initialized` is the first and `terminated` the last, `passed` and
// `completed` come at most once per registration and never in a review; every statement completes the context that
// the LMS gave. Leaves out: the lab's frame (`host.js`), the network (`lrs.js`).

import { start } from "./host.js";
import { Lrs } from "./lrs.js";
import { percent } from "./record.js";
import { Reporter } from "./xapi.js";

const DOCUMENT = "quorum-lab";
// What fits into one request that outlives the page, beside statements.
const LIMIT = 48000;
const CATEGORIES = "https://w3id.org/xapi/cmi5/context/categories";
const MASTERY = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore";
const DEFINED = ["initialized", "passed", "failed", "completed", "terminated"];
const JUDGING = ["passed", "failed", "completed"];

class Cmi5 {
  constructor(page) {
    this.page = page;
    this.opened = false;
    this.closed = false;
  }

  async open() {
    const asked = new URL(location.href).searchParams;
    const launch = {};
    for (const name of ["endpoint", "fetch", "actor", "registration", "activityId"]) launch[name] = asked.get(name);
    try {
      launch.actor = JSON.parse(launch.actor);
    } catch (_) {
      launch.actor = null;
    }
    if (Object.values(launch).some((value) => !value)) {
      this.page.say("no_lms");
      return null;
    }
    const token = await this.token(launch.fetch);
    if (!token) {
      this.page.say("over");
      return null;
    }
    this.launch = launch;
    const { endpoint, activityId, registration, actor: agent } = launch;
    this.lrs = new Lrs({ endpoint, token, agent, activityId, registration }, (what) => this.heard(what));
    return this.begin();
  }

  // It is handed out once. A page that is loaded again has none.
  async token(address) {
    try {
      const answer = await fetch(address, { method: "POST", credentials: "omit" });
      return (await answer.json())["auth-token"];
    } catch (_) {
      return null;
    }
  }

  async begin() {
    const data = (await this.lrs.state("LMS.LaunchData")) || {};
    const learner = (await this.lrs.profile("cmi5LearnerPreferences")) || {};
    const saved = (await this.lrs.state(DOCUMENT)) || {};
    if (this.closed) return null;
    this.data = data;
    this.judges = (data.launchMode || "Normal") === "Normal";
    if (!this.judges) this.page.say("review");
    this.page.lead(data.returnURL);
    if (typeof saved.text === "string") this.page.resume(saved.text);
    const { activityId, actor, registration } = this.launch;
    const { lang } = this.page.settings;
    const setting = { activityId, actor, registration, lang, context: (verb) => this.context(verb) };
    this.reporter = new Reporter(setting, this.page.record, Array.isArray(saved.sent) ? saved.sent : []);
    this.lrs.push(this.reporter.initialized());
    this.opened = true;
    const languages = String(learner.languagePreference || "").split(",");
    const mastery = typeof data.masteryScore === "number" ? percent(data.masteryScore) : null;
    return {
      mastery,
      lang: languages.map((tag) => tag.trim().slice(0, 2).toLowerCase()).find((tag) => tag === "zh" || tag === "en"),
    };
  }

  // The LMS's context, completed as cmi5 wants it.
  context(verb) {
    const context = structuredClone(this.data.contextTemplate || {});
    context.registration = this.launch.registration;
    if (!DEFINED.includes(verb)) return context;
    const activities = { ...(context.contextActivities || {}) };
    const names = JUDGING.includes(verb) ? ["cmi5", "moveon"] : ["cmi5"];
    const own = names.map((name) => ({ objectType: "Activity", id: `${CATEGORIES}/${name}` }));
    activities.category = [...(activities.category || []), ...own];
    context.contextActivities = activities;
    if ((verb === "passed" || verb === "failed") && typeof this.data.masteryScore === "number") {
      context.extensions = { ...(context.extensions || {}), [MASTERY]: this.data.masteryScore };
    }
    return context;
  }

  heard(what) {
    if (what === "working") this.page.unsay("waiting");
    else if (what === "waiting") this.page.say("waiting");
    else if (what === "lost") this.page.say("lost");
    else this.page.say("over");
  }

  statements() {
    return this.judges ? this.reporter.changes(this.page.seconds()) : [];
  }

  document() {
    return { v: 1, text: this.page.record.packed(LIMIT), sent: [...this.reporter.sent] };
  }

  commit() {
    if (!this.opened || this.closed) return;
    this.lrs.push(...this.statements());
    if (this.judges) this.lrs.store(DOCUMENT, this.document());
  }

  close() {
    this.closed = true;
    if (!this.opened) return;
    const last = [...this.statements(), this.reporter.terminated(this.page.seconds())];
    this.lrs.leave(DOCUMENT, this.judges ? this.document() : null, last);
  }
}

start((page) => new Cmi5(page));
