import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Page } from 'playwright-core';
import { RECOVERABLE_FOLDER } from '../../domain/location';
import {
  BOTH_ON,
  type Campaign,
  deliverCampaign,
  deliverCopies,
  ended,
  foldersOf,
  raise,
  setSettings,
} from '../support/cases';
import { hostileHtml, hostileMail } from '../support/console-scene';
import { createStage, settled, type Stage } from '../support/console-stage';
import { describeWithChromium } from '../support/chromium';
import { until } from '../support/harness';

const EVERYTHING = ['reader', 'preview', 'operator', 'detector', 'approver', 'auditor', 'admin'] as const;
const PLACES = [
  ['ann@corp.example', 'inbox'],
  ['bob@corp.example', 'junkemail'],
  ['eve@corp.example', 'Projects/2026'],
] as const;

describeWithChromium('the console in a browser', () => {
  let stage: Stage;
  /** A person with every role, on a page of their own that all tests share. */
  let page: Page;

  beforeAll(async () => {
    stage = await createStage();
    page = await stage.signIn('alice', EVERYTHING);
  });

  afterAll(async () => {
    await stage.close();
  });

  beforeEach(async () => {
    await setSettings(stage.harness, { messageClusters: { similarFiles: false, similarUrls: false } });
  });

  const openActions = async (on: Page, tab: 'pending' | 'history'): Promise<void> => {
    await on.goto(`/actions/${tab}`);
    await on.getByRole('tab', { name: tab === 'pending' ? 'Pending' : 'History' }).waitFor();
  };
  /** A campaign whose removal waits for a person; gives the id of its action too. */
  const waiting = async (): Promise<Campaign & { readonly actionId: string; readonly investigationId: string }> => {
    const campaign = await deliverCampaign(stage.harness, PLACES);
    const { id } = await raise(stage.harness, [campaign.file]);
    const { store } = stage.harness;
    await until(async () => (await store.actions.of(id)).some(({ status }) => status === 'Pending'));
    const [action] = await store.actions.of(id);
    if (action === undefined) throw new Error('It has no action');
    return { ...campaign, actionId: action._id, investigationId: id };
  };
  const flyout = (on: Page) => on.getByRole('dialog').first();

  it('lets in who has a token and nobody else, and keeps the token out of reach of scripts', async () => {
    const { page: other, secret } = await stage.stranger('stranger', ['reader']);
    await other.goto('/actions/history');
    await other.getByLabel('Token').fill('no such token');
    await other.getByRole('button', { name: 'Sign in' }).click();
    await other.getByText('token: is not known').waitFor();
    await other.getByLabel('Token').fill(secret);
    await other.keyboard.press('Enter');
    await other.getByRole('heading', { name: 'Action center' }).waitFor();
    expect(await other.evaluate('document.cookie')).toBe('');
    expect(JSON.stringify(await other.evaluate('({ ...localStorage })'))).not.toContain(secret);
    await other.getByRole('button', { name: 'Account stranger' }).click();
    await other.getByRole('menuitem', { name: 'Sign out' }).click();
    await other.getByLabel('Token').waitFor();
    await other.context().close();
  });

  it('does not offer what a role may not do', async () => {
    const { actionId } = await waiting();
    const reader = await stage.signIn('reader', ['reader']);
    await reader.goto(`/actions/pending?open=${actionId}`);
    await reader.getByRole('heading', { name: 'Why it waits' }).waitFor();
    expect(await reader.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await reader.goto('/settings/automation');
    await reader.getByText('Remediation action').waitFor();
    expect(await reader.getByRole('button', { name: 'Save' }).count()).toBe(0);
    expect(await reader.getByRole('tab', { name: 'Tokens and roles' }).count()).toBe(0);
    await reader.goto('/explorer');
    await reader.getByRole('table', { name: 'Messages' }).waitFor();
    expect(await reader.getByRole('button', { name: /Take action/ }).count()).toBe(0);
    await reader.context().close();
  });

  it('begins where a role has something to see, and asks for no events that it may not have', async () => {
    const { page: admin, secret } = await stage.stranger('only-admin', ['admin']);
    const asked: string[] = [];
    admin.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await admin.goto('/');
    await admin.getByLabel('Token').waitFor();
    expect(await violations(admin)).toEqual([]);
    await admin.getByLabel('Token').fill(secret);
    await admin.getByRole('button', { name: 'Sign in' }).click();
    await admin.getByRole('heading', { name: 'Automation settings', level: 1 }).waitFor();
    await settled(admin, '/settings/automation');
    expect(await admin.getByRole('navigation').getByRole('link').allTextContents()).toEqual(['Settings']);
    expect(asked).not.toContain('/api/v1/events');
    await admin.context().close();
    const { page: scanner, secret: other } = await stage.stranger('only-detector', ['detector']);
    await scanner.goto('/');
    await scanner.getByLabel('Token').fill(other);
    await scanner.getByRole('button', { name: 'Sign in' }).click();
    await scanner.getByText('There is nothing to see with this token').waitFor();
    await scanner.context().close();
  });

  it('keeps its place in a long list: to its end, and back', async () => {
    const { file } = await deliverCopies(stage.harness, 'long-list', 1_500);
    await page.goto(`/explorer?sha256=${file.type === 'file' ? file.sha256 : ''}`);
    const list = page.getByRole('region', { name: 'Messages' });
    await page.locator('[aria-rowindex="2"]').waitFor();
    await list.focus();
    await page.keyboard.press('End');
    await page.locator('[aria-rowindex="1501"]').waitFor();
    const bottom = await page.evaluate<number>(
      'document.querySelector("[role=region][aria-label=Messages]").scrollTop',
    );
    expect(bottom).toBeGreaterThan(1_000 * 44);
    await page.keyboard.press('Home');
    await page.locator('[aria-rowindex="2"]').waitFor();
    expect(await page.locator('[role=row][data-index]').count()).toBeLessThan(120);
  });

  it('sets the boxes and saves them; what somebody else saved meanwhile is shown, never overwritten', async () => {
    const { store } = stage.harness;
    await page.goto('/settings/automation');
    await page.getByLabel('Similar URLs').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Nothing that waits was executed.').first().waitFor();
    expect((await store.settings.get()).messageClusters).toMatchObject({ similarFiles: false, similarUrls: true });

    await page.getByLabel('Similar files').check();
    await setSettings(stage.harness, { maxAutomaticMessages: 77 });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('These settings were changed meanwhile').waitFor();
    expect((await store.settings.get()).messageClusters).toMatchObject({ similarFiles: false });
    await page.getByRole('button', { name: 'Save mine over it' }).click();
    await until(async () => (await store.settings.get()).messageClusters.similarFiles);
    expect((await store.settings.get()).maxAutomaticMessages).toBe(77);
    await setSettings(stage.harness, { maxAutomaticMessages: 10_000 });
  });

  it('shows what an alert removed without being loaded again', async () => {
    await setSettings(stage.harness, BOTH_ON);
    await openActions(page, 'history');
    await page.evaluate('window.notLoadedAgain = true');
    const campaign = await deliverCampaign(stage.harness, [...PLACES, ['liz@corp.example', 'inbox']]);
    await ended(stage.harness, (await raise(stage.harness, [campaign.file])).id);
    await page.getByRole('row', { name: /4 messages in 4 mailboxes.*Completed.*Automation/ }).waitFor();
    expect(await page.evaluate('window.notLoadedAgain')).toBe(true);
  });

  it('approves an action, which runs in place, and rejects another', async () => {
    const approved = await waiting();
    await openActions(page, 'pending');
    await page.goto(`/actions/pending?open=${approved.actionId}`);
    await flyout(page).getByText('Attachment 3', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('button', { name: 'Soft delete 3 messages in 3 mailboxes' }).click();
    await flyout(page).getByText('Completed', { exact: true }).waitFor();
    expect(new Set(await foldersOf(stage.harness, approved.ids))).toEqual(new Set([RECOVERABLE_FOLDER]));

    const rejected = await waiting();
    await page.goto(`/actions/pending?open=${rejected.actionId}`);
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.getByLabel(/Comment/).fill('it is honest');
    await page.getByRole('button', { name: 'Reject', exact: true }).last().click();
    await flyout(page).getByText('Rejected', { exact: true }).first().waitFor();
    await flyout(page).getByText('it is honest').waitFor();
    expect(await foldersOf(stage.harness, rejected.ids)).toEqual(['inbox', 'junkemail', 'Projects/2026']);
  });

  it('tells the slower of two people who decide at once who was faster', async () => {
    const { actionId } = await waiting();
    const bob = await stage.signIn('bob', ['reader', 'approver']);
    await Promise.all([page, bob].map((on) => on.goto(`/actions/pending?open=${actionId}`)));
    await page.getByRole('button', { name: 'Approve' }).click();
    await bob.getByRole('button', { name: 'Reject' }).click();
    await page.getByRole('button', { name: /^Soft delete 3 messages/ }).click();
    await flyout(page).getByText('Completed', { exact: true }).waitFor();
    await bob.getByText(/meanwhile: decided by alice/).waitFor();
    expect(await bob.getByRole('button', { name: 'Reject', exact: true }).last().isDisabled()).toBe(true);
    await bob.context().close();
  });

  it('moves removed mail to the Inbox, and every surface says so', async () => {
    await setSettings(stage.harness, BOTH_ON);
    const campaign = await deliverCampaign(stage.harness, PLACES);
    const { investigation, actions } = await ended(stage.harness, (await raise(stage.harness, [campaign.file])).id);
    await page.goto(`/actions/history?open=${actions[0]?._id ?? ''}`);
    await page.getByRole('button', { name: 'Move to Inbox' }).click();
    await page.getByRole('button', { name: 'Move 3 messages' }).click();
    await flyout(page)
      .getByText(/Restored 3/)
      .waitFor();
    expect(await foldersOf(stage.harness, campaign.ids)).toEqual(['inbox', 'inbox', 'inbox']);

    await page.goto(`/explorer?open=${campaign.ids[1] ?? ''}`);
    await flyout(page).getByText('Inbox/folder').first().waitFor();
    await flyout(page)
      .getByText(/Automated remediation:automated.*Manual remediation/)
      .waitFor();
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await flyout(page).getByRole('cell', { name: 'Manual remediation' }).waitFor();
    await page.goto(`/investigations/${investigation._id}/history`);
    await page.getByRole('row', { name: /Completed.*Automation/ }).waitFor();
  });

  it('puts back what several actions took, at once', async () => {
    await setSettings(stage.harness, BOTH_ON);
    const campaigns = [await deliverCampaign(stage.harness, PLACES), await deliverCampaign(stage.harness, PLACES)];
    for (const { file } of campaigns) await ended(stage.harness, (await raise(stage.harness, [file])).id);
    await openActions(page, 'history');
    const boxes = page.getByRole('checkbox', { name: 'Pick Soft delete of 3 messages in 3 mailboxes' });
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    await page.getByRole('button', { name: 'Restore to original folders' }).click();
    await page.getByText('6 messages in 3 mailboxes go to the folders that they were in').waitFor();
    await page.getByRole('button', { name: 'Restore 6 messages' }).click();
    for (const { ids } of campaigns) {
      await until(async () => (await foldersOf(stage.harness, ids)).join() === PLACES.map(([, at]) => at).join());
    }
  });

  it('takes action from the Explorer in three steps', async () => {
    const campaign = await deliverCampaign(stage.harness, PLACES);
    const { file } = campaign;
    await page.goto(`/explorer?sha256=${file.type === 'file' ? file.sha256 : ''}`);
    await page.getByRole('button', { name: 'Take action on all found' }).click();
    await page.getByRole('radio', { name: /^Junk/ }).check();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByLabel('Name').fill('Not for the Inbox');
    await page.getByText('3 messages in 3 mailboxes').first().waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Move to Junk: 3 messages in 3 mailboxes' }).click();
    await page.getByRole('link', { name: 'follow it in the action center' }).click();
    await flyout(page).getByText('Completed', { exact: true }).waitFor();
    await flyout(page).getByText('Not for the Inbox').first().waitFor();
    expect(new Set(await foldersOf(stage.harness, campaign.ids))).toEqual(new Set(['junkemail']));
  });

  it('pauses automation, says so above every page, and resumes', async () => {
    await page.goto('/settings/automation');
    await page.getByRole('button', { name: 'Pause automation' }).click();
    await page.getByLabel(/Comment/).fill('a false alarm');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText(/by alice since .*: a false alarm/).waitFor();
    await page.goto('/explorer');
    await page.getByText('Automation is paused').waitFor();
    expect((await stage.harness.store.control.get()).paused).toBe(true);
    await page.getByRole('button', { name: 'Resume' }).click();
    await until(async () => !(await stage.harness.store.control.get()).paused);
    await page.getByText('Automation is paused').waitFor({ state: 'detached' });
  });

  it('is worked by keyboard alone', async () => {
    const { ids } = await waiting();
    await openActions(page, 'pending');
    await page.getByRole('button', { name: '3 messages in 3 mailboxes' }).first().waitFor();
    await tabTo(page, /^3 messages in 3 mailboxes$/);
    await page.keyboard.press('Enter');
    await flyout(page).getByText('Why it waits').waitFor();
    await tabTo(page, /^Approve$/);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^Soft delete 3 messages/ }).waitFor();
    await tabTo(page, /^Soft delete 3 messages/);
    await page.keyboard.press('Enter');
    await flyout(page).getByText('Completed', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await flyout(page).waitFor({ state: 'detached' });
    expect(new Set(await foldersOf(stage.harness, ids))).toEqual(new Set([RECOVERABLE_FOLDER]));
  });

  it('shows hostile mail harmless and readable', async () => {
    await hostileMail(stage.harness);
    await page.goto('/explorer?recipient=person1%40corp.example');
    const table = page.getByRole('table', { name: 'Messages' });
    await table.getByText('U+202E').first().waitFor();
    await table.getByText('U+200B').first().waitFor();
    await table.getByText('<img src=x onerror=alert(1)>').first().waitFor();
    const boxes = await Promise.all((await table.getByRole('row').all()).map((row) => row.boundingBox()));
    expect(Math.max(...boxes.map((box) => box?.height ?? 0))).toBeLessThan(60);
  });

  it('shows what a hostile mail says without running or loading any of it', async () => {
    const { id, large } = await hostileHtml(stage.harness);
    await page.goto(`/explorer?open=${id}`);
    await page.getByRole('tab', { name: 'Preview' }).click();
    const mail = page.frameLocator('iframe[title="The mail"]');
    await mail.getByText('Dear customer').waitFor();
    const text = (await mail.locator('body').textContent()) ?? '';
    expect(text).toContain('⟦U+202E⟧');
    expect(text).not.toContain('window.ran');
    expect(await mail.locator('script, img, link, iframe, form').count()).toBe(0);
    expect(await page.evaluate('window.ran')).toBeUndefined();
    expect(await violations(page)).toEqual([]);
    await page.goto(`/explorer?open=${large}`);
    await page.getByRole('tab', { name: 'Preview' }).click();
    await mail.getByText('a very long mail').first().waitFor();
    await page
      .getByText(/characters/)
      .first()
      .waitFor();
  });

  it('says when the server is away, and comes back by itself', async () => {
    await openActions(page, 'pending');
    await page.context().setOffline(true);
    await page.getByText('What you see is as it was').waitFor();
    await page.context().setOffline(false);
    await page.getByText('What you see is as it was').waitFor({ state: 'detached' });
  });

  describe('on every page', () => {
    let paths: readonly string[];

    beforeAll(async () => {
      await setSettings(stage.harness, { messageClusters: { similarFiles: false } });
      const { actionId, investigationId, ids } = await waiting();
      paths = [
        ...['/', '/actions/pending', `/actions/pending?open=${actionId}`, '/actions/history', '/investigations'],
        ...['graph', 'alerts', 'mailboxes', 'evidence', 'entities', 'log', 'pending', 'history', 'print'].map(
          (tab) => `/investigations/${investigationId}/${tab}`,
        ),
        ...['/explorer', `/explorer?open=${ids[0] ?? ''}`],
        ...['automation', 'tokens', 'webhooks', 'mailboxes', 'audit'].map((section) => `/settings/${section}`),
      ];
    });

    it.each(['light', 'dark'] as const)('axe finds nothing to complain of, %s', async (colorScheme) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const found: unknown[] = [];
      for (const path of paths) {
        await settled(page, path);
        found.push(...(await violations(page)).map((violation) => ({ path, ...violation })));
      }
      await page.goto('/explorer?directionality=Inbound');
      await page.getByRole('button', { name: 'Take action on all found' }).click();
      await page.getByRole('radio').first().waitFor();
      found.push(...(await violations(page)));
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByText(/^[\d,]+ messages in \d+ mailboxes$/).waitFor();
      found.push(...(await violations(page)));
      await page.getByLabel('Name').fill('Looked at');
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByText('Impacted assets as CSV').waitFor();
      found.push(...(await violations(page)));
      expect(found).toEqual([]);
    });

    it('nothing is wider than a phone', async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      const wide: string[] = [];
      for (const path of paths) {
        await settled(page, path);
        const [width] = await page.evaluate<[number]>('[document.querySelector("#main").scrollWidth]');
        if (width > 390) wide.push(`${path}: ${width}`);
        const over = await page.evaluate<number[]>(OVER_THE_EDGE);
        if (over.length > 0) wide.push(`${path}: a dialog of ${over.join()}`);
      }
      await page.setViewportSize({ width: 1280, height: 900 });
      expect(wide).toEqual([]);
    });
  });

  it('asks no other host, keeps to its policy, and breaks nowhere', () => {
    expect(stage.strayRequests).toEqual([]);
    expect(stage.complaints).toEqual([]);
  });
});

/** Moves on by Tab until the named thing has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let at = 0; at < 80; at++) {
    const text = await page.evaluate<string>(
      '(document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "").trim()',
    );
    if (name.test(text)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not come to ${name.source}`);
}

/** The right edges of dialogs that do not fit a phone. */
const OVER_THE_EDGE =
  '[...document.querySelectorAll("[role=dialog]")].map((dialog) => Math.max(dialog.getBoundingClientRect().right, dialog.scrollWidth)).filter((right) => right > 391)';

const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

/** Fluent's own stops that keep the focus inside a dialog are no content. */
async function violations(page: Page): Promise<{ readonly id: string; readonly nodes: readonly string[] }[]> {
  await page.evaluate(axe);
  return page.evaluate(
    `axe.run({ exclude: [['[data-tabster-dummy]']] }, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })
       .then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes: nodes.slice(0, 4).map(({ html, any }) => html.slice(0, 160) + ' ' + (any[0]?.message ?? '').slice(0, 160)) })))`,
  );
}
