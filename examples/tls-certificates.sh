#!/bin/sh
# Makes an authority, a certificate for localhost and one of a client, good for 30 days, for trying tls.yaml. Not for production.
set -eu
umask 077
folder=${1:-$(dirname "$0")/tls}
mkdir -p "$folder"
cd "$folder"
new="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 $new -days 30 -subj "/CN=example authority" -keyout ca.key -out ca.pem 2>/dev/null
issue() {
    openssl req $new -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>/dev/null
    echo "subjectAltName=$2" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile "$1.ext" -out "$1.pem" 2>/dev/null
    rm "$1.csr" "$1.ext"
}
issue localhost DNS:localhost,IP:127.0.0.1
issue orders URI:spiffe://example.com/orders
echo "made certificates in $folder"
