import {
  Button,
  Card,
  Checkbox,
  Field,
  makeStyles,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  Radio,
  RadioGroup,
  SpinButton,
  Subtitle2,
  Text,
  Textarea,
  tokens,
} from '@fluentui/react-components';
import { type ReactNode, useState } from 'react';
import { usePreview, useSaveSettings } from '../../api/settings';
import { ApiProblem } from '../../api/problem';
import { type Settings } from '../../api/types';
import { useSession } from '../../app/session';
import { useNotices } from '../../parts/notices';
import { ErrorState } from '../../parts/states';
import { Time } from '../../parts/time';
import { clusterTypeText } from '../../parts/words';
import { Conflict } from './conflict';
import { type Draft, draftOf, patchOf } from './draft';
import { PauseCard } from './pause-card';
import { PreviewResult } from './preview-result';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL, maxWidth: '760px' },
  card: { gap: tokens.spacingVerticalM },
  heading: { margin: 0 },
  quiet: { color: tokens.colorNeutralForeground2 },
  boxes: { display: 'flex', flexDirection: 'column' },
  hint: {
    paddingInlineStart: '36px',
    marginTop: '-6px',
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
  },
  pair: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 240px), 1fr))',
    gap: tokens.spacingHorizontalL,
  },
  foot: {
    position: 'sticky',
    bottom: 0,
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalM} 0`,
    backgroundColor: tokens.colorNeutralBackground3,
  },
});

const CLUSTER_HINT: Readonly<Record<string, string>> = {
  similarFiles: 'Messages that hold a file which was found malicious',
  similarUrls: 'Messages that hold a URL which was found malicious',
  multipleSimilarAttributes: 'Messages alike in sender, subject or text to one that was found malicious',
};

/** The form of the automation settings. Saving sends what was changed, on the version that it was changed from. */
export function AutomationForm({ settings, etag }: { readonly settings: Settings; readonly etag: string }) {
  const styles = useStyles();
  const { may } = useSession();
  const { done } = useNotices();
  const mayChange = may('admin');
  const [base, setBase] = useState({ settings, etag });
  const [draft, setDraft] = useState<Draft>(() => draftOf(settings));
  const save = useSaveSettings();
  const preview = usePreview();
  const started = draftOf(base.settings);
  const patch = patchOf(draft, started);
  const isChanged = Object.keys(patch).length > 0;
  const isStale = settings.version !== base.settings.version;
  const change = (changed: Partial<Draft>): void => {
    setDraft((before) => ({ ...before, ...changed }));
    preview.reset();
  };
  const restart = (from: Settings, tag: string): void => {
    setBase({ settings: from, etag: tag });
    setDraft(draftOf(from));
    save.reset();
    preview.reset();
  };
  // Somebody else has saved, and nothing was changed here: there is nothing to lose.
  if (isStale && !isChanged) restart(settings, etag);
  const put = (tag: string): void =>
    save.mutate(
      { patch, etag: tag },
      {
        onSuccess: ({ data, etag: next }) => {
          restart(data, next);
          done('Saved', 'Nothing that waits was executed.');
        },
      },
    );
  const isConflict = isStale && isChanged;
  const figure = (
    key: 'maxAutomaticMessages' | 'minUndoDays' | 'secondPersonOver' | 'perHour' | 'perDay',
    label: string,
    range: readonly [number, number],
    hint?: string,
  ): ReactNode => (
    <Field label={label} hint={hint}>
      <SpinButton
        value={draft[key]}
        min={range[0]}
        max={range[1]}
        disabled={!mayChange}
        onChange={(_event, { value, displayValue }) => {
          const next = value ?? Number(displayValue);
          if (Number.isInteger(next)) change({ [key]: next });
        }}
      />
    </Field>
  );
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (isChanged && !isConflict) put(base.etag);
      }}
    >
      <PauseCard />
      <Card className={styles.card}>
        <Subtitle2 as="h2" className={styles.heading}>
          Message clusters
        </Subtitle2>
        <Text className={styles.quiet}>
          Malicious clusters of a kind that is switched on are removed without asking. Every other one waits as a
          pending action.
        </Text>
        <div className={styles.boxes} role="group" aria-label="Message clusters">
          {Object.entries(draft.messageClusters).map(([type, on]) => (
            <span key={type}>
              <Checkbox
                label={clusterTypeText(type)}
                checked={on}
                disabled={!mayChange}
                onChange={(_event, { checked }) =>
                  change({ messageClusters: { ...draft.messageClusters, [type]: checked === true } })
                }
              />
              <div className={styles.hint}>{CLUSTER_HINT[type]}</div>
            </span>
          ))}
        </div>
        <Subtitle2 as="h2" className={styles.heading}>
          Remediation action
        </Subtitle2>
        <RadioGroup value="softDelete" disabled={!mayChange} aria-label="Remediation action">
          <Radio value="softDelete" label="Soft delete" />
        </RadioGroup>
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>Check your duties to retain mail</MessageBarTitle>
            Soft-deleted mail can be restored only for as long as its mailbox keeps it. Recovery depends on each
            mailbox&apos;s retention: look at legal and regulatory retention before you switch automation on.
          </MessageBarBody>
        </MessageBar>
      </Card>
      <Card className={styles.card}>
        <Subtitle2 as="h2" className={styles.heading}>
          Limits
        </Subtitle2>
        <div className={styles.pair}>
          {figure(
            'maxAutomaticMessages',
            'Most messages of one cluster',
            [1, 10_000],
            'Larger clusters wait. At most 10,000',
          )}
          {figure(
            'minUndoDays',
            'Shortest time to undo, in days',
            [0, 30],
            'Mail that could be restored for less waits',
          )}
          {figure('perHour', 'Budget of an hour, in messages', [0, 1_000_000])}
          {figure('perDay', 'Budget of a day, in messages', [0, 1_000_000])}
        </div>
        <Field label="A second person must decide">
          <RadioGroup
            layout="horizontal"
            value={draft.secondPerson}
            disabled={!mayChange}
            onChange={(_event, { value }) => change({ secondPerson: value as Draft['secondPerson'] })}
          >
            <Radio value="never" label="Never" />
            <Radio value="over" label="Over a number of messages" />
            <Radio value="always" label="Always" />
          </RadioGroup>
        </Field>
        {draft.secondPerson === 'over' && figure('secondPersonOver', 'Over so many messages', [0, 1_000_000])}
        <div className={styles.pair}>
          <Field label="Excluded mailboxes" hint="One address a line. They never enter a ledger">
            <Textarea
              rows={4}
              value={draft.excludedMailboxes}
              disabled={!mayChange}
              onChange={(_event, { value }) => change({ excludedMailboxes: value })}
            />
          </Field>
          <Field label="Internal domains" hint="One a line">
            <Textarea
              rows={4}
              value={draft.internalDomains}
              disabled={!mayChange}
              onChange={(_event, { value }) => change({ internalDomains: value })}
            />
          </Field>
        </div>
      </Card>
      {preview.error !== null && <ErrorState error={preview.error} />}
      {preview.data !== undefined && <PreviewResult preview={preview.data} />}
      {isConflict && (
        <Conflict
          theirs={settings}
          mine={draft}
          base={started}
          busy={save.isPending}
          onTake={() => restart(settings, etag)}
          onKeep={() => put(etag)}
        />
      )}
      {save.error !== null && !(save.error instanceof ApiProblem && save.error.status === 412) && (
        <ErrorState error={save.error} />
      )}
      <div className={styles.foot}>
        {mayChange && (
          <Button appearance="primary" type="submit" disabled={!isChanged || isConflict || save.isPending}>
            Save
          </Button>
        )}
        <Button disabled={!isChanged || preview.isPending} onClick={() => preview.mutate(patch)}>
          {preview.isPending ? 'Looking back 30 days' : 'Preview the change'}
        </Button>
        {isChanged && mayChange && (
          <Button appearance="subtle" onClick={() => restart(settings, etag)}>
            Discard
          </Button>
        )}
        <Text className={styles.quiet} size={200}>
          Version {base.settings.version}, by {base.settings.updatedBy}, <Time at={base.settings.updatedAt} />
        </Text>
      </div>
    </form>
  );
}
