import { useQuery } from '@tanstack/react-query';
import { settingsQuery } from '../../api/settings';
import { ErrorState, Loading } from '../../parts/states';
import { AutomationForm } from './automation-form';

/** What automation may do by itself. */
export function AutomationSettings() {
  const { data, error, refetch } = useQuery(settingsQuery);
  if (data === undefined)
    return error === null ? <Loading /> : <ErrorState error={error} retry={() => void refetch()} />;
  return <AutomationForm settings={data.data} etag={data.etag} />;
}
