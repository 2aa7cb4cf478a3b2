/**
 * The durable half of idempotency keys: who has claimed a key, and what it was answered. One thread writes, many claims in one
 * transaction. Knows nothing of HTTP: an answer is bytes. Start at {@link dev.parley.control.idempotency.KeyStore}.
 */
@NullMarked
package dev.parley.control.idempotency;

import org.jspecify.annotations.NullMarked;
