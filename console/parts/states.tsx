import {
  Button,
  makeStyles,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  Spinner,
  Text,
  tokens,
} from '@fluentui/react-components';
import { type ReactNode } from 'react';
import { ApiProblem, saidBy } from '../api/problem';

const useStyles = makeStyles({
  middle: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    justifyContent: 'center',
    gap: tokens.spacingVerticalS,
    padding: `${tokens.spacingVerticalXXXL} ${tokens.spacingHorizontalL}`,
    textAlign: 'center',
    minHeight: '160px',
    color: tokens.colorNeutralForeground2,
    '@media print': { padding: 0, minHeight: 0, alignItems: 'flex-start' },
  },
  icon: { fontSize: '32px', lineHeight: 0, color: tokens.colorNeutralForeground3 },
  hint: { maxWidth: '44ch', color: tokens.colorNeutralForeground3 },
  error: { margin: tokens.spacingVerticalL },
});

/** Something is on its way. */
export function Loading({ label = 'Loading' }: { readonly label?: string }) {
  const styles = useStyles();
  return (
    <div className={styles.middle}>
      <Spinner label={label} labelPosition="below" size="small" />
    </div>
  );
}

/** There is nothing here, and what that means. */
export function Empty({
  icon,
  title,
  children,
}: {
  readonly icon?: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
}) {
  const styles = useStyles();
  return (
    <div className={styles.middle}>
      {icon !== undefined && <span className={styles.icon}>{icon}</span>}
      <Text weight="semibold">{title}</Text>
      {children !== undefined && <Text className={styles.hint}>{children}</Text>}
    </div>
  );
}

/** What went wrong, in the words of the API, and the way to try again. */
export function ErrorState({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const styles = useStyles();
  const title = error instanceof ApiProblem ? (error.status === 0 ? 'Offline' : error.title) : 'Something went wrong';
  return (
    <MessageBar intent="error" layout="multiline" className={styles.error} role="alert">
      <MessageBarBody>
        <MessageBarTitle>{title}</MessageBarTitle>
        {saidBy(error)}
      </MessageBarBody>
      {retry !== undefined && (
        <MessageBarActions>
          <Button onClick={retry}>Try again</Button>
        </MessageBarActions>
      )}
    </MessageBar>
  );
}
