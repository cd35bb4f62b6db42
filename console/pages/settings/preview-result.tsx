import { Card, makeStyles, Subtitle2, Text, tokens } from '@fluentui/react-components';
import { type SettingsPreview } from '../../api/types';
import { count, of } from '../../parts/numbers';
import { Time } from '../../parts/time';
import { REASON_TEXT } from '../../parts/words';

const useStyles = makeStyles({
  card: { gap: tokens.spacingVerticalM },
  heading: { margin: 0 },
  table: {
    borderCollapse: 'collapse',
    width: '100%',
    '& th, & td': {
      textAlign: 'start',
      padding: '6px 12px 6px 0',
      borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
      fontWeight: tokens.fontWeightRegular,
    },
    '& thead th': { color: tokens.colorNeutralForeground3 },
    '& td': { fontVariantNumeric: 'tabular-nums' },
  },
  sub: { paddingInlineStart: '20px !important', color: tokens.colorNeutralForeground2 },
});

type Outcome = SettingsPreview['current'];

/** What the change would have done to the investigations of the last 30 days, beside what the settings of now do. */
export function PreviewResult({ preview }: { readonly preview: SettingsPreview }) {
  const styles = useStyles();
  const codes = [
    ...new Set([preview.current, preview.proposed].flatMap(({ waiting }) => waiting.byReason.map(({ code }) => code))),
  ];
  const tally = ({ messages, clusters }: { readonly messages: number; readonly clusters: number }): string =>
    `${of(messages, 'message')} in ${of(clusters, 'cluster')}`;
  const because = (outcome: Outcome, code: string): string =>
    tally(outcome.waiting.byReason.find((one) => one.code === code) ?? { messages: 0, clusters: 0 });
  return (
    <Card className={styles.card} aria-live="polite">
      <Subtitle2 as="h2" className={styles.heading}>
        What this would have done
      </Subtitle2>
      <Text>
        <Time at={preview.from} /> to <Time at={preview.to} />: {of(preview.investigations, 'investigation')},{' '}
        {count(preview.clusters)} clusters.
      </Text>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Outcome</th>
            <th scope="col">Settings of now</th>
            <th scope="col">Your change</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Removed without asking</th>
            <td>{tally(preview.current.removed)}</td>
            <td>{tally(preview.proposed.removed)}</td>
          </tr>
          <tr>
            <th scope="row">Waiting for a person</th>
            <td>{tally(preview.current.waiting)}</td>
            <td>{tally(preview.proposed.waiting)}</td>
          </tr>
          {codes.map((code) => (
            <tr key={code}>
              <th scope="row" className={styles.sub}>
                {REASON_TEXT[code]}
              </th>
              <td>{because(preview.current, code)}</td>
              <td>{because(preview.proposed, code)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">Left alone</th>
            <td>{tally(preview.current.none)}</td>
            <td>{tally(preview.proposed.none)}</td>
          </tr>
        </tbody>
      </table>
    </Card>
  );
}
