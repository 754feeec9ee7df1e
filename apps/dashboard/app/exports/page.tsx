import { ExportsPage } from '../../features/exports/exports-page.tsx';

export default function Page() {
  return <ExportsPage />;
}
