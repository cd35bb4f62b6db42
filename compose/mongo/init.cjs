// Run by mongosh, and safe to run again: makes the replica set, waits for its primary, and makes the one user that
// Clawback signs in as, which can read and write the database `clawback` and nothing else.
const rootPassword = encodeURIComponent(process.env.MONGODB_ROOT_PASSWORD);
const admin = connect(`mongodb://root:${rootPassword}@mongo:27017/admin?directConnection=true`);

const NOT_YET_INITIALIZED = 94;
function isInitiated() {
  try {
    return admin.adminCommand({ replSetGetStatus: 1 }).ok === 1;
  } catch (err) {
    if (err.code === NOT_YET_INITIALIZED) return false;
    throw err;
  }
}

if (!isInitiated()) {
  admin.adminCommand({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: 'mongo:27017' }] } });
}

const giveUpAt = Date.now() + 60_000;
while (!admin.hello().isWritablePrimary) {
  if (Date.now() > giveUpAt) throw new Error('the replica set has no primary after 60 s');
  sleep(500);
}

const clawback = admin.getSiblingDB('clawback');
const user = {
  pwd: process.env.CLAWBACK_MONGODB_PASSWORD,
  roles: [{ role: 'readWrite', db: 'clawback' }],
};
if (clawback.getUser('clawback') === null) clawback.createUser({ user: 'clawback', ...user });
else clawback.updateUser('clawback', user);
print('replica set and user are ready');
