#!/usr/bin/env bash
# action-run.sh: runs scimmage as the step of action.yml. Inputs come by environment, never pasted into a script.
set -uo pipefail
dir=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/scim-report.XXXXXX")
args=(run --yes --fail-on "${INPUT_FAIL_ON:-must}" --journal "$dir/run.ndjson"
      -o "html=$dir/report.html" -o "junit=$dir/TEST-scim.xml" -o "json=$dir/result.json")
[ -n "${INPUT_IDP:-}" ] && args+=(--idp "$INPUT_IDP")
[ -n "${INPUT_BASELINE:-}" ] && args+=(--baseline "$INPUT_BASELINE")
while IFS= read -r line; do
  line=${line#"${line%%[![:space:]]*}"} line=${line%"${line##*[![:space:]]}"}
  [ -n "$line" ] && args+=("$line")
done <<<"${INPUT_ARGS:-}"

# The step summary and the annotations are written by scimmage itself, which sees GITHUB_STEP_SUMMARY.
"${SCIMMAGE_BIN:-scimmage}" "${args[@]}"
code=$?
{ echo "exit-code=$code"; echo "dir=$dir"; echo "report=$dir/report.html"; } >>"$GITHUB_OUTPUT"
case $code in
  2) echo "::error title=scimmage::wrong usage or configuration; see the log" ;;
  3) echo "::error title=scimmage::the endpoint could not be tested (DNS, TLS, refused, not SCIM, or the token was rejected)" ;;
  4) echo "::error title=scimmage::scimmage or a suite file is broken" ;;
  5) echo "::error title=scimmage::the baseline drifted: run scimmage baseline update and read the difference" ;;
esac
exit $code
