package dev.parley.telemetry.metrics;

/**
 * Calls of gRPC by the status that they ended with (grpc/grpc, doc/statuscodes.md): 0 to 16, and one place for calls without one. Each
 * method that counts may be called only by the event loop whose index it is given.
 */
final class GrpcCalls {
    private static final int STATUSES = 17;
    private static final int NONE = STATUSES;

    private final Cells cells;

    GrpcCalls(int loops) {
        cells = new Cells(loops, STATUSES + 1);
    }

    void ended(int loop, int status) {
        cells.add(loop, status >= 0 && status < STATUSES ? status : NONE, 1);
    }

    /** Exposes all of them once there was a call, so that a status is 0 before it is first met. */
    void collect(Exposition to, Metric metric, String name) {
        if (!cells.used()) {
            return;
        }
        for (int status = 0; status < STATUSES; status++) {
            to.add(metric, cells.sum(status), name, Integer.toString(status));
        }
        to.add(metric, cells.sum(NONE), name, "none");
    }
}
