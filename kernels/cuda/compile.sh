#!/bin/sh
# Runs a compiler and keeps what it says in a file, which is shown only when it fails.
# Usage: compile.sh REPORT COMMAND [ARGUMENT…]
report=$1
shift
"$@" >"$report" 2>&1 || {
  status=$?
  cat "$report" >&2
  exit $status
}
