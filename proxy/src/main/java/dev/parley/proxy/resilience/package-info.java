/**
 * Whether a call is made, made again, or refused: breakers, budgets, limits.
 *
 * <p>Pure decisions: no Netty, no thread, no clock. Time comes as {@code nowNs} on the scale of {@code System.nanoTime} and randomness
 * as {@link dev.parley.proxy.balance.FastRandom}, so that a seeded simulation runs the very same code. There is one object of each for
 * all event loops, made of atomics: nothing here blocks a call, and a call allocates nothing but where a state changes. What was done is
 * carried out in {@code exchange}; which endpoint takes a call is decided in {@code balance}. Start reading at {@link
 * dev.parley.proxy.resilience.ServiceGuard}.
 */
@NullMarked
package dev.parley.proxy.resilience;

import org.jspecify.annotations.NullMarked;
