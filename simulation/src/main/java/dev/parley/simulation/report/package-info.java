/**
 * What is printed of the runs: docs/simulation.md with its plots. Start reading at
 * {@link dev.parley.simulation.report.Report}.
 */
@NullMarked
package dev.parley.simulation.report;

import org.jspecify.annotations.NullMarked;
