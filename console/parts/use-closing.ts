import { useNotices } from './notices';

/** What a dialog does when the API has done what it asks for: it says so and closes. */
export function useClosing(onClose: () => void) {
  const { done } = useNotices();
  return (title: string, text?: string) => ({
    onSuccess: (): void => {
      done(title, text);
      onClose();
    },
  });
}
