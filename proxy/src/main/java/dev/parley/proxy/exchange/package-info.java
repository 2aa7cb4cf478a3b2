/**
 * The story of one request, whatever protocol it came by: match, pick, connect, send, classify, retry or answer, record. It
 * is told in {@link dev.parley.proxy.exchange.Exchange}; the protocols' two sides meet it through {@link
 * dev.parley.proxy.exchange.ClientSide} and {@link dev.parley.proxy.exchange.UpstreamOwner}. Nothing here parses or writes bytes.
 */
@NullMarked
package dev.parley.proxy.exchange;

import org.jspecify.annotations.NullMarked;
