import Activity from 'lucide-react/icons/activity';
import LayoutDashboard from 'lucide-react/icons/layout-dashboard';
import MessagesSquare from 'lucide-react/icons/messages-square';
import ScrollText from 'lucide-react/icons/scroll-text';
import SquareTerminal from 'lucide-react/icons/square-terminal';

/** The pages of the navigation, by group. `key` follows `g` on the keyboard. */
export const PAGES = [
  { name: 'overview', group: 'observe', path: '/', key: 'o', Icon: LayoutDashboard },
  { name: 'events', group: 'observe', path: '/events/', key: 'e', Icon: Activity },
  { name: 'sessions', group: 'observe', path: '/sessions/', key: 's', Icon: MessagesSquare },
  { name: 'audit', group: 'observe', path: '/audit/', key: 'a', Icon: ScrollText },
  { name: 'console', group: 'operate', path: '/console/', key: 'c', Icon: SquareTerminal },
] as const;

export type Page = (typeof PAGES)[number];

export const GROUPS = ['observe', 'operate'] as const;

/** Whether a page is the one at this path. */
export function isCurrent(page: Page, pathname: string): boolean {
  return page.path === '/' ? pathname === '/' : pathname.startsWith(page.path.slice(0, -1));
}
