'use client';
import { useQuery } from '@tanstack/react-query';
import Link2 from 'lucide-react/icons/link-2';
import MessagesSquare from 'lucide-react/icons/messages-square';
import Minus from 'lucide-react/icons/minus';
import Plus from 'lucide-react/icons/plus';
import RotateCcw from 'lucide-react/icons/rotate-ccw';
import { useRouter } from 'next/navigation';
import type { Dispatch, SetStateAction } from 'react';
import { trpc } from '../../data/trpc.ts';
import { event } from '../../i18n/en/event.ts';
import { events } from '../../i18n/en/events.ts';
import { useFormat, useT, withText } from '../../i18n/index.tsx';
import { ActionMenu, MenuItem } from '../../ui/action-menu.tsx';
import { sessionUrl } from '../frame/links.ts';
import { clauseFor } from './clause-for.ts';
import { excludedValue, withClause } from './clauses.ts';
import { COPIES, copy } from './copy-menu.tsx';
import type { OpenMenu, RowValue } from './row-menu-button.tsx';
import { useReplayFrom } from './use-replay-from.ts';

type RowMenuProps = {
  readonly menu: OpenMenu;
  readonly values: readonly RowValue[];
  readonly q: string;
  readonly onQuery: (q: string) => void;
  readonly onMenu: Dispatch<SetStateAction<OpenMenu | undefined>>;
};

/** What can be done with one event of a list. */
export const RowMenu = withText({ event, events }, Choices);

function Choices({ menu, values, q, onQuery, onMenu }: RowMenuProps) {
  const t = useT();
  const format = useFormat();
  const router = useRouter();
  const { position, anchor } = menu;
  const event = useQuery({ ...trpc.events.get.queryOptions({ position }), staleTime: Number.POSITIVE_INFINITY }).data;
  const replay = useReplayFrom(event);
  const { sessionId, correlationId } = event ?? {};
  return (
    <ActionMenu
      label={t.events.rowMenu(format.number(position))}
      anchor={anchor}
      onClose={() => onMenu((now) => (now === menu ? undefined : now))}
    >
      {values.map(({ field, value }) => (
        <ValueChoice
          key={field}
          name={field === 'message' ? t.events.columnNames.message : t.events.facetNames[field]}
          value={value}
          onInclude={() => onQuery(withClause(q, clauseFor(clauseField(field), [value])))}
          onExclude={() => onQuery(excludedValue(q, clauseField(field), value))}
        />
      ))}
      <hr className="my-1 border-line" />
      <MenuItem
        disabled={sessionId === undefined}
        onClick={() => sessionId !== undefined && router.push(sessionUrl(sessionId, correlationId, position))}
      >
        <MessagesSquare aria-hidden className="size-3.5" />
        {t.events.openSessionHere}
      </MenuItem>
      <MenuItem disabled={!replay} onClick={replay}>
        <RotateCcw aria-hidden className="size-3.5" />
        {t.events.replayFromHere}
      </MenuItem>
      <hr className="my-1 border-line" />
      <MenuItem onClick={() => void copy(linkTo(position), t)}>
        <Link2 aria-hidden className="size-3.5" />
        {t.event.copyLink}
      </MenuItem>
      {COPIES.map(({ name, Icon, textOf }) => (
        <MenuItem key={name} disabled={!event} onClick={() => event && void copy(textOf(event), t)}>
          <Icon aria-hidden className="size-3.5" />
          {t.event[name]}
        </MenuItem>
      ))}
    </ActionMenu>
  );
}

/** A message is known to the query language by the correlation of its events. */
const clauseField = (field: RowValue['field']) => (field === 'message' ? 'corr' : field);

/** This view with the event chosen. */
function linkTo(position: number): string {
  const url = new URL(window.location.href);
  url.searchParams.set('sel', String(position));
  return url.href;
}

type ValueChoiceProps = { readonly name: string; readonly value: string; readonly onInclude: () => void; readonly onExclude: () => void };

function ValueChoice({ name, value, onInclude, onExclude }: ValueChoiceProps) {
  const t = useT();
  return (
    <div role="none" className="flex min-h-8 items-center gap-1 pl-2 text-xs">
      <span className="w-16 shrink-0 text-ink-3">{name}</span>
      <span className="mr-auto max-w-52 truncate pr-2 font-mono" title={value}>
        {value}
      </span>
      <MenuItem aria-label={t.events.include(value)} title={t.events.include(value)} onClick={onInclude} className="w-8 justify-center">
        <Plus aria-hidden className="size-3.5" />
      </MenuItem>
      <MenuItem aria-label={t.events.exclude(value)} title={t.events.exclude(value)} onClick={onExclude} className="w-8 justify-center">
        <Minus aria-hidden className="size-3.5" />
      </MenuItem>
    </div>
  );
}
