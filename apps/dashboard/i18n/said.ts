/** What the gateway says about a failure, in another language than its own. Pure. */

/** An error as the gateway sends it; a cause that is shown in passing has no remedy. */
export type Problem = { readonly code: string; readonly message: string; readonly remedy?: string | undefined };

/** `own`: the gateway's own sentence, where it knows more than the title of its code. */
export type SaidProblem = { readonly title: string; readonly remedy?: string | undefined; readonly own?: string };

type Wordings = Readonly<Record<string, { readonly title: string; readonly remedy: string }>>;

/** A problem in the words of its code. A code that has none is said as the gateway said it. */
export function inWords({ code, message, remedy }: Problem, local: Wordings, english: Wordings): SaidProblem {
  const words = Object.hasOwn(local, code) ? local[code] : undefined;
  if (!words) return { title: message, remedy };
  return {
    title: words.title,
    remedy: remedy === undefined ? undefined : words.remedy,
    ...(message === english[code]?.title ? {} : { own: message }),
  };
}
