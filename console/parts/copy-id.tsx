import { Button, makeStyles, mergeClasses, tokens, Tooltip } from '@fluentui/react-components';
import { CheckmarkRegular } from '@fluentui/react-icons/svg/checkmark';
import { CopyRegular } from '@fluentui/react-icons/svg/copy';
import { type ReactNode, useState } from 'react';

const useStyles = makeStyles({
  whole: { display: 'inline-flex', alignItems: 'center', gap: '2px', minWidth: 0, maxWidth: '100%' },
  id: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  wrap: { overflowWrap: 'anywhere' },
  cut: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  button: { minWidth: 'auto', flexShrink: 0, '@media print': { display: 'none' } },
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
      <Tooltip content={copied ? 'Copied' : `Copy ${what}`} relationship="label">
        <Button
          className={styles.button}
          appearance="transparent"
          size="small"
          icon={copied ? <CheckmarkRegular /> : <CopyRegular />}
          onClick={(event) => {
            event.stopPropagation();
            copy();
          }}
        />
      </Tooltip>
    </span>
  );
}
