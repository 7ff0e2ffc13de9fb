/** One sheet for light and dark: readable before anything else. */
export const style = `
:root { color-scheme: light dark; --back: #fff; --soft: #f6f8fa; --line: #d1d9e0; --text: #1f2328; --quiet: #59636e; --link: #0969da;
  --plus: #116329; --plusback: #dafbe1; --minus: #82071e; --minusback: #ffebe9; --change: #7d4e00; --changeback: #fff8c5; --hunk: #6639ba; --hunkback: #fbefff;
  --good: #1a7f37; --bad: #cf222e; --wait: #9a6700; --merged: #8250df; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --soft: #151b23; --line: #3d444d; --text: #f0f6fc; --quiet: #9198a1; --link: #4493f8;
  --plus: #aff5b4; --plusback: #033a16; --minus: #ffdcd7; --minusback: #67060c; --change: #ffdfb6; --changeback: #5a1e02; --hunk: #d2a8ff; --hunkback: #1f1533;
  --good: #3fb950; --bad: #f85149; --wait: #d29922; --merged: #ab7df8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 14px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; overflow-wrap: break-word; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
header { background: var(--soft); border-bottom: 1px solid var(--line); padding: 12px 24px; }
header b { font-size: 16px; } header span { color: var(--quiet); margin-left: 12px; }
main { max-width: 1012px; margin: 0 auto; padding: 24px; }
h1 { font-size: 26px; font-weight: 500; margin: 0 0 8px; } h1 small { color: var(--quiet); font-weight: 300; }
h2 { font-size: 18px; margin: 24px 0 8px; }
.state { display: inline-block; border-radius: 2em; padding: 3px 12px; color: #fff; background: var(--good); font-weight: 500; margin-right: 8px; }
.state.merged { background: var(--merged); } .state.closed { background: var(--bad); }
.quiet { color: var(--quiet); }
.box { border: 1px solid var(--line); border-radius: 6px; margin: 16px 0; background: var(--back); }
.box > .top { background: var(--soft); border-bottom: 1px solid var(--line); border-radius: 6px 6px 0 0; padding: 8px 16px; color: var(--quiet); }
.box > .top b { color: var(--text); } .box > .body { padding: 16px; } .box > .row { padding: 8px 16px; border-top: 1px solid var(--line); } .box > .row:first-child { border-top: 0; }
.event { margin: 16px 0 16px 18px; padding-left: 18px; border-left: 2px solid var(--line); color: var(--quiet); } .event b { color: var(--text); }
.tag { border: 1px solid var(--line); border-radius: 2em; padding: 0 8px; font-size: 12px; color: var(--quiet); }
.reactions { margin-top: 12px; } .reactions span { border: 1px solid var(--line); border-radius: 2em; padding: 2px 10px; margin-right: 6px; }
.dot { display: inline-block; width: 1.4em; font-weight: 700; } .dot.success { color: var(--good); } .dot.failure { color: var(--bad); } .dot.waiting, .dot.running, .dot.other { color: var(--wait); }
code, pre, .sha { font-family: ui-monospace, SFMono-Regular, "Liberation Mono", "DejaVu Sans Mono", monospace; font-size: 12px; }
code { background: var(--soft); border-radius: 6px; padding: 2px 5px; }
.md > :first-child { margin-top: 0; } .md > :last-child { margin-bottom: 0; }
.md h1, .md h2, .md h3, .md h4 { font-weight: 600; margin: 24px 0 12px; line-height: 1.25; } .md h1 { font-size: 28px; } .md h2 { font-size: 21px; } .md h3 { font-size: 17.5px; } .md h4 { font-size: 14px; }
.md p, .md ul, .md ol, .md blockquote, .md pre, .md details, .md .table { margin: 0 0 16px; } .md ul, .md ol { padding-left: 2em; } .md li.task { list-style: none; margin-left: -1.4em; }
.md blockquote { padding: 0 1em; color: var(--quiet); border-left: .25em solid var(--line); }
.md hr { border: 0; border-top: 3px solid var(--line); }
.md .table { overflow-x: auto; } .md table { border-collapse: collapse; } .md th, .md td { border: 1px solid var(--line); padding: 6px 13px; text-align: left; vertical-align: top; } .md th { font-weight: 600; }
.md tbody tr:nth-child(2n) { background: var(--soft); } .md .right { text-align: right; } .md .center { text-align: center; }
.md pre { background: var(--soft); border-radius: 6px; padding: 12px 16px; overflow-x: auto; line-height: 1.45; } .md pre code { background: none; padding: 0; }
.md summary { cursor: pointer; } .md details[open] > summary { margin-bottom: 12px; }
.md .diff span { display: block; width: max-content; min-width: 100%; } .plus { color: var(--plus); background: var(--plusback); } .minus { color: var(--minus); background: var(--minusback); }
.change { color: var(--change); background: var(--changeback); } .hunk { color: var(--hunk); background: var(--hunkback); font-weight: 600; } .note { color: var(--quiet); }
`;
