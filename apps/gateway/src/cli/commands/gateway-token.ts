import { GatewayError } from '@openclaw-gateway/events';
import type { RotatedToken } from '../../access/index.ts';
import { type Context, findToken } from '../context.ts';
import { shortPath } from '../output.ts';

/** Prints the gateway token alone on stdout, so that it can be piped. */
export async function gatewayToken(context: Context, options: { readonly regenerate?: true }): Promise<undefined> {
  if (options.regenerate) {
    const { token, ended } = await regenerate(context);
    context.out.result({ token, ...(ended && { ended }) }, () => [token]);
    if (context.out.json) return;
    context.out.note('The old token no longer works. Give the new one to every client that used it.');
    if (ended) context.out.note(describe(ended));
    return;
  }
  const token = (await findToken(context)) ?? (await (await ownToken(context)).current());
  context.out.result({ token }, () => [token]);
}

/** What ended is known where a gateway runs. */
async function regenerate(context: Context): Promise<{ readonly token: string; readonly ended?: RotatedToken['ended'] }> {
  const setBy = await setElsewhere(context);
  if (setBy) {
    throw new GatewayError('BAD_REQUEST', {
      message: `The gateway token is set by ${setBy}, so it cannot be made anew here.`,
      details: { remedy: `Change it there, or remove it there to let the gateway keep its own in ${shortPath(context.paths.token)}.` },
    });
  }
  const api = await context.apiIfRunning();
  if (api) return await api.send<RotatedToken>('POST', '/api/gateway-token');
  const own = await ownToken(context);
  return { token: await own.rotate() };
}

function describe({ connections, loginSessions, deviceTokens }: RotatedToken['ended']): string {
  const parts = [counted(connections, 'open connection'), counted(loginSessions, 'login session'), counted(deviceTokens, 'device token')];
  return `Ended with it: ${parts.join(', ')}.`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** The token in the state directory; made when there is none yet. */
async function ownToken(context: Context) {
  const { openToken } = await import('../../access/token.ts');
  const { config } = await context.config();
  return await openToken({
    path: context.paths.token,
    fixed: () => undefined,
    rules: () => ({ sizeBytes: config.gateway.auth.token.length }),
    onMade: () => undefined,
    logger: { warn: (_details, message) => context.out.note(message) },
  });
}

async function setElsewhere(context: Context): Promise<string | undefined> {
  if (context.env['OPENCLAW_GATEWAY_TOKEN']) return 'the environment variable OPENCLAW_GATEWAY_TOKEN';
  const { config } = await context.config();
  return config.gateway.auth.token.value === undefined ? undefined : `gateway.auth.token in ${shortPath(context.paths.config)}`;
}
