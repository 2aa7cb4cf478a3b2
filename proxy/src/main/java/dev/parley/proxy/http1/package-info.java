/**
 * HTTP/1.1 on both sides: bytes are forwarded, not rebuilt. A head is parsed where it lies, written out with small edits and
 * followed by the very body bytes that arrived. {@link dev.parley.proxy.http1.Http1Downstream} faces clients, {@link
 * dev.parley.proxy.http1.Http1Upstream} faces endpoints; between them stands {@link dev.parley.proxy.exchange.Exchange}.
 */
@NullMarked
package dev.parley.proxy.http1;

import org.jspecify.annotations.NullMarked;
