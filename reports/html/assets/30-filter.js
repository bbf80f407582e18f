// Filters, kept in the part of the address behind "#": #anchor?outcome=fail&idp=okta
const form = $('#filter');
const fields = ['q', 'idp', 'feature', 'req', 'outcome', 'level'];
const split = () => {
  const h = location.hash.slice(1), i = h.indexOf('?');
  return i < 0 ? [h, ''] : [h.slice(0, i), h.slice(i + 1)];
};
const read = () => {
  const f = {}, data = new FormData(form);
  for (const k of fields) {
    const v = data.getAll(k).map((s) => s.trim()).filter(Boolean);
    if (v.length) f[k] = v;
  }
  return f;
};
const encode = (f) => fields.filter((k) => f[k]).map((k) => k + '=' + f[k].map(encodeURIComponent).join(',')).join('&');
const setHash = (anchor, params) => {
  const h = '#' + anchor + (params ? '?' + params : '');
  if (h === location.hash || (h === '#' && !location.hash)) return;
  try { history.replaceState(null, '', h); } catch (e) { location.hash = h; }
};

let index = null;
const words = (s) => (s || '').split(' ').filter(Boolean);
const buildIndex = () => {
  const list = [];
  for (const el of $$('.fd')) {
    const cause = el.closest('.cause'), d = el.dataset;
    const head = $$(':scope > header, :scope > .plain, :scope > .fix, :scope > .who', cause).map((n) => n.textContent).join(' ');
    list.push({ kind: 'finding', el, up: cause, o: d.o, l: d.l, i: words(d.i), f: words(d.f), r: words(d.r), t: (head + ' ' + el.id + ' ' + el.textContent).toLowerCase() });
  }
  for (const c of $$('.case')) {
    const d = c.dataset, i = words(c.parentElement.dataset.i), f = words(d.f), head = $(':scope > summary', c).textContent + ' ' + c.id;
    const lines = $$('.cks > li', c);
    for (const el of lines) {
      list.push({ kind: 'check', el, up: c, o: el.parentElement.dataset.o, l: $('i', el).textContent, i, f, r: $$('u', el).flatMap((u) => words(u.textContent)), t: (head + ' ' + el.textContent).toLowerCase() });
    }
    if (!lines.length) list.push({ kind: 'case', el: null, up: c, o: d.o, l: '', i, f, r: [], t: c.textContent.toLowerCase() });
  }
  return list;
};
const matches = (x, f) => (!f.outcome || f.outcome.includes(x.o)) && (!f.level || f.level.includes(x.l)) &&
  (!f.idp || x.i.includes(f.idp[0])) && (!f.feature || x.f.includes(f.feature[0])) &&
  (!f.req || x.r.some((r) => r.toLowerCase().startsWith(f.req[0].toLowerCase()))) &&
  (!f.q || f.q[0].toLowerCase().split(/\s+/).every((w) => x.t.includes(w)));

// a heading goes when everything below it, up to the next heading, is hidden
const headings = (heading, item) => {
  for (const h of $$(heading)) {
    let any = false;
    for (let n = h.nextElementSibling; n && n.tagName !== 'H3'; n = n.nextElementSibling) any = any || (n.matches(item) && !n.hidden);
    h.hidden = !any;
  }
};

let turn = 0;
const apply = async () => {
  const f = read(), active = Object.keys(f).length > 0, mine = ++turn;
  if (!active && !index) { $('#fcount').textContent = ''; return; }
  if (!index && $('.case[data-c]')) {
    $('#fcount').textContent = 'Unpacking\u2026';
    await spellAll().catch(() => {});
    if (mine !== turn) return;
  }
  index = index || buildIndex();
  const alive = new Set(), seen = { finding: 0, check: 0 }, all = { finding: 0, check: 0 };
  for (const x of index) {
    const yes = !active || matches(x, f);
    if (x.el) { x.el.hidden = !yes; all[x.kind]++; if (yes) seen[x.kind]++; }
    if (yes) alive.add(x.up);
  }
  for (const c of $$('.cause, .case')) c.hidden = !alive.has(c);
  for (const u of $$('.cks')) u.hidden = u.previousElementSibling.hidden = !$(':scope > li:not([hidden])', u);
  for (const d of $$('.follows')) d.hidden = !$('.fd:not([hidden])', d);
  for (const s of $$('.suite')) {
    const hit = $$(':scope > .case:not([hidden])', s).length;
    s.hidden = active && hit === 0;
    if (active && hit && seen.check < 300) s.open = true;
  }
  for (const s of $$('.story')) {
    const c = document.getElementById('case' + s.id.slice(5));
    s.hidden = active && !(c && alive.has(c)) ;
  }
  headings('.grp', '.cause');
  headings('#conversations h3[data-left]', '.story');
  const empty = [seen.finding === 0 && all.finding > 0, seen.check === 0 && all.check > 0];
  $$('.empty').forEach((p) => { p.hidden = !(active && empty[p.closest('#findings') ? 0 : 1]); });
  $('#fcount').textContent = active ? seen.finding + ' of ' + all.finding + ' findings, ' + seen.check + ' of ' + all.check + ' checks' : '';
};

const restore = () => {
  const want = new Map(split()[1].split('&').filter(Boolean).map((p) => {
    const i = p.indexOf('=');
    try { return [p.slice(0, i), p.slice(i + 1).split(',').map(decodeURIComponent)]; } catch (e) { return ['', []]; }
  }));
  for (const k of fields) for (const el of $$('[name=' + k + ']', form)) {
    const v = want.get(k) || [];
    if (el.type === 'checkbox') el.checked = v.includes(el.value); else el.value = v[0] || '';
  }
  apply();
};
let pending = 0;
const changed = () => { clearTimeout(pending); pending = setTimeout(() => { apply(); setHash(split()[0], encode(read())); }, 120); };
form.addEventListener('input', changed);
form.addEventListener('submit', (e) => e.preventDefault());
form.addEventListener('reset', () => setTimeout(changed));
$('#flink').addEventListener('click', async (e) => {
  setHash(split()[0], encode(read()));
  said(e.target, await copyText(location.href) ? 'Copied' : 'Copy the address');
});
form.hidden = !$('.fd, .case');
$('[name=req]', form).addEventListener('focus', () => {
  $('#reqs').append(...$$('.reqs > li').map((li) => { const o = make('option'); o.value = li.id; return o; }));
}, { once: true });
