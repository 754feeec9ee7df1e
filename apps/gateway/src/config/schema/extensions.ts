import { z } from 'zod';
import { block, flag, sizeFrom } from './values.ts';

const extension = block({
  enabled: flag().prefault(true).describe('Whether it runs.'),
  memory: sizeFrom('32m')
    .prefault('128m')
    .describe('How much memory its process may have, beside what its program itself takes; with more it is ended.'),
  network: flag().prefault(true).describe('Whether it may connect to the internet.'),
  config: z
    .record(z.string(), z.unknown().describe('A setting of its own.'), { error: 'an object: { … }' })
    .prefault({})
    .describe('What it is started with; its own documentation says what it takes.'),
});

const NAME = /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/;

/** The extensions by the names of their packages. */
export const extensions = z.record(z.string().regex(NAME, { error: 'the name of a package' }), extension, { error: 'an object: { … }' });
