/** Puts secrets wherever something can be given to a gateway. What it answers does not matter here; that it goes on does. */
import { connect } from 'node:net';
import { ENCODINGS } from '@openclaw-gateway/db/testing/encodings';
import { WebSocket } from 'ws';
import type { GatewayProcess } from '../gateway-process.ts';
import { until } from '../gateway-process.ts';
import type { Scripted } from '../stand-ins/model-server.ts';

/** One text that holds a secret in every encoding. */
export function everyEncoding(secret: string): string {
  return Object.values(ENCODINGS)
    .map((encode) => encode(secret))
    .join(' | ');
}

/** What the model says when it is asked to `answer 7`, `fail 7`, `call 7`: the seventh secret comes back from outside. */
export function hostileModel(known: () => readonly string[]) {
  return (request: { readonly body: string }): Scripted => {
    const asked = [...request.body.matchAll(/"(answer|fail|call) (\d+)"/g)].at(-1);
    if (!asked) return { text: 'nothing' };
    const planted = everyEncoding(known()[Number(asked[2])] ?? '');
    if (asked[1] === 'fail') return { fault: 'status', status: 401, message: `Incorrect API key provided: ${planted}` };
    if (asked[1] === 'answer' || request.body.includes('"role":"tool"')) return { text: planted };
    return { toolCalls: [{ name: 'clock.now', arguments: { timezone: planted.slice(0, 64), [planted.slice(0, 40)]: planted } }] };
  };
}

/** Plants one secret in all the places that take a text. Resolves with what is shown of an answer while a model writes it. */
export async function plantKnown(gateway: GatewayProcess, secret: string, index: number): Promise<string> {
  const text = everyEncoding(secret);
  const from = `visitor-${index % 7}`;
  const post = (path: string, body: object) =>
    gateway.request(path, { method: 'POST', body: JSON.stringify(body) }).then((response) => response.text());
  const asking = (what: string) => post('/api/messages', { from: `${what}-${index}`, text: `${what} ${index}` });
  const trpc = { '0': { chat: 'canary', text: text.slice(0, 60_000), key: crypto.randomUUID() } };
  const streamed = post('/v1/chat/completions', {
    model: 'openclaw',
    stream: true,
    messages: [{ role: 'user', content: `answer ${index}` }],
  });
  await Promise.all([
    streamed,
    post('/api/messages', { from, text, [text.slice(0, 50)]: text }),
    post('/trpc/console.send?batch=1', trpc),
    gateway.request(`/api/events?q=${encodeURIComponent(text.slice(0, 900))}`).then((response) => response.text()),
    gateway.request(`/api/sessions/${encodeURIComponent(secret)}`).then((response) => response.text()),
    gateway
      .request(`/hooks/canary?key=${encodeURIComponent(secret)}`, {
        method: 'POST',
        headers: { 'x-openclaw-signature': encodeURIComponent(secret), 'x-openclaw-timestamp': '1' },
        body: text,
      })
      .then((response) => response.text()),
    gateway
      .request('/api/config', {
        method: 'PATCH',
        body: JSON.stringify({ op: 'set', path: 'gateway.logging.level', value: text, reason: text.slice(0, 400) }),
      })
      .then((response) => response.text()),
    gateway
      .request('/api/config', { method: 'PATCH', body: JSON.stringify({ op: 'set', path: `gateway.${secret}`, value: secret }) })
      .then((response) => response.text()),
    post('/api/alerts/silence', { rule: 'errorRate', forMs: 1000, reason: secret }),
    post('/api/data/holds', { target: { kind: 'subject', id: 'sub_3v7kq0m2c9x4r8w1hd6z5tb0ny' }, reason: ENCODINGS['base64']?.(secret) }),
    gateway
      .request('/v1/models', { headers: { 'user-agent': encodeURIComponent(secret), traceparent: secret.replaceAll(/[^\x21-\x7e]/g, '') } })
      .then((response) => response.text()),
    asking('answer'),
    asking('fail'),
    asking('call'),
  ]);
  const pieces = [...(await streamed).matchAll(/"content":("(?:[^"\\]|\\.)*")/g)].map(([, piece = '""']) => JSON.parse(piece) as string);
  return pieces.join('');
}

/** Sends over the WebSocket: as a message, as parameters that no method takes, and as what is no frame at all. */
export async function plantOverWebSocket(gateway: GatewayProcess, secrets: readonly string[]): Promise<string> {
  const socket = new WebSocket(gateway.url().replace('http', 'ws'));
  let heard = '';
  let welcome = false;
  socket.on('error', () => undefined);
  socket.on('message', (data) => {
    heard += `${data}\n`;
    welcome ||= `${data}`.includes('"hello-ok"');
  });
  await new Promise((resolve) => socket.once('open', resolve));
  const send = (id: string, method: string, params: object) => socket.send(JSON.stringify({ type: 'req', id, method, params }));
  send('hello', 'connect', {
    minProtocol: 4,
    maxProtocol: 4,
    client: { id: 'cli', version: '1', platform: 'test', mode: 'cli' },
    role: 'operator',
    auth: { token: await gateway.token() },
  });
  await until('the WebSocket to be welcomed', () => welcome || undefined);
  for (const [index, secret] of secrets.entries()) {
    const text = everyEncoding(secret);
    send(`m${index}`, 'chat.send', { sessionKey: `canary-${index % 5}`, message: text, idempotencyKey: crypto.randomUUID() });
    send(`p${index}`, 'chat.history', { sessionKey: 'main', [secret]: text });
    send(secret, 'no.such.method', {});
  }
  send('config', 'config.get', {});
  send('last', 'logs.tail', {});
  await until('the last answer', () => heard.includes('"id":"last"') || undefined, 60_000);
  socket.close();
  // What a caller sends comes back to itself: the ids of its own requests, and the names of parameters that there are not.
  const others = heard.split('\n').filter((line) => !line.includes('invalid chat.history params'));
  return secrets.reduce((text, secret) => text.replaceAll(`"id":${JSON.stringify(secret)}`, '"id":""'), others.join('\n'));
}

/** What strangers bring to prove who they are, and requests that are none. */
export async function plantStrangers(gateway: GatewayProcess, strangers: readonly string[]): Promise<void> {
  for (const secret of strangers) {
    const plain = secret.replaceAll(/[^A-Za-z0-9]/g, 'x');
    const proofs: readonly Readonly<Record<string, string>>[] = [
      { authorization: `Bearer ${plain}` },
      { authorization: `Basic ${Buffer.from(`admin:${plain}`).toString('base64')}` },
      { cookie: `openclaw_00000000=${plain}; session=${plain}` },
      { 'x-openclaw-token': plain },
    ];
    for (const headers of proofs) await fetch(`${gateway.url()}/api/status`, { headers }).then((response) => response.text());
    for (const body of [{ code: plain }, { token: plain }, { password: plain, user: 'anna' }]) {
      const path = 'token' in body ? '/api/sign-in/token' : '/api/sign-in';
      await fetch(gateway.url() + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }).then((response) => response.text());
    }
    await fetch(`${gateway.url()}/api/status?token=${plain}&access_token=${plain}`).then((response) => response.text());
    await fetch(`${gateway.url()}/api/${plain}`, { method: 'POST', body: `{"broken":"${plain}` }).then((response) => response.text());
    await raw(gateway, `GET /${plain} HTTP/9.9\r\n${plain}: \x01${plain}\r\n\r\n`);
    await knock(gateway, plain);
  }
}

/** Something that is no HTTP. */
function raw(gateway: GatewayProcess, bytes: string): Promise<void> {
  const { hostname, port } = new URL(gateway.url());
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    socket
      .on('error', () => resolve())
      .on('close', () => resolve())
      .resume();
  });
}

function knock(gateway: GatewayProcess, token: string): Promise<void> {
  const socket = new WebSocket(`${gateway.url().replace('http', 'ws')}/?token=${token}`, { headers: { 'sec-websocket-protocol': token } });
  return new Promise((resolve) => {
    socket.on('error', () => resolve()).on('close', () => resolve());
    socket.on('open', () => {
      const params = {
        minProtocol: 4,
        maxProtocol: 4,
        client: { id: 'cli', version: '1', platform: 'x', mode: 'cli' },
        auth: { token, password: token },
      };
      socket.send(JSON.stringify({ type: 'req', id: 'c', method: 'connect', params }));
    });
  });
}
