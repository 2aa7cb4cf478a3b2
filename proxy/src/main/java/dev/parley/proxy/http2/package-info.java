/**
 * HTTP/2 on both sides (RFC 9113): frames are read from the bytes as they come and written into one buffer a connection, which
 * is sent once a turn of the event loop; a stream is a small object of its connection, not a pipeline. Start at
 * {@link dev.parley.proxy.http2.Session}, which has what both sides share, then read
 * {@link dev.parley.proxy.http2.Http2Downstream} and {@link dev.parley.proxy.http2.Http2Upstream}.
 */
@NullMarked
package dev.parley.proxy.http2;

import org.jspecify.annotations.NullMarked;
