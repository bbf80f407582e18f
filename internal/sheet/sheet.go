// Package sheet is the frame of the pages that commands write of their own: one HTML file without scripts, light and dark,
// narrow and printed. It owns how they look, and knows nothing of what stands on them.
package sheet

// Head begins a template of html/template, up to the title of the page; Style goes on behind the title, up to the content
// of main; Foot ends it.
const (
	Head = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><meta name="referrer" content="no-referrer"><title>`
	Style = `</title>
<style>:root{color-scheme:light dark;--ink:#1c2024;--soft:#545b64;--bg:#fbfbf9;--line:#d9dbd8}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a3abb5;--bg:#15181b;--line:#363c43}}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:2rem 1rem 3rem;color:var(--ink);background:var(--bg);overflow-wrap:anywhere}
.over{color:var(--soft);margin:0}h1{margin:.2rem 0 1rem;line-height:1.2}h2{margin:2rem 0 .5rem;font-size:1.2rem}
table{border-collapse:collapse;width:100%;table-layout:fixed}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line)}
th{font-weight:400;color:var(--soft)}thead th{font-weight:600}.num{text-align:right}.few{max-width:32rem}.few .num{width:6rem}
@media print{body{padding:0;background:#fff;color:#111;font-size:10pt}h2{break-after:avoid}tr{break-inside:avoid}}</style></head><body><main>
`
	Foot = "</main></body></html>\n"
)
