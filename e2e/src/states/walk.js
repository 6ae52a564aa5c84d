// How a test goes through a lesson: by pressing the pane's own buttons, as quickly as the page answers. Time passes by
// command, as in the tests of the course.
window.walk = (() => {
  const at = (selector) => document.querySelector(selector);
  const lesson = () => at('section.lesson');
  const frame = () => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
  const LONGEST_MS = 60000;

  async function until(what, done) {
    const end = performance.now() + LONGEST_MS;
    while (!done()) {
      if (performance.now() > end) throw new Error('waited in vain for ' + what);
      await frame();
    }
  }

  const free = (selector) => at(`${selector}:not([aria-disabled=true])`);
  const done = () => lesson()?.dataset.done === 'true';
  const step = () => lesson()?.dataset.step;

  async function on() {
    const before = step();
    await until('a way on', () => free('[data-act=next]') ?? free('[data-act=read]'));
    (free('[data-act=next]') ?? free('[data-act=read]')).click();
    await until('the next step', () => step() !== before || at('[data-view=finished]'));
  }

  async function hints() {
    while (at('[data-act=hint]')) {
      at('[data-act=hint]').click();
      await frame();
    }
  }

  async function show(leap) {
    await hints();
    const end = performance.now() + LONGEST_MS;
    while (!free('[data-act=show-me]') && !done() && performance.now() < end) {
      await quorumLab.do({op: 'run', us: leap});
      await frame();
    }
    if (done()) return;
    free('[data-act=show-me]').click();
    await frame();
    for (let us = leap; !done(); us *= 1.2) {
      if (performance.now() > end) throw new Error('the solution does not finish step ' + step());
      const answer = await quorumLab.do({op: 'run', us: Math.round(us)});
      if (!answer.ok) throw new Error(answer.error);
      await frame();
    }
    await quorumLab.do({op: 'hold'});
  }

  async function answer() {
    for (let tries = 0; tries < 8 && !done(); tries++) {
      const chosen = () => document.querySelectorAll('.opt[data-chosen=true]').length;
      const before = chosen();
      at('.opt[data-chosen=false]:not([aria-disabled=true])')?.click();
      await until('an answer to be taken', () => chosen() > before || done());
    }
  }

  async function finish(leap) {
    const kind = lesson().dataset.kind;
    if (kind === 'predict' && !done()) free('.opt')?.click();
    if (kind === 'explain') await answer();
    if (kind === 'do' || kind === 'observe') await show(leap);
    if (kind !== 'read') await until('the step to be done', done);
  }

  return {
    /** Holds the run at a moment. It has played until now, slowly, and is at the same moment on every machine then. */
    async at(us, speed) {
      await quorumLab.do({op: 'hold'});
      const left = us - (await quorumLab.snapshot()).t_us;
      if (left > 0) await quorumLab.do({op: 'run', us: left});
      await quorumLab.do({op: 'speed', x: speed});
    },
    /** To the first step of a kind, doing what comes before it. */
    async to(kind, leap) {
      await until('the lesson', () => lesson()?.dataset.kind);
      while (lesson().dataset.kind !== kind) {
        await finish(leap);
        await on();
      }
    },
    /** To the end of the lesson. */
    async through(leap) {
      await until('the lesson', () => lesson()?.dataset.kind);
      const steps = document.querySelectorAll('.co-steps ol li').length;
      for (;;) {
        await finish(leap);
        if (at('[data-view=finished]')) return;
        if (Number(step()) + 1 >= steps && lesson().dataset.kind !== 'read') break;
        await on();
      }
      await until('the end of the lesson', () => at('[data-view=finished]'));
    },
    hints,
  };
})()
