#!/usr/bin/env bash
# reproducible.sh: builds the binary from two copies of the tree at different paths, with caches of their own, and
# compares them byte for byte. What differs would be a path, a time or a machine in the binary.
set -euo pipefail
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for n in one/a two/longer/path; do
  mkdir -p "$dir/$n"
  git ls-files -z -- cmd internal mockidp reports scimtest suites go.mod go.sum | xargs -0 cp --parents -t "$dir/$n"
  (cd "$dir/$n" && GOCACHE="$dir/cache-${n%%/*}" CGO_ENABLED=0 go build -trimpath -buildvcs=false \
    -ldflags '-s -w -X github.com/scimmage/scimmage/internal/cli.Version=reproducible' -o "$dir/${n%%/*}.bin" ./cmd/scimmage)
done
cmp "$dir/one.bin" "$dir/two.bin"
sha256sum "$dir/one.bin" | cut -d' ' -f1
echo "same bytes from two places ($(stat -c %s "$dir/one.bin") bytes)"
