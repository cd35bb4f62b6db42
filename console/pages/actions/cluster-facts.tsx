import { useQuery } from '@tanstack/react-query';
import { investigationQuery } from '../../api/investigations';
import { type Action } from '../../api/types';
import { ErrorState, Loading } from '../../parts/states';
import { ClusterDetails } from '../investigations/cluster-details';

/** The cluster that an action is about, as it was frozen. Messages that a person picked have none. */
export function ClusterFacts({ action: { investigationId, clusterId } }: { readonly action: Action }) {
  if (investigationId === null || clusterId === null) return null;
  return <Found investigationId={investigationId} clusterId={clusterId} />;
}

function Found({ investigationId, clusterId }: { readonly investigationId: string; readonly clusterId: string }) {
  const { data, error, refetch } = useQuery(investigationQuery(investigationId));
  if (data === undefined)
    return error === null ? <Loading /> : <ErrorState error={error} retry={() => void refetch()} />;
  const cluster = data.clusters.find(({ id }) => id === clusterId);
  return cluster === undefined ? null : <ClusterDetails cluster={cluster} />;
}
