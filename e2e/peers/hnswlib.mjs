// hnswlib-wasm: a graph in memory, which is saved as one file in IndexedDB. It keeps vectors and numbers, no other field.

import { DIM, EF_CONSTRUCTION, M, NEAREST, row } from './common.mjs';

const FILE = 'peers.dat';

let lib;
let sync;
let graph;
let flat;
let added = 0;

export async function load() {
  const main = await import('/node_modules/hnswlib-wasm/dist/hnswlib.js');
  // It waits for itself.
  await main.__tla;
  lib = await main.loadHnswlib();
  sync = main.syncFileSystem;
}

/** Vectors as an array of arrays, as the library takes them. */
const rows = (all, from, to) => Array.from({ length: to - from }, (_, n) => row(all, from + n));

/** Its rows are its graph: there is nothing to insert into before. */
export function graphOf(all, count) {
  graph = new lib.HierarchicalNSW('l2', DIM, '');
  graph.initIndex(count, M, EF_CONSTRUCTION, 100);
  const labels = Array.from({ length: count }, (_, at) => at);
  graph.addPoints(rows(all, 0, count), labels, false);
}

export async function save() {
  await graph.writeIndex(FILE);
  await sync('write');
}

export async function openGraph(count) {
  await sync('read');
  graph = new lib.HierarchicalNSW('l2', DIM, '');
  await graph.readIndex(FILE, count);
}

export function flatOf(all, count) {
  flat = new lib.BruteforceSearch('l2', DIM);
  flat.initIndex(count);
  for (; added < count; added += 1) flat.addPoint(row(all, added), added);
}

const sorted = ({ distances, neighbors }) =>
  neighbors.map((id, at) => [distances[at], id]).sort((a, b) => a[0] - b[0]).map(([, id]) => id);

export const exact = (query) => sorted(flat.searchKnn(query, NEAREST, undefined));

export const prepare = (ef) => graph.setEfSearch(ef);

export const search = (query) => sorted(graph.searchKnn(query, NEAREST, undefined));
