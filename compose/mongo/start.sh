#!/bin/bash
# Makes the replica set's key file, which mongod wants as a file that only its own user can read, then hands over to the
# image's own entry (root user on the first start, then mongod).
set -euo pipefail
key=/tmp/replica-set.key
rm -f "$key"
(umask 0377 && printf '%s' "${MONGODB_KEYFILE_SECRET:?}" >"$key")
unset MONGODB_KEYFILE_SECRET
# What a killed worker had locked in a transaction is free again after 15 seconds, not after a minute.
exec docker-entrypoint.sh mongod --replSet rs0 --keyFile "$key" --bind_ip_all \
  --setParameter transactionLifetimeLimitSeconds=15
