#!/bin/sh
# The first token reaches the container in its environment and the API in a file on tmpfs: so it is not in the
# environment of the process that answers requests.
set -eu
rm -f "${CLAWBACK_ADMIN_TOKEN_FILE:?}"
(umask 0377 && printf '%s' "${CLAWBACK_ADMIN_TOKEN:?}" >"$CLAWBACK_ADMIN_TOKEN_FILE")
unset CLAWBACK_ADMIN_TOKEN
exec "$@"
