/** What an extension's author imports: the shapes of a channel, a model provider, a tool and a router, and what makes a package of them. */
export { type ErrorCode, GatewayError } from '@openclaw-gateway/events';
export { z } from 'zod';
export * from './channel.ts';
export * from './extension.ts';
export * from './model.ts';
export * from './router.ts';
export * from './tool.ts';
