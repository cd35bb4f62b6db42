import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BrowserContextOptions, type Page } from 'playwright-core';
import { ROLES } from '../../api/auth';
import { createStage, settled } from '../support/console-stage';
import { startTestServers } from '../support/servers';
import { type Scene, setTheScene } from './scene';

const FOLDER = join(__dirname, '..', '..', 'docs', 'screens');
const DESK = { width: 1280, height: 860 };
/** A4, wide, within its margins. */
const PAPER = { width: 1032, height: 1460 };
const PHONE = { width: 390, height: 844 };

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly dark?: boolean;
  readonly phone?: boolean;
  readonly contrast?: boolean;
  /** As it is printed. */
  readonly paper?: boolean;
  /** What a person does on the page before the picture is taken. */
  readonly act?: (page: Page) => Promise<void>;
}

function shotsOf({
  pendingActionId,
  doneActionId,
  investigationId,
  messageId,
  messageSubject,
}: Scene): readonly Shot[] {
  const investigation = (tab: string): Shot => ({
    name: `investigation-${tab}`,
    path: `/investigations/${investigationId}/${tab}`,
  });
  const explorer = `/explorer?subject=${encodeURIComponent(messageSubject.split(' ').slice(-2).join(' '))}`;
  const pending: Shot = { name: 'action-pending', path: `/actions/pending?open=${pendingActionId}` };
  return [
    { name: 'overview', path: '/', act: (page) => page.getByRole('tab', { name: 'Days' }).click() },
    { name: 'actions-pending', path: '/actions/pending' },
    pending,
    { name: 'actions-history', path: '/actions/history' },
    { name: 'action-history', path: `/actions/history?open=${doneActionId}` },
    { name: 'investigations', path: '/investigations' },
    ...['graph', 'alerts', 'mailboxes', 'evidence', 'entities', 'log', 'pending', 'history', 'print'].map(
      investigation,
    ),
    { ...investigation('print'), name: 'investigation-paper', paper: true },
    { name: 'explorer', path: '/explorer' },
    { name: 'explorer-message', path: `${explorer}&open=${messageId}` },
    {
      name: 'explorer-preview',
      path: `${explorer}&open=${messageId}`,
      act: async (page) => {
        await page.getByRole('tab', { name: 'Preview' }).click();
        await page.frameLocator('iframe').getByText('Please pay').waitFor();
      },
    },
    ...[1, 2, 3].map((step): Shot => ({
      name: `take-action-${step}`,
      path: explorer,
      act: (page) => orderTo(page, step),
    })),
    ...['automation', 'tokens', 'webhooks', 'mailboxes', 'audit'].map((section): Shot => ({
      name: `settings-${section}`,
      path: `/settings/${section}`,
    })),
    { ...pending, name: 'dark-action-pending', dark: true },
    { name: 'dark-overview', path: '/', dark: true },
    { name: 'dark-explorer', path: '/explorer', dark: true },
    { name: 'contrast-actions-history', path: '/actions/history', contrast: true },
    { name: 'phone-overview', path: '/', phone: true },
    { name: 'phone-actions-pending', path: '/actions/pending', phone: true },
    { ...pending, name: 'phone-action-pending', phone: true },
    { name: 'phone-explorer', path: '/explorer', phone: true },
  ];
}

/** Goes through the steps of Take action as far as is asked for; nothing is submitted. */
async function orderTo(page: Page, step: number): Promise<void> {
  await page.getByRole('button', { name: 'Take action on all found' }).click();
  await page.getByRole('radio').first().waitFor();
  if (step > 1) {
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByLabel('Name').fill('Password lure, second wave');
    await page
      .getByText(/^\d+ messages in \d+ mailboxes$/)
      .first()
      .waitFor();
  }
  if (step > 2) await page.getByRole('button', { name: 'Next' }).click();
}

/** Takes a picture of every page of the console, on the real stack with a month of a company's mail; only those named, if any. */
async function main(wanted: readonly string[]): Promise<void> {
  const servers = await startTestServers('screens');
  try {
    const stage = await createStage();
    try {
      const scene = await setTheScene(stage.harness);
      const shots = shotsOf(scene).filter(({ name }) => wanted.length === 0 || wanted.includes(name));
      if (wanted.length === 0) rmSync(FOLDER, { recursive: true, force: true });
      mkdirSync(FOLDER, { recursive: true });
      const pages = new Map<string, Page>();
      const pageFor = async ({ dark = false, phone = false, contrast = false }: Shot): Promise<Page> => {
        const name = [dark, phone, contrast].join();
        const options: BrowserContextOptions = {
          viewport: phone ? PHONE : DESK,
          colorScheme: dark ? 'dark' : 'light',
          ...(contrast ? { forcedColors: 'active' } : {}),
        };
        const known = pages.get(name) ?? (await stage.signIn('n.lund', ROLES, options));
        pages.set(name, known);
        return known;
      };
      for (const shot of shots) {
        const page = await pageFor(shot);
        await settled(page, shot.path);
        await shot.act?.(page);
        await page.evaluate('document.fonts.ready.then(() => undefined)');
        if (shot.paper === true) await page.setViewportSize(PAPER);
        await page.emulateMedia({ media: shot.paper === true ? 'print' : 'screen' });
        await page.screenshot({ path: join(FOLDER, `${shot.name}.png`), animations: 'disabled' });
        if (shot.paper === true) await page.setViewportSize(DESK);
        process.stdout.write(`${shot.name}\n`);
      }
      if (stage.strayRequests.length > 0) throw new Error(`Another host was asked: ${stage.strayRequests.join(', ')}`);
    } finally {
      await stage.close();
    }
  } finally {
    await servers.stop();
  }
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
