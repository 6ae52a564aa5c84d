// The worker's first lines. The page sends the address of the glue and the module it has compiled already.
// The name of this file stays the same from build to build, so it says which of its versions it is: src/web/link.rs
// knows the one that fits.
// Where the page may not fetch (www/files.js), the glue stands before these lines, and files come through a port.
onmessage = ({ data: { glue, module, alive, files } }) => {
  onmessage = null;
  postMessage({ first_lines: 2 });
  // The lock is let go when this worker ends, however it ends; the page waits for that. Without locks it only asks
  // from time to time.
  navigator.locks
    ?.request(alive, () => {
      postMessage({ first_lines: 2, held: true });
      return new Promise(() => {});
    })
    .catch(() => {});
  if (files) {
    const waiting = new Map();
    // Each file is asked for once at a time: the glue remembers what is on its way.
    files.onmessage = ({ data: { name, bytes } }) => {
      const [resolve, reject] = waiting.get(name);
      waiting.delete(name);
      if (bytes) resolve(new Response(bytes));
      else reject(new Error(name));
    };
    const ask = (name) => (resolve, reject) => {
      waiting.set(name, [resolve, reject]);
      files.postMessage(name);
    };
    self.quorumFiles = { answer: (name) => new Promise(ask(name)) };
  }
  // What this worker has fetched, for a page that keeps only what was used (www/offline.js).
  try {
    const used = new BroadcastChannel("quorum-lab/used");
    used.onmessage = ({ data }) => {
      if (data === "?") used.postMessage(performance.getEntriesByType("resource").map(({ name }) => name));
    };
  } catch {
    // A page that may not use channels keeps nothing.
  }
  const program = self.quorumGlue ? Promise.resolve({ url: glue }).then(self.quorumGlue) : import(glue);
  // A rejected promise would stay in here; a reported error reaches the page.
  program.then((program) => program.initSync({ module })).catch(reportError);
};
