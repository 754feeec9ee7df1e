import { DesignPage } from '../../features/design/design-page.tsx';

export default function Page() {
  return <DesignPage />;
}
