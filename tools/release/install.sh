#!/usr/bin/env bash
# install.sh: downloads a release of scimmage, verifies its checksum, and writes its path to $GITHUB_OUTPUT as bin.
# VERSION (1.2.3), or REF (a tag v1.2.3, or a major tag v1: then the latest release); REPOSITORY (owner/name).
# A scimmage that SCIMMAGE_BIN or the PATH already has is used when neither names a release.
set -euo pipefail
repository=${REPOSITORY:-scimmage/scimmage}
base=${SCIMMAGE_RELEASES:-https://github.com/$repository/releases}
version=${VERSION:-}
[[ -z $version && ${REF:-} =~ ^v([0-9]+\.[0-9]+\.[0-9]+.*)$ ]] && version=${BASH_REMATCH[1]}

if [ -z "$version" ]; then
  if bin=${SCIMMAGE_BIN:-$(command -v scimmage || true)} && [ -n "$bin" ]; then
    echo "bin=$bin" >>"$GITHUB_OUTPUT"
    exit 0
  fi
  version=$(curl -fsSLI -o /dev/null -w '%{url_effective}' "$base/latest" | sed -n 's|.*/tag/v||p')
  [ -n "$version" ] || { echo "::error::scimmage: no latest release found at $base"; exit 2; }
fi

case "$(uname -s)" in Linux) os=linux ;; Darwin) os=darwin ;; MINGW* | MSYS* | CYGWIN*) os=windows ;; *) echo "::error::scimmage: no release for $(uname -s)"; exit 2 ;; esac
case "$(uname -m)" in x86_64 | amd64) arch=amd64 ;; aarch64 | arm64) arch=arm64 ;; *) echo "::error::scimmage: no release for $(uname -m)"; exit 2 ;; esac
ext=tar.gz; [ "$os" = windows ] && ext=zip
archive=scimmage_${version}_${os}_${arch}.$ext

dir=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/scimmage.XXXXXX")
curl -fsSL --retry 3 -o "$dir/$archive" "$base/download/v$version/$archive"
curl -fsSL --retry 3 -o "$dir/checksums.txt" "$base/download/v$version/checksums.txt"
want=$(awk -v f="$archive" '$2 == f {print $1}' "$dir/checksums.txt")
if command -v sha256sum >/dev/null; then got=$(sha256sum "$dir/$archive"); else got=$(shasum -a 256 "$dir/$archive"); fi
got=${got%% *}
if [ -z "$want" ] || [ "$want" != "$got" ]; then
  echo "::error::scimmage: checksum of $archive is $got, the release says ${want:-nothing}"
  exit 2
fi

if [ "$ext" = zip ]; then unzip -q "$dir/$archive" -d "$dir"; else tar -xzf "$dir/$archive" -C "$dir"; fi
bin=$dir/scimmage; [ "$os" = windows ] && bin=$bin.exe
"$bin" version
echo "bin=$bin" >>"$GITHUB_OUTPUT"
