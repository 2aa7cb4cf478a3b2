package dev.parley.proxy.outlier;

/**
 * The last ejection of an endpoint that is not forgotten yet.
 *
 * @param nth which of those that followed closely it was; 1 is the first
 * @param untilNs when it is or was over, on the clock of {@code System.nanoTime}
 */
public record Ejection(int nth, long untilNs) {}
