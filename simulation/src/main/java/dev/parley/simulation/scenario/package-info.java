/**
 * What can go wrong, one class each: it builds a world, breaks something in it, and states what must hold all the same. Start
 * reading at {@link dev.parley.simulation.scenario.Scenario} and {@link dev.parley.simulation.scenario.SlowNode}.
 */
@NullMarked
package dev.parley.simulation.scenario;

import org.jspecify.annotations.NullMarked;
