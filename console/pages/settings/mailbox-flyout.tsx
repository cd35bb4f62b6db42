import { Button, Field, Input, makeStyles, SpinButton, Text, tokens } from '@fluentui/react-components';
import { type SyntheticEvent, useState } from 'react';
import { useProbe, useSetMailbox } from '../../api/settings';
import { type Mailbox } from '../../api/types';
import { useSession } from '../../app/session';
import { CopyId } from '../../parts/copy-id';
import { Confirm } from '../../parts/confirm';
import { Facts, Section } from '../../parts/facts';
import { Flyout } from '../../parts/flyout';
import { MailText } from '../../parts/mail-text';
import { useNotices } from '../../parts/notices';
import { count, of } from '../../parts/numbers';
import { Empty, ErrorState } from '../../parts/states';
import { Time } from '../../parts/time';
import { Health } from './health';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM, alignItems: 'flex-start' },
  field: { width: '100%', maxWidth: '400px' },
  findings: { margin: 0, paddingInlineStart: '20px' },
});

/** One mailbox: its health, what a probe found, its retention and its hold. */
export function MailboxFlyout({
  address,
  mailbox,
  onClose,
}: {
  readonly address: string;
  readonly mailbox: Mailbox | undefined;
  readonly onClose: () => void;
}) {
  const { may } = useSession();
  if (mailbox === undefined) {
    return (
      <Flyout title={address} onClose={onClose}>
        <Empty title="It is not on this page any more" />
      </Flyout>
    );
  }
  return (
    <Flyout title={<MailText wrap>{address}</MailText>} under={<Health health={mailbox.health} />} onClose={onClose}>
      <Section title="Mailbox">
        <Facts
          of={[
            ['Address', <CopyId key="id" id={address} whole what="address" />],
            ['Provider', mailbox.provider],
            ['Messages', count(mailbox.messageCount)],
            ['Keeps deleted mail', of(mailbox.retentionDays, 'day')],
            ['Since', mailbox.healthSince === null ? undefined : <Time key="at" at={mailbox.healthSince} full />],
            ['Index as of', mailbox.indexedAt === null ? undefined : <Time key="at" at={mailbox.indexedAt} full />],
            ['Hold', mailbox.hold === null ? 'None' : `${mailbox.hold.reason} (${mailbox.hold.reference})`],
          ]}
        />
      </Section>
      {mailbox.provider !== 'embedded' && <Probe mailbox={mailbox} />}
      {may('admin') && <Change mailbox={mailbox} />}
    </Flyout>
  );
}

function Probe({ mailbox }: { readonly mailbox: Mailbox }) {
  const styles = useStyles();
  const { may } = useSession();
  const { done } = useNotices();
  const { mutate, isPending, error } = useProbe();
  const { probe } = mailbox;
  return (
    <Section
      title="Probe"
      action={
        may('admin') && (
          <Button
            size="small"
            disabled={isPending}
            onClick={() => mutate(mailbox.address, { onSuccess: () => done('The mailbox was probed') })}
          >
            {isPending ? 'Probing' : 'Probe now'}
          </Button>
        )
      }
    >
      {error !== null && <ErrorState error={error} />}
      {probe === null ? (
        <Text>It has not been probed yet.</Text>
      ) : (
        <>
          <Facts
            of={[
              ['Probed', <Time key="at" at={probe.at} full />],
              ['Extensions', probe.extensions.join(', ')],
              [
                'Recoverable folder',
                probe.recoverableVisible === null
                  ? 'Unknown'
                  : probe.recoverableVisible
                    ? 'Subscribed: users see it'
                    : 'Not subscribed',
              ],
            ]}
          />
          {probe.findings.length === 0 ? (
            <Text>Nothing was found that makes it unsafe.</Text>
          ) : (
            <ul className={styles.findings}>
              {probe.findings.map(({ code, detail, unsafe }) => (
                <li key={code}>
                  {unsafe ? 'Unsafe: ' : ''}
                  {detail}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </Section>
  );
}

const DAYS = { min: 1, max: 30 } as const;

function Change({ mailbox }: { readonly mailbox: Mailbox }) {
  const styles = useStyles();
  const { done } = useNotices();
  const { mutate, isPending, error } = useSetMailbox();
  const [retentionDays, setRetentionDays] = useState(mailbox.retentionDays);
  const [reason, setReason] = useState(mailbox.hold?.reason ?? '');
  const [reference, setReference] = useState(mailbox.hold?.reference ?? '');
  const isEmbedded = mailbox.provider === 'embedded';
  const [begun, setBegun] = useState(mailbox);
  const [lifting, setLifting] = useState(false);
  const hold = reason.trim() === '' ? null : { reason: reason.trim(), reference: reference.trim() };
  // Only what was changed here is sent: a hold that somebody sets meanwhile stays.
  const change = {
    ...(isEmbedded && retentionDays !== begun.retentionDays ? { retentionDays } : {}),
    ...(hold?.reason === begun.hold?.reason && hold?.reference === begun.hold?.reference ? {} : { hold }),
  };
  const isChanged = Object.keys(change).length > 0;
  const save = (): void =>
    mutate(
      { address: mailbox.address, ...change },
      {
        onSuccess: (saved) => {
          setBegun(saved);
          setLifting(false);
          done('The mailbox is changed');
        },
      },
    );
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (begun.hold !== null && hold === null) setLifting(true);
    else save();
  };
  return (
    <Section title="Retention and hold">
      <form className={styles.form} onSubmit={submit}>
        {isEmbedded && (
          <Field className={styles.field} label="Days that deleted mail is kept">
            <SpinButton
              {...DAYS}
              value={retentionDays}
              onChange={(_event, { value, displayValue }) => {
                const next = value ?? Number(displayValue);
                if (Number.isInteger(next)) setRetentionDays(next);
              }}
            />
          </Field>
        )}
        <Field
          className={styles.field}
          label="Legal hold: why"
          hint="Empty for none. A hold stops purging and hard delete, never a soft delete"
        >
          <Input value={reason} maxLength={500} onChange={(_event, { value }) => setReason(value)} />
        </Field>
        <Field className={styles.field} label="Legal hold: reference">
          <Input value={reference} maxLength={200} onChange={(_event, { value }) => setReference(value)} />
        </Field>
        {error !== null && <ErrorState error={error} />}
        <Button type="submit" disabled={isPending || !isChanged}>
          Save the mailbox
        </Button>
      </form>
      {lifting && (
        <Confirm
          title="Lift the legal hold?"
          go="Lift the hold"
          danger
          withComment={false}
          busy={isPending}
          error={error}
          onClose={() => setLifting(false)}
          onGo={save}
        >
          <Text>
            {begun.hold?.reason} ({begun.hold?.reference || 'without a reference'}) is no reason to keep the mail of{' '}
            {mailbox.address} any more: purging and hard delete are allowed again.
          </Text>
        </Confirm>
      )}
    </Section>
  );
}
