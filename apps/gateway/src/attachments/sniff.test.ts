import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HEAD_BYTES, readText, sniff } from './sniff.ts';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const bytes = (text: string) => Buffer.from(text);

test.each([
  ['a PNG', PNG, {}, 'image/png', false],
  ['a PNG that is called a program', PNG, { claim: 'application/x-msdownload' }, 'image/png', false],
  [
    'a program that is called a PNG',
    Buffer.concat([bytes('MZ'), Buffer.alloc(200)]),
    { claim: 'image/png', name: 'a.png' },
    'application/x-msdownload',
    true,
  ],
  ['an ELF program', Buffer.concat([bytes('\x7fELF'), Buffer.alloc(64)]), {}, 'application/x-elf', true],
  ['a text', bytes('hello'), { claim: 'image/jpeg' }, 'text/plain', false],
  ['a table', bytes('a,b\n1,2\n'), { claim: 'text/csv; charset=utf-8' }, 'text/csv', false],
  ['JSON', bytes('{"a":1}'), { claim: 'application/json' }, 'application/json', false],
  ['a page', bytes('\n<!-- x --><!DOCTYPE html><p>'), { claim: 'text/plain' }, 'text/html', true],
  ['a text with a script', bytes('hi <script>alert(1)</script>'), {}, 'text/html', true],
  [
    'an SVG',
    bytes('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>'),
    { claim: 'image/png' },
    'image/svg+xml',
    true,
  ],
  ['a shell script', bytes('#!/bin/sh\nrm -rf /\n'), { claim: 'text/plain' }, 'application/x-sh', true],
  ['a picture with the name of a page', PNG, { name: 'x.HTML' }, 'image/png', true],
  ['bytes that are nothing', Buffer.from([0, 1, 2, 3, 250, 251]), { claim: 'application/pdf' }, 'application/octet-stream', false],
  ['nothing', Buffer.alloc(0), {}, 'text/plain', false],
] as const)('%s is known by its bytes', async (_, head, said, mimeType, dangerous) => {
  expect(await sniff(head, said)).toEqual({ mimeType, dangerous });
});

test('a picture with a page behind it is the picture, and is not text', async () => {
  const polyglot = Buffer.concat([GIF, bytes('<script>alert(1)</script>')]);
  expect(await sniff(polyglot, { claim: 'text/html' })).toMatchObject({ mimeType: 'image/gif' });
  expect(readText(polyglot)).toBeUndefined();
});

test('an archive that would unpack to gigabytes is looked at and not unpacked', async () => {
  const zeros = Buffer.alloc(64 * 1024 * 1024);
  const packed = deflateRawSync(zeros, { level: 9 });
  const name = bytes('[Content_Types].xml');
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(8, 8);
  header.writeUInt32LE(packed.length, 18);
  header.writeUInt32LE(zeros.length, 22);
  header.writeUInt16LE(name.length, 26);
  for (const bomb of [Buffer.concat([header, name, packed]), gzipSync(zeros)]) {
    const before = process.memoryUsage().arrayBuffers;
    const { mimeType } = await sniff(bomb.subarray(0, HEAD_BYTES), {});
    expect(mimeType).toMatch(/zip$/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
  }
});

test('what is a document in an archive is taken for it only where it says so itself', async () => {
  const zip = Buffer.concat([bytes('PK\x03\x04'), Buffer.alloc(40)]);
  const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
  expect(await sniff(zip, { claim: docx })).toEqual({ mimeType: docx, dangerous: false });
  expect(await sniff(zip, { claim: 'application/pdf' })).toMatchObject({ mimeType: 'application/zip' });
});

test('any bytes with any claim have a type, and nobody makes a page of a text by calling it so', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), fc.string(), fc.string(), async (head, name, claim) => {
      const { mimeType } = await sniff(head, { name, claim });
      expect(mimeType).toMatch(/^[\w.+-]+\/[\w.+-]+$/);
      expect(mimeType.length).toBeLessThan(128);
    }),
  );
});

test('a text of any language is text, also when its last character is cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (text) => {
      fc.pre(!/[<#]/.test(text));
      const whole = bytes(`a${text}🙂`);
      expect(readText(whole.subarray(0, -1))?.startsWith('a')).toBe(true);
    }),
  );
});
