'use strict';
// The page is complete without this script. It filters, folds, copies, changes the theme and
// brings back exchanges from the embedded document. It never loads anything and never makes
// markup from text: every string goes in through textContent.
const $ = (s, r) => (r || document).querySelector(s);
const $$ = (s, r) => Array.from((r || document).querySelectorAll(s));
const make = (tag, cls, text) => {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  if (text !== undefined) e.textContent = text;
  return e;
};
const root = document.documentElement;

// Theme: the system's until a person chooses.
const theme = $('#theme');
const dark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
const label = () => { theme.textContent = dark() ? 'Light theme' : 'Dark theme'; };
const remembered = (v) => {
  try { return v === undefined ? localStorage.getItem('scimmage-theme') : localStorage.setItem('scimmage-theme', v); } catch (e) { return null; }
};
const known = remembered();
if (known === 'dark' || known === 'light') root.dataset.theme = known;
label();
theme.addEventListener('click', () => { root.dataset.theme = dark() ? 'light' : 'dark'; remembered(root.dataset.theme); label(); });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', label);
$('#tools').hidden = false;

// Copying, with a way for browsers that keep the clipboard from local files.
const copyText = async (text) => {
  try { await navigator.clipboard.writeText(text); return true; } catch (e) { /* try the older way */ }
  const t = make('textarea', 'off', text);
  document.body.append(t);
  t.select();
  let ok = false;
  try { ok = document.execCommand('copy'); } catch (e) { ok = false; }
  t.remove();
  return ok;
};
const said = (el, text) => {
  if (el.dataset.was === undefined) el.dataset.was = el.textContent;
  el.textContent = text;
  clearTimeout(el.timer);
  el.timer = setTimeout(() => { el.textContent = el.dataset.was; delete el.dataset.was; }, 1500);
};
const copiers = (scope) => {
  for (const pre of $$('pre.copy', scope)) {
    if (pre.parentElement.classList.contains('copier') || !pre.getClientRects().length) continue;
    const box = make('div', 'copier'), button = make('button', '', 'Copy');
    button.type = 'button';
    button.setAttribute('aria-label', 'Copy ' + (pre.getAttribute('aria-label') || 'text'));
    pre.replaceWith(box);
    box.append(pre, button);
    button.addEventListener('click', async () => said(button, await copyText(pre.textContent) ? 'Copied' : 'Select and copy'));
  }
};
document.addEventListener('click', (e) => {
  const pin = e.target.closest && e.target.closest('a.pin');
  if (pin) copyText(pin.href).then((ok) => ok && said(pin, 'link copied'));
});

// Where in the report the reader is.
const places = new Map($$('.rail a').map((a) => [a.hash.slice(1), a]));
const watcher = new IntersectionObserver((entries) => {
  for (const e of entries) if (e.isIntersecting) {
    for (const a of places.values()) a.removeAttribute('aria-current');
    places.get(e.target.id).setAttribute('aria-current', 'true');
  }
}, { rootMargin: '-25% 0px -70% 0px' });
for (const id of places.keys()) if ($('#' + id)) watcher.observe($('#' + id));
