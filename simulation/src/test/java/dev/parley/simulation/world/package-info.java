@NullMarked
package dev.parley.simulation.world;

import org.jspecify.annotations.NullMarked;
