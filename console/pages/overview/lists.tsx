import { Card } from '@fluentui/react-components';
import { type Overview } from '../../api/types';
import { Section } from '../../parts/facts';
import { messagesIn } from '../../parts/numbers';
import { PageLink } from '../../parts/page-link';
import { PlainTable } from '../../parts/plain-table';
import { FromNow } from '../../parts/time';
import { actionTypeText, REASON_TEXT } from '../../parts/words';

/** What waits, the first to expire first. */
export function Waiting({ overview: { pending } }: { readonly overview: Overview }) {
  return (
    <Card>
      <Section title="Needs a decision">
        <PlainTable
          label="Needs a decision"
          rows={pending.next}
          idOf={({ id }) => id}
          empty="Nothing waits for a decision"
          columns={[
            {
              header: 'Action',
              words: true,
              cell: ({ id, actionType, messageCount, mailboxCount }) => (
                <PageLink
                  to={`/actions/pending?open=${id}`}
                >{`${actionTypeText(actionType)}: ${messagesIn(messageCount, mailboxCount)}`}</PageLink>
              ),
            },
            { header: 'Why it waits', cell: ({ reasons }) => reasons.map(({ code }) => REASON_TEXT[code]).join(' · ') },
            { header: 'Expires', tight: true, cell: ({ expiresAt }) => <FromNow at={expiresAt} /> },
          ]}
        />
      </Section>
    </Card>
  );
}

/** What can be undone for three days more at most. */
export function Ending({ overview: { undoEnding } }: { readonly overview: Overview }) {
  return (
    <Card>
      <Section title="Undo ends soon">
        <PlainTable
          label="Undo ends soon"
          rows={undoEnding}
          idOf={({ id }) => id}
          empty="Nothing ends within three days"
          columns={[
            {
              header: 'Action',
              words: true,
              cell: ({ id, actionType, messageCount, mailboxCount }) => (
                <PageLink
                  to={`/actions/history?open=${id}`}
                >{`${actionTypeText(actionType)}: ${messagesIn(messageCount, mailboxCount)}`}</PageLink>
              ),
            },
            { header: 'Decided by', tight: true, cell: ({ decidedBy }) => decidedBy ?? '–' },
            { header: 'Undo ends', tight: true, cell: ({ undoDeadline }) => <FromNow at={undoDeadline} /> },
          ]}
        />
      </Section>
    </Card>
  );
}
