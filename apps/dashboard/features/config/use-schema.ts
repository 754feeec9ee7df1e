'use client';
import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { useLanguage } from '../../i18n/index.tsx';
import type { Field, Schema } from './schema.ts';

/** The schema of this gateway's own version. */
export function useSchema(enabled = true) {
  return useQuery({
    enabled,
    queryKey: ['config', 'schema'],
    queryFn: async ({ signal }): Promise<Schema> => {
      const answer = await fetch('/config.schema.json', { signal });
      if (!answer.ok) throw new Error(`the schema was answered with ${answer.status}`);
      return (await answer.json()) as Schema;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export type Describe = (field: Pick<Field, 'key' | 'description'>) => string;

/** What a key is for, in the language of the page: the schema says it in English, another language is fetched when it is read. */
export function useDescriptions(): Describe {
  const { locale } = useLanguage();
  const { data } = useQuery({
    queryKey: ['config', 'descriptions', locale],
    queryFn: async (): Promise<Readonly<Record<string, string>>> =>
      locale === 'zh-CN' ? (await import('../../../../scripts/docs/configuration-zh.json')).default.descriptions : {},
    staleTime: Number.POSITIVE_INFINITY,
  });
  // The same from render to render: the editor is built anew for another.
  return useCallback(({ key, description }) => data?.[key] ?? description, [data]);
}
