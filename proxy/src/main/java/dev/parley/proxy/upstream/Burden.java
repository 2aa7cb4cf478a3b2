package dev.parley.proxy.upstream;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The failures of the last seconds, each counting less as time goes by: {@code exp(-age / lasting)}. At a steady rate their sum is
 * what as many requests would keep in flight that took {@code lasting} each.
 *
 * <p>All event loops write, as they do in {@link PeakEwma}: of those that meet one moves the stamp and lets the sum decay, and the
 * others only add, so that none is lost but one that loses {@link #ATTEMPTS} races.
 */
final class Burden {
    private static final int ATTEMPTS = 8;

    private static final VarHandle SUM;
    private static final VarHandle STAMP;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            SUM = lookup.findVarHandle(Burden.class, "sum", double.class);
            STAMP = lookup.findVarHandle(Burden.class, "stampNs", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private volatile long lastingNs;
    private volatile double sum;
    private volatile long stampNs;

    Burden(long lastingNs, long nowNs) {
        this.lastingNs = lastingNs;
        this.stampNs = nowNs;
    }

    void lasting(long ns) {
        lastingNs = ns;
    }

    void add(long nowNs) {
        long last = stampNs;
        boolean first = nowNs - last > 0 && STAMP.compareAndSet(this, last, nowNs);
        double remaining = first ? remaining(nowNs - last) : 1;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            double before = sum;
            if (SUM.compareAndSet(this, before, before * remaining + 1)) {
                return;
            }
        }
    }

    /** To the nearest whole: one failure counts for the better part of {@code lasting}. */
    long count(long nowNs) {
        double all = sum;
        return all == 0 ? 0 : Math.round(all * remaining(nowNs - stampNs));
    }

    void forget() {
        sum = 0;
    }

    private double remaining(long ageNs) {
        return PeakEwma.remaining((double) ageNs / lastingNs);
    }
}
