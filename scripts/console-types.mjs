// Writes console/api/schema.d.ts, the types of every answer, from the OpenAPI document: run by tsx, which reads the API's
// own sources. It is not kept in the repository, so that it can never say something else than the API.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import { root } from './setup.mjs';

const { apiDocument } = await import('../api/app.ts');
const file = join(root, 'console', 'api', 'schema.d.ts');
const text = astToString(await openapiTS(JSON.parse(JSON.stringify(apiDocument())), { alphabetize: true }));
const old = (() => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
})();
if (text !== old) writeFileSync(file, text);
