import { ConsolePage } from '../../features/console/console-page.tsx';

export default function Page() {
  return <ConsolePage />;
}
