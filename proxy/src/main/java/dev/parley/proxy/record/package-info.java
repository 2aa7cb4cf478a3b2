/**
 * What Parley did with an interaction, and who is told: one {@link dev.parley.proxy.record.Decision} for each request or
 * TCP connection is filled in as the interaction goes on, and at its end goes through one
 * {@link dev.parley.proxy.record.Recorder} to the metrics and the access log. Everything here belongs to one event loop,
 * allocates nothing for a request and does no I/O. Start reading at {@code Decision}.
 */
@NullMarked
package dev.parley.proxy.record;

import org.jspecify.annotations.NullMarked;
