package dev.parley.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * Kills endpoints and starts them again, by itself on a cycle or when asked. Each cycle kills one endpoint in its first
 * half and starts it again in its second. A restart takes a JVM's start, so it runs beside the demo's own loop.
 */
final class Director implements AutoCloseable {
    private static final int KEPT_EVENTS = 4;
    private static final String NONE_LEFT =
            "each service has one endpoint left, which is spared; r restarts the others";

    private final Cast cast;
    private final long halfCycleNs;
    private final Consumer<String> onEvent;
    private final Deque<String> events = new ArrayDeque<>();
    private final ExecutorService hand = Executors.newSingleThreadExecutor();
    private final long startNs;
    private long halvesDone;
    private int kills;

    /**
     * @param cycle from one kill to the next; zero leaves it to the keys
     * @param onEvent told what happened, in one line
     */
    Director(Cast cast, Duration cycle, long startNs, Consumer<String> onEvent) {
        this.cast = cast;
        this.halfCycleNs = cycle.toNanos() / 2;
        this.startNs = startNs;
        this.onEvent = onEvent;
    }

    /** Does what is due. */
    void turn(long nowNs) {
        if (halfCycleNs == 0) {
            return;
        }
        long half = (nowNs - startNs) / halfCycleNs;
        if (half > halvesDone) {
            halvesDone = half;
            if (half % 2 == 1) {
                kill();
            } else {
                restart();
            }
        }
    }

    /** Kills the next endpoint in turn, as kill -9 does. */
    void kill() {
        hand.execute(() -> {
            try {
                cast.killNext().ifPresentOrElse(this::tellDeath, () -> tell(NONE_LEFT));
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Starts all dead endpoints again. */
    void restart() {
        hand.execute(() -> {
            try {
                for (ServiceProcess process : cast.restartDead()) {
                    tell("%s at %s runs again".formatted(process.name(), process.address()));
                }
            } catch (IOException failed) {
                tell("an endpoint did not start again: " + failed.getMessage());
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Runs what takes its time, one after the other. */
    Executor hand() {
        return hand;
    }

    private void tellDeath(ServiceProcess victim) {
        synchronized (this) {
            kills++;
        }
        tell("kill -9 %d: %s at %s is dead".formatted(victim.pid(), victim.name(), victim.address()));
    }

    /** Takes down what happened. */
    void tell(String event) {
        synchronized (this) {
            events.addLast(event);
            if (events.size() > KEPT_EVENTS) {
                events.removeFirst();
            }
        }
        onEvent.accept(event);
    }

    synchronized int kills() {
        return kills;
    }

    /** The last few things that happened, the oldest first. */
    synchronized List<String> events() {
        return List.copyOf(events);
    }

    @Override
    public void close() {
        hand.shutdownNow();
        hand.close();
    }
}
