#!/usr/bin/env bash
# Runs the steps of deploy/Dockerfile one by one in a clean folder, where there is no container engine: the sources as
# they are committed, the publish command as it stands there, the files that are copied, and a start with the settings
# that the image sets.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
work="$(mktemp -d)"
server=
trap '[[ -z "$server" ]] || { kill "$server" && wait "$server" || true; }; rm -rf "$work"' EXIT

mkdir "$work/source" "$work/data"
git -C "$root" archive HEAD | tar -x -C "$work/source"

publish="$(sed -n 's/^RUN \(dotnet publish .*\)$/\1/p' "$root/deploy/Dockerfile")"
publish="${publish//\/app/$work/app}"
echo "+ $publish"
(cd "$work/source" && TORCH_BACKEND="${TORCH_BACKEND:-cpu}" bash -c "$publish")
grep -q '^COPY deploy/models/demo deploy/models/demo$' "$root/deploy/Dockerfile"
mkdir -p "$work/app/deploy/models"
cp -r "$work/source/deploy/models/demo" "$work/app/deploy/models/demo"

# As the image starts it, but on this machine's own address, where no key is needed.
port="${PORT:-18080}"
(cd "$work/app" && exec env ASPNETCORE_URLS="http://127.0.0.1:$port" DATA="$work/data" dotnet Rlhf.Server.dll) &
server=$!
for _ in {1..120}; do
  if exec 3<>"/dev/tcp/127.0.0.1/$port" && printf 'GET /health/ready HTTP/1.0\r\n\r\n' >&3 && head -n 1 <&3 | grep -q ' 200 '; then
    echo "The image's steps work: the server is ready."
    exit 0
  fi 2>/dev/null
  kill -0 "$server" || exit 1
  sleep 1
done
echo "The server did not become ready within two minutes." >&2
exit 1
