/** What becomes of traffic when endpoints fail, are slow, and return: over each protocol, with real sockets. */
@NullMarked
package dev.parley.app.failover;

import org.jspecify.annotations.NullMarked;
