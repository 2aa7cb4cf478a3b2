/** The store of keys against real files. */
@NullMarked
package dev.parley.control.idempotency;

import org.jspecify.annotations.NullMarked;
