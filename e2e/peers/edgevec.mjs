// edgevec: a graph in memory, which is saved as one value in IndexedDB. Here it keeps vectors and its own numbers.

import { DIM, EF_CONSTRUCTION, M, NEAREST, row } from './common.mjs';

const NAME = 'peers';

let lib;
let graph;
let flat;
let width = NEAREST;

export async function load() {
  lib = await import('/node_modules/edgevec/edgevec.js');
  await lib.default();
}

function made(kind) {
  const config = new lib.EdgeVecConfig(DIM);
  config.metric = 'l2';
  config.indexType = kind;
  config.m = M;
  config.m0 = 2 * M;
  config.ef_construction = EF_CONSTRUCTION;
  config.ef_search = NEAREST;
  return new lib.EdgeVec(config);
}

export function graphOf(all, count) {
  graph = made(lib.JsIndexType.Hnsw);
  graph.insertBatchFlat(all.subarray(0, count * DIM), count);
}

export const save = () => graph.save(NAME);

export async function openGraph() {
  graph = await lib.EdgeVec.load(NAME);
}

export function flatOf(all, count) {
  flat = made(lib.JsIndexType.Flat);
  for (let at = 0; at < count; at += 1) flat.insert(row(all, at));
}

/** It numbers vectors from 1. */
const ids = (found) => found.slice(0, NEAREST).map((one) => Number(one.id) - 1);

export const exact = (query) => ids(flat.search(query, NEAREST));

/**
 * How wide a search is has been fixed with the index, but it is at least as wide as the number of rows that are asked
 * for: more are asked for, and those after the tenth are left out.
 */
export function prepare(ef) {
  width = ef;
}

export const search = (query) => ids(graph.search(query, width));
