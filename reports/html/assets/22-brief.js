// What a long report leaves to the script: checks of cases that passed, and lines of exchanges.
const statusWords = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No Content', 206: 'Partial Content', 301: 'Moved Permanently', 302: 'Found', 303: 'See Other', 304: 'Not Modified', 307: 'Temporary Redirect', 308: 'Permanent Redirect', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 406: 'Not Acceptable', 408: 'Request Timeout', 409: 'Conflict', 410: 'Gone', 411: 'Length Required', 412: 'Precondition Failed', 413: 'Request Entity Too Large', 414: 'Request URI Too Long', 415: 'Unsupported Media Type', 422: 'Unprocessable Entity', 428: 'Precondition Required', 429: 'Too Many Requests', 431: 'Request Header Fields Too Large', 500: 'Internal Server Error', 501: 'Not Implemented', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout' };
const clipped = (s, n) => { const r = Array.from(s); return r.length <= n ? s : r.slice(0, n - 1).join('') + '\u2026'; };
const took = (ms) => ms < 10 ? ms.toFixed(1) + '\u00a0ms' : ms < 1000 ? Math.round(ms) + '\u00a0ms' : (ms / 1000).toFixed(1) + '\u00a0s';
const answerOf = (x) => {
  const kind = x.error ? visible(x.error.kind) : '';
  if (!x.response || !x.response.status) return ['bad', 'no answer' + (kind ? ': ' + kind : '')];
  const s = x.response.status, text = s + (statusWords[s] ? ' ' + statusWords[s] : '');
  if (x.error) return ['bad', text + ', ' + kind];
  return [s >= 500 ? 'bad' : s >= 400 ? 'some' : s >= 300 ? 'note' : s >= 200 ? 'good' : 'none', text];
};
const lineOf = (x, n, into) => {
  const [cls, text] = answerOf(x), q = x.request.query;
  const path = (x.request.path || x.request.url || '/') + (q ? '?' + q.replace(/^\?/, '') : '');
  into.append(make('u', '', n), ' ', make('b', '', visible(x.request.method)), ' ', make('code', '', clipped(visible(path), 160)), ' ', make('i', cls, text), ' ' + took(x.timing.total_ms || 0));
};
const rowOf = (doc, n) => {
  const x = doc.exchanges[n - 1];
  if (document.getElementById('x' + n)) {
    const p = make('p', 'x see'), a = make('a');
    a.href = '#x' + n;
    lineOf(x, n, a);
    a.append(' ', make('small', '', 'shown above'));
    p.append(a);
    return p;
  }
  const d = make('details', 'x'), s = make('summary');
  d.id = 'x' + n;
  d.dataset.n = n;
  lineOf(x, n, s);
  d.append(s);
  return d;
};
// A story that went well, told from the embedded document: runs of exchanges under the lines of the
// story, lines that sent nothing in their place.
const runsOf = (xs) => {
  const runs = [];
  for (const n of xs) {
    const last = runs[runs.length - 1];
    if (last && last[1] === n - 1) last[1] = n; else runs.push([n, n]);
  }
  return runs.map(([a, b]) => a === b ? a : a + '-' + b).join(',');
};
const planOf = (doc, c) => {
  const owner = new Map(), plan = [];
  c.story.forEach((l, i) => (l.exchanges || []).forEach((id) => { if (!owner.has(unmarked(id, c.id))) owner.set(unmarked(id, c.id), i); }));
  let told = 0, count = 0;
  doc.exchanges.forEach((x, k) => {
    if (x.case !== c.id) return;
    count++;
    const i = owner.get(x.id || c.id + '#' + count);
    for (; told <= i; told++) plan.push({ line: c.story[told], xs: [] });
    const line = c.story[i], last = plan[plan.length - 1];
    if (last && last.line === line) last.xs.push(k + 1); else plan.push({ line, xs: [k + 1] });
  });
  for (; told < c.story.length; told++) plan.push({ line: c.story[told], xs: [] });
  return plan;
};
const tell = (doc, d) => {
  const [s, k] = d.dataset.s.split('.'), c = doc.suites[s].cases[k];
  delete d.dataset.s;
  const two = make('div', 'two'), parts = make('div', 'parts'), foot = make('p', 'soft'), a = make('a', '', 'The checks of this story');
  for (const { line, xs } of planOf(doc, c)) {
    const p = make('p', line ? 'do' : 'do q', line ? visible(line.text || line.step) : 'scimmage prepares or reads back');
    if (xs.length) p.dataset.x = runsOf(xs);
    if (line) {
      if (line.outcome) p.append(' ', make('b', 't good', '\u2713 Pass'));
      if (line.operation) p.append(' ', make('code', '', clipped(visible(line.operation), 120)));
      if (line.evidence) p.append(' ', make('small', '', clipped(visible(line.evidence), 40)));
    }
    parts.append(p);
    if (line && line.admin) parts.append(make('p', 'admin', 'What the admin sees: ' + visible(line.admin)));
  }
  a.href = '#case/' + d.id.slice(6);
  foot.append(a);
  parts.append(foot);
  two.append(parts);
  $(':scope > .st', d).replaceWith(two);
};
const expand = async (scope) => {
  if (!$('[data-x], [data-s]', scope) && !scope.dataset?.s) return;
  const doc = await loadDocument();
  if (scope.dataset?.s) tell(doc, scope);
  for (const d of $$('[data-s]', scope)) tell(doc, d);
  for (const mark of $$('[data-x]', scope)) {
    const rows = [];
    for (const part of mark.dataset.x.split(',')) {
      const [from, to] = part.split('-').map(Number);
      for (let n = from; n <= (to || from); n++) rows.push(rowOf(doc, n));
    }
    delete mark.dataset.x;
    if (mark.tagName === 'H4' && document.getElementById('case/' + mark.id.slice(3))) {
      const a = make('a', '', mark.textContent);
      a.href = '#case/' + mark.id.slice(3);
      mark.replaceChildren(a);
    }
    mark.after(...rows);
  }
};

const outcomeWords = { pass: ['good', '\u2713 Pass'], info: ['note', 'i Info'], skip: ['none', '\u2013 Skipped'] };
const spell = (doc, d) => {
  const [s, k] = d.dataset.c.split('.'), c = doc.suites[s].cases[k];
  delete d.dataset.c;
  const head = make('p', 'soft'), story = document.getElementById('story/' + d.id.slice(5));
  head.append(make('code', '', visible(c.id)));
  if (story) {
    const a = make('a', '', 'conversation');
    a.href = '#' + story.id;
    head.append(' \u00b7 ', a);
  }
  d.append(head);
  for (const o of ['info', 'pass', 'skip']) {
    const checks = c.checks.filter((x) => x.outcome === o), list = make('ul', 'cks');
    if (!checks.length) continue;
    list.dataset.o = o;
    for (const x of checks) {
      const li = make('li'), id = unmarked(x.id, c.id), tail = id.startsWith(c.id + '/') ? id.slice(c.id.length + 1) : id, says = unmarked(x.summary, x.title);
      const text = (o === 'info' ? says || x.title : x.title || says) || tail;
      li.append(clipped(visible(text), 300) + ' ', make('code', '', visible(tail)), ' ', make('i', '', x.level));
      if (x.cites && x.cites.length) li.append(' ', make('u', '', visible(x.cites.join(' '))));
      if (o === 'skip' && x.reason) li.append(' (' + visible(x.reason) + ')');
      list.append(li);
    }
    d.append(make('p', 't ' + outcomeWords[o][0], outcomeWords[o][1]), list);
  }
};
const spellAll = async () => {
  const open = $$('.case[data-c]');
  if (!open.length) return;
  const doc = await loadDocument();
  for (const d of open) if (d.dataset.c) spell(doc, d);
};
