/** The page that somebody sees whose sign-in by a provider failed: what happened, and what to do. It needs no script and no dashboard. */
import { createHash } from 'node:crypto';
import type { GatewayError } from '@openclaw-gateway/events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LOGIN_PATH } from '../access/oauth/settings.ts';
import { metrics } from '../operations/metrics/index.ts';
import { normalise } from './errors.ts';

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto 0;padding:0 1.25rem;color:#1c1c1e;background:#fff}
h1{font-size:1.25rem}a{color:inherit}p.way{display:flex;gap:1.25rem;flex-wrap:wrap}code,small{color:#5a5a60}
@media(prefers-color-scheme:dark){body{color:#eee;background:#161618}code,small{color:#a5a5ad}}`;

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Signing in once more may help, with the same account or another one. */
const ANEW: ReadonlySet<GatewayError['code']> = new Set([
  'SIGN_IN_NOT_BEGUN',
  'IDENTITY_PROVIDER_UNAVAILABLE',
  'IDENTITY_PROVIDER_REFUSED',
  'IDENTITY_NOT_PROVED',
]);

export function sendSignInFailure(thrown: GatewayError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = normalise(thrown, request);
  metrics.error('http', error.code);
  reply.status(error.status).type('text/html; charset=utf-8');
  reply.header('content-security-policy', POLICY).header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
  return reply.send(pageOf(error, request.id));
}

function pageOf(error: GatewayError, requestId: string): string {
  const ways = [
    ...(ANEW.has(error.code) ? [`<a href="${LOGIN_PATH}">Try again</a>`] : []),
    ...(error.code === 'OAUTH_OFF' ? [] : [`<a href="${LOGIN_PATH}?account=choose">Use another account</a>`]),
    '<a href="/sign-in/">Other ways to sign in</a>',
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Not signed in · OpenClaw Gateway</title><style>${STYLE}</style></head>
<body><main><h1>${toHtml(error.message)}</h1><p>${toHtml(error.remedy)}</p><p class="way">${ways.join(' ')}</p>
<p><small>${toHtml(error.code)} · ${toHtml(requestId)}</small></p></main></body></html>`;
}

function toHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
