// The worker's first lines. The page sends the address of the glue and the module it has compiled already.
// The name of this file stays the same from build to build, so it says which of its versions it is: src/web/link.rs
// knows the one that fits.
onmessage = ({ data: { glue, module, alive } }) => {
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
  // A rejected promise would stay in here; a reported error reaches the page.
  import(glue).then((program) => program.initSync({ module })).catch(reportError);
};
