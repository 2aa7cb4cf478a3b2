package dev.parley.app;

import dev.parley.control.idempotency.KeyStore;
import dev.parley.model.Configuration;
import dev.parley.proxy.idempotency.IdempotencyStore;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** Gives the data plane the durable store of idempotency keys, and brings what that says back to the request's event loop. */
public final class DurableKeys implements IdempotencyStore, AutoCloseable {
    private final KeyStore store;

    /** Keys in that folder, which is made when it is first needed. */
    public DurableKeys(Path folder) {
        store = new KeyStore(folder);
    }

    /** A route has keys: opens the store at once, so that what is wrong with it is in the log before the first request. */
    public void serve(Configuration configuration) {
        if (configuration.routes().values().stream()
                .anyMatch(route -> route.idempotency().isPresent())) {
            store.open();
        }
    }

    KeyStore store() {
        return store;
    }

    /** How many keys each route has, by its name as the one label. */
    Map<List<String>, Double> keys() {
        Map<List<String>, Double> values = new HashMap<>();
        store.keys().forEach((route, count) -> values.put(List.of(route), count.doubleValue()));
        return values;
    }

    @Override
    public Ticket claim(Claim claim, Executor loop, Consumer<Claimed> told) {
        return store.claim(
                new dev.parley.control.idempotency.Claim(
                        claim.id(),
                        claim.route(),
                        claim.fingerprint(),
                        claim.keepMs(),
                        claim.keys(),
                        claim.executeUnknown(),
                        claim.mayWait()),
                said -> loop.execute(() -> told.accept(translated(said, loop))))::abandon;
    }

    private static Claimed translated(dev.parley.control.idempotency.Claimed said, Executor loop) {
        return switch (said) {
            case dev.parley.control.idempotency.Claimed.Execute execute ->
                new Claimed.Execute(new LoopHold(execute.hold(), loop));
            case dev.parley.control.idempotency.Claimed.Waiting waiting -> new Claimed.Waiting();
            case dev.parley.control.idempotency.Claimed.Answered answered -> new Claimed.Answered(answered.answer());
            case dev.parley.control.idempotency.Claimed.NotKept large -> new Claimed.NotKept();
            case dev.parley.control.idempotency.Claimed.Unknown unknown -> new Claimed.Unknown();
            case dev.parley.control.idempotency.Claimed.Reused reused -> new Claimed.Reused();
            case dev.parley.control.idempotency.Claimed.InProgress busy -> new Claimed.InProgress();
            case dev.parley.control.idempotency.Claimed.Full full -> new Claimed.Full();
            case dev.parley.control.idempotency.Claimed.Unavailable unavailable ->
                new Claimed.Unavailable(unavailable.why());
        };
    }

    private record LoopHold(dev.parley.control.idempotency.Hold hold, Executor loop) implements Hold {
        @Override
        public void answered(byte[] answer, Consumer<Boolean> told) {
            hold.answered(answer, stored -> loop.execute(() -> told.accept(stored)));
        }

        @Override
        public void answeredTooLarge(Consumer<Boolean> told) {
            hold.answeredTooLarge(stored -> loop.execute(() -> told.accept(stored)));
        }

        @Override
        public void release() {
            hold.release();
        }

        @Override
        public void unknown() {
            hold.unknown();
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
