import {
  Button,
  Field,
  Input,
  makeStyles,
  Menu,
  MenuButton,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Popover,
  PopoverSurface,
  PopoverTrigger,
  tokens,
} from '@fluentui/react-components';
import { ChevronDown12Regular } from '@fluentui/react-icons/svg/chevron-down';
import { DismissRegular } from '@fluentui/react-icons/svg/dismiss';
import { type SyntheticEvent, useState } from 'react';
import { plain } from './hostile';

const useStyles = makeStyles({
  chip: { display: 'inline-flex', flexShrink: 0, alignItems: 'center', maxWidth: '100%' },
  button: {
    flexShrink: 0,
    borderRadius: tokens.borderRadiusCircular,
    fontWeight: tokens.fontWeightRegular,
    maxWidth: '320px',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
  on: {
    backgroundColor: tokens.colorBrandBackground2,
    color: tokens.colorBrandForeground2,
    border: `1px solid ${tokens.colorBrandStroke2}`,
    fontWeight: tokens.fontWeightSemibold,
  },
  form: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM, width: '280px', maxWidth: '80vw' },
  buttons: { display: 'flex', gap: tokens.spacingHorizontalS, justifyContent: 'flex-end' },
  list: { maxHeight: '60vh', overflowY: 'auto' },
});

export type Option = readonly [value: string, text: string];

interface Chip {
  readonly label: string;
  /** Empty where it filters nothing. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A filter with values to choose from. */
export function ChoiceFilter({ label, value, options, onChange }: Chip & { readonly options: readonly Option[] }) {
  const styles = useStyles();
  const text = options.find(([one]) => one === value)?.[1];
  return (
    <Menu
      checkedValues={{ value: [value] }}
      onCheckedValueChange={(_event, { checkedItems }) => onChange(checkedItems[0] ?? '')}
    >
      <MenuTrigger disableButtonEnhancement>
        <MenuButton size="small" className={`${styles.button} ${value === '' ? '' : styles.on}`}>
          {label}: {value === '' ? 'All' : (text ?? value)}
        </MenuButton>
      </MenuTrigger>
      <MenuPopover>
        <MenuList className={styles.list}>
          <MenuItemRadio name="value" value="">
            All
          </MenuItemRadio>
          {options.map(([one, said]) => (
            <MenuItemRadio key={one} name="value" value={one}>
              {said}
            </MenuItemRadio>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

/** A filter by words of one's own. */
export function TextFilter({
  label,
  value,
  onChange,
  hint,
  type = 'text',
}: Chip & { readonly hint?: string; readonly type?: 'text' | 'date' }) {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState(value);
  const put = (event: SyntheticEvent): void => {
    event.preventDefault();
    onChange(text.trim());
    setOpen(false);
  };
  return (
    <span className={styles.chip}>
      <Popover
        open={open}
        trapFocus
        onOpenChange={(_event, data) => {
          setText(value);
          setOpen(data.open);
        }}
      >
        <PopoverTrigger disableButtonEnhancement>
          <Button
            size="small"
            className={`${styles.button} ${value === '' ? '' : styles.on}`}
            icon={{ children: <ChevronDown12Regular />, style: { fontSize: 12 } }}
            iconPosition="after"
          >
            {label}: {value === '' ? 'Any' : plain(value)}
          </Button>
        </PopoverTrigger>
        <PopoverSurface aria-label={`Filter by ${label}`}>
          <form className={styles.form} onSubmit={put}>
            <Field label={label} hint={hint}>
              <Input value={text} type={type} onChange={(_event, data) => setText(data.value)} />
            </Field>
            <div className={styles.buttons}>
              {value !== '' && (
                <Button
                  onClick={() => {
                    onChange('');
                    setOpen(false);
                  }}
                >
                  Remove
                </Button>
              )}
              <Button appearance="primary" type="submit">
                Apply
              </Button>
            </div>
          </form>
        </PopoverSurface>
      </Popover>
      {value !== '' && (
        <Button
          size="small"
          appearance="transparent"
          aria-label={`Remove filter ${label}`}
          icon={<DismissRegular />}
          onClick={() => onChange('')}
        />
      )}
    </span>
  );
}
