// What the file leaves to the script: pictures of stories that passed, drawn from their list, and
// links of the requirements that a passed check cites.
const svg = (tag, attrs, text) => {
  const e = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const k in attrs) e.setAttribute(k, attrs[k]);
  if (text !== undefined) e.textContent = text;
  return e;
};
const short = clipped;
const wrapped = (s) => {
  const out = [''];
  for (const w of s.split(/\s+/).filter(Boolean)) {
    const last = out[out.length - 1];
    if (!last) out[out.length - 1] = w;
    else if (last.length + 1 + w.length <= 58 || out.length === 2) out[out.length - 1] += ' ' + w;
    else out.push(w);
  }
  return out.map((l) => short(l, 58));
};
const leftOf = (story) => {
  let h = story;
  while (h && !(h.dataset && h.dataset.left)) h = h.previousElementSibling;
  return h ? h.dataset.left : '';
};
const drawStory = (story) => {
  const two = $('.two', story), parts = two && $('.parts', two);
  if (!parts || $('.seq', two) || !$('.xl, .x', parts)) return;
  const texts = svg('g', { transform: 'translate(24)' }), answers = svg('g', { class: 'e', transform: 'translate(416)' });
  const strokes = new Map();
  const stroke = (cls, d) => strokes.set(cls, (strokes.get(cls) || '') + d);
  let y = 46, n = 0, hidden = 0;
  for (const el of parts.children) {
    if (el.matches('.do')) {
      if (n >= 40) continue;
      y += 8;
      for (const line of wrapped(el.firstChild.data)) {
        y += 15;
        texts.append(svg('text', { class: el.matches('.q') ? 'in q' : 'in', y }, line));
      }
      y += 8;
    } else if (el.matches('.xl, .x')) {
      if (n >= 40) { hidden++; continue; }
      n++;
      const line = $('summary', el) || $('a', el) || el, i = $('i', line);
      texts.append(svg('text', { y: y + 14 }, $('u', line).textContent + ' ' + short($('b', line).textContent + ' ' + $('code', line).textContent, 54)));
      stroke('rq', 'M14 ' + (y + 19) + 'h410m-6-4l6 4l-6 4');
      answers.append(svg('text', { class: i.className, y: y + 33 }, i.textContent + ' \u00b7 ' + (i.nextSibling ? i.nextSibling.data.trim() : '')));
      stroke(i.className + (i.textContent.startsWith('no answer') ? ' lost' : ''), 'M426 ' + (y + 38) + 'h-410m6-4l-6 4l6 4');
      y += 46;
    }
  }
  const left = leftOf(story), right = $('#conversations').dataset.right, title = $('.sum', story).textContent;
  const pic = svg('svg', { viewBox: '0 0 440 ' + (y + 16), role: 'img', 'aria-label': 'Sequence diagram of ' + title + ': ' + n + ' requests from ' + left + ' to ' + right + '; the list that follows says the same' });
  pic.append(svg('path', { class: 'life', d: 'M14 34V' + (y + 10) + 'M426 34V' + (y + 10) }), svg('text', { class: 'who', x: 4, y: 22 }, left), svg('text', { class: 'who e', x: 436, y: 22 }, right), texts, answers);
  for (const [cls, d] of strokes) pic.append(svg('path', { class: cls, d }));
  const figure = make('figure', 'seq');
  figure.append(pic);
  if (hidden) figure.append(make('figcaption', 'soft small', hidden + ' more in the list.'));
  two.prepend(figure);
};

const linkCites = (scope) => {
  for (const u of $$('.cks u', scope)) {
    if (u.firstElementChild || !u.getClientRects().length) continue;
    const ids = u.textContent.split(' ');
    u.replaceChildren(...ids.flatMap((id, i) => {
      const to = document.getElementById(id), gap = i ? [' '] : [];
      if (!to) return [...gap, id];
      const a = make('a', '', id);
      a.href = '#' + id;
      return [...gap, a];
    }));
  }
};
document.addEventListener('toggle', async (e) => {
  const d = e.target;
  if (!d.open) return;
  try {
    if (d.matches('.case[data-c]')) spell(await loadDocument(), d);
    if (d.matches('.story, .rest')) await expand(d);
  } catch (err) {
    d.append(make('p', 'soft', 'This browser cannot unpack the embedded result (' + err.message + '). scimmage report --from this file can.'));
  }
  if (d.matches('.story')) drawStory(d);
  if (d.matches('.case')) linkCites(d);
}, true);
