import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { type ReactNode } from 'react';

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: tokens.spacingHorizontalS,
    padding: tokens.spacingHorizontalM,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    color: tokens.colorNeutralForeground2,
    '@media print': { display: 'none' },
  },
  filters: { '@media (max-width: 720px)': { flexWrap: 'nowrap', overflowX: 'auto', maxWidth: '100%', padding: '2px' } },
  side: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS, minWidth: 0 },
});

/** What stands above a list on its sheet: filters at the start, what can be done at the end. */
export function SheetBar({
  children,
  end,
  label,
}: {
  readonly children?: ReactNode;
  readonly end?: ReactNode;
  readonly label?: string;
}) {
  const styles = useStyles();
  return (
    <div className={styles.bar}>
      <div
        className={mergeClasses(styles.side, label !== undefined && styles.filters)}
        role={label === undefined ? undefined : 'group'}
        aria-label={label}
      >
        {children}
      </div>
      <div className={styles.side}>{end}</div>
    </div>
  );
}
