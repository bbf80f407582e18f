// Exchanges whose bodies only the embedded document has.
// ascii85, with the letters that HTML would touch exchanged for free ones.
const fromLetters = (text) => {
  const value = new Uint8Array(128), out = new Uint8Array(text.length * 4);
  for (let c = 33; c < 118; c++) value[c] = c - 33;
  Array.from('vwxy{|').forEach((c, i) => { value[c.charCodeAt(0)] = '"&\'+<>'.charCodeAt(i) - 33; });
  let n = 0, k = 0, word = 0;
  const put = (w, bytes) => { for (let i = 0; i < bytes; i++) out[n++] = w >>> (24 - 8 * i); };
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 122 && k === 0) { put(0, 4); continue; }
    word = word * 85 + value[c];
    if (++k === 5) { put(word, 4); k = 0; word = 0; }
  }
  if (k) {
    for (let i = k; i < 5; i++) word = word * 85 + 84;
    put(word, k - 1);
  }
  return out.subarray(0, n);
};
// A curl command, of which only the skeleton travels.
const quoted = (s) => "'" + s.replaceAll("'", "'\\''") + "'";
const command = (skeleton, r) => skeleton.replace(/[\ue000-\ue04f]/g, (c) => {
  const k = c.charCodeAt(0) - 0xe010, h = (r.headers || [])[k];
  return k === -16 ? quoted(r.body || '') : k === -15 ? r.url : h ? quoted(h.name + ': ' + h.value) : c;
});
// Texts that begin with a mark go on from what they belong to.
const unmarked = (s, from) => !s || s[0] !== '\x7f' ? s || '' : s[1] === '\x7f' ? s.slice(1) : from + s.slice(1);
let documentPromise = null;
const loadDocument = () => {
  if (!documentPromise) documentPromise = (async () => {
    const bytes = fromLetters($('#scimmage-document').textContent.trim());
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    const env = JSON.parse(await new Response(stream).text());
    const xs = env.document.exchanges, side = (i, s) => s ? xs[i].response : xs[i].request;
    for (const [i, s, j, r] of env.same) side(i, s).body = side(j, r).body;
    env.curl.forEach((n, i) => { if (n >= 0) xs[i].curl = command(env.skeletons[n], xs[i].request); });
    return env.document;
  })();
  return documentPromise;
};

const picture = (c) => {
  const n = c.codePointAt(0);
  if (n < 0x20) return String.fromCodePoint(0x2400 + n);
  if (n === 0x7f) return '\u2421';
  return '\u27e8U+' + n.toString(16).toUpperCase().padStart(4, '0') + '\u27e9';
};
const visible = (s) => String(s).replace(/\r\n/g, '\n').replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, picture);

// lay out JSON for reading: only white space changes, tokens stay as they were sent
const layOut = (src) => {
  try { JSON.parse(src); } catch (e) { return src; }
  const tokens = src.match(/"(?:\\.|[^"\\])*"|[{}\[\],:]|[^\s{}\[\],:"]+/g) || [];
  const out = [];
  let depth = 0, inline = -1;
  const shut = (i) => {
    let n = 0;
    for (let j = i + 1; j < tokens.length && n < 72; j++) {
      if (tokens[j] === '{' || tokens[j] === '[') return -1;
      if (tokens[j] === '}' || tokens[j] === ']') return j;
      n += tokens[j].length;
    }
    return -1;
  };
  const line = () => out.push('\n' + '  '.repeat(Math.min(depth, 24)));
  tokens.forEach((t, i) => {
    if (t === '{' || t === '[') {
      out.push(t);
      const end = shut(i);
      if (end >= 0) inline = end; else { depth++; line(); }
    } else if (t === '}' || t === ']') {
      if (i > inline) { depth--; line(); }
      out.push(t);
    } else if (t === ',') {
      out.push(t);
      if (i < inline) out.push(' '); else line();
    } else out.push(t === ':' ? ': ' : t);
  });
  return out.join('');
};

const wire = (name, first, headers, body) => {
  const box = make('div');
  box.append(make('p', 'lab', name));
  const pre = make('pre', 'wire copy');
  pre.tabIndex = 0;
  pre.setAttribute('role', 'group');
  pre.setAttribute('aria-label', name);
  pre.append(make('b', '', visible(first)));
  for (const h of headers || []) pre.append('\n', make('span', 'hk', visible(h.name) + ':'), ' ' + visible(h.value));
  if (body) pre.append('\n\n' + visible(layOut(body)));
  box.append(pre);
  return box;
};

const exchangeBody = (x) => {
  const body = make('div', 'xbody'), pair = make('div', 'pair');
  if (x.purpose) body.append(make('p', 'soft', visible(x.purpose)));
  pair.append(wire('Request', x.request.method + ' ' + x.request.url, x.request.headers, x.request.body));
  if (x.response) {
    const answer = wire('Response', ((x.response.proto || '') + ' ' + x.response.status).trim(), x.response.headers, x.response.body);
    if (x.response.truncated) answer.append(make('p', 'soft small', 'shortened; the whole body had ' + x.response.size + ' bytes'));
    pair.append(answer);
  }
  body.append(pair);
  if (x.error) body.append(make('p', 'band bad', '\u2717 No usable answer: ' + visible(x.error.kind + ': ' + x.error.message)));
  if (x.curl) {
    const curl = make('pre', 'curl copy', visible(x.curl));
    curl.tabIndex = 0;
    curl.setAttribute('role', 'group');
    curl.setAttribute('aria-label', 'curl command');
    body.append(make('p', 'lab', 'Send it again'), curl);
  }
  return body;
};

// A line of an exchange becomes something to open.
const upgrade = (p) => {
  const d = make('details', 'x'), s = make('summary');
  d.id = p.id;
  d.dataset.n = p.id.slice(1);
  s.append(...p.childNodes);
  d.append(s);
  p.replaceWith(d);
  return d;
};
const fill = async (d) => {
  const n = d.dataset.n;
  if (!n) return;
  delete d.dataset.n;
  const wait = make('p', 'soft', 'Unpacking\u2026');
  d.append(wait);
  try {
    wait.replaceWith(exchangeBody((await loadDocument()).exchanges[n - 1]));
    copiers(d);
  } catch (e) {
    wait.textContent = 'This browser cannot unpack the embedded result (' + e.message + '). scimmage report --from this file can.';
  }
};
document.addEventListener('toggle', (e) => {
  const d = e.target;
  if (!d.open) return;
  for (const p of $$('p.xl', d)) upgrade(p);
  if (d.dataset.n) fill(d);
  copiers(d);
}, true);
