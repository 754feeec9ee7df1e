'use client';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { client, type Outputs } from '../../data/trpc.ts';
import type { Document, Path } from './schema.ts';

export type ConfigFile = Outputs['config']['file'];
export type Review = Outputs['config']['review'];
export type Edit = { readonly op: 'set'; readonly path: Path; readonly value: unknown } | { readonly op: 'unset'; readonly path: Path };

/** What somebody is writing, and the text that it was begun on. */
type Kept = { readonly base: string; readonly baseHash: string; readonly text: string; readonly restores?: string };

const STORE_KEY = 'openclaw.config.draft';
const SETTLE_MS = 250;

export type Draft = ReturnType<typeof useDraft>;

/** The draft of the configuration. It outlives a reload of the page as long as no secret was typed into it. */
export function useDraft(file: ConfigFile, mayWrite: boolean) {
  const [kept, setKept] = useState<Kept>(() => stored() ?? beginning(file));
  const [edited, setEdited] = useState<Document>();
  const [failure, setFailure] = useState<unknown>();
  const dirty = kept.text !== kept.base;
  const current = useRef(kept);
  current.current = kept;
  const queue = useRef<Promise<void>>(Promise.resolve());

  const settled = useSettled(kept.text);
  const review = useQuery({
    queryKey: ['config', 'review', settled, file.hash],
    queryFn: ({ signal }) => client.config.review.mutate({ text: settled }, { signal }),
    placeholderData: (previous) => previous,
    enabled: mayWrite,
  });
  const isReviewed = settled === kept.text && review.data !== undefined && !review.isPlaceholderData;

  // Who has changed nothing sees what is in force.
  useEffect(() => {
    if (!dirty && file.hash !== kept.baseHash) setKept(beginning(file));
  }, [file, dirty, kept.baseHash]);

  useEffect(() => {
    if (!dirty) sessionStorage.removeItem(STORE_KEY);
    else if (isReviewed && review.data?.holdsSecret === false) sessionStorage.setItem(STORE_KEY, JSON.stringify(kept));
  }, [dirty, isReviewed, review.data, kept]);

  useEffect(() => {
    if (isReviewed) setEdited(undefined);
  }, [isReviewed]);

  const setText = useCallback((text: string) => {
    setEdited(undefined);
    setKept((before) => ({ base: before.base, baseHash: before.baseHash, text }));
  }, []);

  /** One after the other: each edit is made to the text that the one before left. */
  const edit = useCallback((edits: readonly Edit[]): Promise<void> => {
    const run = async () => {
      try {
        const { text, document } = await client.config.edit.mutate({ text: current.current.text, edits: edits.map(copied) });
        const { base, baseHash } = current.current;
        current.current = { base, baseHash, text };
        setKept(current.current);
        setEdited(document);
        setFailure(undefined);
      } catch (error) {
        setFailure(error);
      }
    };
    queue.current = queue.current.then(run);
    return queue.current;
  }, []);

  return {
    ...kept,
    dirty,
    /** Somebody else changed what it was begun on. */
    conflict: dirty && file.hash !== kept.baseHash,
    document: edited ?? review.data?.document,
    review: review.data,
    reviewError: review.error,
    isReviewed,
    failure,
    setText,
    edit,
    reset: () => setKept(beginning(file)),
    /** Goes on from another text: after a merge, or with an earlier version. */
    begin: (next: Kept) => setKept(next),
  };
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function beginning({ text, hash }: ConfigFile): Kept {
  return { base: text, baseHash: hash, text };
}

function stored(): Kept | undefined {
  try {
    const { base, baseHash, text } = JSON.parse(sessionStorage.getItem(STORE_KEY) ?? '') as Partial<Kept>;
    return base !== undefined && baseHash !== undefined && text !== undefined ? { base, baseHash, text } : undefined;
  } catch {
    return undefined;
  }
}

const copied = (edit: Edit) => (edit.op === 'set' ? { ...edit, path: [...edit.path] } : { ...edit, path: [...edit.path] });
