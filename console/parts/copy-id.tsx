import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { CheckmarkRegular } from '@fluentui/react-icons/svg/checkmark';
import { CopyRegular } from '@fluentui/react-icons/svg/copy';
import { type ReactNode, useState } from 'react';

const useStyles = makeStyles({
  whole: { display: 'inline-flex', alignItems: 'center', gap: '2px', minWidth: 0, maxWidth: '100%' },
  id: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  wrap: { overflowWrap: 'anywhere' },
  cut: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  button: {
    display: 'inline-flex',
    flexShrink: 0,
    padding: '2px',
    border: 'none',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: 'transparent',
    color: tokens.colorNeutralForeground2,
    fontSize: '20px',
    cursor: 'pointer',
    '&:hover': { color: tokens.colorNeutralForeground2BrandHover },
    '&:focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
    '@media print': { display: 'none' },
  },
});

/** The end of an id tells it from its neighbours; its start is the time at which it was made. */
export function shortId(id: string): string {
  return id.slice(-SHORT);
}

const SHORT = 8;
const SHOWN_MS = 1_500;

/** An id, or another long word that somebody may need elsewhere, with a button that copies all of it. */
export function CopyId({
  id,
  whole = false,
  wrap = false,
  children,
  what = 'id',
}: {
  readonly id: string;
  /** All of it, cut by the space alone; otherwise its last eight characters. */
  readonly whole?: boolean;
  /** On as many lines as it needs. */
  readonly wrap?: boolean;
  /** Shown instead of the id, such as a link. */
  readonly children?: ReactNode;
  readonly what?: string;
}) {
  const styles = useStyles();
  const [copied, setCopied] = useState(false);
  // A plain button with a title: a list has two of these in each row, and a Tooltip would cost more than all else in it.
  const label = copied ? 'Copied' : `Copy ${what}`;
  const copy = (): void => {
    void navigator.clipboard.writeText(id).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), SHOWN_MS);
    });
  };
  return (
    <span className={styles.whole}>
      <span className={mergeClasses(styles.id, wrap ? styles.wrap : styles.cut)} title={id}>
        {children ?? (whole ? id : shortId(id))}
      </span>
      <button
        type="button"
        className={styles.button}
        aria-label={label}
        title={label}
        onClick={(event) => {
          event.stopPropagation();
          copy();
        }}
      >
        {copied ? <CheckmarkRegular /> : <CopyRegular />}
      </button>
    </span>
  );
}
