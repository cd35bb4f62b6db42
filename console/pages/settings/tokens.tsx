import { Button, Text } from '@fluentui/react-components';
import { AddRegular } from '@fluentui/react-icons/svg/add';
import { useState } from 'react';
import { tokenPages, useDeleteToken } from '../../api/settings';
import { type Token } from '../../api/types';
import { useSession } from '../../app/session';
import { Confirm } from '../../parts/confirm';
import { CopyId } from '../../parts/copy-id';
import { DataTable } from '../../parts/data-table';
import { type Column } from '../../parts/table-row';
import { Sheet } from '../../parts/page';
import { SheetBar } from '../../parts/sheet-bar';
import { Empty } from '../../parts/states';
import { Time } from '../../parts/time';
import { useClosing } from '../../parts/use-closing';
import { usePages } from '../../parts/use-pages';
import { NewToken } from './new-token';

/** Who may do what. The secret of a token is shown once, when it is made. */
export function Tokens() {
  const { name: me } = useSession();
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<Token | null>(null);
  const pages = usePages(tokenPages);
  const columns: readonly Column<Token>[] = [
    { id: 'name', header: 'Name', width: 180, cell: ({ name }) => (name === me ? `${name} (you)` : name) },
    { id: 'roles', header: 'Roles', width: 240, grows: true, cell: ({ roles }) => roles.join(', ') },
    {
      id: 'expiresAt',
      header: 'Expires',
      width: 150,
      cell: ({ expiresAt }) => (expiresAt === null ? 'Never' : <Time at={expiresAt} />),
    },
    { id: 'lastUsedAt', header: 'Last used', width: 150, cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
    { id: 'id', header: 'ID', width: 120, cell: ({ id }) => <CopyId id={id} what="token id" /> },
    { id: 'end', header: 'End', width: 90, cell: (token) => <End token={token} onEnd={setEnding} /> },
  ];
  return (
    <Sheet>
      <SheetBar
        end={
          <Button appearance="primary" icon={<AddRegular />} onClick={() => setMaking(true)}>
            New token
          </Button>
        }
      >
        <Text>A token may do what its roles say, here and in the API.</Text>
      </SheetBar>
      <DataTable
        label="Tokens"
        columns={columns}
        pages={pages}
        idOf={({ id }) => id}
        card={(token) => ({
          title: token.name,
          end: <End token={token} onEnd={setEnding} />,
          lines: [token.roles.join(', '), <Time key="at" at={token.lastUsedAt} />],
        })}
        empty={<Empty title="No tokens" />}
      />
      {making && <NewToken onClose={() => setMaking(false)} />}
      {ending !== null && <EndToken token={ending} onClose={() => setEnding(null)} />}
    </Sheet>
  );
}

function End({ token, onEnd }: { readonly token: Token; readonly onEnd: (token: Token) => void }) {
  return (
    <Button size="small" aria-label={`End ${token.name}`} onClick={() => onEnd(token)}>
      End
    </Button>
  );
}

function EndToken({ token, onClose }: { readonly token: Token; readonly onClose: () => void }) {
  const closing = useClosing(onClose);
  const { mutate, isPending, error } = useDeleteToken();
  return (
    <Confirm
      title={`End the token ${token.name}?`}
      go="End the token"
      danger
      withComment={false}
      busy={isPending}
      error={error}
      onClose={onClose}
      onGo={() => mutate(token.id, closing(`The token ${token.name} has ended`))}
    >
      <Text>
        Whoever uses it is signed out and refused at once. Its name stays in the records and is never given again.
      </Text>
    </Confirm>
  );
}
