// What every state of the page is checked for, besides axe: run inside the page, once for each state, size, theme and
// language. Each check returns findings as {check, where, what}; none is a fault of taste, all can be read off the
// document.
(() => {
  const SLACK_PX = 1.5;
  const INTERACTIVE =
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], [role=button], [role=switch]';

  const seen = (e) =>
    e.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true, opacityProperty: true}) &&
    e.getClientRects().length > 0;
  const unread = (e) => e.closest('.vh, [aria-hidden=true], [inert]') !== null;
  // Modal dialogs make the rest of the document inert without saying so in it.
  const modal = () => [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
  const name = (e) => {
    const parts = [];
    for (let at = e; at && at !== document.body && parts.length < 3; at = at.parentElement) {
      const act = at.dataset?.act ?? at.dataset?.view ?? at.dataset?.node ?? '';
      const kind = typeof at.className === 'string' ? at.className : (at.className?.baseVal ?? '');
      parts.unshift(at.localName + (kind ? '.' + kind.trim().split(/\s+/).join('.') : '') + (act ? `[${act}]` : ''));
    }
    return parts.join(' > ') + ' “' + (e.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40) + '”';
  };

  // Nothing is wider than the window, so that reading takes one direction of scrolling.
  function overflow() {
    const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (over <= 0) return [];
    const wide = [...document.querySelectorAll('body *')].filter((e) => seen(e) && !clippedBefore(e)).filter((e) =>
      e.getBoundingClientRect().right > document.documentElement.clientWidth + SLACK_PX);
    return [{check: 'overflow', where: name(wide.at(-1) ?? document.body), what: `${over} px too wide`}];
  }

  const clippedBefore = (e) => {
    for (let at = e.parentElement; at && at !== document.body; at = at.parentElement) {
      if (getComputedStyle(at).overflowX !== 'visible') return true;
    }
    return false;
  };

  // Every piece of text lies within what clips it. A box that scrolls clips nothing for good.
  function clipping() {
    const found = [], told = new Set();
    const walker = document.createTreeWalker(modal(), NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      const parent = text.parentElement;
      if (!text.data.trim() || !parent || told.has(parent) || unread(parent) || !seen(parent)) continue;
      // Earlier sentences wrap out of the line of the newest; the button beside it lists all of them.
      if (parent.closest('.say li:not(.now)')) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      const boxes = parent instanceof SVGElement ? [parent.getBoundingClientRect()] : [...range.getClientRects()];
      for (const box of boxes) {
        const cut = box.width > 0 && clippedBy(parent, box);
        if (cut) {
          told.add(parent);
          found.push({check: 'clipping', where: name(parent), what: cut});
          break;
        }
      }
    }
    return found;
  }

  function clippedBy(from, box) {
    // A font's box is taller than its letters, so that a third of it may be cut without cutting any.
    const rise = box.height * 0.3;
    for (let at = from; at && at !== document.documentElement; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.display === 'inline' || style.display === 'contents') continue;
      const edge = at.getBoundingClientRect();
      // Hidden for the eyes on purpose.
      if (edge.width <= 1 && edge.height <= 1) return null;
      const svg = at.localName === 'svg';
      const clips = (overflow) => overflow === 'hidden' || overflow === 'clip';
      if (svg ? style.overflow === 'visible' : !clips(style.overflowX) && !clips(style.overflowY)) {
        if (style.overflowX !== 'visible') return null;
        if (style.position === 'fixed') return null;
        continue;
      }
      const words = [];
      if (svg || clips(style.overflowX)) {
        if (box.left < edge.left - SLACK_PX) words.push(`${Math.round(edge.left - box.left)} px on the left`);
        if (box.right > edge.right + SLACK_PX) words.push(`${Math.round(box.right - edge.right)} px on the right`);
      }
      if (svg || clips(style.overflowY)) {
        if (box.top < edge.top - rise) words.push(`${Math.round(edge.top - box.top)} px at the top`);
        if (box.bottom > edge.bottom + rise) words.push(`${Math.round(box.bottom - edge.bottom)} px at the bottom`);
      }
      if (words.length) return `${words.join(', ')} cut by ${name(at).split(' “')[0]}`;
    }
    return null;
  }

  const tabbable = (e) => e.tabIndex >= 0 && seen(e) && !e.disabled && !e.closest('[inert]') && modal().contains(e);
  const stops = () => [...document.querySelectorAll(INTERACTIVE)].filter(tabbable);

  // Groups that arrow keys walk have one tab stop; radio buttons of one name have one by themselves.
  function groups() {
    const found = [];
    const roles = '[role=toolbar], [role=radiogroup], [role=tablist], [role=listbox], [role=tree], [role=grid], ' +
      '[role=menu], [data-roving]';
    for (const group of document.querySelectorAll(roles)) {
      const inside = stops().filter((e) => group.contains(e) && e !== group);
      const radios = new Set(inside.filter((e) => e.type === 'radio').map((e) => e.name));
      // What the group is made of; other controls between its members have stops of their own.
      const member = group.role === 'radiogroup' ? '[role=radio]' : '*';
      const count = inside.filter((e) => e.type !== 'radio' && e.matches(member)).length + radios.size;
      if (count > 1) found.push({check: 'tab-stops', where: name(group), what: `${count} stops`});
    }
    return found;
  }

  const LOOKS = ['outlineStyle', 'outlineWidth', 'outlineColor', 'boxShadow', 'borderColor', 'backgroundColor',
    'textDecorationLine', 'stroke', 'strokeWidth', 'fill', 'color', 'opacity', 'visibility'];
  const look = (e) => {
    const near = e.localName === 'input' ? [e, e.parentElement, e.nextElementSibling, e.labels?.[0]] : [e];
    // The label of a radio button that is hidden for the eyes is a sibling, or another child of the same parent.
    const label = e.id ? [...document.querySelectorAll(`label[for="${CSS.escape(e.id)}"]`)] : [];
    const all = [...near, ...label].filter(Boolean).flatMap((one) => [one, ...[...one.querySelectorAll('*')].slice(0, 40)]);
    return all.map((one) => {
      const style = getComputedStyle(one);
      return LOOKS.map((key) => style[key]).join('|');
    }).join('\n');
  };

  // What has the focus shows it, and is not behind something else. One of each kind, for they share their styles.
  function focus() {
    const found = [], kinds = new Set(), before = document.activeElement;
    const places = [...document.querySelectorAll('*')].filter((e) => e.scrollTop || e.scrollLeft)
      .map((e) => [e, e.scrollTop, e.scrollLeft]);
    for (const e of stops()) {
      const kind = e.localName + '.' + (e.getAttribute('class') ?? '') + '.' + (e.parentElement?.className ?? '');
      if (kinds.has(kind)) continue;
      kinds.add(kind);
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      const plain = look(e);
      e.focus({focusVisible: true});
      if (document.activeElement !== e) {
        found.push({check: 'focus', where: name(e), what: 'does not take the focus'});
        continue;
      }
      if (look(e) === plain) found.push({check: 'focus', where: name(e), what: 'looks the same with the focus'});
      const over = hidden(e);
      if (over) found.push({check: 'focus-hidden', where: name(e), what: over});
    }
    if (before instanceof HTMLElement || before instanceof SVGElement) before.focus({preventScroll: true});
    for (const [e, top, left] of places) e.scrollTo(left, top);
    return found;
  }

  function hidden(e) {
    if (e.closest('.vh') || e.classList.contains('vh')) return null;
    const r = e.getBoundingClientRect();
    const left = Math.max(r.left, 0), right = Math.min(r.right, innerWidth);
    const top = Math.max(r.top, 0), bottom = Math.min(r.bottom, innerHeight);
    if (right <= left || bottom <= top) return 'is outside the window';
    for (const across of [0.1, 0.5, 0.9]) for (const down of [0.1, 0.5, 0.9]) {
      const at = document.elementFromPoint(left + (right - left) * across, top + (bottom - top) * down);
      if (at && (e.contains(at) || at.contains(e) && at !== document.body && at !== document.documentElement)) return null;
    }
    const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    // A message that passes, and a list that its reader has opened and Escape closes, may be above (WCAG 2.4.11).
    if (over?.closest('.notice, .say-all, .more-x')) return null;
    return 'is behind ' + (over ? name(over) : 'nothing');
  }

  const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
  // In a drawing the first text is the label; what follows it says how the thing stands, and the name says that in words.
  const shown = (e) => {
    const walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    let text = '';
    for (let at = walker.nextNode(); at; at = walker.nextNode()) {
      const parent = at.parentElement;
      if (!parent || unread(parent) || !seen(parent) || parent.localName === 'title') continue;
      text += at.data;
      if (text.trim() && (e instanceof SVGElement || e.matches('.ln-b'))) break;
    }
    return text;
  };

  // People who speak to their computer say what they see.
  function names() {
    const found = [];
    for (const e of document.querySelectorAll('button[aria-label], a[aria-label], summary[aria-label], [role=button][aria-label]')) {
      if (!seen(e) || unread(e) || !modal().contains(e)) continue;
      const label = plain(e.getAttribute('aria-label')), text = plain(shown(e));
      if (text && !label.includes(text)) {
        found.push({check: 'name', where: name(e), what: `is called “${e.getAttribute('aria-label')}”`});
      }
    }
    return found;
  }

  // Where the pointer is a finger: 44 px each way, of which a part may be beyond what is drawn. Links within sentences
  // are as tall as their line; in drawings, where a node cannot be moved, it is WCAG's 24 px.
  function targets() {
    const TAP_PX = 44, DRAWN_PX = 24, found = [];
    if (!matchMedia('(pointer: coarse)').matches) return [{check: 'target', where: 'window', what: 'no coarse pointer'}];
    for (const e of document.querySelectorAll(INTERACTIVE)) {
      if (!seen(e) || unread(e) || !modal().contains(e) || e.disabled) continue;
      const acts = e.matches('a[href], button, input, select, textarea, summary, [role=button], [role=switch]');
      if (!acts || e.matches('.skip, .link')) continue;
      const style = getComputedStyle(e);
      if (style.display === 'inline' && e.localName === 'a') continue;
      const need = e instanceof SVGElement ? DRAWN_PX : TAP_PX;
      const label = e.closest('label');
      const boxes = [e, label].filter(Boolean).map((one) => one.getBoundingClientRect());
      if (boxes.some((box) => box.width >= need - 0.5 && box.height >= need - 0.5)) continue;
      if (reaches(e, need)) continue;
      const box = boxes.at(-1);
      found.push({check: 'target', where: name(e), what: `${Math.round(box.width)} × ${Math.round(box.height)} px`});
    }
    return found;
  }

  // Whether an element is hit this far around its middle.
  function reaches(e, need) {
    e.scrollIntoView({block: 'center', inline: 'nearest'});
    const box = e.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
    const far = (side) => Math.max(need, side) / 2 - 1;
    const points = [[far(box.width), 0], [-far(box.width), 0], [0, far(box.height)], [0, -far(box.height)]];
    return points.every(([right, down]) => {
      const at = document.elementFromPoint(x + right, y + down);
      return at && (e.contains(at) || e.closest('label')?.contains(at));
    });
  }

  // The keyboard is somewhere: a control that disappears passes its focus on.
  function lost() {
    const at = document.activeElement;
    return at && at !== document.body ? [] : [{check: 'focus-lost', where: 'body', what: 'has the focus'}];
  }

  // A page says what it is: language, title, one main region.
  function page() {
    const found = [], root = document.documentElement;
    if (!document.title.trim()) found.push({check: 'page', where: 'title', what: 'is empty'});
    if (!/^(zh|en)/.test(root.lang)) found.push({check: 'page', where: 'html', what: `lang is “${root.lang}”`});
    return found;
  }

  async function rules() {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    // That rule looks for words between spaces, which Chinese has not, and takes the state of a node in a drawing for
    // its label; `names` looks instead.
    const rules = {'label-content-name-mismatch': {enabled: false}};
    // A frame holds a page of its own, and axe would wait for it to answer.
    const options = {runOnly: tags, rules, resultTypes: ['violations'], elementRef: false, iframes: false};
    const result = await axe.run(document, options);
    return result.violations.flatMap((rule) => rule.nodes.map((node) => ({
      check: `axe ${rule.id}`, where: node.html.slice(0, 160),
      what: `${rule.impact}: ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? rule.help}`,
    })));
  }

  const CHECKS = {rules, overflow, clipping, groups, focus, names, targets, lost, page};
  window.audit = async (checks) => {
    const found = [];
    for (const check of checks) found.push(...await CHECKS[check]());
    return found;
  };
})()
