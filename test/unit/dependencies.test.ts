import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';

test('Temporal’s packages share one protobufjs: with two, recorded histories cannot be read', () => {
  const found = ['@temporalio/common', '@temporalio/proto', '@temporalio/worker', '@temporalio/client'].map((name) => {
    const from = dirname(
      require.resolve(`${name}/package.json`, {
        paths: [process.cwd(), dirname(require.resolve('@temporalio/client'))],
      }),
    );
    return realpathSync(require.resolve('protobufjs/package.json', { paths: [from] }));
  });
  expect(new Set(found).size).toBe(1);
});
