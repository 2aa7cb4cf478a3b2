/**
 * The data plane. {@link dev.parley.proxy.Proxy} starts it and changes it; a connection's story begins in {@code listen} and
 * goes on in {@code http1} or {@code tcp}; a request's is told in {@code exchange}.
 */
@NullMarked
package dev.parley.proxy;

import org.jspecify.annotations.NullMarked;
