#!/bin/sh
# Makes the namespace and the search attributes that Clawback's workflows write. Safe to run again. TEMPORAL_ADDRESS and
# TEMPORAL_NAMESPACE are read by the `temporal` command itself.
set -eu
: "${TEMPORAL_ADDRESS:?}" "${TEMPORAL_NAMESPACE:?}" "${RETENTION:?}"

tries=0
until temporal operator cluster health >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ "$tries" -ge 60 ]; then
    echo "Temporal at $TEMPORAL_ADDRESS does not serve" >&2
    exit 1
  fi
  sleep 2
done

if temporal operator namespace describe >/dev/null 2>&1; then
  temporal operator namespace update --retention "$RETENTION" >/dev/null
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION" >/dev/null
fi

# A new namespace is known to every role only after its cache has been refreshed.
attribute() {
  name=$1
  type=$2
  tries=0
  until temporal operator search-attribute list 2>/dev/null | grep -qw "$name"; do
    tries=$((tries + 1))
    if [ "$tries" -ge 30 ]; then
      echo "search attribute $name could not be made" >&2
      exit 1
    fi
    temporal operator search-attribute create --name "$name" --type "$type" >/dev/null 2>&1 || sleep 2
  done
}
attribute ClawbackStatus Keyword
attribute ClawbackVerdict Keyword
attribute ClawbackDecidedBy Keyword
attribute ClawbackMessageCount Int
echo "namespace $TEMPORAL_NAMESPACE is ready"
