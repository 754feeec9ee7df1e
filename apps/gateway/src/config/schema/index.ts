/** Every key of the configuration: its type, default, check and description. One file per top-level block. */
import type { z } from 'zod';
import { agents } from './agents.ts';
import { attachments } from './attachments.ts';
import { bindings } from './bindings.ts';
import { budgets } from './budgets.ts';
import { channels } from './channels.ts';
import { extensions } from './extensions.ts';
import { gateway } from './gateway.ts';
import { hooks } from './hooks.ts';
import { messages } from './messages.ts';
import { models } from './models.ts';
import { schedules } from './schedules.ts';
import { session } from './session.ts';
import { tools } from './tools.ts';
import { block, text } from './values.ts';

export const configSchema = block({
  gateway: gateway.prefault({}),
  agents: agents.prefault({}),
  bindings: bindings
    .prefault([])
    .describe('Which agent answers what; the highest priority wins, then the most exact match, then the first.'),
  models: models.prefault({}),
  budgets: budgets.prefault({}),
  session: session.prefault({}),
  messages: messages.prefault({}),
  attachments: attachments.prefault({}),
  channels: channels.prefault({}),
  hooks: hooks.prefault({}),
  schedules: schedules.prefault({}).describe('Messages that the gateway sends to agents at set times, by name.'),
  tools: tools.prefault({}),
  extensions: extensions.prefault({}).describe('Settings of the extensions that are installed, by the names of their packages.'),
  $schema: text('the address of a JSON Schema')
    .exactOptional()
    .describe('Where editors find the JSON Schema of this file; the gateway takes no notice.'),
});

/** A whole configuration with every default filled in: durations in milliseconds, sizes in bytes, keys as in the file. */
export type Config = z.output<typeof configSchema>;
