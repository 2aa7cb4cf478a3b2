/**
 * The PROXY protocol, versions 1 and 2, as specified by HAProxy (doc/proxy-protocol.txt): who is at the other end of a
 * connection that a load balancer made for them.
 *
 * <p>Reads and writes bytes only. Whether a peer may be believed is the listener's decision, taken before. Start reading at
 * {@link dev.parley.wire.proxyprotocol.ProxyHeader}, and for what is sent at
 * {@link dev.parley.wire.proxyprotocol.HeaderWriter}.
 */
@NullMarked
package dev.parley.wire.proxyprotocol;

import org.jspecify.annotations.NullMarked;
