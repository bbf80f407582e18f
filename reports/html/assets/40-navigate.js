// Following a link opens what it points into, and keeps the filter unless it hides the target.
const target = (raw) => {
  try { return raw ? document.getElementById(raw) || document.getElementById(decodeURIComponent(raw)) : null; } catch (e) { return null; }
};
const reveal = async () => {
  const [raw] = split();
  let el = target(raw);
  if (!el && /^x\d+$/.test(raw)) {
    await expand(document).catch(() => {});
    el = target(raw);
  }
  if (!el) return;
  if (el.closest('[hidden]')) { form.reset(); await apply(); }
  if (el.classList.contains('xl')) el = upgrade(el);
  for (let d = el; d; d = d.parentElement) if (d.tagName === 'DETAILS') d.open = true;
  el.scrollIntoView();
};
addEventListener('hashchange', () => {
  const [anchor, params] = split();
  if (params) restore(); else if (encode(read())) setHash(anchor, encode(read()));
  reveal();
});

// Printing opens everything; the summary alone is one sheet.
const openAll = () => { for (const d of $$('details:not([open])')) { d.dataset.shut = '1'; d.open = true; } };
addEventListener('beforeprint', () => { if (root.dataset.print !== 'summary') openAll(); });
addEventListener('afterprint', () => {
  delete root.dataset.print;
  for (const d of $$('details[data-shut]')) { d.open = false; delete d.dataset.shut; }
});
$('#sheet').addEventListener('click', () => { root.dataset.print = 'summary'; print(); });
$('#all').addEventListener('click', async (e) => {
  said(e.target, 'Preparing\u2026');
  await Promise.all([spellAll(), expand(document)]);
  for (const p of $$('p.xl')) upgrade(p);
  await Promise.all($$('details.x[data-n]').map(fill));
  print();
});

restore();
reveal();
copiers();
