'use client';
/**
 * Questions that are asked as soon as a page's scripts are there. Their answers are kept out of the cache until the page asks for them: what is in
 * the cache at first would not fit the page as it was built.
 */
const answers = new Map<string, Promise<unknown>>();

/** Asks now, in a browser that opened this page. */
export function askAhead(page: string, name: string, ask: () => Promise<unknown>): void {
  if (typeof window === 'undefined' || window.location.pathname !== page) return;
  const answer = ask();
  answer.catch(() => undefined);
  answers.set(name, answer);
}

/** The answer to a question that was asked ahead, the first time; after that it is asked anew. */
export function answerTo<T>(name: string, ask: () => Promise<T>): Promise<T> {
  const answer = answers.get(name) as Promise<T> | undefined;
  answers.delete(name);
  return answer ?? ask();
}
