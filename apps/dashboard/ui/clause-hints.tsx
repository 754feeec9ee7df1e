import { Button } from './button.tsx';

/** A clause of a filter that leaves nothing, how much there would be without it, and what takes it away. */
export type ClauseHint = { readonly title: string; readonly found: string; readonly drop: () => void };

export function ClauseHints({ hints }: { readonly hints: readonly ClauseHint[] }) {
  return (
    <ul className="flex flex-wrap justify-center gap-2">
      {hints.map(({ title, found, drop }) => (
        <li key={title}>
          <Button onClick={drop}>
            {title}
            <span className="text-ink-3">{found}</span>
          </Button>
        </li>
      ))}
    </ul>
  );
}
