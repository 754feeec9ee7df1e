'use client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { importBundle } from '../../data/bundles.ts';
import { useT } from '../../i18n/index.tsx';
import { SaidError } from '../../ui/said.tsx';
import { BundleView } from './bundle-view.tsx';
import { Field } from './form-fields.tsx';

/** A bundle to be replayed. One that is not whole is not imported; what is wrong with it and what can be read is shown. */
export function BundleField({ bundleId, onImported }: { readonly bundleId: string; readonly onImported: (bundleId: string) => void }) {
  const t = useT();
  const [file, setFile] = useState<File>();
  const upload = useMutation({
    mutationFn: importBundle,
    onMutate: () => onImported(''),
    onSuccess: (bundle) => onImported(bundle.bundleId),
  });
  return (
    <>
      <Field label={t.replay.bundleFile} hint={t.replay.bundleHint}>
        <input
          type="file"
          accept=".ocb"
          onChange={(event) => {
            const chosen = event.target.files?.[0];
            setFile(chosen);
            if (chosen) upload.mutate(chosen);
          }}
          className="text-sm"
        />
      </Field>
      {upload.isPending ? <p className="text-sm text-ink-3">{t.common.loading}</p> : null}
      {upload.error ? (
        <p role="alert" className="text-sm text-bad foreign-text">
          <SaidError error={upload.error} />
        </p>
      ) : null}
      {upload.error && file ? <BundleView key={`${file.name}${file.lastModified}${file.size}`} file={file} /> : null}
      {bundleId !== '' && upload.data ? (
        <p className="text-sm text-ink-2">{upload.data.key === 'trusted' ? t.replay.bundleTrusted : t.replay.bundleWhole}</p>
      ) : null}
    </>
  );
}
