/** What a message of a chat completion says, and the pictures it shows. */
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { base64, inboundFile, MOST_FILES } from '../../attachments/in-body.ts';
import { fileAt } from '../../channels/webhook/files.ts';

export type Content = { readonly text: string; readonly images: readonly InboundAttachment[] };

const PARTS = 'a text, or a list of { type: "text", text } and { type: "image_url", image_url: { url } }';
const PICTURE = 'an address that begins with https:// or http://, or data:image/…;base64, with the bytes in base64';
const MOST_ADDRESS = 2048;
/** Stands for a picture of an earlier turn: a model is shown those of the new message. */
const SHOWN_BEFORE = '[an image that was shown here]';

const address = z.string({ error: PICTURE }).transform((url, context): InboundAttachment => {
  const image = url.startsWith('data:') ? imageIn(url) : imageAt(url);
  if (image) return image;
  context.addIssue({ code: 'custom', message: PICTURE });
  return z.NEVER;
});
const image = z.object({ url: address }, { error: '{ url }' });
const part = z.discriminatedUnion(
  'type',
  [
    z.object({ type: z.enum(['text', 'input_text']), text: z.string({ error: 'a text' }) }),
    z.object({ type: z.literal('image_url'), image_url: z.union([image, address.transform((url) => ({ url }))], { error: PICTURE }) }),
    z.object({ type: z.literal('input_image'), image_url: address }),
  ],
  { error: PARTS },
);

export const content = z.union(
  [
    z.string().transform((text): Content => ({ text, images: [] })),
    z.array(part).transform((parts): Content => {
      const texts = parts.flatMap((each) => ('text' in each ? [each.text] : []));
      const images = parts.flatMap((each) =>
        each.type === 'image_url' ? [each.image_url.url] : each.type === 'input_image' ? [each.image_url] : [],
      );
      return { text: texts.join('\n'), images };
    }),
  ],
  { error: PARTS },
);

export const TOO_MANY_IMAGES = `at most ${MOST_FILES} images`;
export const hasTooManyImages = ({ images }: Content): boolean => images.length > MOST_FILES;

/** What is left in words of a message that was answered before. */
export function saidEarlier({ text, images }: Content): string {
  return [text, ...images.map(() => SHOWN_BEFORE)].filter((line) => line !== '').join('\n');
}

function imageIn(url: string): InboundAttachment | undefined {
  const comma = url.indexOf(',');
  const [, type] = /^data:(image\/[\w.+-]{1,100});base64$/i.exec(url.slice(0, Math.max(0, comma))) ?? [];
  const data = base64.safeParse(url.slice(comma + 1)).data;
  if (type === undefined || data === undefined || data.length === 0) return undefined;
  return inboundFile({ data, name: `image.${type.slice('image/'.length).replace(/\W.*$/, '')}`, mimeType: type.toLowerCase() });
}

function imageAt(url: string): InboundAttachment | undefined {
  const { protocol } = URL.parse(url) ?? {};
  return url.length <= MOST_ADDRESS && (protocol === 'https:' || protocol === 'http:') ? fileAt({ url }) : undefined;
}
