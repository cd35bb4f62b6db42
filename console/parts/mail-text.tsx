import { makeStyles, tokens } from '@fluentui/react-components';
import { pieces, plain } from './hostile';

const useStyles = makeStyles({
  text: { unicodeBidi: 'isolate', overflowWrap: 'anywhere' },
  line: {
    display: 'inline-block',
    maxWidth: '100%',
    verticalAlign: 'bottom',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
  code: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: '0.8em',
    color: tokens.colorPaletteDarkOrangeForeground1,
    border: `1px solid ${tokens.colorPaletteDarkOrangeBorder1}`,
    borderRadius: tokens.borderRadiusSmall,
    padding: '0 2px',
    margin: '0 1px',
    unicodeBidi: 'isolate',
    whiteSpace: 'nowrap',
  },
  empty: { color: tokens.colorNeutralForeground3 },
});

/** Over this length a text from a mail is cut: the whole of it is in the raw mail. */
const LONGEST = 2_000;

/**
 * A text that a stranger wrote: isolated from the direction of what stands beside it, its hidden characters shown by their
 * codes, and cut where it is endless. On one line with an ellipsis, or wrapped.
 */
export function MailText({
  children,
  wrap = false,
  none = '(none)',
}: {
  readonly children: string;
  readonly wrap?: boolean;
  /** What stands for an empty text. */
  readonly none?: string;
}) {
  const styles = useStyles();
  const className = wrap ? styles.text : `${styles.text} ${styles.line}`;
  if (children.trim() === '') return <span className={styles.empty}>{none}</span>;
  const cut = children.length > LONGEST ? `${children.slice(0, LONGEST)}…` : children;
  return (
    <bdi dir="auto" className={className} title={wrap ? undefined : plain(cut)}>
      {pieces(cut).map(({ text, hidden }, at) =>
        hidden ? (
          <span key={at} className={styles.code} title={`Hidden character ${text}`}>
            {text}
          </span>
        ) : (
          text
        ),
      )}
    </bdi>
  );
}
