import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { WarningRegular } from '@fluentui/react-icons/svg/warning';
import { type Action } from '../../api/types';
import { Section } from '../../parts/facts';
import { REASON_TEXT } from '../../parts/words';

const useStyles = makeStyles({
  list: { margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalS },
  item: {
    listStyleType: 'none',
    display: 'grid',
    gridTemplateColumns: '20px minmax(0, 1fr)',
    gap: tokens.spacingHorizontalS,
    padding: tokens.spacingHorizontalM,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground2,
    '& svg': { fontSize: '20px', color: tokens.colorPaletteDarkOrangeForeground1 },
  },
  text: { display: 'flex', flexDirection: 'column', gap: '2px', overflowWrap: 'anywhere' },
  detail: { color: tokens.colorNeutralForeground2 },
});

/** Why it waits, or waited, for a person: every reason with its figures. */
export function Reasons({ action }: { readonly action: Action }) {
  const styles = useStyles();
  return (
    <Section title={action.status === 'Pending' ? 'Why it waits' : 'Why it waited'}>
      <ul className={styles.list}>
        {action.reasons.map(({ code, detail }) => (
          <li key={code} className={styles.item}>
            <WarningRegular aria-hidden />
            <span className={styles.text}>
              <Text weight="semibold">{REASON_TEXT[code]}</Text>
              <Text className={styles.detail}>{detail}</Text>
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
