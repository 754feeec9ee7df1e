import { SessionsPage } from '../../features/session/sessions-page.tsx';

export default function Page() {
  return <SessionsPage />;
}
