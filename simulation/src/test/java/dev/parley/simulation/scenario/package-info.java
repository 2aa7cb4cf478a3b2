@NullMarked
package dev.parley.simulation.scenario;

import org.jspecify.annotations.NullMarked;
