import { afterEach, describe, expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { openProfile } from '../../app.fixture.ts';
import Harness from './MarkdownHarness.fixture.svelte';

const { app } = openProfile();
const ALLOWED = new Set(
  (
    'DIV P H3 H4 H5 H6 UL OL LI INPUT BLOCKQUOTE HR BR TABLE THEAD TBODY TR TH TD STRONG EM DEL SUB SUP KBD MARK U A CODE PRE ' +
    'SPAN FIGURE FIGCAPTION BUTTON'
  ).split(' '),
);
const ALLOWED_ATTRIBUTES = new Set(
  (
    'class dir href title target rel start type checked disabled aria-label aria-hidden tabindex role scope ' +
    'style width height viewbox fill stroke stroke-width stroke-linecap stroke-linejoin focusable d'
  ).split(' '),
);

/** Renders and returns the element that holds the answer. */
async function show(source: string, live = false): Promise<HTMLElement> {
  const { container } = await render(Harness, { app, source, live });
  return container.querySelector<HTMLElement>('.prose')!;
}

/** Elements of our icons and of typeset formulas are drawn by us, not by the text. */
function written(root: HTMLElement): readonly Element[] {
  return [...root.querySelectorAll('*')].filter((element) => element.closest('svg, .katex') === null);
}

const state = window as unknown as { attacked?: number };
afterEach(() => {
  delete state.attacked;
});

const HOSTILE = [
  '<script>window.attacked = 1</script>',
  'text <script>window.attacked = 1</script> text',
  '<img src=x onerror="window.attacked = 1">',
  '<img src="https://evil.example/track.png">',
  '![x](https://evil.example/track.png)',
  '![x](x "onerror=window.attacked=1")',
  '![" onerror="window.attacked = 1](https://evil.example/x.png)',
  '<svg onload="window.attacked = 1"><circle r="9"/></svg>',
  '<svg><script>window.attacked = 1</script></svg>',
  '<math><mtext><style><img src=x onerror=window.attacked=1></style></mtext></math>',
  '<style>body { display: none }</style>',
  '<link rel="stylesheet" href="https://evil.example/x.css">',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<base href="https://evil.example/">',
  '<iframe src="javascript:window.top.attacked = 1"></iframe>',
  '<iframe srcdoc="<script>parent.attacked = 1</script>"></iframe>',
  '<object data="data:text/html,<script>parent.attacked=1</script>"></object>',
  '<embed src="javascript:window.attacked=1">',
  '<form action="https://evil.example"><input name="attributes"><button>Send</button></form>',
  '<div style="position:fixed;inset:0" onmouseover="window.attacked = 1">over everything</div>',
  '<a href="javascript:window.attacked = 1" autofocus onfocus="window.attacked = 1">x</a>',
  '<details open ontoggle="window.attacked = 1">x</details>',
  '<video><source onerror="window.attacked = 1"></video>',
  '<body onload="window.attacked = 1">',
  '<template><img src=x onerror=window.attacked=1></template>',
  '<noscript><p title="</noscript><img src=x onerror=window.attacked=1>">',
  '<form id="test"><input id="attributes"><img name="getElementById"><a id="cookie"></a></form>',
  '<a id="app"></a><a id="app" name="weft"></a><img name="createElement">',
  '[x](javascript:window.attacked=1)',
  '[x](JavaScript&colon;window.attacked=1)',
  '[x](java&#10;script:window.attacked=1)',
  '[x](<javascript:window.attacked=1>)',
  '[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
  '[x](vbscript:msgbox)',
  '[x](//evil.example)',
  '[x](https://good.example@evil.example)',
  '[x]: javascript:window.attacked=1\n\n[x]',
  '<javascript:window.attacked=1>',
  '[x](https://a.example "title\\" onclick=\\"window.attacked=1")',
  '[a](https://a.example/"onmouseover="window.attacked=1)',
  '```"><img src=x onerror=window.attacked=1>\ncode\n```',
  '```html\n<img src=x onerror=window.attacked=1><script>window.attacked=1</script>\n```',
  '`<img src=x onerror=window.attacked=1>`',
  '| <img src=x onerror=window.attacked=1> | [x](javascript:window.attacked=1) |\n|---|---|\n| <script>window.attacked=1</script> | b |',
  '- <svg/onload=window.attacked=1>\n- <sub onclick="window.attacked=1">2</sub>',
  '> <iframe src=javascript:window.attacked=1>',
  '&lt;img src=x onerror=window.attacked=1&gt;',
  '<think><img src=x onerror=window.attacked=1></think>',
  '<sub><img src=x onerror=window.attacked=1></sub>',
  '$\\href{javascript:window.attacked=1}{x}$',
  '$\\url{javascript:window.attacked=1}$',
  '$\\includegraphics{https://evil.example/x.png}$',
  '$\\htmlData{x=1}{y}$ $\\htmlStyle{position:fixed}{y}$ $\\htmlId{app}{y}$ $\\htmlClass{modal}{y}$',
  '$$\\text{<img src=x onerror=window.attacked=1>}$$',
  '$$\\def\\a{\\a\\a}\\a$$',
  '$$\\rule{100000em}{100000em}$$',
  '$$\\color{red;background:url(https://evil.example)}x$$',
];

describe('Markdown against hostile text', () => {
  it.each(HOSTILE)('keeps %j inert', async (source) => {
    const requests: string[] = [];
    const observer = new PerformanceObserver((list) => requests.push(...list.getEntries().map((entry) => entry.name)));
    observer.observe({ type: 'resource' });
    const root = await show(source);
    // Formulas and colours come a little later; whatever would run has run by then.
    await new Promise((resolve) => setTimeout(resolve, 60));
    for (const element of written(root)) {
      expect(ALLOWED, `element ${element.tagName}`).toContain(element.tagName);
      for (const { name, value } of element.attributes) {
        expect(ALLOWED_ATTRIBUTES, `attribute ${name} of ${element.tagName}`).toContain(
          name.startsWith('svelte') ? 'class' : name,
        );
        expect(name.startsWith('on')).toBe(false);
        if (name === 'href') expect(value).toMatch(/^(https?:|mailto:)/);
      }
    }
    const dangerous =
      'script, style, link, meta, base, iframe, object, embed, form, img, video, audio, template, [id], [name], [srcdoc]';
    expect([...root.querySelectorAll(dangerous)].map((element) => element.outerHTML)).toEqual([]);
    expect([...root.querySelectorAll('.katex a, .katex img, .katex [data-x]')]).toEqual([]);
    for (const box of root.querySelectorAll('.katex *')) {
      expect(getComputedStyle(box).position).not.toBe('fixed');
      expect(getComputedStyle(box).backgroundImage).toBe('none');
    }
    expect(root.getBoundingClientRect().height).toBeLessThan(2000);
    expect(state.attacked).toBeUndefined();
    observer.disconnect();
    expect(requests.filter((address) => new URL(address).hostname.endsWith('.example'))).toEqual([]);
  });

  it('opens links elsewhere, without a way back', async () => {
    const link = (await show('[a](https://a.example/x)')).querySelector('a');
    expect(link?.href).toBe('https://a.example/x');
    expect(link?.target).toBe('_blank');
    expect(link?.rel.split(' ').sort()).toEqual(['noopener', 'noreferrer']);
  });

  it('shows a picture as its description and address', async () => {
    const root = await show('![a red cat](https://a.example/cat.png)');
    expect(root.querySelector('img')).toBeNull();
    expect(root.textContent).toContain('a red cat');
    expect(root.textContent).toContain('https://a.example/cat.png');
  });
});

describe('Markdown', () => {
  it('typesets formulas, and shows the source of what is no TeX', async () => {
    const root = await show('$x^2$ and $\\notacommand{$ y$');
    await vi.waitFor(() => expect(root.querySelector('.katex math')).not.toBeNull());
    expect(root.querySelectorAll('.katex-error').length).toBe(0);
    const broken = await show('$\\frac{1}$');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(broken.querySelector('code')?.textContent).toBe('\\frac{1}');
  });

  it('colours code of a known language and keeps its text', async () => {
    const code = 'const a = "<b>"; // & done';
    const root = await show(`\`\`\`js\n${code}\n\`\`\``);
    await vi.waitFor(() => expect(root.querySelector('.hljs-keyword')).not.toBeNull());
    expect(root.querySelector('pre')?.textContent).toBe(code);
  });

  it('draws growing code without losing or doubling a character', async () => {
    const whole = '```ts\nconst one = 1;\nconst two = "zwei"; // comment\nfunction f() { return `x`; }\n```';
    const { container, rerender } = await render(Harness, { app, source: '', live: true });
    for (let length = 1; length <= whole.length; length += 4) {
      await rerender({ source: whole.slice(0, length), live: true });
      if (length % 20 === 1) await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await rerender({ source: whole, live: false });
    await vi.waitFor(() => expect(container.querySelectorAll('.hljs-keyword').length).toBeGreaterThanOrEqual(4));
    expect(container.querySelector('pre')?.textContent).toBe(whole.split('\n').slice(1, -1).join('\n'));
  });

  it('keeps the elements of finished blocks while more text arrives', async () => {
    const { container, rerender } = await render(Harness, { app, source: 'one\n\ntwo\n\nthree', live: true });
    const first = container.querySelector('p');
    await rerender({ source: 'one\n\ntwo\n\nthree and\n\n- a\n- b', live: true });
    expect(container.querySelector('p')).toBe(first);
    expect(container.querySelectorAll('li').length).toBe(2);
  });
});
