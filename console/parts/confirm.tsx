import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  makeStyles,
  Textarea,
  tokens,
} from '@fluentui/react-components';
import { type ReactNode, useState } from 'react';
import { useDanger } from './danger';
import { ErrorState } from './states';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
});

/** As long as the API takes a comment. */
const COMMENT = 1_000;

/** Asks once more before something is done, with what it does in figures, and room for a comment that is kept with it. */
export function Confirm({
  title,
  children,
  go,
  danger: isDanger = false,
  withComment = true,
  busy,
  error,
  onGo,
  onClose,
}: {
  readonly title: string;
  /** What it does: how many messages in how many mailboxes, and until when it can be undone. */
  readonly children: ReactNode;
  /** The words of the button that does it. */
  readonly go: string;
  readonly danger?: boolean;
  /** Whether the API takes a comment for it. */
  readonly withComment?: boolean;
  readonly busy: boolean;
  readonly error: unknown;
  /** With the comment as the API takes it: left out where there is none. */
  readonly onGo: (given: { readonly comment?: string }) => void;
  readonly onClose: () => void;
}) {
  const styles = useStyles();
  const danger = useDanger();
  const [comment, setComment] = useState('');
  return (
    <Dialog open onOpenChange={(_event, { open }) => !open && onClose()} modalType="alert">
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent className={styles.content}>
            {children}
            {withComment && (
              <Field label="Comment (kept in the audit)">
                <Textarea
                  value={comment}
                  maxLength={COMMENT}
                  onChange={(_event, { value }) => setComment(value)}
                  resize="vertical"
                />
              </Field>
            )}
            {error !== null && error !== undefined && <ErrorState error={error} />}
          </DialogContent>
          <DialogActions fluid>
            <Button onClick={onClose}>Leave it</Button>
            <Button
              appearance="primary"
              className={isDanger ? danger.button : undefined}
              disabled={busy}
              onClick={() => onGo(comment.trim() === '' ? {} : { comment: comment.trim() })}
            >
              {go}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
