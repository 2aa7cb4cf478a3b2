/**
 * WebSocket (RFC 6455) as far as a tunnel has to know it: where frames begin and end, and the frame that ends a connection.
 *
 * <p>Knows no transport, so that it serves tunnels over HTTP/1.1 and over streams of HTTP/2 (RFC 8441) alike; payloads are
 * never looked at. Start reading at {@link dev.parley.wire.websocket.WebSocketTunnel}.
 */
@NullMarked
package dev.parley.wire.websocket;

import org.jspecify.annotations.NullMarked;
