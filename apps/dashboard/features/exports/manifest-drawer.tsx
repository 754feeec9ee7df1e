'use client';
import { useQuery } from '@tanstack/react-query';
import Download from 'lucide-react/icons/download';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Command } from '../../ui/command.tsx';
import { Drawer } from '../../ui/drawer.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { Loaded } from '../../ui/states.tsx';

/** A finished export: its files to download, and what it says of itself. */
export function ManifestDrawer({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const t = useT();
  const format = useFormat();
  const found = useQuery({ ...trpc.exports.manifest.queryOptions({ id }), staleTime: Number.POSITIVE_INFINITY });
  return (
    <Drawer title={t.exports.exportTitle(id)} onClose={onClose}>
      <div className="min-h-0 flex-1 overflow-auto scroll-quiet">
        <Loaded query={found}>
          {({ files, manifest, signed }) => (
            <div className="flex flex-col gap-5 p-4">
              <section aria-label={t.exports.files}>
                <h3 className="pb-1 text-xs font-medium text-ink-3">{t.exports.files}</h3>
                <ul className="rounded-lg border border-line">
                  {files.map((file) => (
                    <li key={file.name} className="border-b border-line last:border-b-0">
                      <a
                        href={`/api/exports/${encodeURIComponent(id)}/files/${encodeURIComponent(file.name)}`}
                        download={file.name}
                        className="flex min-h-9 items-center gap-2 px-3 text-sm hover:bg-sunken"
                      >
                        <Download aria-hidden className="size-4 text-ink-3" />
                        <span className="font-mono text-xs">{file.name}</span>
                        <span className="ml-auto text-xs text-ink-3 figures">{format.bytes(file.bytes)}</span>
                      </a>
                    </li>
                  ))}
                </ul>
              </section>
              <section aria-label={t.exports.manifest} className="flex flex-col gap-2">
                <h3 className="flex items-center gap-2 text-xs font-medium text-ink-3">
                  {t.exports.manifest}
                  <Badge tone={signed ? 'ok' : 'neutral'}>{signed ? t.exports.signed : t.exports.unsigned}</Badge>
                </h3>
                <Facts>
                  <Fact name={t.exports.count}>{format.number(manifest.count)}</Fact>
                  <Fact name={t.exports.range}>
                    {format.number(manifest.seqRange.first)} – {format.number(manifest.seqRange.last)}
                  </Fact>
                  {manifest.timeRange ? (
                    <Fact name={t.exports.time}>
                      {format.full(Date.parse(manifest.timeRange.first))} – {format.full(Date.parse(manifest.timeRange.last))}
                    </Fact>
                  ) : null}
                  <Fact name={t.exports.query} mono>
                    {manifest.query || t.exports.everything}
                  </Fact>
                  <Fact name={t.exports.maskingName}>{t.exports.masking[manifest.masking.profile]}</Fact>
                  <Fact name={t.exports.by} mono>
                    {manifest.createdBy.id}
                  </Fact>
                </Facts>
                <details className="rounded-lg border border-line">
                  <summary className="px-3 py-2 text-sm">{t.exports.whole}</summary>
                  <JsonTree value={manifest} />
                </details>
              </section>
              <section className="flex flex-col items-start gap-2 text-sm text-ink-2">
                <p>{t.exports.verifyWhy}</p>
                <Command text="openclaw audit verify --bundle <folder>" />
              </section>
            </div>
          )}
        </Loaded>
      </div>
    </Drawer>
  );
}
