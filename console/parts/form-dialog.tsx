import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { type ReactNode, type SyntheticEvent } from 'react';
import { ErrorState } from './states';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  choices: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 200px), 1fr))' },
});

/** A dialog with a few fields and a button that sends them; the error stands below the fields, which stay as they are. */
export function FormDialog({
  title,
  children,
  go,
  ready,
  error,
  result = null,
  onGo,
  onClose,
}: {
  readonly title: string;
  readonly children: ReactNode;
  /** The words of the button that sends it. */
  readonly go: string;
  /** Whether it can be sent now. */
  readonly ready: boolean;
  readonly error: unknown;
  /** What is shown in place of the fields once it is done: nothing but the button closes it then. */
  readonly result?: ReactNode;
  readonly onGo: () => void;
  readonly onClose: () => void;
}) {
  const styles = useStyles();
  const isOver = result !== null;
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (ready) onGo();
  };
  return (
    <Dialog open onOpenChange={(_event, { open }) => !open && onClose()} modalType={isOver ? 'alert' : 'modal'}>
      <DialogSurface>
        <form onSubmit={submit}>
          <DialogBody>
            <DialogTitle>{title}</DialogTitle>
            <DialogContent className={styles.content}>
              {isOver ? result : children}
              {!isOver && error !== null && <ErrorState error={error} />}
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose}>{isOver ? 'Done' : 'Cancel'}</Button>
              {!isOver && (
                <Button appearance="primary" type="submit" disabled={!ready}>
                  {go}
                </Button>
              )}
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

/** Some of several things, each with a box. */
export function Choices<T extends string>({
  label,
  of,
  chosen,
  onChange,
}: {
  readonly label: string;
  /** Each with the words that stand beside its box. */
  readonly of: readonly (readonly [value: T, text: string])[];
  readonly chosen: readonly T[];
  readonly onChange: (chosen: readonly T[]) => void;
}) {
  const styles = useStyles();
  return (
    <Field label={label}>
      <div className={styles.choices} role="group" aria-label={label}>
        {of.map(([value, text]) => (
          <Checkbox
            key={value}
            label={text}
            checked={chosen.includes(value)}
            onChange={(_event, { checked }) =>
              onChange(checked === true ? [...chosen, value] : chosen.filter((one) => one !== value))
            }
          />
        ))}
      </div>
    </Field>
  );
}
