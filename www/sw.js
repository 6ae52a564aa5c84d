// The service worker: after one visit the lab works without its server.
//
// Promises: there is one cache a build, which holds only files with the hashes of that build's list; a damaged one is
// fetched again; a new build waits until a person takes it. Files of another build come from that build's cache or from
// the network. Leaves out: when it is registered and told to fill its cache (www/offline.js). `quorum-dist` fills in
// what stands between at signs.
"use strict";
const BUILD = "@build@";
// The hash of its list.
const LISTED = "@list@";
// The number of files of the list that every visit begins with.
const FIRST = "@first@";
const LIST = `build-${BUILD}.json`;
const SCOPE = registration.scope;
// Another folder of the same site may hold the lab as well.
const PREFIX = `quorum-lab ${SCOPE} `;
const CACHE = PREFIX + BUILD;
let full = false;
let listed = null;
let opened = null;

// The cache. A person may have erased it: then nothing is kept until the worker is registered again. It is opened only
// once, because opening it again just after it was erased would create it again.
async function mine() {
  return (await caches.has(CACHE)) ? (opened ??= caches.open(CACHE)) : null;
}

async function hash(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest.slice(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The build's files: by path, their length and hash.
function list() {
  listed ??= readList();
  listed.catch(() => (listed = null));
  return listed;
}

async function readList() {
  const kept = await (await mine())?.match(LIST);
  for (const answer of [kept, null]) {
    const bytes = await (answer ?? (await fetch(LIST, { cache: "no-cache" }))).arrayBuffer();
    if ((await hash(bytes)) !== LISTED) continue;
    if (!answer) await put(LIST, new Response(bytes)).catch(() => {});
    return new Map(JSON.parse(new TextDecoder().decode(bytes)));
  }
  throw new Error(LIST);
}

async function put(path, answer) {
  try {
    await (await mine())?.put(path, answer);
    full = false;
  } catch (error) {
    full ||= error.name === "QuotaExceededError";
    throw error;
  }
}

// An answer that holds the file of this build; null for anything else, such as a page that stands for a missing file.
async function checked(path, answer) {
  const [length, right] = (await list()).get(path);
  const bytes = await answer.arrayBuffer();
  if (!answer.ok || bytes.byteLength !== length || (await hash(bytes)) !== right) return null;
  // The type, and what the site says with it, such as a policy; but it is unpacked now.
  const headers = new Headers(answer.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  return new Response(bytes, { headers });
}

async function cached(path) {
  const cache = await mine();
  const kept = await cache?.match(path);
  const good = kept && (await checked(path, kept));
  if (kept && !good) await cache.delete(path);
  return good;
}

async function others() {
  return (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
}

async function ofOthers(path) {
  for (const name of await others()) {
    const kept = await (await caches.open(name)).match(path);
    if (kept) return kept;
  }
}

// Fetches a file into the cache, unless it is there; whether it is there then. What this visit has fetched lies in the
// browser's own cache, and an old file there has another hash.
async function store(path) {
  const cache = await mine();
  if (!cache) throw new Error("erased");
  if (await cache.match(path)) return true;
  const ways = [
    () => ofOthers(path),
    () => fetch(path, { cache: "force-cache" }),
    () => fetch(path, { cache: "reload" }),
  ];
  for (const way of ways) {
    const answer = await way();
    const good = answer && (await checked(path, answer));
    if (!good) continue;
    await put(path, good);
    return true;
  }
  return false;
}

async function reply(event, path) {
  const known = await list().catch(() => null);
  const ours = known?.has(path);
  const kept = await (ours ? cached(path) : ofOthers(path)).catch(() => null);
  if (kept) return kept;
  const answer = await fetch(event.request);
  if (ours && answer.ok) {
    const copy = answer.clone();
    // What does not fit or is not right is fetched again the next time.
    const keep = async () => put(path, await checked(path, copy));
    event.waitUntil(keep().catch(() => {}));
  }
  return answer;
}

// Fetches the rest of the build, or of it only what is named.
async function fill(only) {
  let missing = "";
  for (const path of (await list()).keys()) {
    if (only && !only.includes(path)) continue;
    // Without network or room this throws: the others would fail as well, and the next visit tries again.
    if (!(await store(path))) missing = path;
  }
  if (missing) throw new Error(missing);
}

async function state() {
  const cache = await mine();
  if (!cache) return null;
  const known = await list();
  const there = await cache.keys();
  const paths = there.map(({ url }) => url.slice(SCOPE.length)).filter((path) => known.has(path));
  const bytes = (paths) => paths.reduce((sum, path) => sum + known.get(path)[0], 0);
  const all = [...known.keys()];
  return { build: BUILD, have: paths.length, of: all.length, bytes: bytes(paths), most: bytes(all), full };
}

oninstall = (event) => {
  const shell = async () => {
    opened = caches.open(CACHE);
    await opened;
    await fill([...(await list()).keys()].slice(0, FIRST));
  };
  event.waitUntil(shell());
};

onactivate = (event) => {
  const tidy = async () => {
    // Open tabs of the build before this one may still need it.
    for (const name of (await others()).slice(0, -1)) await caches.delete(name);
    await clients.claim();
  };
  event.waitUntil(tidy());
};

onfetch = (event) => {
  const { method, url, headers } = event.request;
  if (method !== "GET" || !url.startsWith(SCOPE) || headers.has("range")) return;
  const path = url.slice(SCOPE.length).replace(/[?#].*/, "") || "index.html";
  event.respondWith(reply(event, path));
};

onmessage = (event) => {
  const { data, ports } = event;
  if (data.take) skipWaiting();
  const answer = async () => {
    if (data.fill) await fill(data.only).catch(() => {});
    ports[0]?.postMessage(await state());
  };
  if (data.fill || data.state) event.waitUntil(answer().catch(() => {}));
};
