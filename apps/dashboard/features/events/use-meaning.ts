import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { trpc } from '../../data/trpc.ts';
import { useLanguage } from '../../i18n/index.tsx';

/** What a type of event means, in the language of the page: as the catalog says it until other words are there. */
export function useMeaning(): (type: string) => string | undefined {
  const { meanings } = useLanguage();
  const { data: fields } = useQuery({ ...trpc.events.fields.queryOptions(), staleTime: Number.POSITIVE_INFINITY });
  const { data: local } = useQuery({
    queryKey: ['meanings'],
    queryFn: () => meanings?.(),
    enabled: meanings !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return useCallback(
    (type) => {
      const english = fields?.find(({ name }) => name === 'type')?.meanings;
      return ((meanings && local?.[type]) ?? english?.[type])?.replaceAll('`', '');
    },
    [fields, local, meanings],
  );
}
