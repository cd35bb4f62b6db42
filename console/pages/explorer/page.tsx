import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import { AddRegular } from '@fluentui/react-icons/svg/add';
import { MailProhibitedRegular } from '@fluentui/react-icons/svg/mail-prohibited';
import { type RowSelectionState } from '@tanstack/react-table';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { messagePages } from '../../api/messages';
import { type ExplorerRow } from '../../api/types';
import { usePreferences } from '../../app/preferences';
import { useSession } from '../../app/session';
import { ColumnChooser, useHidden } from '../../parts/column-chooser';
import { CsvButton } from '../../parts/csv-button';
import { DataTable } from '../../parts/data-table';
import { ChoiceFilter, TextFilter } from '../../parts/filters';
import { plain } from '../../parts/hostile';
import { MailText } from '../../parts/mail-text';
import { of, totalText } from '../../parts/numbers';
import { Page, Sheet } from '../../parts/page';
import { useQueryState } from '../../parts/query-state';
import { SheetBar } from '../../parts/sheet-bar';
import { Empty } from '../../parts/states';
import { Time } from '../../parts/time';
import { usePages } from '../../parts/use-pages';
import { useStateOf } from '../../parts/use-state-of';
import { Chart } from './chart';
import { explorerColumns } from './columns';
import { type Filter, FILTERS, NAMES, queryOf } from './filters';
import { MessageFlyout } from './message-flyout';

const TakeAction = lazy(async () => ({ default: (await import('./take-action')).TakeAction }));
const NAME = 'explorer';
const NOTHING: RowSelectionState = {};
/** The most messages that may be picked by hand. */
const BY_HAND = 100;

/** Every message that is known, by what it is and where it is. */
export function ExplorerPage() {
  const { may } = useSession();
  const { utc } = usePreferences();
  const [{ open, ...values }, set] = useQueryState([...NAMES, 'open']);
  const query = useMemo(() => queryOf(values, utc), [values, utc]);
  const pages = usePages(messagePages(query));
  const show = useCallback((row: ExplorerRow) => set({ open: row.id }, { replace: false }), [set]);
  const columns = useMemo(() => explorerColumns(show), [show]);
  const hidden = useHidden(NAME, columns);
  // Another filter begins anew: what is not on the page is not acted on from it.
  const [picked, setPicked] = useStateOf(JSON.stringify(query), NOTHING);
  const [acting, setActing] = useState(false);
  const mayAct = may('approver', 'admin');
  const ids = Object.keys(picked);
  const isFiltered = Object.keys(query).length > 0;
  return (
    <Page
      title="Explorer"
      tools={
        <>
          {mayAct && (
            <Button appearance="primary" disabled={ids.length === 0 && !isFiltered} onClick={() => setActing(true)}>
              {ids.length > 0 ? `Take action on ${of(ids.length, 'message')}` : 'Take action on all found'}
            </Button>
          )}
          <ColumnChooser name={NAME} columns={columns} />
          <CsvButton path="/api/v1/messages" query={query} fileName="messages.csv" />
        </>
      }
    >
      <Chart query={query} onPick={set} />
      <Sheet>
        <SheetBar label="Filters" end={pages.total !== null && <span>{totalText(pages.total, 'message')}</span>}>
          <Chips values={values} set={set} />
        </SheetBar>
        <DataTable
          label="Messages"
          columns={columns}
          pages={pages}
          hidden={hidden}
          idOf={({ id }) => id}
          onOpen={show}
          rowLabel={({ subject, mailbox }) => `${plain(subject)} in ${plain(mailbox)}`}
          selection={mayAct ? { picked, set: setPicked } : undefined}
          mayPick={() => ids.length < BY_HAND}
          card={(row) => ({
            title: columns.find(({ id }) => id === 'subject')?.cell(row),
            end: row.threats.join(', '),
            lines: [
              <MailText key="sender">{`${row.senderAddress} → ${row.mailbox}`}</MailText>,
              <span key="place">
                {row.latestDeliveryLocation} · <Time at={row.receivedAt} />
              </span>,
            ],
          })}
          empty={
            <Empty icon={<MailProhibitedRegular />} title="No messages under these filters">
              Without a date, the last 30 days are looked at.
            </Empty>
          }
        />
      </Sheet>
      {open !== '' && <MessageFlyout id={open} onClose={() => set({ open: '' })} />}
      {acting && (
        <Suspense fallback={null}>
          <TakeAction
            selection={ids.length > 0 ? { messageIds: ids } : { filter: query }}
            onClose={() => setActing(false)}
            onDone={() => setPicked({})}
          />
        </Suspense>
      )}
    </Page>
  );
}

type Values = Readonly<Record<Filter['name'], string>>;

function Chips({ values, set }: { readonly values: Values; readonly set: (changed: Partial<Values>) => void }) {
  const [added, setAdded] = useState<readonly string[]>([]);
  const shown = FILTERS.filter(({ name, first }) => first === true || values[name] !== '' || added.includes(name));
  const others = FILTERS.filter((filter) => !shown.includes(filter));
  return (
    <>
      {shown.map(({ name, label, hint, options, type }) =>
        options === undefined ? (
          <TextFilter
            key={name}
            label={label}
            hint={hint}
            type={type}
            value={values[name]}
            onChange={(value) => set({ [name]: value })}
          />
        ) : (
          <ChoiceFilter
            key={name}
            label={label}
            options={options}
            value={values[name]}
            onChange={(value) => set({ [name]: value })}
          />
        ),
      )}
      {others.length > 0 && (
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button size="small" appearance="subtle" icon={<AddRegular />}>
              Add filter
            </Button>
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              {others.map(({ name, label }) => (
                <MenuItem key={name} onClick={() => setAdded((before) => [...before, name])}>
                  {label}
                </MenuItem>
              ))}
            </MenuList>
          </MenuPopover>
        </Menu>
      )}
    </>
  );
}
