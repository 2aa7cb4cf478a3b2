package dev.parley.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the callers of gRPC do, all on one HTTP/2 connection. A call is a POST, which Parley does not send twice: whoever
 * had one at an endpoint that was killed is told UNAVAILABLE, and calls again, as a retryPolicy of gRPC's clients has
 * it. Such calls are counted as broken. Where nothing was killed it is a failure.
 */
final class GrpcClients implements Runnable {
    /** Calls for one purpose: gRPC's maxAttempts is 5 at most. */
    private static final int ATTEMPTS = 3;

    private final InetSocketAddress address;
    private final Pace pace;
    private final Tally tally;
    private final BooleanSupplier hurtLately;
    private @Nullable GrpcConnection connection;

    /** @param hurtLately whether an endpoint's death can be why a call breaks now */
    GrpcClients(InetSocketAddress address, Pace pace, Tally tally, BooleanSupplier hurtLately) {
        this.address = address;
        this.pace = pace;
        this.tally = tally;
        this.hurtLately = hurtLately;
    }

    @Override
    public void run() {
        for (OptionalLong due = pace.next(); due.isPresent(); due = pace.next()) {
            tally.began();
            callUntilAnswered(due.getAsLong());
            tally.ended();
        }
    }

    private void callUntilAnswered(long dueNs) {
        String failure = call();
        for (int made = 1; !failure.isEmpty() && made < ATTEMPTS && hurtLately.getAsBoolean(); made++) {
            tally.broke();
            failure = call();
        }
        if (failure.isEmpty()) {
            tally.success(System.nanoTime() - dueNs);
        } else {
            tally.failure(failure);
        }
    }

    /** Why a call failed; empty where it did not. */
    private String call() {
        try {
            GrpcConnection.Reply reply = connection().call(GrpcService.METHOD, "order-1");
            return reply.status() == Grpc.OK ? "" : "gRPC status " + reply.status();
        } catch (IOException failure) {
            return failure.toString();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private synchronized GrpcConnection connection() throws IOException {
        GrpcConnection open = connection;
        if (open == null || !open.usable()) {
            open = new GrpcConnection(address);
            connection = open;
        }
        return open;
    }

    /** Closes what was opened, once all callers are done. */
    synchronized void close() {
        if (connection != null) {
            try {
                connection.close();
            } catch (IOException alreadyBroken) {
                // There is nothing left of it to close.
            }
        }
    }
}
