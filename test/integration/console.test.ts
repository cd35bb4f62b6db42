import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Express } from 'express';
import request from 'supertest';
import { type Store } from '../../store/store';
import { appOf, NO_TEMPORAL } from '../support/app';
import { freshStore } from '../support/harness';

const LARGE = `export const words = '${'clawback '.repeat(1_000)}';`;

let store: Store;
let folder: string;

beforeAll(async () => {
  ({ store } = await freshStore());
  folder = mkdtempSync(join(tmpdir(), 'clawback-console-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Clawback</title>');
  writeFileSync(join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(folder, 'assets', 'main-1a2b3c.js'), 'export {};');
  writeFileSync(join(folder, 'assets', 'large-4d5e6f.js'), LARGE);
  built = app(folder);
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await store.connection.dropDatabase();
  await store.close();
});

let built: Express;
const app = (console: string | null) => appOf({ store, gateway: NO_TEMPORAL }, { console });
const page = (path: string, served = built) => request(served).get(path).set('accept', 'text/html,*/*;q=0.8');

test('the console is at / and under every address that it makes up, never kept', async () => {
  for (const path of ['/', '/index.html', '/actions/pending', '/investigations/65f0c0ffee65f0c0ffee65f0?tab=log']) {
    const answer = await page(path).expect(200);
    expect([path, answer.text, answer.headers['cache-control']]).toEqual([
      path,
      '<!doctype html><title>Clawback</title>',
      'no-store',
    ]);
  }
});

test('what bears its hash in its name is kept for ever; what is missing is no page', async () => {
  const script = await request(built).get('/assets/main-1a2b3c.js').expect(200);
  expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect((await request(built).get('/icon.svg').expect(200)).headers['cache-control']).toBe('no-cache');
  await page('/assets/old-9f9f9f.js').expect(404);
  await page('/../package.json').expect(200, /Clawback/);
  await page('/assets/..%2f..%2fpackage.json').expect(404);
});

test('files are sent compressed, answers of the API never', async () => {
  const packed = await request(built).get('/assets/large-4d5e6f.js').set('accept-encoding', 'gzip').expect(200);
  expect([packed.headers['content-encoding'], packed.text.length]).toEqual(['gzip', LARGE.length]);
  const answer = await request(built).get('/api/openapi.json').set('accept-encoding', 'gzip');
  expect([answer.text.length > LARGE.length, answer.headers['content-encoding']]).toEqual([true, undefined]);
});

test('the API, the health checks and other methods stay what they are', async () => {
  await page('/api/v1/actions').expect(401);
  await page('/api/nothing')
    .expect(404)
    .expect('content-type', /problem/);
  await page('/healthz').expect(200, { status: 'ok' });
  await page('/metrics').expect(404);
  await request(built).post('/').expect(404);
  await request(built).get('/actions').set('accept', 'application/json').expect(404);
});

test('only our own scripts run, nothing is loaded from elsewhere, nobody frames it, and no address leaves', async () => {
  const { headers } = await page('/');
  const policy = headers['content-security-policy'] as unknown as string;
  expect(policy.split(';').map((rule) => rule.trim())).toEqual([
    ...["default-src 'self'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:"],
    ...["object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"],
  ]);
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
});

test('where there is no build, one line says so; without the console there is nothing at /', async () => {
  const answer = await page('/', app(join(folder, 'nothing'))).expect(200);
  expect(answer.headers['content-type']).toMatch(/text\/plain/);
  expect(answer.text).toMatch(/^Clawback runs; .* npm run build makes it\.\n$/);
  await page('/', app(null)).expect(404);
});
