import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { useState } from 'react';
import { type Chosen, type Order, type OrderAction, useDryRun, useTakeAction } from '../../api/remediations';
import { useDanger } from '../../parts/danger';
import { ErrorState } from '../../parts/states';
import { messagesIn } from '../../parts/numbers';
import { actionTypeText } from '../../parts/words';
import { ChooseAction, ChooseTargets, Review, Submitted, useOffered } from './take-action-steps';

const useStyles = makeStyles({
  surface: { maxWidth: '720px', width: 'calc(100% - 24px)', maxHeight: 'calc(100dvh - 32px)' },
  content: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL, minHeight: '320px' },
  steps: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalL,
    listStyleType: 'none',
    padding: 0,
    margin: 0,
    color: tokens.colorNeutralForeground3,
    fontSize: tokens.fontSizeBase200,
  },
  here: { color: tokens.colorBrandForeground1, fontWeight: tokens.fontWeightSemibold },
});

const STEPS = ['Choose response actions', 'Choose target entities', 'Review and submit'] as const;

/** Take action, in three steps: what, on what, and what it comes to. Nothing is changed before the last button. */
export function TakeAction({
  selection,
  onClose,
  onDone,
}: {
  readonly selection: Chosen;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const styles = useStyles();
  const danger = useDanger();
  const [step, setStep] = useState(0);
  const offered = useOffered('messageIds' in selection);
  const [chosen, setAction] = useState<OrderAction | null>(null);
  const action = chosen ?? offered[0] ?? 'softDelete';
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const dryRun = useDryRun();
  const take = useTakeAction();
  const order: Order = {
    ...{ name: name.trim() === '' ? 'Take action' : name.trim(), action },
    ...(description.trim() === '' ? {} : { description: description.trim() }),
    ...selection,
  };
  const preview = dryRun.data;
  const what = preview === undefined ? '' : messagesIn(preview.messageCount, preview.mailboxCount);
  const choose = (): void => {
    dryRun.mutate(order);
    setStep(1);
  };
  const submit = (): void => {
    if (preview === undefined) return;
    take.mutate({ ...order, selectionHash: preview.selectionHash }, { onSuccess: onDone });
  };
  return (
    <Dialog open modalType="alert" onOpenChange={(_event, { open }) => !open && onClose()}>
      <DialogSurface className={styles.surface}>
        <DialogBody>
          <DialogTitle>Take action</DialogTitle>
          <DialogContent className={styles.content}>
            <ol className={styles.steps}>
              {STEPS.map((text, at) => (
                <li
                  key={text}
                  className={at === step ? styles.here : undefined}
                  aria-current={at === step ? 'step' : undefined}
                >
                  {at + 1}. {text}
                </li>
              ))}
            </ol>
            {take.data !== undefined ? (
              <Submitted action={take.data} waits={preview?.secondPersonNeeded === true} />
            ) : (
              <>
                {step === 0 && <ChooseAction action={action} onChoose={setAction} offered={offered} />}
                {step === 1 && (
                  <ChooseTargets
                    {...{ name, description, preview }}
                    busy={dryRun.isPending}
                    error={dryRun.error}
                    onName={setName}
                    onDescription={setDescription}
                  />
                )}
                {step === 2 && preview !== undefined && <Review order={order} preview={preview} />}
                {take.error !== null && <ErrorState error={take.error} />}
              </>
            )}
          </DialogContent>
          <DialogActions fluid>
            <Button onClick={onClose}>{take.data === undefined ? 'Cancel' : 'Done'}</Button>
            {take.data === undefined && step > 0 && <Button onClick={() => setStep(step - 1)}>Back</Button>}
            {step === 0 && (
              <Button appearance="primary" disabled={offered.length === 0} onClick={choose}>
                Next
              </Button>
            )}
            {step === 1 && (
              <Button
                appearance="primary"
                disabled={preview === undefined || preview.messageCount === 0 || name.trim() === ''}
                onClick={() => setStep(2)}
              >
                Next
              </Button>
            )}
            {step === 2 && take.data === undefined && (
              <Button appearance="primary" className={danger.button} disabled={take.isPending} onClick={submit}>
                {actionTypeText(action)}: {what}
              </Button>
            )}
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
