// PGlite with pgvector on `idb://`: Postgres in WebAssembly, its files in IndexedDB.

import { BATCH, DIM, EF_CONSTRUCTION, M, NEAREST, row, text } from './common.mjs';

const AT = '/node_modules/@electric-sql/pglite/dist';

let PGlite;
let options;
let db;
/** What searches ask: the database, or a transaction of it. */
let asked;

/** Fetches and compiles everything. */
export async function load() {
  const [main, extension, program, initdb, files] = await Promise.all([
    import(`${AT}/index.js`),
    import('/node_modules/@electric-sql/pglite-pgvector/dist/index.js'),
    WebAssembly.compileStreaming(fetch(`${AT}/pglite.wasm`)),
    WebAssembly.compileStreaming(fetch(`${AT}/initdb.wasm`)),
    fetch(`${AT}/pglite.data`).then((answer) => answer.blob()),
  ]);
  PGlite = main.PGlite;
  options = {
    extensions: { vector: extension.vector },
    pgliteWasmModule: program,
    initdbWasmModule: initdb,
    fsBundle: files,
    // A statement has ended when its files are in IndexedDB.
    relaxedDurability: false,
  };
}

export async function create() {
  await open();
  await db.exec(`CREATE EXTENSION vector;
    CREATE TABLE docs (id bigint PRIMARY KEY, timestamp bigint, text varchar(500), vector vector(${DIM}));`);
}

export async function open() {
  db = await PGlite.create('idb://peers', options);
  asked = db;
}

export const close = () => db.close();

/** Rows in Postgres's binary format for COPY, so that nothing has to be parsed. */
function copied(all, from, to) {
  const encoder = new TextEncoder();
  const texts = Array.from({ length: to - from }, (_, n) => encoder.encode(text(from + n)));
  const bytes = texts.reduce((sum, one) => sum + 38 + one.length + DIM * 4, 21);
  const view = new DataView(new ArrayBuffer(bytes));
  const signature = [0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00];
  signature.forEach((byte, at) => view.setUint8(at, byte));
  let at = 19;
  texts.forEach((one, n) => {
    view.setInt16(at, 4);
    view.setInt32(at + 2, 8);
    view.setBigInt64(at + 6, BigInt(from + n));
    view.setInt32(at + 14, 8);
    view.setBigInt64(at + 18, BigInt(from + n) * 1_000n);
    view.setInt32(at + 26, one.length);
    new Uint8Array(view.buffer, at + 30).set(one);
    at += 30 + one.length;
    view.setInt32(at, 4 + DIM * 4);
    view.setInt16(at + 4, DIM);
    at += 8;
    for (const number of row(all, from + n)) {
      view.setFloat32(at, number);
      at += 4;
    }
  });
  view.setInt16(at, -1);
  return new Blob([view.buffer]);
}

export async function insert(all, from, to, batch = BATCH) {
  for (let at = from; at < to; at += batch) {
    const blob = copied(all, at, Math.min(to, at + batch));
    await db.query("COPY docs FROM '/dev/blob' WITH (FORMAT binary)", [], { blob });
  }
}

export async function exact(query) {
  const sql = `SELECT id FROM docs ORDER BY vector <-> $1 LIMIT ${NEAREST}`;
  const found = await asked.query(sql, [`[${query.join(',')}]`]);
  return found.rows.map((one) => Number(one.id));
}

export const search = exact;

/** Searches in one transaction: outside of one it stores its files after every statement, also after one that reads. */
export const together = (work) =>
  db.transaction(async (transaction) => {
    asked = transaction;
    await work();
    asked = db;
  });

export async function build() {
  await db.exec("SET maintenance_work_mem = '256MB'");
  await db.exec(`CREATE INDEX docs_graph ON docs USING hnsw (vector vector_l2_ops)
    WITH (m = ${M}, ef_construction = ${EF_CONSTRUCTION})`);
}

/** The widest search that pgvector takes. */
export const MOST = 1_000;

export const prepare = (ef) => db.exec(`SET enable_seqscan = off; SET hnsw.ef_search = ${ef}`);
