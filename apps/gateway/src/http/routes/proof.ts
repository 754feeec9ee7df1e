/** Where the solution of a puzzle is handed in. Open to everyone: whoever is asked for one is let in nowhere else. */
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { isSecure } from '../../access/credentials.ts';
import { accessRequest } from '../../access/request.ts';
import { networkOf } from '../../floods/index.ts';
import { PASS_COOKIE, PASS_MS } from '../../floods/proof.ts';
import type { Parts } from '../../parts.ts';
import { parse, text } from '../validate.ts';

export const PROOF_PATH = '/api/access/proof';

const body = z.object({ challenge: text(200, 'the challenge of a puzzle'), answer: text(64, 'the answer to it') }, { error: 'an object' });

export function proofRoute(app: FastifyInstance, { floods }: Parts): void {
  app.post(PROOF_PATH, async (request, reply) => {
    const { challenge, answer } = parse(body, request.body);
    const from = accessRequest(request);
    const redeemed = floods.proofs.redeem(networkOf(from.socket?.remoteAddress) ?? 'unknown', challenge, answer);
    if ('problem' in redeemed) throw new GatewayError('PROOF_REFUSED', { message: redeemed.problem });
    const cookie = `${PASS_COOKIE}=${redeemed.pass}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${PASS_MS / 1000}`;
    reply.header('set-cookie', isSecure(from) ? `${cookie}; Secure` : cookie).header('cache-control', 'no-store');
    return { goodForMs: PASS_MS };
  });
}
