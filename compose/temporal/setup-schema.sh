#!/bin/sh
# Makes Temporal's two databases, or brings them up to this image's version. Safe to run again: the tool leaves a database
# that is there as it is, and never sets a version back.
set -eu
schema=${SCHEMA_DIR:-/etc/temporal/schema/postgresql/v12}

sql() {
  database=$1
  shift
  temporal-sql-tool --plugin "${SQL_PLUGIN:?}" --endpoint "${SQL_HOST:?}" --port "${SQL_PORT:?}" \
    --user "${SQL_USER:?}" --database "$database" "$@"
}

for pair in temporal:temporal temporal_visibility:visibility; do
  database=${pair%%:*}
  versions=$schema/${pair##*:}/versioned
  sql "$database" create-database
  sql "$database" setup-schema --version 0.0
  sql "$database" update-schema --schema-dir "$versions"
done
echo 'databases are ready'
