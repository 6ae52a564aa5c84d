// 3,000 calls of `window.quorumLab` with values that no page should give. Evaluates to a function of a seed and a
// count, which resolves with what went wrong. SplitMix64 in 32-bit pieces would do as well; xorshift is enough to
// choose values.
async (seed, from, count) => {
    let state = (seed * 2654435761 + from * 97 + 1) >>> 0 || 1;
    const next = () => { state ^= state << 13; state >>>= 0; state ^= state >>> 17; state ^= state << 5; state >>>= 0; return state; };
    const below = (n) => next() % n;
    const one = (list) => list[below(list.length)];
    const thrower = () => { throw new Error('a hostile accessor'); };
    const proxy = (of) => new Proxy(of, { get: thrower, has: thrower, ownKeys: thrower, getPrototypeOf: thrower, getOwnPropertyDescriptor: thrower });
    const revoked = (of) => { const made = Proxy.revocable(of, {}); made.revoke(); return made.proxy; };
    const detached = (n) => { const made = new Uint8Array(n); structuredClone(made, { transfer: [made.buffer] }); return made; };
    const cycle = () => { const made = { a: [] }; made.a.push(made); made.self = made; return made; };
    const long = (n) => 'x'.repeat(n);
    const numbers = [2 ** 53, 2 ** 53 - 1, -(2 ** 53), 2 ** 52, 2 ** 32, 2 ** 32 - 1, 2 ** 31, -0, 0, -1, NaN, Infinity, -Infinity, 1e308, 5e-324, 0.5, 1e21, 20000, 7n, -(2n ** 64n)];
    const texts = ['', '\u0000', '\ud800', '__proto__', 'constructor', long(300), long(70000), long(5000000), '<img src=x onerror=alert(1)>', '👹'.repeat(500), 'id in [' + Array.from({ length: 20000 }, (_, i) => i).join(',') + ']', '('.repeat(4000), 'not '.repeat(20000) + 'true', 'id < 9999999999999999999999'];
    const lists = [() => new Array(4294967295), () => new Array(1e9), () => new Array(1e8), () => Array(3000).fill(0), () => [[[[[[]]]]]], () => [, , 1], () => new Float32Array(40000), () => new Float64Array(3), () => new BigInt64Array(3), () => new DataView(new ArrayBuffer(8)), () => proxy([]), () => revoked([]), () => Object.assign([1, 2], { length: 5 }), () => Array.from({ length: 20000 }, () => [0.5]), () => Object.create(Array.prototype), () => [Array(40000).fill(1)], () => Array(50).fill({ id: 1, vector: [NaN] })];
    const objects = [() => ({}), () => null, () => undefined, () => proxy({}), () => revoked({}), () => cycle(), () => Symbol('s'), () => () => thrower(), () => Object.create(null), () => Object.defineProperty({}, 'op', { get: thrower, enumerable: true }), () => ({ get id() { return thrower(); } }), () => new Date(NaN), () => new Map([[1, 2]]), () => document.body, () => detached(16), () => Object.create(Uint8Array.prototype), () => JSON.parse('{"__proto__": {"a": 1}}'), () => new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : cycle()) })];
    const value = () => [() => one(numbers), () => one(texts), () => one(lists)(), () => one(objects)(), () => true, () => below(10), () => below(3000)][below(7)]();
    const fields = { insert: ['collection', 'rows', 'batch'], upsert: ['collection', 'rows'], import: ['rows', 'batch', 'import'], delete: ['collection', 'filter'], query: ['collection', 'filter', 'output_fields', 'limit', 'offset'], search: ['collection', 'field', 'data', 'limit', 'offset', 'metric_type', 'params', 'filter', 'output_fields'], create_collection: ['name', 'fields'], drop_collection: ['collection'], list_collections: [], create_index: ['collection', 'field', 'index_type', 'metric_type', 'params'], drop_index: ['collection'], load: ['collection'], release: ['collection'], flush: ['collection'], compact: ['collection', 'deleted_percent'], stats: [], autosync: ['on'], sync: [], crash: ['keep', 'torn_bytes'], crash_at: ['moment'], recover: [], corrupt: ['file', 'offset', 'kind'], disk_capacity: ['bytes'], export_wal: ['file'], kill: ['node', 'torn_bytes'], restart: ['node'], pause: ['node'], resume: ['node'], cut: ['from', 'to', 'one_way'], heal: ['from', 'to'], power_cut: ['torn_bytes'], crash_loop: ['node', 'times', 'every_us'], partition: ['side', 'but'], kill_zone: ['zone'], stop: ['node'], set: ['name', 'value'], region: ['deed', 'region', 'value', 'text'], clog: ['from', 'to', 'us'], weather: ['loss', 'duplicate', 'reorder'], wipe: ['node'], disk: ['node', 'fault', 'at'], clock: ['node', 'drift_ppm', 'jump_us', 'period_us'], campaign: ['node'], transfer: ['to'], conf: ['mode', 'changes'], take_snapshot: ['node'], rule: ['name', 'on'], client: ['on'], act: ['name'], predict: ['step', 'choose'], explain: ['step', 'choose'], read: ['step'], diagnose: ['component', 'kind', 'node', 't_us'], show_me: ['step'], free_play: ['on'], reset: [], run: ['us'], run_until: ['what', 'most_us'], stop_run: [], step: [], seek: ['t_us'], step_back: [], undo: [], line: ['number', 't_us'], compare: ['number', 't_us'], why: ['kind', 'node', 't_us'], what_if: ['change', 'steps', 'commands'], drop_message: ['message'], inspect: ['node', 'message', 'pod', 'lease', 'segment', 'backup', 'site', 'resolver'], history: ['last', 'find'], wal: ['node', 'file', 'offset', 'bytes'], pull_plug: [], reopen: [], play: [], hold: [], speed: ['x'], nonsense: ['a'] };
    // Sensible values beside the hostile ones, so that commands get past the first field.
    const sane = { collection: 'docs', rows: 3, batch: 10, node: 1, from: 1, to: 2, on: true, us: 1000, most_us: 1000, what: 'service', t_us: 5, side: [1], but: [], name: 'x', fields: [{ name: 'id', type: 'int64', primary: true }], filter: '', file: 0, offset: 0, kind: 'bitflip', mode: 'single', changes: [{ add: 1 }], data: [[0.5]], limit: 3, params: {}, keep: 'torn', times: 2, every_us: 1000, x: 1, value: 1, deed: 'lose', step: 'a', choose: 'b', zone: 0, fault: 'lie', at: 5 };
    const command = () => {
        const op = one(Object.keys(fields)), made = { op: below(40) ? op : value() };
        for (const name of fields[op])
            try { if (below(8)) made[name] = name in sane && below(2) ? sane[name] : value(); } catch { /* a value that cannot even be kept */ }
        return below(60) ? made : value();
    };
    const run = () => one([value, () => ({ nodes: value(), seed: value(), settings: value(), off: value(), deeds: value() }), () => ({ nodes: 3, seed: 1, settings: [], off: [], deeds: [{ t_us: one(numbers), op: 'clog', from: 1, to: 2, us: one(numbers) }] })])();
    const make = () => {
        const dice = below(100);
        if (dice < 86) return ['do', command()];
        if (dice < 90) return ['restore', one([() => detached(10), () => new Uint8Array(below(5000)), value, () => new Uint8Array(new ArrayBuffer(64), 3, 9)])()];
        if (dice < 93) return ['hunt', { rule: value(), seeds: below(3) ? below(3) : one(numbers.filter((x) => x !== 20000)), events: value() }];
        if (dice < 95) return ['drill', { scenario: value(), runs: one(numbers), set: value(), runbook: value() }];
        if (dice < 97) return ['open', { topology: below(2) ? 'replica-set:3' : value(), lesson: below(3) ? undefined : value(), seed: one(numbers), kept: value(), speed: one(numbers), lang: value(), run: below(2) ? undefined : run() }];
        if (dice < 98) return [below(2) ? 'backup' : 'saveRun', value()];
        return ['on', value(), value()];
    };
    const faults = [], codes = {};
    let slowest = [0, ''];
    const describe = (call) => { try { return call[0] + ' ' + JSON.stringify(call[1], (_, v) => typeof v === 'bigint' ? v + 'n' : typeof v === 'symbol' ? 'symbol' : typeof v === 'string' && v.length > 40 ? v.slice(0, 40) + '…' : Array.isArray(v) && v.length > 20 ? 'list of ' + v.length : v)?.slice(0, 300); } catch (e) { return call[0] + ' (' + String(e).slice(0, 40) + ')'; } };
    const pending = [];
    for (let n = 0; n < count; n++) {
        const call = make(), began = performance.now();
        let promised;
        try { promised = quorumLab[call[0]](call[1], call[2]); } catch (error) { faults.push('threw ' + error + ': ' + describe(call)); continue; }
        const took = performance.now() - began;
        if (took > slowest[0]) slowest = [took, describe(call)];
        if (call[0] === 'on') { if (typeof promised === 'function') promised(); continue; }
        const answered = Promise.resolve(promised).then(
            (answer) => { const code = answer instanceof Uint8Array ? 'bytes' : answer?.ok === true ? 'ok' : answer?.code ?? 'odd'; codes[code] = (codes[code] ?? 0) + 1; if (code === 'odd' || code === 'panicked' || code === 'untold') faults.push(code + ': ' + JSON.stringify(answer)?.slice(0, 200) + ' ' + describe(call)); },
            (error) => faults.push('rejected ' + error + ': ' + describe(call)));
        // A few at a time, as a page in a hurry would do; nothing may take longer than half a minute.
        let timer;
        const late = new Promise((done) => { timer = setTimeout(() => { faults.push('no answer: ' + describe(call)); done(); }, 30000); });
        pending.push(Promise.race([answered, late]).then(() => clearTimeout(timer)));
        // What waits for virtual time is answered when time passes, and a call may have held it.
        if (pending.length >= 8) { quorumLab.do({ op: 'play' }); await Promise.all(pending.splice(0)); }
    }
    quorumLab.do({ op: 'play' });
    await Promise.all(pending);
    return { faults, codes, slowest };
}
