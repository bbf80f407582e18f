#!/usr/bin/env bash
# sbom.sh BINARY FILE VERSION: writes what a built binary holds as CycloneDX JSON, and compares it with what Go says of the
# binary. Without serial number and time, so that the same binary gives the same file.
set -euo pipefail
binary=$(realpath "$1") file=$(realpath -m "$2") version=$3
cd "$(dirname "$0")/../.."
go mod download # licences are read from the module cache, and nothing is asked of the network after this
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
go build -trimpath -buildvcs=false -modfile=tools/sbom/go.mod -o "$tool/" github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod
GOPROXY=off "$tool/cyclonedx-gomod" bin -json -licenses -std -noserial -notimestamp \
  -version "$version" -output "$file" "$binary" 2>"$file.log" || { cat "$file.log" >&2; exit 1; }
rm -f "$file.log"

# Every module of the binary stands in the list, with its version.
missing=0
while read -r module at; do
  grep -qF "\"purl\": \"pkg:golang/$module@$at" "$file" || { echo "sbom: $module $at is in the binary and not in $file" >&2; missing=1; }
done < <(go version -m "$binary" | awk '$1 == "dep" {print $2, $3}')
[ "$missing" = 0 ] || exit 1
echo "sbom: $(grep -c '"type": "library"' "$file") components of $(basename "$binary") in $file"
