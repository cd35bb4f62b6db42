import { Link } from '@fluentui/react-components';
import { useNavigate } from 'react-router';
import { Empty } from '../parts/states';

export function NotFoundPage() {
  const go = useNavigate();
  return (
    <Empty title="There is no such page">
      <Link onClick={() => void go('/')}>Go to the overview</Link>
    </Empty>
  );
}
