// The console works without this file; it makes pages live, asks before what cannot be undone, and saves typing.
'use strict';

// Theme: the system's, or the one that was chosen.
const root = document.documentElement;
const theme = document.getElementById('theme');
const stored = localStorage.getItem('theme');
if (stored) root.dataset.theme = stored;
const dark = () => (root.dataset.theme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
const nameTheme = () => { theme.textContent = dark() ? 'Light' : 'Dark'; };
theme.hidden = false;
nameTheme();
theme.addEventListener('click', () => {
  root.dataset.theme = dark() ? 'light' : 'dark';
  localStorage.setItem('theme', root.dataset.theme);
  nameTheme();
});

// Destructive forms are confirmed.
const sure = document.getElementById('sure');
let waiting = null;
document.addEventListener('submit', (e) => {
  const text = e.target.dataset.confirm;
  if (!text || waiting === e.target) return;
  e.preventDefault();
  waiting = e.target;
  document.getElementById('sure-text').textContent = text;
  sure.returnValue = 'no';
  sure.showModal();
});
sure.addEventListener('close', () => {
  const form = waiting;
  if (sure.returnValue === 'yes' && form) form.submit();
  waiting = null;
});

// A custom attribute's value is sent under the name that was typed.
document.addEventListener('input', (e) => {
  const form = e.target.closest('form[data-attribute]');
  if (form && e.target.matches('[data-name]')) form.querySelector('[data-value]').name = 'profile.' + e.target.value + ':clear';
});

// Fields for people and groups suggest who is there.
let asking = null;
document.addEventListener('input', (e) => {
  const kind = e.target.dataset.suggest;
  if (!kind || e.target.value.length < 2) return;
  clearTimeout(asking);
  asking = setTimeout(async () => {
    try {
      const answer = await fetch('/api/v1/' + kind + '?limit=10&q=' + encodeURIComponent(e.target.value));
      const list = document.getElementById(kind + '-list');
      list.replaceChildren(...(await answer.json()).items.map((x) => {
        const o = document.createElement('option');
        o.value = kind === 'people' ? x.profile.login : x.name;
        if (kind === 'people') o.label = x.profile.displayName || x.profile.login;
        return o;
      }));
    } catch { /* suggestions are a comfort */ }
  }, 150);
});

// Only the fields of the chosen way to sign in are shown, and sent.
const auth = document.querySelector('[data-auth]');
if (auth) {
  const show = () => {
    for (const el of document.querySelectorAll('[data-for]')) {
      el.hidden = el.dataset.for !== auth.value;
      for (const i of el.querySelectorAll('input')) i.disabled = el.hidden;
    }
    for (const el of document.querySelectorAll('[data-not]')) el.hidden = el.dataset.not === auth.value;
  };
  auth.addEventListener('change', show);
  show();
}

// Keyboard: / searches, g and a letter goes somewhere, Escape leaves a field.
const places = { o: '/', p: '/people', g: '/groups', a: '/activity', t: '/tasks', s: '/system' };
let go = false;
document.addEventListener('keydown', (e) => {
  if (e.target.matches('input, select, textarea')) { if (e.key === 'Escape') e.target.blur(); return; }
  if (e.ctrlKey || e.metaKey || e.altKey || sure.open) return;
  if (e.key === '/') { e.preventDefault(); document.getElementById('find').focus(); return; }
  if (go && places[e.key]) { location.href = places[e.key]; return; }
  go = e.key === 'g';
});

// Buttons that copy.
const copiers = (within) => {
  for (const box of within.querySelectorAll('.copier')) {
    if (box.querySelector('button')) continue;
    const b = document.createElement('button');
    b.type = 'button';
    b.textContent = 'Copy';
    b.addEventListener('click', async () => {
      await navigator.clipboard.writeText(box.querySelector('pre').textContent);
      b.textContent = 'Copied';
      setTimeout(() => { b.textContent = 'Copy'; }, 1500);
    });
    box.append(b);
  }
};
copiers(document);

// On narrow screens the rows of a table become cards. Cells carry the name of their column then, and say what they are, because
// a table that is laid out otherwise is no table for assistive technology any more.
const stack = (within) => {
  for (const table of within.querySelectorAll('.scroll table')) {
    const names = [...table.querySelectorAll('thead th')].map((h) => (h.querySelector('.off') ? '' : h.textContent.trim()));
    table.classList.add('stacks');
    table.setAttribute('role', 'table');
    for (const g of table.querySelectorAll('thead, tbody')) g.setAttribute('role', 'rowgroup');
    for (const h of table.querySelectorAll('thead th')) h.setAttribute('role', 'columnheader');
    for (const row of table.querySelectorAll('tr')) row.setAttribute('role', 'row');
    for (const row of table.querySelectorAll('tbody tr')) {
      [...row.children].forEach((cell, n) => {
        cell.setAttribute('role', cell.tagName === 'TH' ? 'rowheader' : 'cell');
        if (cell.tagName === 'TD') cell.dataset.label = cell.colSpan > 1 ? '' : names[n] || '';
      });
    }
  }
};
stack(document);

// Live: when something happened, the page is asked for again and its live parts are exchanged. What holds the focus is left alone.
let due = null, loading = false, again = false;
const refresh = async () => {
  if (loading) { again = true; return; }
  loading = true;
  try {
    const answer = await fetch(location.href, { headers: { 'X-Live': '1', Accept: 'text/html' } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const el of document.querySelectorAll('[data-live]')) {
      const fresh = page.getElementById(el.id);
      if (fresh) stack(fresh);
      if (!fresh || fresh.innerHTML === el.innerHTML || el.contains(document.activeElement) && document.activeElement !== el) continue;
      const open = new Set([...el.querySelectorAll('details[open][data-key]')].map((d) => d.dataset.key));
      el.replaceChildren(...fresh.childNodes);
      for (const d of el.querySelectorAll('details[data-key]')) d.open = open.has(d.dataset.key);
      copiers(el);
    }
  } catch { /* the server is away; the stream comes back by itself */ } finally {
    loading = false;
    if (again) { again = false; soon(); }
  }
};
const soon = () => { if (!due) due = setTimeout(() => { due = null; refresh(); }, 250); };
if (document.querySelector('[data-live]')) {
  const stream = new EventSource('/api/v1/events?after=' + document.body.dataset.after);
  for (const type of ['person', 'group', 'directory', 'app', 'assignment', 'account', 'job', 'cycle', 'schedule', 'push', 'import', 'test', 'faults', 'operation', 'clock', 'reset', 'progress']) stream.addEventListener(type, soon);
  setInterval(soon, 20000);
  addEventListener('pagehide', () => stream.close());
}
