'use client';
import { useEffect, useState } from 'react';

/** Whether some text of the list of events is selected: what is being read or copied must not move. */
export function useSelecting(): boolean {
  const [selecting, setSelecting] = useState(false);
  useEffect(() => {
    const onChange = () => {
      const selection = document.getSelection();
      const rows = document.getElementById('event-rows');
      setSelecting(Boolean(selection && !selection.isCollapsed && rows?.contains(selection.anchorNode)));
    };
    document.addEventListener('selectionchange', onChange);
    return () => document.removeEventListener('selectionchange', onChange);
  }, []);
  return selecting;
}
