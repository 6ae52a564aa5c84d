// One peer in one worker: `{ step, args }` in, `{ value }` or `{ error }` out.
//
// Guarantees: times are of the wall clock in this worker, around the peer's own calls; fetching and compiling its code
// is not in them. Leaves out: the order of steps (`round.mjs`).

import { clean, DIM, NEAREST, vectors } from './common.mjs';

/** Widths of a search, from which the smallest that suffices is looked for; as in `src/web/bench_peers.rs`. */
const WIDTHS = [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560];

/** How long rows are inserted one by one. */
const SINGLES_MS = 5_000;

let peer;
let rows;
let queries;
let truth;
let count;

const query = (n) => queries.subarray(n * DIM, (n + 1) * DIM);

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Milliseconds a search, the mean of all, and the share of the true ten nearest that they found. */
async function searchAll(find) {
  const found = [];
  const all = async () => {
    for (let n = 0; n < truth.length / NEAREST; n += 1) found.push(await find(query(n)));
  };
  const took = await timed(() => (peer.together ? peer.together(all) : all()));
  const right = found.flatMap((ids, n) => {
    const nearest = truth.subarray(n * NEAREST, (n + 1) * NEAREST);
    return ids.filter((id) => nearest.includes(id));
  });
  return { ms: took / found.length, recall: right.length / truth.length };
}

async function tryWidth(ef) {
  await peer.prepare(ef);
  return { ef, ...(await searchAll(peer.search)) };
}

const steps = {
  clean,
  async load(name) {
    [rows, queries, truth] = await Promise.all(['rows.bin', 'queries.bin', 'truth.bin'].map(vectors));
    count = rows.length / DIM;
    peer = await import(`./${name}.mjs`);
    await peer.load();
  },
  create: () => peer.create(),
  open: () => peer.open(),
  close: () => peer.close(),
  /** Rows to durable, this many a transaction; all in one if it does not say. */
  insert: (batch) => timed(() => peer.insert(rows, 0, count, batch ?? count)),
  /** Rows one by one, each durable, for at most `SINGLES_MS`: the median and the 99th percentile. */
  async singles(many) {
    const began = performance.now();
    const times = [];
    for (let n = 0; n < many && performance.now() - began < SINGLES_MS; n += 1) {
      times.push(await timed(() => peer.insert(rows, n, n + 1, 1)));
    }
    times.sort((a, b) => a - b);
    return [50, 99].map((percent) => times[Math.ceil((times.length * percent) / 100) - 1]);
  },
  /** From opening to the first answer. */
  reopen: (how, ef) =>
    timed(async () => {
      await peer[how](count);
      if (ef) await peer.prepare(ef);
      await (ef ? peer.search : peer.exact)(query(0));
    }),
  flat: () => peer.flatOf(rows, count),
  exact: () => searchAll(peer.exact),
  /** An index over rows that are there, durable. */
  build: () => timed(() => peer.build()),
  /** A graph out of rows, saved. */
  graph: () => timed(async () => {
    peer.graphOf(rows, count);
    await peer.save();
  }),
  /** The smallest width whose searches find this share of the nearest, within 3 %, and their time. */
  async near(aim) {
    const most = peer.MOST ?? Infinity;
    let low = 0;
    let best;
    for (const width of WIDTHS) {
      best = await tryWidth(Math.min(width, most));
      if (best.recall >= aim || width >= most) break;
      low = width;
    }
    while (best.recall >= aim && best.ef - low > Math.max(1, Math.floor(best.ef / 32))) {
      const tried = await tryWidth(Math.floor((low + best.ef) / 2));
      if (tried.recall >= aim) best = tried;
      else low = tried.ef;
    }
    // Once more, now that it is known: the first searches of a width run colder.
    return { aim, ...(await tryWidth(best.ef)) };
  },
};

self.onmessage = async ({ data: { step, args } }) => {
  try {
    self.postMessage({ value: await steps[step](...args) });
  } catch (error) {
    // Some throw objects that are no errors.
    self.postMessage({ error: error instanceof Error ? error.message : (error?.message ?? String(error)) });
  }
};
