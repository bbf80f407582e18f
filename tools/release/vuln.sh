#!/usr/bin/env bash
# vuln.sh: govulncheck over the code that is released. Exits 0 only when the database was read and names nothing that the code
# reaches; where it cannot be reached nothing is known, and that is said and is a failure. GOVULNDB names another database, such
# as a mirror or file:///a/copy.
set -uo pipefail
cd "$(dirname "$0")/../.."
db=()
[ -n "${GOVULNDB:-}" ] && db=(-db "$GOVULNDB")
out=$(go tool -modfile=tools/vuln/go.mod govulncheck "${db[@]}" ./... 2>&1)
code=$?
printf '%s\n' "$out"
case $code in
  0) echo "vuln: the database names nothing that the code reaches" ;;
  3) echo "vuln: the code reaches known vulnerabilities, listed above" >&2 ;;
  *) if grep -qE 'fetching vulnerabilities|no such host|dial tcp|connection refused' <<<"$out"; then
       echo "vuln: NOT CHECKED. The vulnerability database could not be reached, so nothing is known; set GOVULNDB to a copy, or run this where https://vuln.go.dev can be reached." >&2
     fi ;;
esac
exit $code
