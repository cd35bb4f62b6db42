import { createBrowserRouter, Navigate } from 'react-router';
import { Problem } from './problem-page';
import { Root } from './root';

/** Every page is loaded when it is first gone to. */
export const router = createBrowserRouter([
  {
    element: <Root />,
    errorElement: <Problem />,
    hydrateFallbackElement: <></>,
    children: [
      { index: true, lazy: async () => ({ Component: (await import('../pages/home')).HomePage }) },
      { path: 'actions', element: <Navigate to="/actions/pending" replace /> },
      {
        path: 'actions/:tab',
        lazy: async () => ({ Component: (await import('../pages/actions/page')).ActionsPage }),
      },
      {
        path: 'investigations',
        lazy: async () => ({ Component: (await import('../pages/investigations/list')).InvestigationsPage }),
      },
      {
        path: 'investigations/:id/:tab?',
        lazy: async () => ({ Component: (await import('../pages/investigations/page')).InvestigationPage }),
      },
      { path: 'explorer', lazy: async () => ({ Component: (await import('../pages/explorer/page')).ExplorerPage }) },
      {
        path: 'settings/:section?',
        lazy: async () => ({ Component: (await import('../pages/settings/page')).SettingsPage }),
      },
      { path: '*', lazy: async () => ({ Component: (await import('../pages/not-found')).NotFoundPage }) },
    ],
  },
]);
