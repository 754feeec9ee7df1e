/** What `@openclaw-gateway/sdk` is to an extension: the gateway's own copy, so that both speak of the same errors. */
export * from '@openclaw-gateway/sdk';
