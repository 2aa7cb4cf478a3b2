/**
 * What the versions of HTTP have in common where messages are read and written: scratch for heads, and how far a body in
 * HTTP/1 framing has come. Knows no connection. Start at {@link dev.parley.proxy.message.HeadBuffer}.
 */
@NullMarked
package dev.parley.proxy.message;

import org.jspecify.annotations.NullMarked;
