/** The page on which a browser solves a puzzle: one file, no framework, nothing from elsewhere, without secure context too. */
import { createHash } from 'node:crypto';
import type { Puzzle } from './proof.ts';

/** SHA-256 by hand: `crypto.subtle` is there under HTTPS only. The first words of the text do not change and are hashed once a block. */
const SCRIPT = `(() => {
  const main = document.querySelector('main');
  const status = document.getElementById('status');
  const meter = document.querySelector('progress');
  const { challenge, bits, solving, done, failed } = main.dataset;
  const wanted = Number(bits);
  const K = new Int32Array(64), H = new Int32Array(8), W = new Int32Array(64);
  let found = 0;
  for (let n = 2; found < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
    if (!prime) continue;
    if (found < 8) H[found] = (Math.sqrt(n) % 1) * 4294967296;
    K[found++] = (Math.cbrt(n) % 1) * 4294967296;
  }
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  const block = (state, bytes, from) => {
    for (let i = 0; i < 16; i++) W[i] = (bytes[from + 4 * i] << 24) | (bytes[from + 4 * i + 1] << 16) | (bytes[from + 4 * i + 2] << 8) | bytes[from + 4 * i + 3];
    for (let i = 16; i < 64; i++) {
      const a = W[i - 15], b = W[i - 2];
      W[i] = (W[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + W[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10))) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const x = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
      const y = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + x) | 0; d = c; c = b; b = a; a = (x + y) | 0;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h;
  };
  const encoder = new TextEncoder();
  const prefix = encoder.encode(challenge + ':');
  const whole = prefix.length - (prefix.length % 64);
  const middle = Int32Array.from(H);
  for (let at = 0; at < whole; at += 64) block(middle, prefix, at);
  const rest = new Uint8Array(128), state = new Int32Array(8);
  const solves = (answer) => {
    rest.fill(0);
    rest.set(prefix.subarray(whole));
    let length = prefix.length - whole;
    for (const letter of answer) rest[length++] = letter.charCodeAt(0);
    const total = whole + length;
    rest[length] = 128;
    const size = length + 9 > 64 ? 128 : 64;
    for (let i = 0; i < 4; i++) rest[size - 1 - i] = ((total * 8) >>> (8 * i)) & 255;
    state.set(middle);
    for (let at = 0; at < size; at += 64) block(state, rest, at);
    return Math.clz32(state[0]) >= wanted;
  };
  const send = async (answer) => {
    const response = await fetch('/api/access/proof', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ challenge, answer }),
    });
    if (!response.ok) throw new Error(String(response.status));
    status.textContent = done;
    location.reload();
  };
  let next = 0;
  const work = () => {
    const end = performance.now() + 40;
    while (performance.now() < end) {
      for (let i = 0; i < 500; i++, next++) {
        if (!solves(String(next))) continue;
        meter.value = 1;
        send(String(next)).catch(() => { status.textContent = failed; });
        return;
      }
    }
    meter.value = 1 - Math.exp(-next / 2 ** wanted);
    setTimeout(work, 0);
  };
  status.textContent = solving;
  work();
})();`;

const STYLE = `:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:0;display:grid;min-height:100vh;place-items:center}main{max-width:32rem;padding:1.5rem}h1{font-size:1.25rem}progress{width:100%}`;

type Words = {
  readonly title: string;
  readonly why: string;
  readonly solving: string;
  readonly done: string;
  readonly failed: string;
  readonly noScript: string;
  readonly progress: string;
};

const WORDS: Readonly<Record<'en' | 'zh-CN', Words>> = {
  en: {
    title: 'One moment',
    why: 'There is more traffic than usual from your address. Your browser solves a small puzzle; then the page opens by itself. You need not do anything.',
    solving: 'Solving the puzzle…',
    done: 'Solved. The page opens now.',
    failed: 'That did not work. Load the page again in a minute.',
    noScript: 'The puzzle needs JavaScript. Turn it on and load the page again, or wait some minutes.',
    progress: 'How far the puzzle is',
  },
  'zh-CN': {
    title: '请稍候',
    why: '来自您地址的访问比平时多。浏览器正在求解一道小题，完成后页面会自动打开，您无需任何操作。',
    solving: '正在求解…',
    done: '已完成，页面即将打开。',
    failed: '未能完成。请一分钟后重新加载页面。',
    noScript: '求解需要 JavaScript。请启用后重新加载页面，或等待几分钟。',
    progress: '求解进度',
  },
};

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export const PROOF_PAGE_POLICY = [
  "default-src 'none'",
  `script-src ${hash(SCRIPT)}`,
  `style-src ${hash(STYLE)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page, in the language that the browser asks for. The puzzle's text is of letters, digits, dots and dashes only. */
export function proofPage({ challenge, bits }: Puzzle, acceptLanguage: string | undefined): string {
  const language = /^\s*zh\b/i.test(acceptLanguage ?? '') ? 'zh-CN' : 'en';
  const { title, why, solving, done, failed, noScript, progress } = WORDS[language];
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${title} · OpenClaw Gateway</title><style>${STYLE}</style></head><body><main data-challenge="${challenge}" data-bits="${bits}" data-solving="${solving}" data-done="${done}" data-failed="${failed}"><h1>${title}</h1><p>${why}</p><progress max="1" value="0" aria-label="${progress}"></progress><p id="status" role="status"></p><noscript><p>${noScript}</p></noscript></main><script>${SCRIPT}</script></body></html>`;
}
