import { Toast, ToastBody, Toaster, ToastTitle, useId, useToastController } from '@fluentui/react-components';
import { createContext, type ReactNode, use, useCallback, useMemo } from 'react';
import { saidBy } from '../api/problem';

interface NoticesValue {
  /** Says shortly that something was done. */
  readonly done: (title: string, detail?: string) => void;
  /** Says what could not be done; it stays until it is read. */
  readonly failed: (title: string, error: unknown) => void;
}

const Context = createContext<NoticesValue>({ done: () => undefined, failed: () => undefined });

const READ_MS = 6_000;
const READ_PROBLEM_MS = 15_000;

export function Notices({ children }: { readonly children: ReactNode }) {
  const toasterId = useId('notices');
  const { dispatchToast } = useToastController(toasterId);
  const say = useCallback(
    (title: string, detail: string | undefined, intent: 'success' | 'error') =>
      dispatchToast(
        <Toast>
          <ToastTitle>{title}</ToastTitle>
          {detail !== undefined && <ToastBody>{detail}</ToastBody>}
        </Toast>,
        { intent, timeout: intent === 'error' ? READ_PROBLEM_MS : READ_MS, pauseOnHover: true },
      ),
    [dispatchToast],
  );
  const value = useMemo<NoticesValue>(
    () => ({
      done: (title, detail) => say(title, detail, 'success'),
      failed: (title, error) => say(title, saidBy(error), 'error'),
    }),
    [say],
  );
  return (
    <Context value={value}>
      {children}
      <Toaster toasterId={toasterId} position="bottom-end" limit={4} />
    </Context>
  );
}

export function useNotices(): NoticesValue {
  return use(Context);
}
