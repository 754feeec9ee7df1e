/** An open claw around a letter's path. */
export function Logo() {
  return (
    <svg aria-hidden="true" viewBox="0 0 24 24" className="size-6 shrink-0">
      <rect width="24" height="24" rx="6" fill="var(--accent)" />
      <path d="M16.5 7.2A6 6 0 1 0 16.5 16.8" fill="none" stroke="var(--on-accent)" strokeWidth="2.2" strokeLinecap="round" />
      <path
        d="M11 12h7m-2.6-2.6L18 12l-2.6 2.6"
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
