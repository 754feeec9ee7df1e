/**
 * The wall clock in milliseconds since 1970, except that it never goes back: when somebody sets the computer's clock back, it runs on
 * from where it was. `from` is the time of the newest event, so that it is no earlier after a restart either. Otherwise everything
 * that waits for a time to come would wait for as long as the clock was set back.
 */
export function steadyClock(
  from: number,
  { wall = Date.now, passed = () => performance.now() }: { readonly wall?: () => number; readonly passed?: () => number } = {},
): () => number {
  let latest = from;
  let latestAt = passed();
  return () => {
    const at = passed();
    latest = Math.max(wall(), latest + (at - latestAt));
    latestAt = at;
    return Math.floor(latest);
  };
}
