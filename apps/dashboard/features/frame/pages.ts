import type { LucideIcon } from 'lucide-react';
import Activity from 'lucide-react/icons/activity';
import Bot from 'lucide-react/icons/bot';
import ChartLine from 'lucide-react/icons/chart-line';
import FileDown from 'lucide-react/icons/file-down';
import KeyRound from 'lucide-react/icons/key-round';
import LayoutDashboard from 'lucide-react/icons/layout-dashboard';
import MessagesSquare from 'lucide-react/icons/messages-square';
import Palette from 'lucide-react/icons/palette';
import Radio from 'lucide-react/icons/radio';
import RotateCcw from 'lucide-react/icons/rotate-ccw';
import Route from 'lucide-react/icons/route';
import ScrollText from 'lucide-react/icons/scroll-text';
import ShieldCheck from 'lucide-react/icons/shield-check';
import SlidersHorizontal from 'lucide-react/icons/sliders-horizontal';
import SquareTerminal from 'lucide-react/icons/square-terminal';
import type { Catalog } from '../../i18n/en/index.ts';

/**
 * The pages of the navigation, in its order. `key` follows `g` on the keyboard, and each page's is another.
 * `t.frame` has a page's name under its `name`; a page with `bar` stands in the bottom bar of phones.
 */
export const PAGES = [
  { name: 'overview', group: 'observe', path: '/', key: 'o', bar: true, Icon: LayoutDashboard },
  { name: 'events', group: 'observe', path: '/events/', key: 'e', bar: true, Icon: Activity },
  { name: 'sessions', group: 'observe', path: '/sessions/', key: 's', bar: true, Icon: MessagesSquare },
  { name: 'audit', group: 'observe', path: '/audit/', key: 'a', bar: false, Icon: ScrollText },
  { name: 'logs', group: 'observe', path: '/logs/', key: 'l', bar: false, Icon: ScrollText },
  { name: 'metrics', group: 'observe', path: '/metrics/', key: 'm', bar: false, Icon: ChartLine },
  { name: 'channels', group: 'operate', path: '/channels/', key: 'h', bar: false, Icon: Radio },
  { name: 'routing', group: 'operate', path: '/routing/', key: 'r', bar: false, Icon: Route },
  { name: 'agents', group: 'operate', path: '/agents/', key: 'b', bar: false, Icon: Bot },
  { name: 'approvals', group: 'operate', path: '/approvals/', key: 'p', bar: true, Icon: ShieldCheck },
  { name: 'replay', group: 'operate', path: '/replay/', key: 'y', bar: false, Icon: RotateCcw },
  { name: 'console', group: 'operate', path: '/console/', key: 'c', bar: false, Icon: SquareTerminal },
  { name: 'exports', group: 'configure', path: '/exports/', key: 'x', bar: false, Icon: FileDown },
  { name: 'config', group: 'configure', path: '/config/', key: 'f', bar: false, Icon: SlidersHorizontal },
  { name: 'access', group: 'configure', path: '/access/', key: 'u', bar: false, Icon: KeyRound },
  { name: 'design', group: 'configure', path: '/design/', key: 'd', bar: false, Icon: Palette },
] as const satisfies readonly PageEntry[];

type PageEntry = {
  readonly name: keyof Catalog['frame'];
  readonly group: Group;
  readonly path: string;
  readonly key: string;
  readonly bar: boolean;
  readonly Icon: LucideIcon;
};

export type Page = (typeof PAGES)[number];
export type PageName = Page['name'];

export const GROUPS = ['observe', 'operate', 'configure'] as const;
type Group = (typeof GROUPS)[number];

/** Whether a page is the one at this path. */
export function isCurrent(page: Page, pathname: string): boolean {
  return page.path === '/' ? pathname === '/' : pathname.startsWith(page.path.slice(0, -1));
}
