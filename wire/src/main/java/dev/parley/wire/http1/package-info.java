/**
 * HTTP/1.0 and HTTP/1.1 as bytes (RFC 9112): the heads of requests and responses, and the chunked coding.
 *
 * <p>The rule of the room: what two implementations could read in two ways is refused, never guessed, because a proxy
 * that guesses otherwise than the server behind it smuggles requests. Nothing here knows a socket, edits a message or
 * decides what to do with one. The parsers read a byte array or a {@link java.nio.ByteBuffer}, allocate nothing, and
 * are used by one thread at a time. Start reading at {@link dev.parley.wire.http1.RequestParser}.
 */
@NullMarked
package dev.parley.wire.http1;

import org.jspecify.annotations.NullMarked;
