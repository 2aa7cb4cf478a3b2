package dev.parley.simulation.world;

import dev.parley.proxy.balance.FastRandom;
import java.time.Duration;

/** How long a server works on a request once it has begun. */
public sealed interface ServiceTime {
    /** One such time, in nanoseconds. */
    long draw(FastRandom random);

    /** The mean, in nanoseconds: what a server's capacity follows from. */
    double meanNs();

    /** Always the same. */
    record Constant(Duration time) implements ServiceTime {
        @Override
        public long draw(FastRandom random) {
            return time.toNanos();
        }

        @Override
        public double meanNs() {
            return time.toNanos();
        }
    }

    /** What measured services look like: a median, and a tail by sigma; 0.5 has its p99 at 3.2 times the median. */
    record LogNormal(Duration median, double sigma) implements ServiceTime {
        @Override
        public long draw(FastRandom random) {
            return (long) (median.toNanos() * StrictMath.exp(sigma * Draws.normal(random)));
        }

        @Override
        public double meanNs() {
            return median.toNanos() * StrictMath.exp(sigma * sigma / 2);
        }
    }

    /** Two kinds of request, such as a cache's hits and misses. {@code share} of them are of the second kind. */
    record Bimodal(ServiceTime usual, ServiceTime other, double share) implements ServiceTime {
        @Override
        public long draw(FastRandom random) {
            return Draws.happens(random, share) ? other.draw(random) : usual.draw(random);
        }

        @Override
        public double meanNs() {
            return usual.meanNs() * (1 - share) + other.meanNs() * share;
        }
    }

    /** A log-normal time. */
    static ServiceTime around(Duration median, double sigma) {
        return new LogNormal(median, sigma);
    }
}
