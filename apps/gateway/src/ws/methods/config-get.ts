import { z } from 'zod';
import { maskSecrets } from '../../config/secrets.ts';
import { defineMethod } from './method.ts';

/** The configuration in force. Secrets are masked, and the file's text stays here because it may hold some. */
export const configGet = defineMethod({
  name: 'config.get',
  scope: 'operator.read',
  params: z.strictObject({}),
  run: async (_, { parts }) => {
    const { config, hash, path, exists } = parts.config.current();
    const masked = maskSecrets(config);
    return {
      path,
      exists,
      raw: null,
      parsed: masked,
      valid: true,
      config: masked,
      hash,
      appliedConfigHash: hash,
      issues: [],
      warnings: [],
    };
  },
});
