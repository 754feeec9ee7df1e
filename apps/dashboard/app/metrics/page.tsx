import { MetricsPage } from '../../features/metrics/metrics-page.tsx';

export default function Page() {
  return <MetricsPage />;
}
