/**
 * HTTP/2 as bytes (RFC 9113, RFC 7541): the frame header, field compression both ways, and the rules on heads.
 *
 * <p>A decoded head is laid down as lines of text and told through the same flyweights as one of HTTP/1.1, so that
 * whoever routes, edits, logs or forwards a request need not know how it came. Nothing here knows a socket, a stream's
 * state or a buffer of a library. Nothing is allocated for a head once the scratch has grown to the traffic. Start
 * reading at {@link dev.parley.wire.http2.HeadDecoder}.
 */
@NullMarked
package dev.parley.wire.http2;

import org.jspecify.annotations.NullMarked;
