import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { count } from './numbers';

/** Stacked bars over time. */
export interface Series {
  readonly name: string;
  /** One of the chart's colours; the same name has the same colour while the order stays. */
  readonly values: readonly number[];
}

const useStyles = makeStyles({
  chart: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXS, minWidth: 0 },
  plot: { display: 'grid', gridTemplateColumns: 'auto minmax(0, 1fr)', gap: '0 6px' },
  scale: {
    display: 'flex',
    flexDirection: 'column',
    justifyContent: 'space-between',
    fontSize: tokens.fontSizeBase100,
    color: tokens.colorNeutralForeground3,
    textAlign: 'end',
    fontVariantNumeric: 'tabular-nums',
  },
  bars: {
    display: 'flex',
    alignItems: 'flex-end',
    gap: '2px',
    borderBottom: `1px solid ${tokens.colorNeutralStrokeAccessible}`,
  },
  bar: {
    flex: '1 1 0',
    minWidth: 0,
    height: '100%',
    display: 'flex',
    flexDirection: 'column-reverse',
    '&:hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
  axis: {
    gridColumn: 2,
    display: 'flex',
    justifyContent: 'space-between',
    fontSize: tokens.fontSizeBase100,
    color: tokens.colorNeutralForeground3,
  },
  legend: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: `2px ${tokens.spacingHorizontalM}`,
    margin: 0,
    padding: 0,
    listStyleType: 'none',
    fontSize: tokens.fontSizeBase200,
  },
  entry: { display: 'inline-flex', alignItems: 'center', gap: '6px', minWidth: 0 },
  dot: { width: '10px', height: '10px', borderRadius: '2px', flexShrink: 0 },
  hidden: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
  c0: { backgroundColor: tokens.colorBrandBackground },
  c1: { backgroundColor: tokens.colorPaletteDarkOrangeBackground3 },
  c2: { backgroundColor: tokens.colorPaletteTealForeground2 },
  c3: { backgroundColor: tokens.colorPalettePurpleForeground2 },
  c4: { backgroundColor: tokens.colorPaletteMarigoldBackground3 },
  c5: { backgroundColor: tokens.colorPaletteMagentaForeground2 },
  c6: { backgroundColor: tokens.colorPaletteForestForeground2 },
  c7: { backgroundColor: tokens.colorNeutralForeground4 },
});

const COLOURS = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'] as const;

/** The colour of a series, for a legend of one's own. */
export function Swatch({ at }: { readonly at: number }) {
  const styles = useStyles();
  return <span className={mergeClasses(styles.dot, styles[colourAt(at)])} aria-hidden />;
}

function colourAt(at: number): (typeof COLOURS)[number] {
  return COLOURS[at % COLOURS.length] ?? 'c7';
}

/** A chart of counts over time. It is drawn for the eye; the table behind it says the same to everybody else. */
export function Bars({
  label,
  series,
  starts,
  height = 96,
  legend = true,
}: {
  readonly label: string;
  readonly series: readonly Series[];
  /** What each bar stands for, in words. */
  readonly starts: readonly string[];
  readonly height?: number;
  readonly legend?: boolean;
}) {
  const styles = useStyles();
  const sums = starts.map((_start, at) => series.reduce((total, { values }) => total + (values[at] ?? 0), 0));
  const top = Math.max(1, ...sums);
  return (
    <figure className={styles.chart} style={{ margin: 0 }}>
      <div className={styles.plot} aria-hidden>
        <div className={styles.scale} style={{ height }}>
          <span>{count(top)}</span>
          <span>0</span>
        </div>
        <div className={styles.bars} style={{ height }}>
          {starts.map((start, at) => (
            <div
              key={start}
              className={styles.bar}
              title={`${start}: ${
                series
                  .filter(({ values }) => (values[at] ?? 0) > 0)
                  .map(({ name, values }) => `${name} ${count(values[at] ?? 0)}`)
                  .join(', ') || 'none'
              }`}
            >
              {series.map(({ name, values }, place) => (
                <span
                  key={name}
                  className={styles[colourAt(place)]}
                  style={{ height: `${((values[at] ?? 0) / top) * 100}%` }}
                />
              ))}
            </div>
          ))}
        </div>
        <div className={styles.axis}>
          <span>{starts[0]}</span>
          <span>{starts.at(-1)}</span>
        </div>
      </div>
      {legend && (
        <ul className={styles.legend}>
          {series.map(({ name, values }, place) => (
            <li key={name} className={styles.entry}>
              <Swatch at={place} />
              {name} {count(values.reduce((total, value) => total + value, 0))}
            </li>
          ))}
        </ul>
      )}
      <table className={styles.hidden}>
        <caption>{label}</caption>
        <tbody>
          {series.map(({ name, values }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{count(values.reduce((total, value) => total + value, 0))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
