#!/bin/sh
# Generates the stubs from protos/ and compiles calculate.go with what Debian 12 packages:
#   apt-get install golang-go protobuf-compiler protoc-gen-go protoc-gen-go-grpc golang-google-grpc-dev \
#     golang-google-protobuf-dev golang-github-golang-protobuf-1-5-dev golang-google-genproto-dev
# build.sh FOLDER; then: FOLDER/calculate HOST:PORT CA.pem CERTIFICATE.pem KEY.pem
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
mkdir -p "${1:?the folder to build in}/src"
out=$(cd "$1" && pwd)
# Google's own .proto files, from the Python package googleapis-common-protos.
google=$("${PYTHON:-python3}" -c 'import google.rpc as r; print(list(r.__path__)[0])')/..
google=$(cd "$google/.." && pwd)
protoc -I "$root/protos" -I "$google" --go_out="$out/src" --go-grpc_out="$out/src" "$root"/protos/subsidy/v1/*.proto
# Debian's Go libraries lie in a GOPATH, and the stubs in a second one beside them.
cd "$here"
GO111MODULE=off GOFLAGS= CGO_ENABLED=0 GOPATH="$out:/usr/share/gocode" go build -o "$out/calculate" calculate.go
