import { GatewayError } from '@openclaw-gateway/events';
import { GrammyError, HttpError } from 'grammy';
import { networkFailure } from '../network-failure.ts';

/**
 * A failed call of the Bot API as one of the CHANNEL_ codes. Only Telegram's own description and the code of a network
 * error are passed on: other messages contain the address, and with it the bot token.
 */
export function telegramFailure(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (thrown instanceof GrammyError) return apiFailure(thrown);
  if (thrown instanceof HttpError) return networkFailure('Telegram', thrown.error);
  return new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Telegram sent something that is not an answer.', cause: nameOf(thrown) });
}

function apiFailure({ error_code: status, description, parameters }: GrammyError): GatewayError {
  const details = { status, description };
  const message = `Telegram answered ${status}: ${description}`;
  if (status === 401 || status === 404) return new GatewayError('CHANNEL_UNAUTHORIZED', { message, details });
  if (status === 429) {
    const retryAfterMs = (parameters.retry_after ?? 1) * 1000;
    return new GatewayError('CHANNEL_RATE_LIMITED', { message, details: { ...details, retryAfterMs } });
  }
  if (status === 409 && /getUpdates/.test(description)) {
    const conflict = `Another program fetches this bot's messages, too (Telegram answered 409): end it, or give this account a bot of its own.`;
    return new GatewayError('CHANNEL_UNAVAILABLE', { message: conflict, details });
  }
  if (status === 409 || status >= 500) return new GatewayError('CHANNEL_UNAVAILABLE', { message, details });
  return new GatewayError('CHANNEL_REFUSED', { message, details });
}

const nameOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.name : typeof thrown);
