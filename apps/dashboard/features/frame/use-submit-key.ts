'use client';
import { type KeyboardEvent, type RefObject, useRef } from 'react';
import { keysMeant } from './key-choice.ts';
import { keysOf, useKeys } from './keys.ts';

const SUBMIT = 'Mod+Enter';

type SubmitKey = {
  readonly ref: RefObject<HTMLFormElement | null>;
  readonly onKeyDown: (event: KeyboardEvent<HTMLFormElement>) => void;
};

/** What a form needs to be sent with ⌘Enter, or the keys chosen instead, from wherever one is on its page. */
export function useSubmitKey(): SubmitKey {
  const ref = useRef<HTMLFormElement>(null);
  const submit = () => ref.current?.querySelector<HTMLButtonElement>('[type=submit]')?.click();
  useKeys({ [SUBMIT]: ({ target }) => (target instanceof Element && target.closest('dialog') ? false : submit()) });
  return {
    ref,
    onKeyDown: (event) => {
      // A field is left alone by shortcuts; keys that are held with ⌘ or Ctrl write nothing in it.
      if (event.defaultPrevented || event.nativeEvent.isComposing || !(event.ctrlKey || event.metaKey)) return;
      if (keysMeant(keysOf(event)) !== SUBMIT) return;
      event.preventDefault();
      submit();
    },
  };
}
