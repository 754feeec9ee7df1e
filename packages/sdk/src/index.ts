/** What an adapter's author imports: the shapes of a channel, a model provider and a tool. */
export * from './channel.ts';
export * from './model.ts';
export * from './tool.ts';
