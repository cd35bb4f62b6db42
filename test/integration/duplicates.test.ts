import { ignoreDuplicates } from '../../store/collection';
import { freshStore } from '../support/harness';
import { type Store } from '../../store/store';

let store: Store;

beforeAll(async () => {
  ({ store } = await freshStore());
});

afterAll(async () => {
  await store.connection.dropDatabase();
  await store.close();
});

const lease = (name: string) => ({ _id: name, holder: null, until: new Date(0) });

test('what is there already is no error, and what comes with it is stored', async () => {
  const { collection } = store.leases;
  await ignoreDuplicates(collection.insertMany([lease('one')], { ordered: false }));
  await ignoreDuplicates(collection.insertMany([lease('one'), lease('two')], { ordered: false }));
  expect(await collection.countDocuments({ _id: { $in: ['one', 'two'] } })).toBe(2);
});

test('a write of which not enough members know is an error, whatever was a duplicate in it', async () => {
  const { collection } = store.leases;
  // There is one member.
  const options = { ordered: false, writeConcern: { w: 3 } } as const;
  await expect(ignoreDuplicates(collection.insertMany([lease('three')], options))).rejects.toThrow();
  await expect(ignoreDuplicates(collection.insertMany([lease('three'), lease('four')], options))).rejects.toThrow();
});
