import { Button, Card, Field, Input, makeStyles, Text, Title2, tokens } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';
import { saidBy } from '../api/problem';
import { signIn } from '../api/session';
import { Logo } from '../parts/logo';

const useStyles = makeStyles({
  page: {
    minHeight: '100%',
    display: 'grid',
    placeItems: 'center',
    padding: tokens.spacingHorizontalL,
    boxSizing: 'border-box',
    backgroundColor: tokens.colorNeutralBackground3,
  },
  card: {
    width: 'min(400px, 100%)',
    boxSizing: 'border-box',
    padding: tokens.spacingHorizontalXXL,
    gap: tokens.spacingVerticalL,
  },
  form: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  head: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalM },
  title: { margin: 0 },
  quiet: { color: tokens.colorNeutralForeground2 },
});

/** Takes a token and turns it into a cookie that no script of this page can read. */
export function SignIn() {
  const styles = useStyles();
  const client = useQueryClient();
  const [token, setToken] = useState('');
  const { mutate, error, isPending } = useMutation({
    mutationFn: signIn,
    onSuccess: () => client.invalidateQueries({ queryKey: ['session'] }),
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (token.trim() !== '') mutate(token.trim());
  };
  return (
    <main className={styles.page}>
      <Card className={styles.card}>
        <div className={styles.head}>
          <Logo size={36} />
          <Title2 as="h1" className={styles.title}>
            Clawback
          </Title2>
        </div>
        <Text className={styles.quiet}>Takes malicious mail back after delivery, and can put it back.</Text>
        <form className={styles.form} onSubmit={submit}>
          <Field
            label="Token"
            hint="An administrator makes tokens under Settings; the first one lies in the data folder."
            validationMessage={error === null ? undefined : saidBy(error)}
            validationState={error === null ? 'none' : 'error'}
          >
            <Input
              type="password"
              name="token"
              autoComplete="current-password"
              autoFocus
              value={token}
              onChange={(_event, data) => setToken(data.value)}
            />
          </Field>
          <Button appearance="primary" type="submit" disabled={isPending || token.trim() === ''}>
            {isPending ? 'Signing in' : 'Sign in'}
          </Button>
        </form>
      </Card>
    </main>
  );
}
