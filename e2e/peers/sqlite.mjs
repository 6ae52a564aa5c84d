// SQLite with sqlite-vec on OPFS, through the pool of access handles, which needs no shared memory.

import { BATCH, DIM, NEAREST, row, text } from './common.mjs';

let sqlite;
let pool;
let db;
let statements = {};

export async function load() {
  const { default: init } = await import('/node_modules/sqlite-vec-wasm/dist/sqlite3.mjs');
  sqlite = await init({ print: () => {}, printErr: () => {} });
}

export async function create() {
  await open();
  db.exec(`CREATE VIRTUAL TABLE docs USING vec0(
    id INTEGER PRIMARY KEY, vector float[${DIM}], +timestamp INTEGER, +text TEXT)`);
}

export async function open() {
  pool ??= await sqlite.installOpfsSAHPoolVfs({ name: 'peers' });
  db = new pool.OpfsSAHPoolDb('/docs.sqlite');
  // A transaction has ended when its pages and its journal are flushed.
  db.exec('PRAGMA synchronous = FULL');
}

export function close() {
  Object.values(statements).forEach((one) => one.finalize());
  statements = {};
  db.close();
}

const statement = (name, sql) => (statements[name] ??= db.prepare(sql));

/** The bytes of a vector, as its own array. */
const bytes = (vector) => new Uint8Array(vector.slice().buffer);

export function insert(all, from, to, batch = BATCH) {
  const one = statement('insert', 'INSERT INTO docs (id, vector, timestamp, text) VALUES (?, ?, ?, ?)');
  for (let first = from; first < to; first += batch) {
    db.exec('BEGIN');
    for (let at = first; at < Math.min(to, first + batch); at += 1) {
      one.bind([at, bytes(row(all, at)), at * 1_000, text(at)]);
      one.stepReset();
    }
    db.exec('COMMIT');
  }
}

export function exact(query) {
  const near = statement(
    'near',
    `SELECT id FROM docs WHERE vector MATCH ? AND k = ${NEAREST} ORDER BY distance`,
  );
  near.bind([bytes(query)]);
  const found = [];
  while (near.step()) found.push(near.getInt(0));
  near.reset();
  return found;
}
