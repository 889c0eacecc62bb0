#!/bin/sh
# Generates the stubs from protos/ and compiles Calculate.java with what Debian 12 packages:
#   apt-get install default-jdk-headless protobuf-compiler protobuf-compiler-grpc-java-plugin libgrpc-java \
#     libprotobuf-java libnetty-java libnetty-tcnative-java libguava-java libperfmark-java \
#     libgeronimo-annotation-1.3-spec-java
# build.sh FOLDER; then: FOLDER/calculate HOST:PORT CA.pem CERTIFICATE.pem KEY.pem
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
mkdir -p "${1:?the folder to build in}"
out=$(cd "$1" && pwd)
# Google's own .proto files, from the Python package googleapis-common-protos; with Maven, proto-google-common-protos
# has them as classes, and they need not be generated.
google=$("${PYTHON:-python3}" -c 'import google.rpc as r; print(list(r.__path__)[0])')/..
google=$(cd "$google/.." && pwd)
mkdir -p "$out/sources" "$out/classes"
protoc -I "$root/protos" -I "$google" --java_out="$out/sources" \
  --plugin=protoc-gen-grpc-java=/usr/bin/grpc_java_plugin --grpc-java_out="$out/sources" \
  "$root"/protos/subsidy/v1/*.proto \
  "$google"/google/api/field_behavior.proto "$google"/google/type/date.proto "$google"/google/type/money.proto
classpath=$out/classes
for jar in grpc-api grpc-context grpc-core grpc-netty grpc-protobuf grpc-protobuf-lite grpc-stub protobuf guava \
  perfmark-api netty-buffer netty-codec netty-codec-http netty-codec-http2 netty-common netty-handler \
  netty-handler-proxy netty-resolver netty-transport netty-tcnative jsr305 geronimo-annotation-1.3-spec; do
  classpath=$classpath:/usr/share/java/$jar.jar
done
# Of the stubs, what the client uses is compiled.
javac -nowarn -proc:none -encoding UTF-8 -cp "$classpath" -sourcepath "$out/sources" -implicit:class \
  -d "$out/classes" "$here/Calculate.java"
# Debian's Netty can speak HTTP/2 over TLS with OpenSSL alone, and looks for its library under another name than
# Debian's. With the io.grpc packages of Maven (grpc-netty-shaded) neither this nor the option below is needed.
mkdir -p "$out/native"
cp -L "/usr/lib/$(uname -m)-linux-gnu/jni/libnetty-tcnative.so" "$out/native/libnetty_tcnative.so"
cat > "$out/calculate" <<END
#!/bin/sh
exec java -Djava.library.path="$out/native" -cp "$classpath" Calculate "\$@"
END
chmod +x "$out/calculate"
