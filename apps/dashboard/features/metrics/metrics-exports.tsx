'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import Copy from 'lucide-react/icons/copy';
import Download from 'lucide-react/icons/download';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { copyText } from '../../ui/copy-text.ts';
import { downloadText } from '../../ui/download-text.ts';
import { useSayError } from '../../ui/said.tsx';
import { toast } from '../../ui/toast.tsx';

const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** What Prometheus and Grafana take. */
export function MetricsExports() {
  const t = useT();
  const sayError = useSayError();
  const cache = useQueryClient();
  const scrape = useMutation({
    mutationFn: async () => {
      const { protocol, hostname, port } = window.location;
      const scheme = protocol === 'https:' ? ('https' as const) : ('http' as const);
      const input = { target: `${hostname}:${port || PORTS[protocol]}`, scheme };
      const { text } = await cache.fetchQuery(trpc.metrics.scrapeConfig.queryOptions(input));
      await copyText(text);
    },
    onSuccess: () => toast(t.metrics.copiedScrape),
    onError: sayError,
  });
  const grafana = useMutation({
    mutationFn: async () => {
      const { text } = await cache.fetchQuery(trpc.metrics.grafana.queryOptions());
      downloadText('openclaw-grafana.json', text, 'application/json');
    },
    onError: sayError,
  });
  return (
    <div className="flex flex-wrap gap-2 sm:ml-auto">
      <Button disabled={scrape.isPending} onClick={() => scrape.mutate()}>
        <Copy aria-hidden className="size-4" />
        {t.metrics.copyScrape}
      </Button>
      <Button disabled={grafana.isPending} onClick={() => grafana.mutate()}>
        <Download aria-hidden className="size-4" />
        {t.metrics.grafana}
      </Button>
    </div>
  );
}
