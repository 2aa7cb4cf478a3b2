/**
 * The decisions of Parley's data plane in virtual time: {@code world} is what it is put into, {@code parley} the order in which
 * the decisions are asked for, {@code scenario} what goes wrong and what must hold, {@code report} what is written down. Nothing
 * of the product depends on it. Start reading at {@link dev.parley.simulation.scenario.SlowNode}.
 */
@NullMarked
package dev.parley.simulation;

import org.jspecify.annotations.NullMarked;
