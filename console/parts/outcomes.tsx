import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { count } from './numbers';
import { outcomeText } from './words';

/** Outcomes in words, those that there are: "Removed 12, Failed 1". */
export function outcomesText(outcomes: Readonly<Record<string, number>>): string {
  return (
    Object.entries(outcomes)
      .filter(([, figure]) => figure > 0)
      .map(([outcome, figure]) => `${outcomeText(outcome)} ${count(figure)}`)
      .join(', ') || '–'
  );
}

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    gap: '2px',
    height: '8px',
    borderRadius: tokens.borderRadiusMedium,
    overflow: 'hidden',
    backgroundColor: tokens.colorNeutralBackground5,
    printColorAdjust: 'exact',
  },
  legend: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: `2px ${tokens.spacingHorizontalL}`,
    margin: `${tokens.spacingVerticalS} 0 0`,
    padding: 0,
  },
  entry: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: '6px',
    fontSize: tokens.fontSizeBase200,
    listStyleType: 'none',
  },
  dot: { width: '10px', height: '10px', borderRadius: '2px', flexShrink: 0, printColorAdjust: 'exact' },
  figure: { fontVariantNumeric: 'tabular-nums', fontWeight: tokens.fontWeightSemibold },
  done: { backgroundColor: tokens.colorPaletteGreenBackground3 },
  gone: { backgroundColor: tokens.colorPaletteLightGreenForeground1 },
  warn: { backgroundColor: tokens.colorPaletteMarigoldBackground3 },
  bad: { backgroundColor: tokens.colorPaletteRedBackground3 },
  open: { backgroundColor: tokens.colorNeutralBackground5 },
  edge: { boxShadow: `inset 0 0 0 1px ${tokens.colorNeutralStrokeAccessible}` },
});

type Tone = 'done' | 'gone' | 'warn' | 'bad' | 'open';

const TONES: Readonly<Record<string, Tone>> = {
  ...{ removed: 'done', moved: 'done', restored: 'done', alreadyGone: 'gone', alreadyThere: 'gone', reverted: 'gone' },
  ...{
    movedByUser: 'warn',
    notOwned: 'warn',
    expired: 'warn',
    onHold: 'warn',
    unverified: 'bad',
    failed: 'bad',
    open: 'open',
  },
};

/** The outcomes of a ledger: they always add up to all of it, so the bar is always full. */
export function Outcomes({ outcomes }: { readonly outcomes: Readonly<Record<string, number>> }) {
  const styles = useStyles();
  const parts = Object.entries(outcomes)
    .filter(([, value]) => value > 0)
    .sort(([one], [other]) => Number(one === 'open') - Number(other === 'open'));
  const text = parts.map(([name, value]) => `${outcomeText(name)} ${count(value)}`).join(', ');
  return (
    <div>
      <div className={styles.bar} role="img" aria-label={text === '' ? 'No messages' : text}>
        {parts.map(([name, value]) => (
          <span key={name} className={styles[TONES[name] ?? 'open']} style={{ flexGrow: value }} />
        ))}
      </div>
      <ul className={styles.legend}>
        {parts.map(([name, value]) => (
          <li key={name} className={styles.entry}>
            <span
              className={mergeClasses(
                styles.dot,
                styles[TONES[name] ?? 'open'],
                (TONES[name] ?? 'open') === 'open' && styles.edge,
              )}
            />
            {outcomeText(name)} <span className={styles.figure}>{count(value)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
