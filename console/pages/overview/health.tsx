import { Card } from '@fluentui/react-components';
import { HEALTHS } from '../../../domain/imap';
import { type Overview } from '../../api/types';
import { Facts, Section } from '../../parts/facts';
import { count, of } from '../../parts/numbers';
import { PageLink } from '../../parts/page-link';
import { durationText } from '../../parts/time';
import { healthText } from '../../parts/words';

const AWAY = ['new', 'unreachable', 'loginRefused'] as const;

/** Without a mailbox that was indexed and can be reached, either none has to be, or nobody knows. */
function lagText({ indexLagMs, byHealth }: Overview['mailboxes']): string {
  if (indexLagMs !== null) return durationText(indexLagMs);
  const isUnknown = AWAY.some((health) => (byHealth[health] ?? 0) > 0);
  return isUnknown ? 'Unknown: no mailbox can be indexed' : 'None: mail is known as it arrives';
}

/** How the mailboxes are, and how old what is known of them. */
export function Health({ overview: { mailboxes } }: { readonly overview: Overview }) {
  return (
    <Card>
      <Section title="Mailboxes" action={<PageLink to="/settings/mailboxes">All mailboxes</PageLink>}>
        <Facts
          of={[
            ['In all', of(mailboxes.total, 'mailbox', 'mailboxes')],
            ...HEALTHS.flatMap((health) => {
              const number = mailboxes.byHealth[health];
              return number === undefined ? [] : [[healthText(health), count(number)] as const];
            }),
            ['With an old index', count(mailboxes.stale)],
            ['Index lag', lagText(mailboxes)],
          ]}
        />
      </Section>
    </Card>
  );
}
