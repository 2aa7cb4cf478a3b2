/**
 * HTTP/2 peers that say exactly the frames they are told, sound or not, and judge what comes by code that is not Parley's:
 * field blocks are read with Netty's HPACK. Start at {@link dev.parley.testkit.http2.Http2Client} and
 * {@link dev.parley.testkit.http2.Http2Server}; both are an {@link dev.parley.testkit.http2.Http2Peer}.
 */
@NullMarked
package dev.parley.testkit.http2;

import org.jspecify.annotations.NullMarked;
