import { Button, Menu, MenuItemCheckbox, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import { ColumnTripleRegular } from '@fluentui/react-icons/svg/column-triple';
import { useMemo } from 'react';
import { usePreferences } from '../app/preferences';
import { type Column } from './table-row';
import { useNarrow } from './media';

/**
 * The columns that a table hides: what was chosen in this browser, or those that are extra. The same array until either
 * changes: every row of the table is made again for another one.
 */
export function useHidden<T>(name: string, columns: readonly Column<T>[]): readonly string[] {
  const chosen = usePreferences().hidden[name];
  return useMemo(() => chosen ?? columns.filter(({ extra }) => extra === true).map(({ id }) => id), [chosen, columns]);
}

/** Chooses which columns a table shows; at least one stays. */
export function ColumnChooser<T>({ name, columns }: { readonly name: string; readonly columns: readonly Column<T>[] }) {
  const { hidden, set } = usePreferences();
  const narrow = useNarrow();
  const mine = useHidden(name, columns);
  const shown = columns.filter(({ id }) => !mine.includes(id)).map(({ id }) => id);
  // A phone shows cards, which have no columns.
  if (narrow) return null;
  return (
    <Menu
      checkedValues={{ columns: shown }}
      onCheckedValueChange={(_event, { checkedItems }) => {
        if (checkedItems.length === 0) return;
        set({
          hidden: { ...hidden, [name]: columns.filter(({ id }) => !checkedItems.includes(id)).map(({ id }) => id) },
        });
      }}
    >
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" icon={<ColumnTripleRegular />}>
          Columns
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {columns.map(({ id, header }) => (
            <MenuItemCheckbox key={id} name="columns" value={id}>
              {header}
            </MenuItemCheckbox>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
