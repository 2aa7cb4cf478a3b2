/**
 * Event loops and what belongs to each of them: the transport (epoll or NIO), one {@link dev.parley.proxy.loop.Worker} a
 * loop, and its coarse timers. Nothing here knows a protocol. Start at {@link dev.parley.proxy.loop.Worker}.
 */
@NullMarked
package dev.parley.proxy.loop;

import org.jspecify.annotations.NullMarked;
