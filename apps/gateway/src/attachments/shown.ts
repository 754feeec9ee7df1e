/** Of which files a model is shown the text, and how much of it. */

const TEXTS = /^(text\/|application\/(json|yaml|toml|x-ndjson|xml|x-sh)$|image\/svg\+xml$)/;

export const MOST_TEXT_BYTES = 64 * 1024;

export const isShownText = (mimeType: string): boolean => TEXTS.test(mimeType);
