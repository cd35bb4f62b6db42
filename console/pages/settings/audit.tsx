import { Button, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, tokens } from '@fluentui/react-components';
import { ShieldCheckmarkRegular } from '@fluentui/react-icons/svg/shield-checkmark';
import { useMemo, useState } from 'react';
import { auditPages, type AuditQuery, useVerifyAudit } from '../../api/settings';
import { type AuditRow } from '../../api/types';
import { CopyId } from '../../parts/copy-id';
import { CsvButton } from '../../parts/csv-button';
import { DataTable } from '../../parts/data-table';
import { type Column } from '../../parts/table-row';
import { Facts, Section } from '../../parts/facts';
import { TextFilter } from '../../parts/filters';
import { Flyout } from '../../parts/flyout';
import { MailText } from '../../parts/mail-text';
import { count, of } from '../../parts/numbers';
import { Sheet } from '../../parts/page';
import { useQueryState } from '../../parts/query-state';
import { SheetBar } from '../../parts/sheet-bar';
import { Empty, ErrorState } from '../../parts/states';
import { Time } from '../../parts/time';
import { usePages } from '../../parts/use-pages';

const useStyles = makeStyles({
  json: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    margin: 0,
    padding: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground2,
    borderRadius: tokens.borderRadiusMedium,
  },
});

const COLUMNS: readonly Column<AuditRow>[] = [
  { id: 'seq', header: 'No.', width: 70, numeric: true, cell: ({ seq }) => count(seq) },
  { id: 'at', header: 'Time', width: 150, cell: ({ at }) => <Time at={at} /> },
  { id: 'subject', header: 'Who', width: 150, cell: ({ subject }) => subject },
  { id: 'action', header: 'Action', width: 190, cell: ({ action }) => action },
  {
    id: 'target',
    header: 'On what',
    width: 220,
    grows: true,
    cell: ({ target }) => (target === null ? '–' : <MailText>{target}</MailText>),
  },
  { id: 'result', header: 'Result', width: 150, cell: ({ result }) => result },
  { id: 'ip', header: 'From', width: 130, cell: ({ ip }) => ip ?? '–' },
  {
    id: 'requestId',
    header: 'Request',
    width: 120,
    extra: true,
    cell: ({ requestId }) => (requestId === null ? '–' : <CopyId id={requestId} what="request id" />),
  },
];

const NAMES = ['subject', 'action', 'target', 'result'] as const;
const LABELS = { subject: 'Who', action: 'Action', target: 'On what', result: 'Result' } as const;

/** Who did what, and the proof that nobody has changed what was written about it. */
export function Audit() {
  const [values, set] = useQueryState(NAMES);
  const [open, setOpen] = useState<AuditRow | null>(null);
  const query = useMemo(
    () => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '')) as AuditQuery,
    [values],
  );
  const pages = usePages(auditPages(query));
  return (
    <Sheet>
      <SheetBar
        label="Filters"
        end={
          <>
            <Verify />
            <CsvButton path="/api/v1/audit" query={values} fileName="audit.csv" />
          </>
        }
      >
        {NAMES.map((name) => (
          <TextFilter
            key={name}
            label={LABELS[name]}
            value={values[name]}
            onChange={(value) => set({ [name]: value })}
          />
        ))}
      </SheetBar>
      <DataTable
        label="Audit"
        columns={COLUMNS}
        pages={pages}
        idOf={({ id }) => id}
        onOpen={setOpen}
        card={(row) => ({
          title: row.action,
          end: row.result,
          lines: [`${row.subject} · ${row.target ?? '–'}`, <Time key="at" at={row.at} />],
        })}
        empty={<Empty title="Nothing under these filters" />}
      />
      {open !== null && <Row row={open} onClose={() => setOpen(null)} />}
    </Sheet>
  );
}

function Verify() {
  const { mutate, data, error, isPending } = useVerifyAudit();
  return (
    <>
      {error !== null && <ErrorState error={error} />}
      {data !== undefined && (
        <MessageBar intent={data.ok ? 'success' : 'error'}>
          <MessageBarBody>
            <MessageBarTitle>{data.ok ? 'Unbroken' : 'Broken'}</MessageBarTitle>
            {data.brokenAt === undefined
              ? of(data.rows, 'row')
              : `at row ${count(data.brokenAt.seq)}: ${data.brokenAt.problem}`}
          </MessageBarBody>
        </MessageBar>
      )}
      <Button icon={<ShieldCheckmarkRegular />} disabled={isPending} onClick={() => mutate()}>
        {isPending ? 'Verifying' : 'Verify the chain'}
      </Button>
    </>
  );
}

function Row({ row, onClose }: { readonly row: AuditRow; readonly onClose: () => void }) {
  const styles = useStyles();
  return (
    <Flyout title={row.action} under={row.result} onClose={onClose}>
      <Section title="Entry">
        <Facts
          of={[
            ['Time', <Time key="at" at={row.at} full />],
            ['Who', row.subject],
            ['On what', row.target === null ? '–' : <CopyId key="id" id={row.target} whole what="target" />],
            ['From', row.ip ?? '–'],
            [
              'Request',
              row.requestId === null ? '–' : <CopyId key="request" id={row.requestId} whole what="request id" />,
            ],
            ['Hash', <CopyId key="hash" id={row.hash} whole what="hash" />],
            ['Hash before', <CopyId key="before" id={row.previousHash} whole what="hash" />],
          ]}
        />
      </Section>
      {(
        [
          ['Before', row.before],
          ['After', row.after],
        ] as const
      ).map(([title, value]) =>
        value === null || value === undefined ? null : (
          <Section key={title} title={title}>
            <pre className={styles.json}>{JSON.stringify(value, null, 2)}</pre>
          </Section>
        ),
      )}
    </Flyout>
  );
}
