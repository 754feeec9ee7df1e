import { ReplayPage } from '../../features/replay/replay-page.tsx';

export default function Page() {
  return <ReplayPage />;
}
