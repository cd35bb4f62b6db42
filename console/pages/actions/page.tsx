import { Button, makeStyles, Tab, TabList, tokens } from '@fluentui/react-components';
import { CheckmarkCircleRegular } from '@fluentui/react-icons/svg/checkmark-circle';
import { HistoryRegular } from '@fluentui/react-icons/svg/history';
import { useCallback, useMemo, useState } from 'react';
import { Navigate, useNavigate, useParams } from 'react-router';
import { actionPages, type Decision, type Destination } from '../../api/actions';
import { type Role } from '../../api/session';
import { type Action } from '../../api/types';
import { useSession } from '../../app/session';
import { Status } from '../../parts/badges';
import { ColumnChooser, useHidden } from '../../parts/column-chooser';
import { CsvButton } from '../../parts/csv-button';
import { DataTable } from '../../parts/data-table';
import { messagesIn, of, totalText } from '../../parts/numbers';
import { Page, Sheet } from '../../parts/page';
import { useQueryState } from '../../parts/query-state';
import { SheetBar } from '../../parts/sheet-bar';
import { Empty } from '../../parts/states';
import { FromNow, Time } from '../../parts/time';
import { usePages } from '../../parts/use-pages';
import { actionTypeText, REASON_TEXT } from '../../parts/words';
import { allows } from './buttons';
import { useChosen } from './chosen';
import { ActionFlyout } from './flyout';
import { historyColumns, pendingColumns, updatedAt } from './columns';
import { DecideMany } from './decide-many';
import { ActionFilters, FILTERS, queryOf } from './filters';
import { RevertDialog } from './revert-dialog';

const useStyles = makeStyles({
  total: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
});

/** The most that the API decides at once. */
const AT_ONCE = 500;

/** The action center: what waits for a person, what was done, and the way back. */
export function ActionsPage() {
  const { tab } = useParams();
  if (tab !== 'pending' && tab !== 'history') return <Navigate to="/actions/pending" replace />;
  return <Actions key={tab} tab={tab} />;
}

function Actions({ tab }: { readonly tab: 'pending' | 'history' }) {
  const styles = useStyles();
  const go = useNavigate();
  const { may } = useSession();
  const [{ open, ...values }, set] = useQueryState([...FILTERS, 'open']);
  const [now] = useState(() => Date.now());
  const query = useMemo(() => queryOf(tab, values, now), [tab, values, now]);
  const pages = usePages(actionPages(query));
  const show = useCallback((action: Action) => set({ open: action.id }, { replace: false }), [set]);
  const columns = useMemo(() => (tab === 'pending' ? pendingColumns(show) : historyColumns(show)), [tab, show]);
  const name = `actions-${tab}`;
  const hidden = useHidden(name, columns);
  const picks = tab === 'pending' ? may('approver', 'admin') : may('approver');
  const [asked, setAsked] = useState<Asked | null>(null);
  const { chosen, picked, pick, clear } = useChosen(pages.rows, query);
  const [type] = chosen.map(({ actionType }) => actionType);
  const over = (): void => {
    clear();
    setAsked(null);
  };

  return (
    <Page
      title="Action center"
      tools={
        <>
          <ColumnChooser name={name} columns={columns} />
          <CsvButton path="/api/v1/actions" query={query} fileName={`${name}.csv`} />
        </>
      }
    >
      <TabList selectedValue={tab} onTabSelect={(_event, { value }) => void go(`/actions/${String(value)}`)}>
        <Tab value="pending">Pending</Tab>
        <Tab value="history">History</Tab>
      </TabList>
      <Sheet>
        <SheetBar
          label="Filters"
          end={
            picks && chosen.length > 0 ? (
              <>
                <span className={styles.total} aria-live="polite">
                  {of(chosen.length, 'action')} picked
                </span>
                {offersOf(tab, type, may).map(([what, text, isFirst]) => (
                  <Button
                    key={what}
                    size="small"
                    appearance={isFirst ? 'primary' : 'secondary'}
                    onClick={() => setAsked(what)}
                  >
                    {text}
                  </Button>
                ))}
              </>
            ) : (
              pages.total !== null && <span className={styles.total}>{totalText(pages.total, 'action')}</span>
            )
          }
        >
          <ActionFilters tab={tab} values={values} set={set} />
        </SheetBar>
        <DataTable
          label={tab === 'pending' ? 'Pending actions' : 'History of actions'}
          columns={columns}
          pages={pages}
          hidden={hidden}
          idOf={({ id }) => id}
          onOpen={show}
          rowLabel={(action) =>
            `${actionTypeText(action.actionType)} of ${messagesIn(action.messageCount, action.mailboxCount)}`
          }
          selection={picks ? { picked, set: pick } : undefined}
          mayPick={({ actionType, status, revertible }) =>
            (tab === 'pending' ? status === 'Pending' : revertible) &&
            (type === undefined || actionType === type) &&
            chosen.length < AT_ONCE
          }
          card={(action) => ({
            title: columns.find(({ id }) => id === 'details')?.cell(action),
            end: tab === 'pending' ? <FromNow at={action.expiresAt} /> : <Status status={action.status} />,
            lines:
              tab === 'pending'
                ? [
                    action.reasons.map(({ code }) => REASON_TEXT[code]).join(' · '),
                    <Time key="at" at={updatedAt(action)} />,
                  ]
                : [
                    `${actionTypeText(action.actionType)} · ${action.decidedBy ?? '–'}`,
                    <Time key="at" at={updatedAt(action)} />,
                  ],
          })}
          empty={
            tab === 'pending' ? (
              <Empty icon={<CheckmarkCircleRegular />} title="Nothing waits for a decision">
                What automation may not decide alone comes here by itself.
              </Empty>
            ) : (
              <Empty icon={<HistoryRegular />} title="No actions under these filters">
                Every removal is kept here, with the way to undo it.
              </Empty>
            )
          }
        />
      </Sheet>
      {open !== '' && <ActionFlyout id={open} onClose={() => set({ open: '' })} />}
      {(asked === 'approve' || asked === 'reject') && (
        <DecideMany decision={asked} actions={chosen} onClose={() => setAsked(null)} onDone={over} />
      )}
      {(asked === 'inbox' || asked === 'original') && (
        <RevertDialog actions={chosen} destination={asked} onClose={() => setAsked(null)} onDone={over} />
      )}
    </Page>
  );
}

type Asked = Decision | Extract<Destination, 'inbox' | 'original'>;

/** What may be done with several actions of one type at once, the usual first. */
function offersOf(
  tab: 'pending' | 'history',
  type: Action['actionType'] | undefined,
  may: (...roles: readonly Role[]) => boolean,
): readonly (readonly [asked: Asked, text: string, isFirst: boolean])[] {
  if (tab === 'history') {
    return [
      ['inbox', 'Move to Inbox', false],
      ['original', 'Restore to original folders', false],
    ];
  }
  return [
    ...(type !== undefined && may(allows(type)) ? [['approve', 'Approve', true] as const] : []),
    ...(may('approver') ? [['reject', 'Reject', false] as const] : []),
  ];
}
