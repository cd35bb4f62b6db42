import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router';
import { PreferencesProvider } from './app/preferences';
import { createQueryClient } from './app/query-client';
import { router } from './app/router';
import { Themed } from './app/theme';
import { Notices } from './parts/notices';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no place for the console');
const client = createQueryClient();

createRoot(root).render(
  <StrictMode>
    <PreferencesProvider>
      <Themed>
        <QueryClientProvider client={client}>
          <Notices>
            <RouterProvider router={router} />
          </Notices>
        </QueryClientProvider>
      </Themed>
    </PreferencesProvider>
  </StrictMode>,
);
