/**
 * Which endpoints answer so much worse than the others of their service that they are left alone for a time, and how they
 * return.
 *
 * <p>{@link dev.parley.proxy.outlier.OutlierDetector} decides for one service, from what
 * {@link dev.parley.proxy.upstream.Outcomes} counted; it has no clock and no thread, so that a simulation runs the same code.
 * {@link dev.parley.proxy.outlier.OutlierMonitor} is the one timer thread that runs it here. Health checks never enter here, and
 * what is decided here overrules none of them. Start reading at the detector.
 */
@NullMarked
package dev.parley.proxy.outlier;

import org.jspecify.annotations.NullMarked;
