import {
  Field,
  Input,
  makeStyles,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  Radio,
  RadioGroup,
  Text,
  Textarea,
  tokens,
} from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { type Order, type OrderAction, type RemediationPreview } from '../../api/remediations';
import { settingsQuery } from '../../api/settings';
import { type Action } from '../../api/types';
import { useSession } from '../../app/session';
import { CopyId } from '../../parts/copy-id';
import { CsvButton } from '../../parts/csv-button';
import { Facts } from '../../parts/facts';
import { MailText } from '../../parts/mail-text';
import { count, messagesIn, of } from '../../parts/numbers';
import { PageLink } from '../../parts/page-link';
import { PlainTable } from '../../parts/plain-table';
import { ErrorState, Loading } from '../../parts/states';
import { Time } from '../../parts/time';
import { actionTypeText } from '../../parts/words';
import { Counts } from '../investigations/cluster-details';

const useStyles = makeStyles({
  // A subtle button has air around its words: they begin where the lines above it do.
  list: { marginInlineStart: `calc(-1 * ${tokens.spacingHorizontalM})` },
});

/** Messages that are shown of all that would be worked on. */
const SAMPLE = 5;

const CHOICES: readonly (readonly [OrderAction, string, string])[] = [
  ['softDelete', 'Soft deleted items', 'Taken out of the mailbox; it can be put back while the mailbox keeps it'],
  ['moveToJunk', 'Junk', 'Moved to the Junk folder'],
  ['moveToInbox', 'Inbox', 'Moved to the Inbox; what an action removed is given back'],
  ['moveToDeletedItems', 'Deleted items', 'Moved to Deleted items, where its user finds it'],
  ['hardDelete', 'Hard deleted items', 'Gone for good after another admin approves; evidence of each message is kept'],
];

/** What a token may do and the settings allow; nothing is deleted for good by a filter. */
export function useOffered(isPicked: boolean): readonly OrderAction[] {
  const { may } = useSession();
  const { data: settings } = useQuery(settingsQuery);
  const isHardDelete = isPicked && may('admin') && settings?.data.remediation.hardDelete === true;
  return CHOICES.map(([one]) => one).filter((one) => (one === 'hardDelete' ? isHardDelete : may('approver')));
}

/** Step 1. */
export function ChooseAction({
  action,
  onChoose,
  offered,
}: {
  readonly action: OrderAction;
  readonly onChoose: (action: OrderAction) => void;
  readonly offered: readonly OrderAction[];
}) {
  if (offered.length === 0) {
    return (
      <Text>An approver takes action. An admin deletes for good what was picked, where the settings allow it.</Text>
    );
  }
  return (
    <Field label="Move or delete">
      <RadioGroup value={action} onChange={(_event, { value }) => onChoose(value as OrderAction)}>
        {CHOICES.filter(([one]) => offered.includes(one)).map(([value, label, hint]) => (
          <Radio
            key={value}
            value={value}
            label={
              <>
                {label}
                <br />
                <Text size={200}>{hint}</Text>
              </>
            }
          />
        ))}
      </RadioGroup>
    </Field>
  );
}

/** Step 2: what it is called in every record, and what it comes to. */
export function ChooseTargets({
  name,
  description,
  preview,
  busy,
  error,
  onName,
  onDescription,
}: {
  readonly name: string;
  readonly description: string;
  readonly preview: RemediationPreview | undefined;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly onName: (name: string) => void;
  readonly onDescription: (description: string) => void;
}) {
  return (
    <>
      <Field label="Name" required hint="It stands in the action center and in the audit">
        <Input value={name} maxLength={200} onChange={(_event, { value }) => onName(value)} />
      </Field>
      <Field label="Description">
        <Textarea
          value={description}
          maxLength={1_000}
          resize="vertical"
          onChange={(_event, { value }) => onDescription(value)}
        />
      </Field>
      {busy && <Loading label="Counting what it would work on" />}
      {error !== null && <ErrorState error={error} />}
      {preview !== undefined && <Impact preview={preview} />}
    </>
  );
}

function Impact({ preview }: { readonly preview: RemediationPreview }) {
  return (
    <>
      <Text weight="semibold">{messagesIn(preview.messageCount, preview.mailboxCount)}</Text>
      <PlainTable
        label="Impacted assets, the first of them"
        rows={preview.sample.slice(0, SAMPLE)}
        idOf={({ id }) => id}
        empty="Nothing to work on"
        columns={[
          { header: 'Impacted asset', cell: ({ mailbox }) => <MailText>{mailbox}</MailText> },
          { header: 'Action', tight: true, cell: () => actionTypeText(preview.action) },
          {
            header: 'Target entity',
            words: true,
            cell: ({ subject }) => (
              <MailText wrap none="(no subject)">
                {subject}
              </MailText>
            ),
          },
          { header: 'Now in', tight: true, cell: ({ latestDeliveryLocation }) => latestDeliveryLocation },
        ]}
      />
    </>
  );
}

/** Step 3: everything once more, with the list as CSV. */
export function Review({ order, preview }: { readonly order: Order; readonly preview: RemediationPreview }) {
  const styles = useStyles();
  const { expected, leftOut } = preview;
  return (
    <>
      <Facts
        of={[
          ['Name', order.name],
          ['Description', order.description],
          ['Action', actionTypeText(order.action)],
          ['Messages', messagesIn(preview.messageCount, preview.mailboxCount)],
          ['To work on', count(expected.toDo)],
          ['Given back by a revert', expected.toRevert === 0 ? undefined : count(expected.toRevert)],
          ['Already there', expected.alreadyThere === 0 ? undefined : count(expected.alreadyThere)],
          ['Already gone', expected.alreadyGone === 0 ? undefined : count(expected.alreadyGone)],
          [
            'Left out',
            leftOut.messages === 0
              ? undefined
              : `${messagesIn(leftOut.messages, leftOut.mailboxes)}, excluded by the settings`,
          ],
          ['Now in', <Counts key="places" counts={preview.locationCounts} />],
          ['Undo', <Undo key="undo" {...preview} />],
        ]}
      />
      {preview.secondPersonNeeded && (
        <MessageBar intent="info" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>A second person must approve it</MessageBarTitle>
            It waits in the action center for somebody else than you.
          </MessageBarBody>
        </MessageBar>
      )}
      <div className={styles.list}>
        <CsvButton
          path="/api/v1/remediations"
          body={{ ...order, dryRun: true }}
          fileName="impacted-assets.csv"
          text="Impacted assets as CSV"
        />
      </div>
    </>
  );
}

/** Until when all of it could be undone. */
function Undo({ action, undo }: Pick<RemediationPreview, 'action' | 'undo'>) {
  if (action === 'hardDelete') return <>Never</>;
  if (undo === null) return <>By moving them again</>;
  return (
    <>
      All of it until <Time at={undo.at} />
      {undo.basis === 'unknown' && ', as far as anybody can say'}
    </>
  );
}

/** After it was submitted: its Approval ID, and where it can be followed. */
export function Submitted({ action, waits }: { readonly action: Action; readonly waits: boolean }) {
  return (
    <MessageBar intent="success" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>Submitted</MessageBarTitle>
        Approval ID <CopyId id={action.id} whole what="approval id" />. {of(action.messageCount, 'message')}{' '}
        {waits ? 'wait for a second person' : 'are worked on'}:{' '}
        <PageLink to={`/actions/${waits ? 'pending' : 'history'}?open=${action.id}`}>
          follow it in the action center
        </PageLink>
      </MessageBarBody>
    </MessageBar>
  );
}
