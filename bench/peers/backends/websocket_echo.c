/*
 * websocket_echo PORT: answers an upgrade to WebSocket with 101 (RFC 6455, section 4.2.2) on 127.0.0.1:PORT and then sends back
 * what it receives, byte for byte. It reads no frames: those that come back are masked still, which a proxy that tunnels does
 * not see. A request that is no such upgrade is answered 400.
 */
#define _GNU_SOURCE
#include <openssl/evp.h>
#include "loopback.h"

enum { DIGEST_BYTES = 20, ACCEPT_BYTES = 28, KEY_BYTES = 24 };

static const char KEY_FIELD[] = "\r\nsec-websocket-key:";
static const char REFUSAL[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

static bool switch_protocols(int fd, const char *key) {
    char text[128], answer[256];
    unsigned char digest[DIGEST_BYTES], accept[ACCEPT_BYTES + 1];
    int length = snprintf(text, sizeof text, "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", KEY_BYTES, key);
    if (!EVP_Digest(text, length, digest, NULL, EVP_sha1(), NULL)) return false;
    EVP_EncodeBlock(accept, digest, sizeof digest);
    length = snprintf(answer, sizeof answer, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                      "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
    return write_all(fd, answer, length);
}

/* Consumes the head of the request, once it is whole; false closes the connection. */
static bool upgrade(struct connection *connection) {
    char *bytes = connection->bytes;
    char *end = memmem(bytes, connection->used, "\r\n\r\n", 4);
    if (!end) return connection->used < CONNECTION_BYTES;
    *end = '\0';
    char *key = strcasestr(bytes, KEY_FIELD);
    if (key) key += strlen(KEY_FIELD);
    while (key && *key == ' ') key++;
    if (!key || strlen(key) < KEY_BYTES || !strcasestr(bytes, "\r\nupgrade: websocket")) {
        write_all(connection->fd, REFUSAL, strlen(REFUSAL));
        return false;
    }
    if (!switch_protocols(connection->fd, key)) return false;
    connection->used -= end + 4 - bytes;
    memmove(bytes, end + 4, connection->used);
    connection->upgraded = true;
    return true;
}

static bool answer(struct connection *connection) {
    if (!connection->upgraded && !upgrade(connection)) return false;
    if (!connection->upgraded) return true;
    size_t length = connection->used;
    connection->used = 0;
    return write_all(connection->fd, connection->bytes, length);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: websocket_echo PORT\n");
        return 2;
    }
    serve_tcp(atoi(argv[1]), answer);
}
