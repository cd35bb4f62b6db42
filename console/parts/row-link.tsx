import { Link, makeStyles } from '@fluentui/react-components';
import { type ReactNode } from 'react';

const useStyles = makeStyles({
  link: {
    display: 'block',
    maxWidth: '100%',
    lineHeight: 'inherit',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
});

/** What opens a row of a table, on one line, cut where the column ends. */
export function RowLink({ onOpen, children }: { readonly onOpen: () => void; readonly children: ReactNode }) {
  const styles = useStyles();
  return (
    <Link as="button" className={styles.link} onClick={onOpen}>
      {children}
    </Link>
  );
}
