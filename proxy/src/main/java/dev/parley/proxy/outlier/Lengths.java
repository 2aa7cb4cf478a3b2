package dev.parley.proxy.outlier;

import dev.parley.model.OutlierDetection;

/** How long ejections last: the first so long, each that follows closely twice as long as the one before, up to the longest. */
record Lengths(long firstNs, long longestNs) {
    static Lengths of(OutlierDetection settings) {
        return new Lengths(
                settings.ejection().toNanos(), settings.longestEjection().toNanos());
    }

    /** Of the nth ejection, from 1. */
    long ofNs(int nth) {
        long length = firstNs;
        for (int i = 1; i < nth && length < longestNs; i++) {
            length = length > longestNs / 2 ? longestNs : length * 2;
        }
        return length;
    }

    /** The first that is the longest: counting on would only keep it from being forgotten. */
    int last() {
        int nth = 1;
        while (ofNs(nth) < longestNs) {
            nth++;
        }
        return nth;
    }
}
