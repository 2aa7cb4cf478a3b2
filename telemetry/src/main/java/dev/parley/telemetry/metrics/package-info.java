/**
 * What Parley counts. Every metric is declared once, in {@link dev.parley.telemetry.metrics.Metric}, with its meaning.
 *
 * <p>The data plane holds a typed handle for each listener, route, service and endpoint and calls one line for each
 * event; cells are written by one event loop each and summed at scrape, so that counting needs no lock and no atomic
 * instruction. The Prometheus library appears only in {@code Exposition} and is not loaded before the first scrape. No
 * socket and no Netty enter here. Start reading at {@link dev.parley.telemetry.metrics.MetricsRegistry}.
 */
@NullMarked
package dev.parley.telemetry.metrics;

import org.jspecify.annotations.NullMarked;
