/**
 * Building blocks for black-box tests: clients and servers that say exactly the bytes they are told, and real programs
 * with a bounded life.
 *
 * <p>Everything here runs over real sockets on port 0 and knows no part of Parley, so that what is tested is told from
 * what tests it. Every wait has a bound ({@link dev.parley.testkit.Bounds#WAIT}), so that a test that fails ends. Start
 * reading at {@link dev.parley.testkit.RawClient} and {@link dev.parley.testkit.Origin}.
 */
@NullMarked
package dev.parley.testkit;

import org.jspecify.annotations.NullMarked;
