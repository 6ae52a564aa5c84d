// The page around a lesson in a package: it holds the lab's frame, speaks protocol 2 with it (docs/embedding.md), and
// hands what the learner reaches to a driver, which knows the LMS.
//
// Promises: messages are taken from the lab's frame alone, and only if it has this page's origin; everything is handed
// on after every goal, when the page is hidden and when it is left, and never on `unload`, which browsers block. The
// lab works whatever the LMS does. Leaves out: standards (`scorm.js`, `cmi5.js`), and what counts as passed
// (`record.js`).

import { Record, better } from "./record.js";

// How often the run is asked for, so that leaving half-way loses little.
const POLL_MS = 20000;
// A goal is handed on with the run that reached it, unless that takes longer.
const GOAL_MS = 1500;
// A lab that has not said hello, or not opened a saved run, by then does not answer.
const SILENT_MS = 60000;

// The line above the lab.
class Notices {
  constructor(words, lang) {
    this.words = words;
    this.lang = lang;
    this.shown = null;
    this.place = document.getElementById("notice");
    this.back = document.querySelector("#back a");
  }

  word(name) {
    return this.words[this.lang][name];
  }

  say(name) {
    this.shown = name;
    const line = document.createElement("p");
    const text = line.appendChild(document.createElement("span"));
    text.textContent = this.word(name);
    const close = line.appendChild(document.createElement("button"));
    close.type = "button";
    close.textContent = this.word("close");
    close.addEventListener("click", () => this.unsay(name));
    this.place.dataset.notice = name;
    this.place.replaceChildren(line);
  }

  // Takes a notice back, if it is the one that is shown.
  unsay(name) {
    if (this.shown !== name) return;
    this.shown = null;
    delete this.place.dataset.notice;
    this.place.replaceChildren();
  }

  // The learner has changed the lab's language.
  speak(lang) {
    if (lang === this.lang || !this.words[lang]) return;
    this.lang = lang;
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en-US";
    this.back.textContent = this.word("back");
    if (this.shown) this.say(this.shown);
  }

  // Where the LMS wants the learner to go afterwards.
  lead(address) {
    this.back.href = address;
    this.back.textContent = this.word("back");
    this.back.parentElement.hidden = false;
  }
}

class Host {
  constructor(connect) {
    const { lesson, lang, mastery, standard, words } = document.documentElement.dataset;
    this.settings = { lesson, lang, standard, mastery: Number(mastery) };
    this.notices = new Notices(JSON.parse(words), lang);
    this.record = new Record(lesson, this.settings.mastery);
    this.frame = document.getElementById("lab");
    // waiting → opening → resuming → live; away while another lesson is open in the frame.
    this.phase = "waiting";
    this.greetedAt = -Infinity;
    this.committing = 0;
    this.left = false;
    this.driver = connect(this);
    this.#load();
    // The frame has started; a driver may need the network first.
    this.opened = new Promise((go) => go(this.driver.open()))
      .catch(() => this.notices.say("refused"))
      .then((found) => this.#opened(found));
  }

  seconds() {
    return performance.now() / 1000;
  }

  say(name) {
    this.notices.say(name);
  }

  unsay(name) {
    this.notices.unsay(name);
  }

  // Takes in what the last session left with the LMS.
  resume(text) {
    if (text && !this.record.resume(text)) this.notices.say("not_resumed");
  }

  // Shows a way back to the course.
  lead(address) {
    if (typeof address === "string" && /^https?:/.test(address)) this.notices.lead(address);
  }

  #load() {
    const { lesson, lang } = this.settings;
    const asked = new URLSearchParams({ embed: "1", lesson, lang });
    // In a sandbox without an origin, nobody can be named: the lab runs by itself.
    if (self.origin !== "null") {
      asked.set("progress", "host");
      asked.set("origin", self.origin);
      addEventListener("message", (event) => this.#hear(event));
      this.silent = setTimeout(() => this.notices.say("silent"), SILENT_MS);
      setInterval(() => document.hidden || this.#ask(), POLL_MS);
    }
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) return;
      this.#ask();
      this.#commit();
    });
    addEventListener("pagehide", () => this.#leave());
    // A page that comes back from the browser's cache has ended its session: it begins another.
    addEventListener("pageshow", ({ persisted }) => {
      if (persisted) location.reload();
    });
    this.frame.src = `../index.html?${asked}`;
  }

  // What the LMS knows from before.
  #opened(found) {
    if (!found) return;
    if (found.mastery !== null && found.mastery !== undefined) this.record.mastery = found.mastery;
    this.lang = found.lang;
    if (this.lang) this.notices.speak(this.lang);
    const { best } = this.record;
    if (found.outcome) best.outcome = better(best.outcome, found.outcome);
    this.#configure();
  }

  #post(kind, more) {
    this.frame.contentWindow.postMessage({ quorumLab: { v: 2, kind, ...more } }, self.origin);
  }

  #configure() {
    if (this.greetedAt < 0) return;
    const lang = this.lang;
    this.#post("configure", { mastery: Math.ceil(this.record.mastery), ...(lang ? { lang } : {}) });
  }

  #hear({ source, origin, data }) {
    if (source !== this.frame.contentWindow || origin !== self.origin) return;
    const message = data && data.quorumLab;
    if (!message || message.v !== 2) return;
    const { kind } = message;
    if (kind === "hello") this.#greet(message);
    else if (kind === "ready") this.#ready(message);
    else if (kind === "progress" || kind === "goal" || kind === "score") this.#take(message);
    else if (kind === "state") this.#state(message);
    else if (kind === "error" && message.id === "resume" && this.phase === "resuming") {
      this.notices.say("not_resumed");
      this.#live();
    }
  }

  // A lab that has just started says hello by itself. An answer to our hello has its id, and needs none.
  #greet(message) {
    if (message.id !== undefined || this.seconds() - this.greetedAt < 0.5) return;
    clearTimeout(this.silent);
    this.notices.unsay("silent");
    this.greetedAt = this.seconds();
    this.phase = "waiting";
    this.#post("hello", { id: "hello" });
    this.#configure();
  }

  #ready(message) {
    this.notices.speak(message.lang);
    if (message.lesson !== this.settings.lesson) this.phase = "away";
    else if (this.phase === "waiting" || this.phase === "away") {
      this.phase = "opening";
      this.opened.then(() => this.#resume());
    }
  }

  #resume() {
    if (this.phase !== "opening") return;
    if (this.record.state === null) return this.#live();
    this.phase = "resuming";
    this.#post("setState", { id: "resume", state: this.record.state });
    setTimeout(() => {
      if (this.phase !== "resuming") return;
      this.notices.say("not_resumed");
      this.#live();
    }, SILENT_MS);
  }

  #live() {
    this.phase = "live";
    this.record.begin();
    // What the lab said meanwhile was not taken in; it says it again to a hello.
    this.#post("hello", { id: "hello" });
    this.#ask();
  }

  #take(message) {
    if (this.phase !== "live" || message.lesson !== this.settings.lesson) return;
    const change = this.record.take(message, this.seconds());
    if (change.goal || change.outcome) this.#commitSoon();
    if (change.goal || change.outcome || change.any) this.#ask();
  }

  #ask() {
    if (this.phase === "live") this.#post("getState", { id: "save" });
  }

  #state(message) {
    if (message.id === "resume" && this.phase === "resuming") return this.#live();
    if (message.id !== "save" || this.phase !== "live" || typeof message.state !== "string") return;
    if (!/^[\w-]+$/.test(message.state)) return;
    this.record.state = message.state;
    if (this.committing) this.#commit();
  }

  #commitSoon() {
    if (this.committing) return;
    this.committing = setTimeout(() => this.#commit(), GOAL_MS);
  }

  #commit() {
    clearTimeout(this.committing);
    this.committing = 0;
    if (this.left) return;
    this.driver.commit();
    this.#sayKept();
  }

  #sayKept() {
    if (!this.record.kept) this.notices.say("not_kept");
    else this.notices.unsay("not_kept");
  }

  #leave() {
    if (this.left) return;
    this.left = true;
    clearTimeout(this.committing);
    this.driver.close();
  }
}

// Begins: `connect` makes the driver of a standard for this page. It has `open()`, which tells the mastery score, the
// language and the outcome that the LMS knows, `commit()` and `close()`.
export function start(connect) {
  return new Host(connect);
}
