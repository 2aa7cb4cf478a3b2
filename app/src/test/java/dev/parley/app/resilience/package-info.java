/** What is done about requests that fail, are late or are too many: budgets, retries, hedges, breakers and limits, with real sockets. */
@NullMarked
package dev.parley.app.resilience;

import org.jspecify.annotations.NullMarked;
