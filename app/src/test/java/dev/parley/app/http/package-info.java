/**
 * HTTP/1.1 end to end: the real data plane in this process, between clients that send exact bytes and origins that keep them.
 * Begin with {@code SmugglingTest} for what is refused and {@code ForwardingTest} for what is passed on.
 */
@NullMarked
package dev.parley.app.http;

import org.jspecify.annotations.NullMarked;
