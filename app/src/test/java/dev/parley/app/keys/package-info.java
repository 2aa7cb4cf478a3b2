/** Requests with idempotency keys over real sockets, a real disk, and through the death of the process. */
@NullMarked
package dev.parley.app.keys;

import org.jspecify.annotations.NullMarked;
