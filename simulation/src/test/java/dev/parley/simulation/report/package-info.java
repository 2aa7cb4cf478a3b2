@NullMarked
package dev.parley.simulation.report;

import org.jspecify.annotations.NullMarked;
