/** An environment with nothing in it. */
export const NO_ENVIRONMENT: NodeJS.ProcessEnv = Object.create(null);
