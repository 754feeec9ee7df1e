/** What every adapter must pass: an extension's author calls these in a test file of its own. */
export { type ChannelHarness, channelContract } from './contract/channel.ts';
export { type ModelHarness, modelContract } from './contract/model.ts';
export { type RouterExamples, routerContract } from './contract/router.ts';
export { type ToolExamples, toolContract } from './contract/tool.ts';
