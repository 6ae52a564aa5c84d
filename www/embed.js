// <quorum-lab lesson="kill-the-leader"></quorum-lab>, for modules and classic scripts: see docs/embedding.md.
(() => {
  if (typeof customElements === "undefined" || customElements.get("quorum-lab")) return;
  // A module has no currentScript, but a stack that names it.
  const own = document.currentScript?.src || /(https?|file):\S+?\/embed\.js/.exec(new Error().stack)?.[0];
  const RUN = ["lesson", "topology", "seed", "step", "moment"];
  const LOOK = ["theme", "controls", "faults"];
  const WORDS = {
    zh: ["多数派实验室", "开始", "在新页打开", "实验室没有回应。", "找不到实验室，请写 src。"],
    en: ["Quorum Lab", "Start", "Open in a new page", "The lab does not answer.", "Where is the lab? Add src."],
  };
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`:host(:not([hidden])){display:block}
:host([theme=light]){color-scheme:light}
:host([theme=dark]){color-scheme:dark}
div,iframe{display:block;width:100%;border:0;border-radius:8px;outline:1px solid #8a948f}
div{display:grid;place-content:center;justify-items:center;gap:12px;font:16px/1.5 system-ui,sans-serif}
div,b,p{color:CanvasText;background:Canvas center/cover}
b,p{margin:0;padding:8px}
b{font-size:20px}
button{min-height:44px;padding:0 32px;font:inherit;color:#fff;background:#2a49c9;border:1px solid;border-radius:8px}
:focus-visible{outline:3px solid CanvasText;outline-offset:2px}`);
  const [LEAST_PX, USUAL_PX, HELLO_MS, LATE_MS] = [320, 540, 1000, 20000];
  const make = (name, more) => Object.assign(document.createElement(name), more);

  class QuorumLab extends HTMLElement {
    static observedAttributes = [...RUN, ...LOOK, "lang", "progress", "src", "poster", "height", "autoplay"];
    #root = this.attachShadow({ mode: "open" });
    #frame;
    #to;
    #ready;
    #hello;
    #late;
    #px = USUAL_PX;
    #ids = 0;
    #waiting = [];
    #asked = new Map();
    #changed = [];
    #settings = {};
    #hear = (event) => this.#heard(event);
    #watch = new IntersectionObserver(
      (seen) => {
        const visible = seen.at(-1).isIntersecting;
        if (visible && this.hasAttribute("autoplay")) this.start();
        this.configure({ visible });
      },
      { rootMargin: "100px" },
    );

    connectedCallback() {
      this.#root.adoptedStyleSheets = [sheet];
      addEventListener("message", this.#hear);
      this.#poster();
    }

    disconnectedCallback() {
      removeEventListener("message", this.#hear);
      this.#watch.disconnect();
      this.#end();
    }

    attributeChangedCallback(name, before, now) {
      if (before !== now && this.isConnected && this.#changed.push(name) < 2) queueMicrotask(() => this.#apply());
    }

    start() {
      const src = this.#url(1);
      if (this.#frame || !src || !this.isConnected) return;
      this.#frame = make("iframe", { src, title: this.#title, allow: "clipboard-write" });
      this.#root.replaceChildren(this.#frame);
      this.#size();
      this.#late = setTimeout(() => {
        const words = WORDS[this.#lang];
        const link = make("a", { href: this.#url(), target: "_blank", textContent: words[2] });
        this.#root.append(make("p", { role: "alert", textContent: words[3] + " " }));
        this.#root.lastChild.append(link);
      }, LATE_MS);
    }

    play() {
      this.start();
      this.#ask("play");
    }
    pause() {
      this.#ask("pause");
    }
    reset() {
      this.#ask("reset");
    }
    seek(t_us) {
      this.#ask("seek", { t_us });
    }
    fault(fault) {
      this.#ask("fault", { ...fault, command: fault });
    }
    load(run) {
      this.#ask("load", run);
    }
    getState() {
      return this.#answer("getState");
    }
    setState(state) {
      return this.#answer("setState", { state });
    }
    configure(settings) {
      Object.assign(this.#settings, settings);
      if (this.#to) this.#post("configure", settings);
    }

    get #lang() {
      return /^zh\b/i.test(this.closest("[lang]")?.lang || navigator.language) ? "zh" : "en";
    }
    get #name() {
      return this.getAttribute("lesson") || this.getAttribute("topology") || WORDS[this.#lang][0];
    }
    get #title() {
      return `${this.textContent.trim() || this.#name} · ${WORDS[this.#lang][0]}`;
    }

    // `src` is the lab's page or folder; else it lies beside this script.
    #url(inside) {
      const at = this.getAttribute("src")?.replace(/(\.html|\/)?$/, (end) => end || "/") || own;
      try {
        const url = new URL(at, document.baseURI);
        const lab = /\.html$/.test(url.pathname) ? url : new URL("index.html", url);
        lab.search = lab.hash = "";
        const put = (name, value) => value && lab.searchParams.set(name, value);
        for (const name of [...RUN, ...LOOK, "progress"]) put(name, this.getAttribute(name));
        put("lang", this.#lang);
        put("embed", inside);
        put("autoplay", inside && +this.hasAttribute("autoplay"));
        put("origin", inside && origin !== "null" && origin);
        return at && /^(http|file)/.test(lab) ? lab.href : "";
      } catch {
        return "";
      }
    }

    #poster() {
      const words = WORDS[this.#lang];
      const box = make("div", { lang: this.#lang });
      const title = make("b");
      title.append(make("slot", { textContent: this.#name }));
      const onclick = () => {
        this.start();
        this.#frame.focus({ preventScroll: true });
      };
      const start = this.#url() ? make("button", { textContent: words[1], onclick }) : words[4];
      box.append(make("p", { textContent: words[0] }), title, start);
      const image = this.getAttribute("poster");
      if (image) box.style.backgroundImage = `url(${JSON.stringify(image)})`;
      this.#root.replaceChildren(box);
      this.#size();
      this.#watch.disconnect();
      this.#watch.observe(this);
    }

    #size() {
      const px = Math.max(this.#px, this.getAttribute("height") | 0, LEAST_PX);
      this.#root.firstChild.style.height = `${px}px`;
    }

    #apply() {
      const has = (name) => changed.includes(name);
      const changed = this.#changed.splice(0);
      if (["src", "progress"].some(has)) this.#end();
      if (!this.#frame) return this.#poster();
      const value = (name) => this.getAttribute(name) || undefined;
      const faults = value("faults");
      this.#frame.title = this.#title;
      this.#size();
      this.configure({
        lang: this.#lang,
        theme: value("theme"),
        controls: value("controls"),
        faults: /^(all|none)$/.test(faults) ? faults : faults?.split(","),
      });
      const run = {};
      for (const name of RUN) run[name] = /^\d+$/.test(value(name)) ? +value(name) : value(name);
      if (run.lesson) delete run.topology;
      if (RUN.some(has)) this.load(run);
    }

    #end() {
      clearTimeout(this.#late);
      for (const [, refuse] of this.#asked.values()) refuse(Object.assign(new Error("closed"), { code: "closed" }));
      this.#asked.clear();
      this.#waiting = [];
      this.#frame = this.#to = this.#ready = this.#hello = undefined;
    }

    #post(kind, body) {
      this.#frame.contentWindow.postMessage({ quorumLab: { ...body, v: 2, kind } }, this.#to);
    }

    // What is asked waits until a run is open.
    #ask(kind, body) {
      const id = ++this.#ids;
      this.#waiting.push([kind, { ...body, id }]);
      this.#flush();
      return id;
    }

    #answer(kind, body) {
      return new Promise((...both) => this.#asked.set(this.#ask(kind, body), both));
    }

    #flush() {
      while (this.#ready && this.#waiting.length) this.#post(...this.#waiting.shift());
    }

    #heard({ data, origin: from, source, timeStamp }) {
      const { v, kind, id, ...detail } = data?.quorumLab ?? {};
      if (v !== 2 || !this.#frame || source !== this.#frame.contentWindow) return;
      // A page without an origin holds a frame without one.
      if (from !== new URL(this.#frame.src).origin && (from !== "null" || origin !== "null")) return;
      clearTimeout(this.#late);
      this.#root.querySelector("p")?.remove();
      // The lab's answer to a hello is one, too.
      if (kind === "hello" && !(timeStamp - this.#hello < HELLO_MS)) {
        this.#hello = timeStamp;
        this.#ready = false;
        this.#to = from === "null" ? "*" : from;
        this.#post("hello");
        this.#post("configure", this.#settings);
      }
      if (kind === "resize") {
        this.#px = detail.px;
        this.#size();
      }
      const asked = this.#asked.get(id);
      this.#asked.delete(id);
      if (kind === "error") asked?.[1](Object.assign(new Error(detail.error), detail));
      else asked?.[0](detail);
      if (kind === "ready") {
        this.#ready = true;
        this.#flush();
      }
      this.dispatchEvent(new CustomEvent("quorumlab:" + kind, { detail, bubbles: true }));
    }
  }
  customElements.define("quorum-lab", QuorumLab);
})();
