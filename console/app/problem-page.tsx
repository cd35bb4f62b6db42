import { useRouteError } from 'react-router';
import { ErrorState } from '../parts/states';

/** A page that could not be shown at all: the way on is to load it again. */
export function Problem() {
  return <ErrorState error={useRouteError()} retry={() => window.location.reload()} />;
}
