// The first script of the page: the handle that scripts call before the program is there, the program's download, and
// what the page says when the program cannot start.
//
// Promises: `window.quorumLab` exists before any other script of the document runs; what is called before the program
// is there is called again then, in order, or answered with `no_program`; a start that fails is explained in the
// visitor's language, with a way on, and one that stops coming fails in time. Leaves out: everything once the program
// has drawn. It depends on no other file unless the page may not fetch (www/files.js), and its sentences come from the
// catalogues (`page/finish` fills in what stands between at signs).
(function () {
  "use strict";
  var PROGRAM = "@program@";
  var WORDS = "@words@";
  // A download that has not ended by then says that it goes on.
  var SLOW_MS = 8000;
  // One of which nothing has come for so long has stopped.
  var STALL_MS = 30000;

  // --- what the address and earlier visits say

  function asked(name) {
    var found = new RegExp("[?&]" + name + "=([^&#]*)").exec(location.search);
    try {
      return found && decodeURIComponent(found[1]);
    } catch (_) {
      return null;
    }
  }

  // Reading the storage throws where it is denied.
  function stored(how) {
    try {
      return how(localStorage);
    } catch (_) {
      return null;
    }
  }

  function chosen(name, words) {
    var known = function (word) {
      return words.indexOf(word) >= 0 ? word : null;
    };
    return known(asked(name)) || known(stored(function (storage) { return storage.getItem("quorum-lab/" + name); }));
  }

  function browserLang() {
    var tags = navigator.languages || [navigator.language || ""];
    for (var i = 0; i < tags.length; i++) {
      var tag = tags[i].split("-")[0];
      if (tag === "zh" || tag === "en") return tag;
    }
    return "zh";
  }

  var lang = chosen("lang", ["zh", "en"]) || browserLang();
  var theme = chosen("theme", ["auto", "light", "dark"]);
  var root = document.documentElement;
  root.lang = lang === "zh" ? "zh-CN" : "en";
  if (theme && theme !== "auto") root.setAttribute("data-theme", theme);

  function say(key, facts) {
    return WORDS[lang][key].replace(/\u0002(\w+)\u0002/g, function (_, name) {
      return facts && facts[name] !== undefined ? facts[name] : "";
    });
  }

  // --- the handle, until the program brings its own

  var program = null;
  var failure = null;
  var waiting = [];
  var tellReady;
  var handle = { version: "1", ready: new Promise(function (resolve) { tellReady = resolve; }) };

  function refused() {
    return { ok: false, code: "no_program", error: failure };
  }

  // What a script does with its objects after a call is its own affair.
  function copied(value) {
    try {
      return structuredClone(value);
    } catch (_) {
      return value;
    }
  }

  ["open", "do", "hunt", "drill", "snapshot", "backup", "saveRun", "restore"].forEach(function (name) {
    handle[name] = function (argument) {
      if (program) return program[name](argument);
      if (failure) return Promise.resolve(refused());
      return new Promise(function (resolve) {
        var value = copied(argument);
        waiting.push(function () {
          resolve(program ? program[name](value) : refused());
        });
      });
    };
  });

  handle.on = function (kind, f) {
    if (program) return program.on(kind, f);
    var stop = null;
    var ended = false;
    waiting.push(function () {
      if (program && !ended) stop = program.on(kind, f);
    });
    return function () {
      ended = true;
      if (stop) stop();
    };
  };

  function answerWaiting() {
    waiting.splice(0).forEach(function (call) { call(); });
  }

  window.quorumLab = handle;

  // --- what a parent page says before the program is there

  var MOST_EARLY = 50;
  var early = [];

  function keepEarly(event) {
    if (event.source === parent && event.data && event.data.quorumLab && early.length < MOST_EARLY) early.push(event);
  }

  if (parent !== window) addEventListener("message", keepEarly);

  // --- what the page says

  // Once the program has drawn, this place is gone.
  function place() {
    return document.getElementById("boot");
  }

  function element(name, text, parent) {
    var made = document.createElement(name);
    made.textContent = text;
    return parent.appendChild(made);
  }

  // The causes in which loading the page again cannot help.
  var FINAL = ["file", "old"];

  function explain(why) {
    if (failure) return;
    failure = say("start-" + why.cause, why) + " " + say("start-" + why.cause + "-do", why);
    tellReady(refused());
    answerWaiting();
    var draw = function () {
      var boot = place();
      if (!boot) return;
      boot.textContent = "";
      boot.setAttribute("data-start", why.cause);
      // An alert is read out when it is filled, not when it is there.
      boot.setAttribute("role", "alert");
      element("h1", say("start-title"), boot);
      element("p", say("start-" + why.cause, why), boot);
      if (why.file) element("code", why.file, boot);
      element("p", say("start-" + why.cause + "-do", why), boot);
      if (why.cause === "sandbox") {
        var link = element("a", say("start-own-tab"), boot);
        link.href = location.href.replace(/([?&])embed=1(&|$)/, "$1");
        link.target = "_blank";
        link.rel = "noopener";
      }
      if (FINAL.indexOf(why.cause) < 0) {
        var button = element("button", say("start-retry"), boot);
        button.type = "button";
        button.addEventListener("click", function () { location.reload(); });
      }
    };
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", draw);
    else draw();
  }

  function sayWaiting(text) {
    var wait = document.getElementById("boot-wait");
    if (!wait || failure) return;
    wait.className = "";
    wait.textContent = text;
  }

  document.addEventListener("DOMContentLoaded", function () {
    // This script runs, so what is said where it does not is not needed.
    var late = document.getElementById("boot-late");
    if (late) late.remove();
    sayWaiting(say("start-wait"));
  });

  // --- why a file did not come

  // What the policy of the site has forbidden so far.
  var forbidden = [];
  document.addEventListener("securitypolicyviolation", function (event) {
    var word = event.effectiveDirective || event.violatedDirective;
    // A style that is not applied keeps nothing from running.
    if (/^(script|connect|worker|default)-src/.test(word) && event.blockedURI !== "inline") forbidden.push(word);
  });

  function name(address) {
    return address.slice(address.lastIndexOf("/") + 1);
  }

  function fault(cause, address, detail) {
    var error = new Error(cause + ": " + address);
    error.why = { cause: cause, file: name(address), detail: detail || "" };
    return error;
  }

  // What is wrong with what the server answers at an address; null where nothing is.
  function wrong(address, answer, start) {
    var type = (answer.headers.get("Content-Type") || "").split(";")[0].trim().toLowerCase();
    if (!answer.ok) return fault("missing", address, answer.status);
    if (type === "text/html" || /^\s*</.test(start)) return fault("html", address);
    if (/\.js$/.test(address) && !/(java|ecma)script$/.test(type)) return fault("type", address, type || "?");
    return null;
  }

  // Fetches once more what could not be used, and says why it could not.
  function look(address, error) {
    if (error.why) return Promise.reject(error);
    var words = String(error && error.message);
    return new Promise(function (resolve) { setTimeout(resolve, 0); }).then(function () {
      if (forbidden.length || /content security policy/i.test(words)) {
        throw fault("csp", address, forbidden[0] || "script-src");
      }
      return fetch(address).then(function (answer) {
        return answer.text().then(function (text) {
          throw wrong(address, answer, text.slice(0, 64)) || fault("damaged", address, words);
        });
      }, function () {
        throw fault("offline", address);
      });
    });
  }

  // --- the program

  // Calls `moved` for everything that comes of an answer, and hands it on.
  function counted(answer, moved) {
    if (!answer.body || typeof TransformStream !== "function") return answer;
    var counter = new TransformStream({
      transform: function (chunk, out) {
        moved(chunk.byteLength);
        out.enqueue(chunk);
      },
    });
    // The type stays, for what is compiled while it comes has to be called what it is.
    return new Response(answer.body.pipeThrough(counter), { headers: { "Content-Type": "application/wasm" } });
  }

  function compiled(address, signal, moved) {
    return fetch(address, { signal: signal }).then(function (answer) {
      moved(0);
      var why = wrong(address, answer, "");
      if (why) throw why;
      answer = counted(answer, moved);
      if (answer.headers.get("Content-Type") === "application/wasm") return WebAssembly.compileStreaming(answer);
      return answer.arrayBuffer().then(function (bytes) { return WebAssembly.compile(bytes); });
    });
  }

  // The program's glue and module; fails with a cause.
  function load() {
    var at = new URL(PROGRAM, document.baseURI).href;
    var glueAt = at + ".js";
    var moduleAt = at + "_bg.wasm";
    var abort = new AbortController();
    var bytes = 0;
    var watch = [];
    var stalled = new Promise(function (_, reject) {
      var stop = function () {
        abort.abort();
        reject(fault("stalled", moduleAt, STALL_MS / 1000));
      };
      watch = [setTimeout(stop, STALL_MS), stop];
    });
    var slow = setInterval(function () {
      sayWaiting(say("start-slow", { kb: Math.round(bytes / 1000) }));
    }, SLOW_MS);
    var moved = function (more) {
      bytes += more;
      clearTimeout(watch[0]);
      watch[0] = setTimeout(watch[1], STALL_MS);
    };
    var explained = function (address) {
      return function (error) {
        if (abort.signal.aborted) throw error;
        return look(address, error);
      };
    };
    var parts = Promise.all([
      import(glueAt).catch(explained(glueAt)),
      compiled(moduleAt, abort.signal, moved).catch(explained(moduleAt)),
    ]).then(function (parts) {
      var glue = parts[0];
      var module = parts[1];
      var build = WebAssembly.Module.customSections(module, "build")[0];
      if (!build || new TextDecoder().decode(build) !== glue.build) throw fault("mismatch", moduleAt);
      return {
        glue: glueAt,
        start: function () { return glue.default({ module_or_path: module }); },
      };
    });
    var over = function () {
      clearTimeout(watch[0]);
      clearInterval(slow);
    };
    return Promise.race([parts, stalled]).then(function (loaded) {
      over();
      return loaded;
    }, function (error) {
      over();
      throw error;
    });
  }

  // The program says so when it has put its handle into the window.
  window.quorumProgram = {
    started: function (its) {
      program = its;
      tellReady(its.ready);
      answerWaiting();
    },
    // The messages of the parent page so far; from now on the program listens itself.
    early: function () {
      removeEventListener("message", keepEarly);
      return early.splice(0);
    },
  };

  // --- the start

  // The smallest program with a SIMD instruction: a browser that refuses it would refuse ours.
  var SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

  // A page without an origin may not fetch from a server that does not allow every origin, and none opened as a file may
  // fetch at all. But scripts of its own folder may run, and one of them can hold every file (www/files.js).
  var AS_FILE = location.protocol === "file:";
  var BARE = AS_FILE || self.origin === "null";

  function modern() {
    return typeof WebAssembly === "object" && "noModule" in document.createElement("script") &&
      WebAssembly.validate(new Uint8Array(SIMD));
  }

  // Brings the script that holds every file; fails where the build was published without it.
  function bringFiles() {
    return new Promise(function (resolve, reject) {
      var script = document.createElement("script");
      script.src = PROGRAM + "-files.js";
      script.onload = resolve;
      script.onerror = function () {
        reject(AS_FILE ? fault("file", location.href.split(/[?#]/)[0]) : fault("sandbox", ""));
      };
      document.head.appendChild(script);
    });
  }

  // The same as `load`, from the files that the page holds.
  function unpack() {
    var files = window.quorumFiles;
    var glue = files.glue({ url: new URL(PROGRAM + ".js", document.baseURI).href });
    return files.answer(PROGRAM + "_bg.wasm").then(function (answer) {
      return answer.arrayBuffer();
    }).then(function (bytes) {
      return WebAssembly.compile(bytes);
    }).then(function (module) {
      return { glue: PROGRAM, start: function () { return glue.default({ module_or_path: module }); } };
    });
  }

  function bring() {
    if (window.quorumFiles) return unpack();
    if (AS_FILE) return bringFiles().then(unpack);
    return load().catch(function (error) {
      if (!BARE) throw error;
      return bringFiles().then(unpack);
    });
  }

  // Errors of the program itself, until it has drawn.
  function watchStart(file) {
    var crashed = function (error) {
      if (place() && typeof WebAssembly === "object" && error instanceof WebAssembly.RuntimeError) {
        explain({ cause: "crashed", file: file, detail: error.message });
      }
    };
    addEventListener("error", function (event) { crashed(event.error); });
    addEventListener("unhandledrejection", function (event) {
      var words = String(event.reason && event.reason.message);
      if (place() && words.indexOf("texts/") === 0) explain({ cause: "texts", file: words });
      else if (place() && words.indexOf("chunks/") === 0) explain({ cause: "part", file: words });
      else crashed(event.reason);
    });
  }

  // Where the build was published with a service worker (`quorum-dist`): its script comes when the page is drawn and
  // nothing more has come for a while, so that it takes nothing from the first run.
  var QUIET_MS = 1000;
  var QUIET_LOOKS = 3;

  function keepOffline() {
    var script = document.querySelector("meta[name=quorum-offline]");
    if (!script || BARE || window.quorumFiles || !isSecureContext || !navigator.serviceWorker) return;
    // Where storage is denied there is no room for the build either.
    if (!stored(function (storage) { return storage; })) return;
    var come = -1;
    var looks = 0;
    var timer = setInterval(function () {
      var now = performance.getEntriesByType("resource").length;
      looks = place() || now !== come ? 0 : looks + 1;
      come = now;
      if (looks < QUIET_LOOKS) return;
      clearInterval(timer);
      document.head.appendChild(document.createElement("script")).src = script.content;
    }, QUIET_MS);
  }

  function start() {
    if (!modern()) return explain({ cause: "old", file: "" });
    watchStart(PROGRAM);
    bring().then(function (loaded) {
      return loaded.start().catch(function (error) {
        throw fault("crashed", loaded.glue, String(error && error.message));
      });
    }).then(keepOffline, function (error) {
      explain(error.why || { cause: "crashed", file: PROGRAM, detail: String(error && error.message) });
    });
  }

  start();
})();
