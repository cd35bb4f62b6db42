import {
  Button,
  Drawer,
  DrawerBody,
  DrawerHeader,
  DrawerHeaderTitle,
  makeStyles,
  Menu,
  MenuDivider,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuItemCheckbox,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  mergeClasses,
  tokens,
} from '@fluentui/react-components';
import { DismissRegular } from '@fluentui/react-icons/svg/dismiss';
import { FlowRegular } from '@fluentui/react-icons/svg/flow';
import { GavelRegular } from '@fluentui/react-icons/svg/gavel';
import { HomeRegular } from '@fluentui/react-icons/svg/home';
import { NavigationRegular } from '@fluentui/react-icons/svg/navigation';
import { PersonRegular } from '@fluentui/react-icons/svg/person';
import { SearchRegular } from '@fluentui/react-icons/svg/search';
import { SettingsRegular } from '@fluentui/react-icons/svg/settings';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, Suspense, useState } from 'react';
import { NavLink, Outlet, useLocation } from 'react-router';
import { ApiProblem } from '../api/problem';
import { type Role, signOut } from '../api/session';
import { SETTINGS_ROLES } from '../pages/settings/sections';
import { Logo } from '../parts/logo';
import { useNarrow } from '../parts/media';
import { useNotices } from '../parts/notices';
import { Loading } from '../parts/states';
import { Banners } from './banners';
import { THEMES, type ThemeName, usePreferences } from './preferences';
import { useSession } from './session';

const useStyles = makeStyles({
  page: {
    height: '100%',
    display: 'grid',
    gridTemplateRows: '48px auto minmax(0, 1fr)',
    gridTemplateColumns: '208px minmax(0, 1fr)',
    backgroundColor: tokens.colorNeutralBackground3,
    color: tokens.colorNeutralForeground1,
    '@media print': { display: 'block', height: 'auto', backgroundColor: 'transparent' },
  },
  narrow: { gridTemplateColumns: 'minmax(0, 1fr)' },
  skip: {
    position: 'absolute',
    insetInlineStart: '8px',
    top: '-60px',
    zIndex: 10,
    padding: '8px 12px',
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    '&:focus': { top: '8px' },
  },
  bar: {
    gridColumn: '1 / -1',
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalS,
    padding: `0 ${tokens.spacingHorizontalM}`,
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media print': { display: 'none' },
  },
  brand: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalS,
    fontWeight: tokens.fontWeightSemibold,
    fontSize: tokens.fontSizeBase400,
    color: 'inherit',
    textDecorationLine: 'none',
  },
  fill: { flexGrow: 1 },
  banners: { gridColumn: '1 / -1', '@media print': { display: 'none' } },
  nav: {
    padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalS}`,
    display: 'flex',
    flexDirection: 'column',
    gap: '2px',
    overflowY: 'auto',
    '@media print': { display: 'none' },
  },
  link: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    padding: '9px 12px',
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground2,
    textDecorationLine: 'none',
    fontSize: tokens.fontSizeBase300,
    '&:hover': { backgroundColor: tokens.colorNeutralBackground1Hover, color: tokens.colorNeutralForeground1 },
    '&:focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
    '& svg': { fontSize: '20px' },
  },
  here: {
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    boxShadow: `inset 3px 0 0 ${tokens.colorBrandStroke1}`,
  },
  main: {
    minHeight: 0,
    minWidth: 0,
    display: 'flex',
    flexDirection: 'column',
    overflow: 'auto',
    outlineStyle: 'none',
    '@media print': { overflow: 'visible' },
  },
});

const PLACES: readonly {
  readonly to: string;
  readonly text: string;
  readonly icon: ReactNode;
  readonly end?: boolean;
  /** Who has something to see there. */
  readonly roles: readonly Role[];
}[] = [
  { to: '/', text: 'Overview', icon: <HomeRegular />, end: true, roles: ['reader'] },
  { to: '/actions', text: 'Action center', icon: <GavelRegular />, roles: ['reader'] },
  { to: '/investigations', text: 'Investigations', icon: <FlowRegular />, roles: ['reader'] },
  { to: '/explorer', text: 'Explorer', icon: <SearchRegular />, roles: ['reader'] },
  { to: '/settings', text: 'Settings', icon: <SettingsRegular />, roles: SETTINGS_ROLES },
];

/** What stands around every page: where one is, who one is, what holds for all, and how times and colours are shown. */
export function Shell() {
  const styles = useStyles();
  const narrow = useNarrow();
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  return (
    <div className={mergeClasses(styles.page, narrow && styles.narrow)}>
      <a className={styles.skip} href="#main">
        Skip to the page
      </a>
      <header className={styles.bar}>
        {narrow && (
          <Button
            appearance="subtle"
            aria-label="Navigation"
            icon={<NavigationRegular />}
            onClick={() => setOpen(true)}
          />
        )}
        <NavLink to="/" className={styles.brand}>
          <Logo size={24} />
          Clawback
        </NavLink>
        <span className={styles.fill} />
        <Account />
      </header>
      <div className={styles.banners}>
        <Banners />
      </div>
      {narrow ? (
        <Drawer
          type="overlay"
          open={open}
          onOpenChange={(_event, data) => setOpen(data.open)}
          position="start"
          size="small"
        >
          <DrawerHeader>
            <DrawerHeaderTitle
              action={
                <Button
                  appearance="subtle"
                  aria-label="Close"
                  icon={<DismissRegular />}
                  onClick={() => setOpen(false)}
                />
              }
            >
              Clawback
            </DrawerHeaderTitle>
          </DrawerHeader>
          <DrawerBody>
            <Places onGone={() => setOpen(false)} />
          </DrawerBody>
        </Drawer>
      ) : (
        <Places />
      )}
      <main className={styles.main} id="main" tabIndex={-1} key={pathname.split('/')[1]}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  );
}

function Places({ onGone }: { readonly onGone?: () => void }) {
  const styles = useStyles();
  const { may } = useSession();
  return (
    <nav className={styles.nav} aria-label="Pages">
      {PLACES.filter(({ roles }) => may(...roles)).map(({ to, text, icon, end = false }) => (
        <NavLink
          key={to}
          to={to}
          end={end}
          className={({ isActive }) => mergeClasses(styles.link, isActive && styles.here)}
          onClick={onGone}
        >
          {icon}
          {text}
        </NavLink>
      ))}
    </nav>
  );
}

const THEME_TEXT: Readonly<Record<ThemeName, string>> = {
  system: 'As the system',
  light: 'Light',
  dark: 'Dark',
  contrast: 'High contrast',
};

function Account() {
  const { name, roles } = useSession();
  const { theme, utc, set } = usePreferences();
  const client = useQueryClient();
  const { failed } = useNotices();
  const leave = (): void => {
    signOut().then(
      () => client.setQueryData(['session'], null),
      (error: unknown) => {
        // Ended already, elsewhere.
        if (error instanceof ApiProblem && error.status === 401) client.setQueryData(['session'], null);
        else failed('You are still signed in', error);
      },
    );
  };
  return (
    <Menu
      checkedValues={{ theme: [theme], zone: utc ? ['utc'] : [] }}
      onCheckedValueChange={(_event, { name: what, checkedItems }) => {
        if (what === 'theme') set({ theme: (checkedItems[0] ?? 'system') as ThemeName });
        else set({ utc: checkedItems.length > 0 });
      }}
    >
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" icon={<PersonRegular />} aria-label={`Account ${name}`}>
          {name}
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuGroup>
            <MenuGroupHeader>Roles: {roles.join(', ')}</MenuGroupHeader>
          </MenuGroup>
          <MenuDivider />
          <MenuGroup>
            <MenuGroupHeader>Colours</MenuGroupHeader>
            {THEMES.map((one) => (
              <MenuItemRadio key={one} name="theme" value={one}>
                {THEME_TEXT[one]}
              </MenuItemRadio>
            ))}
          </MenuGroup>
          <MenuDivider />
          <MenuItemCheckbox name="zone" value="utc">
            Times in UTC
          </MenuItemCheckbox>
          <MenuDivider />
          <MenuItem onClick={leave}>Sign out</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
