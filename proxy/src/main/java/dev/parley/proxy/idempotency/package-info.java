/**
 * Idempotency keys as a request sees them (draft-ietf-httpapi-idempotency-key-header-07): what a key is, whose it is, what is the same
 * request, and the port to where answers are kept. Holds no connection; what acts on it is {@code exchange.KeyedExecution}. Start at
 * {@link dev.parley.proxy.idempotency.KeyRules}.
 */
@NullMarked
package dev.parley.proxy.idempotency;

import org.jspecify.annotations.NullMarked;
