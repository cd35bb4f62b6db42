import { type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { pino } from 'pino';
import { ensureToken, type Role } from '../../api/auth';
import { startApi } from '../../api/main';
import { createTargets } from '../../webhooks/targets';
import { launchChromium } from './chromium';
import { createHarness, type Harness, until } from './harness';

/** The real stack with the console in front of it, and one browser. */
export interface Stage {
  readonly harness: Harness;
  readonly url: string;
  /** Somebody with these roles, signed in by the form, in a browser profile of their own. */
  signIn(name: string, roles: readonly Role[], options?: BrowserContextOptions): Promise<Page>;
  /** A page on which nobody is signed in, and the token that would. */
  stranger(
    name: string,
    roles: readonly Role[],
    options?: BrowserContextOptions,
  ): Promise<{ readonly page: Page; readonly secret: string }>;
  /** What any page has asked of another host than this one, and what it has complained of. */
  readonly strayRequests: readonly string[];
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** As long as a page of the console may take to answer, on a busy machine. */
const PATIENCE_MS = 30_000;

/** On a harness of its own, which goes with it, or on one that is there. */
export async function createStage(given?: Harness): Promise<Stage> {
  const [harness, browser] = await Promise.all([given ?? createHarness(), launchChromium()]);
  await harness.startWorker();
  const api = await startApi(
    {
      ...{ store: harness.store, gateway: harness.gateway, provider: harness.provider, admin: harness.admin, imap: [] },
      ...{ targets: createTargets([]), clock: () => new Date(), logger: pino({ level: 'silent' }) },
      temporalUi: 'http://127.0.0.1:8233/namespaces/default',
    },
    { host: '127.0.0.1', port: 0, trustedProxies: [] },
  );
  const watched = { strayRequests: [] as string[], complaints: [] as string[] };
  const stranger: Stage['stranger'] = async (name, roles, options = {}) => {
    const secret = `a-secret-of-the-tests-32-characters-${name}`;
    await ensureToken(harness.store, { name, secret, roles, at: new Date() });
    return { page: await openPage(browser, api.url, options, watched), secret };
  };
  return {
    ...{ harness, url: api.url, stranger, ...watched },
    async signIn(name, roles, options) {
      const { page, secret } = await stranger(name, roles, options);
      await page.goto('/');
      await page.getByLabel('Token').fill(secret);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
      return page;
    },
    async close() {
      await browser.close();
      await api.close();
      if (given === undefined) await harness.close();
    },
  };
}

async function openPage(
  browser: Browser,
  baseURL: string,
  options: BrowserContextOptions,
  watched: { readonly strayRequests: string[]; readonly complaints: string[] },
): Promise<Page> {
  const context = await browser.newContext({
    baseURL,
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Berlin',
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== baseURL && !['data:', 'blob:'].includes(protocol)) watched.strayRequests.push(request.url());
  });
  context.on('weberror', (error) => watched.complaints.push(error.error().message));
  context.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) watched.complaints.push(message.text());
  });
  return context.newPage();
}

/** How many things on a page are still on their way. */
const BUSY = 'document.querySelectorAll("[role=progressbar],[aria-busy=true],.fui-Skeleton").length';

/** Goes to a page and waits until nothing on it is on its way any more. */
export async function settled(page: Page, path: string): Promise<void> {
  await page.goto(path);
  try {
    // By its element: once a flyout is open, what is behind it has no role any more.
    await page.locator('h1').first().waitFor({ state: 'attached' });
  } catch (error) {
    const shown = await page.evaluate<string>('document.body.innerText');
    throw new Error(`${path} has no heading; it shows: ${shown.slice(0, 500)}`, { cause: error });
  }
  if (path.includes('open=')) await page.getByRole('dialog').first().waitFor();
  // Not by a function in the page: its policy lets no text become a script.
  await until(async () => (await page.evaluate(BUSY)) === 0);
}
