import { Badge, type BadgeProps } from '@fluentui/react-components';
import { type ActionStatus, type Investigation } from '../api/types';

type Colour = NonNullable<BadgeProps['color']>;

const COLOUR: Readonly<Record<ActionStatus | Investigation['status'], Colour>> = {
  Freezing: 'informative',
  Pending: 'warning',
  Approved: 'brand',
  Rejected: 'informative',
  Expired: 'informative',
  Cancelled: 'informative',
  Running: 'brand',
  Stopped: 'warning',
  Completed: 'success',
  'Partially Completed': 'warning',
  Failed: 'danger',
  Starting: 'brand',
  'Pending Action': 'warning',
  'No Threats Found': 'informative',
  'Partially Investigated': 'warning',
  Remediated: 'success',
  'Partially Remediated': 'warning',
  'Terminated By System': 'informative',
  'Terminated By User': 'informative',
};

/** The status of an action, an investigation or a revert. */
export function Status({ status }: { readonly status: keyof typeof COLOUR }) {
  return (
    <Badge appearance="tint" color={COLOUR[status]} shape="rounded">
      {status}
    </Badge>
  );
}

const VERDICTS = {
  malicious: ['Malicious', 'danger'],
  suspicious: ['Suspicious', 'warning'],
  noThreatsFound: ['No threats found', 'success'],
} as const;

export function VerdictBadge({ verdict }: { readonly verdict: string }) {
  const [text, color] = (VERDICTS as Readonly<Record<string, readonly [string, Colour]>>)[verdict] ?? [
    verdict,
    'informative',
  ];
  return (
    <Badge appearance="tint" color={color} shape="rounded">
      {text}
    </Badge>
  );
}
