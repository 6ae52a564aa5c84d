// Registers the service worker (www/sw.js), has it fetch the rest of the build, and notices a new build. The first
// script loads this file when the page is drawn and its own downloads are over (www/start.js).
//
// Promises: a build changes only when `take` is called; where the person saves data, only what was used is kept. Leaves
// out: what is said about it (src/web/offline.rs).
(function () {
  "use strict";
  var BUILD = document.querySelector("meta[name=quorum-build]").content;
  var workers = navigator.serviceWorker;
  var registration = null;
  var taking = false;
  // Whether a worker was in charge when the page was opened: then another one is another build.
  var controlled = !!workers.controller;
  var thrifty = !!(navigator.connection && navigator.connection.saveData);
  var offline = { newer: false, thrifty: thrifty, state: state, take: take, filled: null };

  function announce() {
    offline.newer = true;
    dispatchEvent(new Event("quorumlab-build"));
  }

  // The answer of the worker, when it is done.
  function ask(worker, message) {
    return new Promise(function (resolve) {
      var channel = new MessageChannel();
      channel.port1.onmessage = function (event) { resolve(event.data); };
      worker.postMessage(message, [channel.port2]);
    });
  }

  // How long the lab's workers may take to say what they have fetched.
  var ANSWER_MS = 500;

  // What this visit has used, from the page's own folder.
  function used() {
    var base = new URL("./", document.baseURI).href;
    var names = performance.getEntriesByType("resource").map(function (entry) { return entry.name; });
    var channel = new BroadcastChannel("quorum-lab/used");
    channel.onmessage = function (event) {
      if (Array.isArray(event.data)) names = names.concat(event.data);
    };
    channel.postMessage("?");
    return new Promise(function (resolve) { setTimeout(resolve, ANSWER_MS); }).then(function () {
      channel.close();
      return names.concat(base + "index.html").filter(function (name) {
        return name.indexOf(base) === 0;
      }).map(function (name) {
        return name.slice(base.length).replace(/[?#].*/, "");
      });
    });
  }

  function fill(worker) {
    return Promise.resolve(thrifty ? used() : null).then(function (only) {
      return ask(worker, { fill: true, only: only });
    });
  }

  function state() {
    return registration && registration.active ? ask(registration.active, { state: true }) : Promise.resolve(null);
  }

  function watch(worker) {
    if (!worker) return;
    var look = function () {
      // Without one in charge before, it is this page's own build.
      if (worker.state !== "installed" || !workers.controller) return;
      announce();
      if (!thrifty) fill(worker);
    };
    worker.addEventListener("statechange", look);
    look();
  }

  function take() {
    taking = true;
    if (registration && registration.waiting) registration.waiting.postMessage({ take: true });
    else location.reload();
  }

  workers.addEventListener("controllerchange", function () {
    if (taking) location.reload();
    else if (controlled) announce();
    controlled = true;
  });

  // A tab that stays open for days looks for a new build when it is looked at, once an hour at most.
  var HOUR_MS = 3600000;
  var looked = Date.now();
  document.addEventListener("visibilitychange", function () {
    if (document.hidden || !registration || Date.now() - looked < HOUR_MS) return;
    looked = Date.now();
    // Without network there is none to be found.
    registration.update().catch(function () {});
  });

  offline.filled = workers.register("sw.js", { updateViaCache: "none" }).then(function (its) {
    registration = its;
    its.addEventListener("updatefound", function () { watch(its.installing); });
    watch(its.installing);
    watch(its.waiting);
    return workers.ready;
  }).then(function () {
    return fill(registration.active);
  }).then(function (its) {
    // A person has erased the build: the next visit stores it again.
    if (!its) return registration.unregister().then(function () { return null; });
    // The build was replaced while this page was being loaded.
    if (its.build !== BUILD) announce();
    dispatchEvent(new Event("quorumlab-kept"));
    return its;
  }).catch(function () {
    // No room, no network, or not allowed here: the page needs its server, as without this file.
    return null;
  });
  window.quorumOffline = offline;
})();
