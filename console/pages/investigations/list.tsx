import { FlowRegular } from '@fluentui/react-icons/svg/flow';
import { useMemo, useState } from 'react';
import { useNavigate } from 'react-router';
import { INVESTIGATION_STATUSES } from '../../../domain/investigation';
import { investigationPages, type InvestigationQuery } from '../../api/investigations';
import { type Investigation } from '../../api/types';
import { useSession } from '../../app/session';
import { Status, VerdictBadge } from '../../parts/badges';
import { ColumnChooser, useHidden } from '../../parts/column-chooser';
import { CopyId, shortId } from '../../parts/copy-id';
import { DataTable } from '../../parts/data-table';
import { type Column } from '../../parts/table-row';
import { PERIOD_OPTIONS, startOf } from '../../parts/date-range';
import { ChoiceFilter, TextFilter } from '../../parts/filters';
import { MailText } from '../../parts/mail-text';
import { count, of, totalText } from '../../parts/numbers';
import { Page, Sheet } from '../../parts/page';
import { PageLink } from '../../parts/page-link';
import { useQueryState } from '../../parts/query-state';
import { SheetBar } from '../../parts/sheet-bar';
import { Empty } from '../../parts/states';
import { durationText, Time } from '../../parts/time';
import { usePages } from '../../parts/use-pages';
import { changedAt, nameOf } from './name';
import { StartInvestigation } from './start';

const NAME = 'investigations';

const COLUMNS: readonly Column<Investigation>[] = [
  {
    id: 'id',
    header: 'ID',
    width: 120,
    cell: ({ id }) => (
      <CopyId id={id} what="investigation id">
        <PageLink to={`/investigations/${id}`}>#{shortId(id)}</PageLink>
      </CopyId>
    ),
  },
  { id: 'status', header: 'Status', width: 170, cell: ({ status }) => <Status status={status} /> },
  {
    id: 'source',
    header: 'Detection source',
    width: 150,
    cell: ({ alert }) => <MailText none="–">{alert?.source ?? alert?.startedBy ?? ''}</MailText>,
  },
  { id: 'name', header: 'Investigation', width: 280, grows: true, cell: (row) => <MailText>{nameOf(row)}</MailText> },
  {
    id: 'verdict',
    header: 'Verdict',
    width: 120,
    extra: true,
    cell: ({ verdict }) => <VerdictBadge verdict={verdict} />,
  },
  {
    id: 'users',
    header: 'Users',
    width: 70,
    numeric: true,
    cell: usersText,
  },
  { id: 'startedAt', header: 'Creation time', width: 190, cell: ({ startedAt }) => <Time at={startedAt} /> },
  {
    id: 'changedAt',
    header: 'Last changed time',
    width: 150,
    extra: true,
    cell: (row) => <Time at={changedAt(row)} />,
  },
  { id: 'threats', header: 'Threat count', width: 105, numeric: true, cell: ({ threatCount }) => count(threatCount) },
  { id: 'actions', header: 'Action count', width: 105, numeric: true, cell: ({ actionCount }) => count(actionCount) },
  { id: 'duration', header: 'Duration', width: 110, cell: ({ durationMs }) => durationText(durationMs) },
];

/** All investigations, newest first. */
export function InvestigationsPage() {
  const go = useNavigate();
  const { may } = useSession();
  const [values, set] = useQueryState(['status', 'verdict', 'entity', 'period']);
  const [now] = useState(() => Date.now());
  const query = useMemo(() => queryOf(values, now), [values, now]);
  const pages = usePages(investigationPages(query));
  const hidden = useHidden(NAME, COLUMNS);
  return (
    <Page
      title="Investigations"
      tools={
        <>
          {may('operator', 'detector') && <StartInvestigation />}
          <ColumnChooser name={NAME} columns={COLUMNS} />
        </>
      }
    >
      <Sheet>
        <SheetBar label="Filters" end={pages.total !== null && totalText(pages.total, 'investigation')}>
          <ChoiceFilter
            label="Status"
            value={values.status}
            options={INVESTIGATION_STATUSES.map((status) => [status, status])}
            onChange={(status) => set({ status })}
          />
          <ChoiceFilter
            label="Verdict"
            value={values.verdict}
            options={[
              ['malicious', 'Malicious'],
              ['suspicious', 'Suspicious'],
              ['noThreatsFound', 'No threats found'],
            ]}
            onChange={(verdict) => set({ verdict })}
          />
          <TextFilter
            label="Entity"
            hint="A SHA-256, or a URL"
            value={values.entity}
            onChange={(entity) => set({ entity })}
          />
          <ChoiceFilter
            label="Time range"
            value={values.period}
            options={PERIOD_OPTIONS}
            onChange={(period) => set({ period })}
          />
        </SheetBar>
        <DataTable
          label="Investigations"
          columns={COLUMNS}
          pages={pages}
          hidden={hidden}
          idOf={({ id }) => id}
          onOpen={({ id }) => void go(`/investigations/${id}`)}
          card={(row) => ({
            title: <PageLink to={`/investigations/${row.id}`}>{nameOf(row)}</PageLink>,
            end: <Status status={row.status} />,
            lines: [
              `${of(row.threatCount, 'threat')} · ${of(row.actionCount, 'action')}`,
              <Time key="at" at={row.startedAt} />,
            ],
          })}
          empty={
            <Empty icon={<FlowRegular />} title="No investigations under these filters">
              An alert about a malicious file or URL starts one.
            </Empty>
          }
        />
      </Sheet>
    </Page>
  );
}

/** Of several clusters nobody has counted the mailboxes together: one may be in each. */
function usersText({ clusters }: Investigation): string {
  const most = Math.max(0, ...clusters.map(({ mailboxCount }) => mailboxCount));
  return `${clusters.length > 1 ? '≥ ' : ''}${count(most)}`;
}

function queryOf(
  { status, verdict, entity, period }: Readonly<Record<'status' | 'verdict' | 'entity' | 'period', string>>,
  now: number,
): InvestigationQuery {
  const from = startOf(period, now);
  const given = Object.fromEntries(Object.entries({ status, verdict, entity }).filter(([, value]) => value !== ''));
  return { ...(given as InvestigationQuery), ...(from === undefined ? {} : { from }) };
}
