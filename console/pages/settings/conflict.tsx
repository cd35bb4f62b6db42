import {
  Button,
  makeStyles,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  tokens,
} from '@fluentui/react-components';
import { type Settings } from '../../api/types';
import { Time } from '../../parts/time';
import { differing, type Draft, draftOf, FIELD_TEXT, valueText } from './draft';

const useStyles = makeStyles({
  table: {
    borderCollapse: 'collapse',
    marginTop: tokens.spacingVerticalS,
    fontSize: tokens.fontSizeBase200,
    '& th, & td': { textAlign: 'start', padding: '4px 12px 4px 0', verticalAlign: 'top', overflowWrap: 'anywhere' },
  },
});

/** Somebody saved while this form was being changed: both are shown, and a person says which holds. Nothing is overwritten unseen. */
export function Conflict({
  theirs,
  mine,
  base,
  busy,
  onTake,
  onKeep,
}: {
  readonly theirs: Settings;
  readonly mine: Draft;
  /** What this form began with. */
  readonly base: Draft;
  readonly busy: boolean;
  readonly onTake: () => void;
  readonly onKeep: () => void;
}) {
  const styles = useStyles();
  const saved = draftOf(theirs);
  const keys = [...new Set([...differing(saved, base), ...differing(mine, base)])];
  return (
    <MessageBar intent="warning" layout="multiline" role="alert">
      <MessageBarBody>
        <MessageBarTitle>These settings were changed meanwhile</MessageBarTitle>
        by {theirs.updatedBy}, <Time at={theirs.updatedAt} full /> (version {theirs.version}). Nothing of yours was
        saved.
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Setting</th>
              <th scope="col">Saved by {theirs.updatedBy}</th>
              <th scope="col">Yours</th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <tr key={key}>
                <th scope="row">{FIELD_TEXT[key]}</th>
                <td>{valueText(saved, key)}</td>
                <td>{valueText(mine, key)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </MessageBarBody>
      <MessageBarActions>
        <Button onClick={onTake}>Take what was saved</Button>
        <Button disabled={busy} onClick={onKeep}>
          Save mine over it
        </Button>
      </MessageBarActions>
    </MessageBar>
  );
}
