// A round of one peer: its steps in order, each part in a worker of its own, so that nothing of an earlier part is left
// in memory when data are opened again.
//
// Guarantees: a step that fails is reported in the place of its figure, and the others go on. Leaves out: what a step
// is (`worker.mjs`), and what the lab is asked (`src/web/bench_peers.rs`).

/** How long the browser cleans up after databases that were deleted, which would slow down what follows. */
const QUIET_MS = 2_500;
const SINGLES = 100;
const BATCH = 1_000;

let worker;

function ask(step, ...args) {
  return new Promise((done, failed) => {
    worker.onmessage = ({ data }) => ('error' in data ? failed(new Error(data.error)) : done(data.value));
    worker.onerror = (event) => failed(new Error(event.message));
    worker.postMessage({ step, args });
  });
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function another() {
  worker?.terminate();
  worker = new Worker('./worker.mjs', { type: 'module' });
}

/** A worker with this peer; with empty storage if it is to. */
async function begin(peer, empty) {
  another();
  if (empty) {
    // An access handle of a worker that has just ended may live a little longer.
    for (let tries = 0; ; tries += 1) {
      try {
        await ask('clean');
        break;
      } catch (error) {
        if (tries >= 20) throw error;
        await pause(250);
      }
    }
    await pause(QUIET_MS);
  }
  await ask('load', peer);
}

const attempt = async (work) => {
  try {
    return await work();
  } catch (error) {
    return { error: error.message };
  }
};

/** A database: rows first, an index later. */
async function database(peer, hasIndex) {
  const figures = {};
  const filled = async (work) => {
    await begin(peer, true);
    await ask('create');
    const value = await work();
    await ask('close');
    return value;
  };
  figures.single_ms = await attempt(() => filled(() => ask('singles', SINGLES)));
  figures.insert_whole_ms = await attempt(() => filled(() => ask('insert')));
  figures.insert_ms = await attempt(() => filled(() => ask('insert', BATCH)));
  await begin(peer, false);
  figures.reopen_ms = await attempt(() => ask('reopen', 'open'));
  figures.exact = await attempt(() => ask('exact'));
  if (hasIndex) {
    figures.build_ms = await attempt(() => ask('build'));
    figures.near = [await attempt(() => ask('near', 0.95)), await attempt(() => ask('near', 0.99))];
    await attempt(() => ask('close'));
    await begin(peer, false);
    figures.reopen_index_ms = await attempt(() => ask('reopen', 'open', figures.near[1].ef));
  }
  await attempt(() => ask('close'));
  return figures;
}

/** A library whose rows are its index. */
async function library(peer) {
  const figures = {};
  await begin(peer, true);
  figures.build_ms = await attempt(() => ask('graph'));
  figures.near = [await attempt(() => ask('near', 0.95)), await attempt(() => ask('near', 0.99))];
  figures.exact = await attempt(async () => {
    await ask('flat');
    return ask('exact');
  });
  await begin(peer, false);
  figures.reopen_index_ms = await attempt(() => ask('reopen', 'openGraph', figures.near[1].ef));
  return figures;
}

const ROUNDS = {
  pglite: () => database('pglite', true),
  sqlite: () => database('sqlite', false),
  hnswlib: () => library('hnswlib'),
  edgevec: () => library('edgevec'),
};

export async function round(peer) {
  try {
    return await ROUNDS[peer]();
  } finally {
    another();
    await attempt(() => ask('clean'));
    worker.terminate();
  }
}
