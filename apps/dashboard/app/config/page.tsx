import { ConfigPage } from '../../features/config/config-page.tsx';

export default function Page() {
  return <ConfigPage />;
}
