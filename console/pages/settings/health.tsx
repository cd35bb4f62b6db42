import { Badge } from '@fluentui/react-components';
import { type Mailbox } from '../../api/types';
import { healthText } from '../../parts/words';

/** How a mailbox is: what is not healthy is left to a person. */
export function Health({ health }: { readonly health: Mailbox['health'] }) {
  return (
    <Badge appearance="tint" shape="rounded" color={health === 'ok' ? 'success' : 'warning'}>
      {healthText(health)}
    </Badge>
  );
}
