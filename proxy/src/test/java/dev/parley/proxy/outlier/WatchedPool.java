package dev.parley.proxy.outlier;

import dev.parley.model.Balance;
import dev.parley.model.EndpointAddress;
import dev.parley.model.Factor;
import dev.parley.model.OutlierDetection;
import dev.parley.model.Percent;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.proxy.upstream.EndpointRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Endpoints under a detector, in time that the test moves. */
final class WatchedPool {
    static final long MS = 1_000_000;
    static final long SECOND = 1000 * MS;
    static final OutlierDetection DEFAULTS = OutlierDetection.of("on");

    final List<Endpoint> endpoints = new ArrayList<>();
    final List<Transition> told = new ArrayList<>();
    final OutlierDetector detector;
    long nowNs;
    private long nextSweepNs = SECOND;

    WatchedPool(int size, OutlierDetection settings, long seed) {
        EndpointRegistry registry = new EndpointRegistry();
        for (int i = 0; i < size; i++) {
            endpoints.add(registry.obtain(
                    "s", new EndpointAddress.Inet("10.0.0." + i, 1000 + i), Balance.by("p2c_ewma"), nowNs));
        }
        detector = new OutlierDetector(settings, seed, told::add);
        detector.follow(settings, endpoints, nowNs);
    }

    static WatchedPool of(int size) {
        return new WatchedPool(size, DEFAULTS, 1);
    }

    /** The defaults, but for the share that may be out. */
    static OutlierDetection ejecting(String mostEjected) {
        return with(DEFAULTS.consecutiveFailures(), DEFAULTS.latencyFloor(), mostEjected);
    }

    static OutlierDetection with(int consecutive, Duration latencyFloor, String mostEjected) {
        OutlierDetection by = DEFAULTS;
        return new OutlierDetection(
                true,
                consecutive,
                by.window(),
                by.minimumRequests(),
                by.minimumEndpoints(),
                new Factor(1.9),
                by.sufficientSuccess(),
                by.leastSuccess(),
                by.latencyFactor(),
                latencyFloor,
                by.ejection(),
                by.longestEjection(),
                Percent.parse(mostEjected),
                by.probes());
    }

    Endpoint endpoint(int index) {
        return endpoints.get(index);
    }

    /** Lets time pass, with a sweep each second and each ejection ended when it is due. */
    void pass(Duration time) {
        long untilNs = nowNs + time.toNanos();
        while (true) {
            long dueNs = Math.max(nowNs, Math.min(nextSweepNs, detector.nextEndNs()));
            if (dueNs > untilNs) {
                nowNs = untilNs;
                return;
            }
            nowNs = dueNs;
            if (dueNs == nextSweepNs) {
                nextSweepNs += SECOND;
                detector.sweep(nowNs);
            } else {
                detector.endEjections(nowNs);
            }
        }
    }

    /** One exchange from its begin, which is now, to its end. */
    void succeed(int index) {
        succeed(index, 1);
    }

    void succeed(int index, long latencyMs) {
        endpoint(index).begin();
        endpoint(index).observe(latencyMs * MS, nowNs + latencyMs * MS);
        endpoint(index).end();
    }

    void fail(int index) {
        endpoint(index).begin();
        endpoint(index).observeFailure(nowNs, Endpoint.Failure.ANSWER, nowNs);
        endpoint(index).end();
    }

    void fail(int index, int times) {
        for (int i = 0; i < times; i++) {
            fail(index);
        }
    }

    Endpoint.Cause cause(int index) {
        return endpoint(index).standing().cause();
    }

    /** Waits until the endpoint is tried after its ejection, and answers how long that took. */
    long awaitTrialNs(int index) {
        long fromNs = nowNs;
        while (cause(index) == Endpoint.Cause.EJECTED) {
            pass(Duration.ofMillis(10));
        }
        return nowNs - fromNs;
    }
}
