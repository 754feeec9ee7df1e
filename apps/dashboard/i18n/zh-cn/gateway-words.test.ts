import { ERRORS, type ErrorCode } from '@openclaw-gateway/events';
import { EVENTS } from '@openclaw-gateway/events/catalog/index';
import { describe, expect, it } from 'vitest';
import { errors } from './errors/index.ts';
import { eventTypes } from './event-types.ts';

/** What stays as it is in every language: code in backticks, options, keys of the configuration, documents, addresses and names in capitals. */
const KEPT =
  /`[^`]+`|--[a-z][a-z-]*|\b[a-z][\w-]*(?:\.(?:[A-Za-z][\w-]*|<[a-z]+>))+|\bdocs\/[\w-]+\.md|(?:\b(?:GET|POST) )?\/(?:api|auth|readyz)[\w/-]*|https:\/\/[\w./-]*[\w/]|\b[A-Z]+(?:_[A-Z]+)+\b/g;

const kept = (text: string) => (text.match(KEPT) ?? []).toSorted();
const CODES = Object.keys(ERRORS) as ErrorCode[];

describe('B15 what the gateway says, in Chinese', () => {
  it('is there for every code of the registry, and for no other', () => {
    expect(Object.keys(errors).toSorted()).toEqual(CODES.toSorted());
  });

  it.each(CODES)('%s says what happened and what to do, in Chinese sentences', (code) => {
    expect(errors[code].title).toMatch(/^(?=.*\p{Script=Han}).+。$/u);
    expect(errors[code].remedy).toMatch(/^(?=.*\p{Script=Han}).+[。]$/u);
  });

  it.each(CODES)('%s keeps commands, keys, options, documents and addresses as they are', (code) => {
    expect(kept(errors[code].title)).toEqual(kept(ERRORS[code].title));
    expect(kept(errors[code].remedy)).toEqual(kept(ERRORS[code].remedy));
  });

  it('is there for every type of event of the catalog, and for no other', () => {
    expect(Object.keys(eventTypes).toSorted()).toEqual(EVENTS.map(({ type }) => type).toSorted());
  });

  it.each(EVENTS.map(({ type, description }) => [type, description]))(
    '%s means one Chinese sentence with the same code in it',
    (type, description) => {
      const meaning = eventTypes[type] ?? '';
      expect(meaning).toMatch(/^(?=.*\p{Script=Han})[^。]+。(?:终态。)?$/u);
      expect(meaning).toEqual(expect.stringMatching(/^[^`]*(?:`[^`]+`[^`]*)*$/));
      for (const code of description.match(/`[^`]+`/g) ?? []) expect(meaning).toContain(code);
    },
  );
});
